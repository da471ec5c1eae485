package memory

import (
	"strings"
	"time"
)

// chinese reads a date that begins at word i, and says how many words it took.
// Characters are words of their own, numbers in digits one word.
func (r *dateReader) chinese(i int) (from, to time.Time, n int) {
	w := r.at(i)
	if !w.han && w.number < 0 {
		return
	}
	for _, p := range chineseDays {
		if k := r.has(i, p.text); k > 0 {
			return midnight(r.today, p.from), midnight(r.today, p.to), k
		}
	}
	for _, read := range []func(int) (time.Time, time.Time, int){r.chineseAgo, r.chineseWeek, r.chineseMonth, r.chineseYear} {
		if from, to, n = read(i); n > 0 {
			return
		}
	}
	return
}

// chineseDays are days counted from today, the longer words first.
var chineseDays = []struct {
	text     string
	from, to int
}{
	{"大前天", -3, -2}, {"前天", -2, -1}, {"昨天", -1, 0}, {"昨晚", -1, 0}, {"昨日", -1, 0}, {"今天", 0, 1}, {"今早", 0, 1}, {"刚才", 0, 1}, {"刚刚", 0, 1},
	{"明天", 1, 2}, {"前几天", -8, 0}, {"前两天", -4, 0}, {"前些天", -15, 0}, {"前阵子", -60, -5}, {"前段时间", -60, -5}, {"最近", -30, 1}, {"近来", -30, 1},
	{"近日", -10, 1}, {"半个月前", -20, -9}, {"半月前", -20, -9}, {"半年前", -225, -135},
}

// has says how many words a text takes from i, 0 where others stand there.
func (r *dateReader) has(i int, text string) int {
	n := 0
	for _, c := range text {
		if r.at(i+n).text != string(c) {
			return 0
		}
		n++
	}
	return n
}

// chineseAgo is 「三天前」, 「2个月以前」, 「过去三个月」.
func (r *dateReader) chineseAgo(i int) (from, to time.Time, n int) {
	j := i
	past := max(r.has(j, "过去"), r.has(j, "近"))
	j += past
	k, used := r.chineseNumber(j)
	if used == 0 {
		return
	}
	j += used
	j += r.has(j, "个")
	unit := ""
	for _, u := range []struct{ text, unit string }{{"天", "day"}, {"日", "day"}, {"周", "week"}, {"星期", "week"}, {"礼拜", "week"}, {"月", "month"}, {"年", "year"}, {"小时", "hour"}} {
		if used := r.has(j, u.text); used > 0 {
			unit = u.unit
			j += used
			break
		}
	}
	if unit == "" {
		return
	}
	if past > 0 {
		from, _ = r.ago(k, unit)
		return from, midnight(r.today, 1), j - i
	}
	j += max(r.has(j, "多"), r.has(j, "左右"))
	back := max(r.has(j, "以前"), r.has(j, "之前"), r.has(j, "前"))
	if back == 0 {
		return
	}
	from, to = r.ago(k, unit)
	return from, to, j + back - i
}

// chineseWeek is 「上周」, 「上上个星期」, 「这周三」, 「周末」, 「星期一」.
func (r *dateReader) chineseWeek(i int) (from, to time.Time, n int) {
	j, back, named := i, 0, false
	for r.at(j).text == "上" {
		j, back, named = j+1, back-1, true
	}
	if !named {
		if k := max(r.has(j, "这"), r.has(j, "本")); k > 0 {
			j, named = j+k, true
		} else if r.at(j).text == "下" {
			j, back, named = j+1, 1, true
		}
	}
	j += r.has(j, "个")
	k := max(r.has(j, "周"), r.has(j, "星期"), r.has(j, "礼拜"))
	if k == 0 {
		return
	}
	j += k
	begin := r.week(back)
	if r.at(j).text == "末" {
		from = midnight(begin, 5)
		if !named && from.After(r.now) {
			from = midnight(from, -7)
		}
		return from, midnight(from, 2), j + 1 - i
	}
	if d := strings.Index("一二三四五六日天", r.at(j).text); r.at(j).han && d >= 0 {
		d = min(d/len("一"), 6)
		if from = midnight(begin, d); !named && !from.Before(r.today) {
			from = midnight(from, -7)
		}
		return from, midnight(from, 1), j + 1 - i
	}
	if !named {
		return
	}
	return begin, r.week(back + 1), j - i
}

