package memory

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A span is a time that words name: from its first instant to just before the
// one after it, and where the words stand in the text, in bytes.
type span struct {
	From, To   time.Time
	Start, End int
}

// dates reads the times that a text names, English and Chinese, as one who
// speaks now means them: "last week", "on 7 May", 「去年三月」, 「前几天」. A month
// or a weekday without more is the latest one that has begun. Words that can
// mean something else ("may", "march", "second") count only where they stand as
// a date does.
func dates(text string, now time.Time) []span {
	r := dateReader{words: split(text), now: now, today: midnight(now, 0)}
	var out []span
	for i := 0; i < len(r.words); {
		from, to, n := r.english(i)
		if n == 0 {
			from, to, n = r.chinese(i)
		}
		if n == 0 {
			i++
			continue
		}
		out = append(out, span{from, to, r.words[i].start, r.words[i+n-1].end})
		i += n
	}
	return out
}

// near is how well a time fits a span: 1 inside, and less with the days outside;
// people tell of a thing after it was, so that the days after count for more.
func (s span) near(at time.Time) float64 {
	const before, after = 24 * time.Hour, 4 * 24 * time.Hour
	switch {
	case at.Before(s.From):
		return fade(s.From.Sub(at), before)
	case at.Before(s.To):
		return 1
	}
	return fade(at.Sub(s.To), after)
}

// fade is a half after half, and nothing after five times as long.
func fade(d, half time.Duration) float64 {
	if d > 5*half {
		return 0
	}
	return 1 / (1 + float64(d)/float64(half)*float64(d)/float64(half))
}

type dateReader struct {
	words      []word
	now, today time.Time
}

// A word is a run of letters of one script, or a number.
type word struct {
	text       string // lower case
	number     int    // of a run of digits, an ordinal too; -1 for none
	capital    bool
	han        bool
	start, end int
}

// split cuts a text into Latin words, numbers with what is glued to them by
// dashes or slashes, and single Chinese characters.
func split(text string) []word {
	var out []word
	start := -1
	flush := func(end int) {
		if start >= 0 {
			t := text[start:end]
			w := word{text: strings.ToLower(t), number: -1, capital: t[0] >= 'A' && t[0] <= 'Z', start: start, end: end}
			if t[0] >= '0' && t[0] <= '9' {
				w.number = leading(w.text)
			}
			out = append(out, w)
			start = -1
		}
	}
	for i, c := range text {
		switch {
		case unicode.Is(unicode.Han, c):
			flush(i)
			n := len(string(c))
			out = append(out, word{text: text[i : i+n], number: -1, han: true, start: i, end: i + n})
		case c == '\'' || c == '’':
			if start >= 0 { // "last week's": the word ends here, what follows is no word
				flush(i)
			}
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			digit := c >= '0' && c <= '9'
			if start >= 0 && digit != (text[start] >= '0' && text[start] <= '9') && digit {
				flush(i)
			}
			if start < 0 {
				start = i
			}
		case (c == '-' || c == '/') && start >= 0 && text[start] >= '0' && text[start] <= '9' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9':
			// 2026-02-03
		default:
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// leading is the number of "7", "7th", "21st"; -1 for anything else.
func leading(t string) int {
	n := 0
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	switch t[n:] {
	case "", "st", "nd", "rd", "th":
		if v, err := strconv.Atoi(t[:n]); err == nil && n <= 4 {
			return v
		}
	}
	return -1
}

// at is the word i, or none.
func (r *dateReader) at(i int) word {
	if i < 0 || i >= len(r.words) {
		return word{number: -1}
	}
	return r.words[i]
}

// midnight begins the day n days after t's.
func midnight(t time.Time, n int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+n, 0, 0, 0, 0, t.Location())
}

// week is the Monday of the week n weeks after this one.
func (r *dateReader) week(n int) time.Time {
	return midnight(r.today, -(int(r.today.Weekday())+6)%7+7*n)
}

// month is the first of the month n months after this one.
func (r *dateReader) month(n int) time.Time {
	return time.Date(r.today.Year(), r.today.Month()+time.Month(n), 1, 0, 0, 0, 0, r.today.Location())
}

func (r *dateReader) year(y int) (from, to time.Time) {
	return time.Date(y, 1, 1, 0, 0, 0, 0, r.today.Location()), time.Date(y+1, 1, 1, 0, 0, 0, 0, r.today.Location())
}

// calendar is a month of a year, or a day of it. Without a year (0) it is the
// latest that has begun. Nothing for a day that no calendar has.
func (r *dateReader) calendar(y, m, d int) (from, to time.Time, ok bool) {
	latest := y == 0
	if latest {
		y = r.today.Year()
	}
	one := func(y int) (time.Time, time.Time) {
		from := time.Date(y, time.Month(m), max(d, 1), 0, 0, 0, 0, r.today.Location())
		if d == 0 {
			return from, from.AddDate(0, 1, 0)
		}
		return from, midnight(from, 1)
	}
	from, to = one(y)
	for n := 0; latest && n < 4 && (from.After(r.now) || from.Month() != time.Month(m)); n++ { // 29 February waits for its year
		y--
		from, to = one(y)
	}
	return from, to, m >= 1 && m <= 12 && d <= 31 && from.Month() == time.Month(m)
}

// weekday is the latest such day before today.
func (r *dateReader) weekday(d time.Weekday) (from, to time.Time) {
	back := (int(r.today.Weekday()) - int(d) + 6) % 7
	return midnight(r.today, -back-1), midnight(r.today, -back)
}

// ago is the time about n units before now: the unit is a day, week, month or
// year, and what is further away is meant less exactly.
func (r *dateReader) ago(n int, unit string) (from, to time.Time) {
	switch unit {
	case "day":
		return midnight(r.today, -n-n/7), midnight(r.today, -n+1+n/7)
	case "week":
		return midnight(r.today, -7*n-3), midnight(r.today, -7*n+4)
	case "month":
		t := r.today.AddDate(0, -n, 0)
		return midnight(t, -15), midnight(t, 16)
	case "year":
		t := r.today.AddDate(-n, 0, 0)
		return t.AddDate(0, -6, 0), t.AddDate(0, 6, 0)
	}
	return r.today, midnight(r.today, 1) // hours and minutes
}

// season is the one of a year; winter begins in December of the year before.
func (r *dateReader) season(name string, y int) (from, to time.Time) {
	m := map[string]time.Month{"winter": 0, "spring": 3, "summer": 6, "autumn": 9}[name]
	from = time.Date(y, m, 1, 0, 0, 0, 0, r.today.Location())
	return from, from.AddDate(0, 3, 0)
}

// latestSeason is the latest that has begun, or with ended that is over.
func (r *dateReader) latestSeason(name string, ended bool) (from, to time.Time) {
	for y := r.today.Year() + 1; ; y-- {
		from, to = r.season(name, y)
		if !from.After(r.now) && (!ended || !to.After(r.now)) {
			return from, to
		}
	}
}