// chineseMonth is 「上个月」, 「这个月」, 「3月」, 「去年三月七号」, 「2025年3月初」.
func (r *dateReader) chineseMonth(i int) (from, to time.Time, n int) {
	j, back := i, 0
	for r.at(j).text == "上" {
		j, back = j+1, back-1
	}
	if back == 0 {
		j += max(r.has(j, "这"), r.has(j, "本"))
	}
	if j > i {
		j += r.has(j, "个")
		if r.at(j).text != "月" {
			return
		}
		from, to, n = r.partOf(j+1, r.month(back), r.month(back+1))
		return from, to, j + 1 + n - i
	}
	y, used := r.chineseYearName(i)
	j += used
	if used > 0 {
		j += r.has(j, "的")
	}
	m, used := r.chineseNumber(j)
	if used == 0 || m > 12 || r.at(j+used).text != "月" {
		return
	}
	j += used + 1
	if d, used := r.chineseNumber(j); used > 0 && max(r.has(j+used, "日"), r.has(j+used, "号")) > 0 {
		if from, to, ok := r.calendar(y, m, d); ok && d > 0 {
			return from, to, j + used + 1 - i
		}
	}
	from, to, ok := r.calendar(y, m, 0)
	if !ok {
		return time.Time{}, time.Time{}, 0
	}
	from, to, n = r.partOf(j, from, to)
	return from, to, j + n - i
}

// partOf narrows a span by 「初」, 「上旬」, 「中」, 「底」 at word i.
func (r *dateReader) partOf(i int, from, to time.Time) (time.Time, time.Time, int) {
	for _, p := range []struct{ text, part string }{{"初", "early"}, {"上旬", "early"}, {"中旬", "mid"}, {"下旬", "late"}, {"底", "late"}, {"末", "late"}} {
		if n := r.has(i, p.text); n > 0 {
			from, to = third(from, to, p.part)
			return from, to, n
		}
	}
	return from, to, 0
}

// chineseYear is 「去年」, 「2025年」, 「去年夏天」, 「年初」.
func (r *dateReader) chineseYear(i int) (from, to time.Time, n int) {
	y, used := r.chineseYearName(i)
	j := i + used
	for _, s := range []struct{ text, season string }{{"春", "spring"}, {"夏", "summer"}, {"秋", "autumn"}, {"冬", "winter"}} {
		if k := r.has(j, s.text); k > 0 && (used > 0 || r.has(j+1, "天") > 0) {
			if used > 0 {
				from, to = r.season(s.season, y)
				if s.season == "winter" { // 去年冬天 began in December of that year
					from, to = r.season(s.season, y+1)
				}
			} else {
				from, to = r.latestSeason(s.season, false)
			}
			return from, to, j + 1 + r.has(j+1, "天") - i
		}
	}
	if used == 0 {
		if k := max(r.has(i, "年初"), r.has(i, "年底")); k > 0 {
			y := r.today.Year()
			if r.at(i+1).text == "底" {
				y--
			}
			from, to = r.year(y)
			from, to, _ = r.partOf(i+1, from, to)
			return from, to, k
		}
		return
	}
	from, to = r.year(y)
	from, to, n = r.partOf(j, from, to)
	return from, to, used + n
}

// chineseYearName is 「去年」, 「前年」, 「今年」, 「2025年」, 「二〇二五年」.
func (r *dateReader) chineseYearName(i int) (y, n int) {
	for text, back := range map[string]int{"前年": 2, "去年": 1, "今年": 0} {
		if n := r.has(i, text); n > 0 {
			return r.today.Year() - back, n
		}
	}
	if y := r.at(i).number; y >= 1990 && y < 2100 && r.at(i+1).text == "年" {
		return y, 2
	}
	for n < 4 {
		d := strings.Index("〇一二三四五六七八九", r.at(i+n).text)
		if !r.at(i+n).han && r.at(i+n).text != "〇" || d < 0 {
			return 0, 0
		}
		y = 10*y + d/len("〇")
		n++
	}
	if y < 1990 || y >= 2100 || r.at(i+n).text != "年" {
		return 0, 0
	}
	return y, n + 1
}

// chineseNumber is a number up to 99 in digits or characters, and 「几」 as three.
func (r *dateReader) chineseNumber(i int) (k, n int) {
	if k = r.at(i).number; k >= 0 {
		return k, 1
	}
	digit := func(j int) int {
		switch t := r.at(j).text; t {
		case "两":
			return 2
		case "几":
			return 3
		case "":
			return 0
		default:
			if d := strings.Index("一二三四五六七八九", t); r.at(j).han && d >= 0 {
				return d/len("一") + 1
			}
		}
		return 0
	}
	if k = digit(i); k > 0 {
		n = 1
	}
	if r.at(i+n).text != "十" {
		return k, n
	}
	k = max(k, 1) * 10
	if d := digit(i + n + 1); d > 0 {
		return k + d, n + 2
	}
	return k, n + 1
}
