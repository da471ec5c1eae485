package memory

import (
	"strings"
	"time"
)

// english reads a date that begins at word i, and says how many words it took.
func (r *dateReader) english(i int) (from, to time.Time, n int) {
	w := r.at(i)
	if w.han {
		return
	}
	for _, read := range []func(int) (time.Time, time.Time, int){r.digits, r.monthName, r.relative, r.ended, r.ofYear} {
		if from, to, n = read(i); n > 0 {
			return
		}
	}
	return
}

// digits are 2026-02-03 and 3/2/2026; which of two numbers is the month is not
// asked: where both could be, both days count as one span only if they agree.
func (r *dateReader) digits(i int) (from, to time.Time, n int) {
	w := r.at(i)
	if !strings.ContainsAny(w.text, "-/") {
		return
	}
	p := strings.FieldsFunc(w.text, func(c rune) bool { return c == '-' || c == '/' })
	if len(p) != 3 {
		return
	}
	a, b, c := leading(p[0]), leading(p[1]), leading(p[2])
	ok := false
	switch {
	case a >= 1900:
		from, to, ok = r.calendar(a, b, c)
	case c >= 1900 && a > 12:
		from, to, ok = r.calendar(c, b, a)
	case c >= 1900 && (b > 12 || a == b):
		from, to, ok = r.calendar(c, a, b)
	}
	if !ok || a < 0 || b < 0 || c < 0 {
		return time.Time{}, time.Time{}, 0
	}
	return from, to, 1
}

// monthName is "7 May 2026", "May 7th", "the 7th of May", "in May", "last May",
// "early May 2026".
func (r *dateReader) monthName(i int) (from, to time.Time, n int) {
	j, d, part, last := i, 0, "", false
	if v, ok := parts[r.at(j).text]; ok {
		part = v
		j++
		if r.at(j).text == "of" {
			j++
		}
	}
	if r.at(j).text == "last" {
		last = true
		j++
	}
	if x := r.at(j).number; x >= 1 && x <= 31 && part == "" {
		d = x
		j++
		if r.at(j).text == "of" {
			j++
		}
	}
	w := r.at(j)
	m, ok := months[w.text]
	if !ok {
		return
	}
	j++
	if x := r.at(j).number; d == 0 && x >= 1 && x <= 31 && !strings.ContainsAny(r.at(j).text, "-/") {
		d = x
		j++
	}
	y := 0
	if x := r.at(j).number; x >= 1900 && x < 2100 {
		y = x
		j++
	}
	// "may", "march", "mar", "dec", "sun" are words too.
	if before := r.at(i - 1).text; d == 0 && y == 0 && part == "" && !last && (m == 5 || m == 3 || len(w.text) < 4) && !dated[before] {
		return
	}
	from, to, ok = r.calendar(y, m, d)
	if !ok {
		return time.Time{}, time.Time{}, 0
	}
	if last && to.After(r.now) {
		from, to = from.AddDate(-1, 0, 0), to.AddDate(-1, 0, 0)
	}
	if d == 0 {
		from, to = third(from, to, part)
	}
	return from, to, j - i
}

// third is the part of a span that "early", "mid" or "late" names.
func third(from, to time.Time, part string) (time.Time, time.Time) {
	step := to.Sub(from) / 3
	switch part {
	case "early":
		return from, from.Add(step)
	case "mid":
		return from.Add(step), to.Add(-step)
	case "late":
		return to.Add(-step), to
	}
	return from, to
}

// relative is what is counted from now and begins with its own word.
func (r *dateReader) relative(i int) (from, to time.Time, n int) {
	next := r.at(i + 1).text
	switch w := r.at(i).text; w {
	case "today", "tonight":
		return r.today, midnight(r.today, 1), 1
	case "yesterday":
		return midnight(r.today, -1), r.today, 1
	case "tomorrow":
		return midnight(r.today, 1), midnight(r.today, 2), 1
	case "recently", "lately":
		return midnight(r.today, -30), midnight(r.today, 1), 1
	case "the":
		switch {
		case next == "other" && r.at(i+2).text == "day":
			return midnight(r.today, -7), r.today, 3
		case next == "day" && r.at(i+2).text == "before" && r.at(i+3).text == "yesterday":
			return midnight(r.today, -2), midnight(r.today, -1), 4
		case next == "week" && r.at(i+2).text == "before" && r.at(i+3).text == "last":
			return r.week(-2), r.week(-1), 4
		case next == "month" && r.at(i+2).text == "before" && r.at(i+3).text == "last":
			return r.month(-2), r.month(-1), 4
		case (next == "last" || next == "past") && counted(r.at(i+2)) > 0:
			from, to, n = r.relative(i + 1)
			if n > 0 {
				n++
			}
			return from, to, n
		}
	case "last", "past", "previous":
		return r.last(i)
	case "this":
		switch next {
		case "morning", "afternoon", "evening":
			return r.today, midnight(r.today, 1), 2
		case "week":
			return r.week(0), r.week(1), 2
		case "weekend":
			return midnight(r.week(0), 5), r.week(1), 2
		case "month":
			return r.month(0), r.month(1), 2
		case "year":
			from, to = r.year(r.today.Year())
			return from, to, 2
		}
		if s, ok := seasons[next]; ok {
			from, to = r.latestSeason(s, false)
			return from, to, 2
		}
	case "next":
		switch next {
		case "week":
			return r.week(1), r.week(2), 2
		case "month":
			return r.month(1), r.month(2), 2
		case "year":
			from, to = r.year(r.today.Year() + 1)
			return from, to, 2
		}
	case "spring", "summer", "autumn", "fall", "winter":
		if y := r.at(i + 1).number; y >= 1990 && y < 2100 {
			from, to = r.season(seasons[w], y)
			return from, to, 2
		}
	case "on":
		if d, ok := weekdays[next]; ok {
			from, to = r.weekday(d)
			return from, to, 2
		}
	}
	if d, ok := weekdays[r.at(i).text]; ok && r.at(i).capital {
		from, to = r.weekday(d)
		return from, to, 1
	}
	return
}

// last is "last week", "last Monday", "last summer", "last 3 months".
func (r *dateReader) last(i int) (from, to time.Time, n int) {
	switch next := r.at(i + 1).text; next {
	case "night":
		return midnight(r.today, -1), r.today, 2
	case "week":
		return r.week(-1), r.week(0), 2
	case "weekend":
		back := -2 // the days of the week's end that is over
		if d := r.today.Weekday(); d == time.Sunday {
			back = -8
		} else if d != time.Saturday {
			return midnight(r.week(-1), 5), r.week(0), 2
		}
		return midnight(r.week(0), back), midnight(r.week(0), back+2), 2
	case "month":
		return r.month(-1), r.month(0), 2
	case "year":
		from, to = r.year(r.today.Year() - 1)
		return from, to, 2
	default:
		if s, ok := seasons[next]; ok {
			from, to = r.latestSeason(s, true)
			return from, to, 2
		}
		if d, ok := weekdays[next]; ok {
			from, to = r.weekday(d)
			return from, to, 2
		}
	}
	j, k := r.count(i + 1)
	if unit := units[r.at(j).text]; k > 0 && unit != "" {
		from, _ = r.ago(k, unit)
		return from, midnight(r.today, 1), j + 1 - i
	}
	return
}

// ended is "3 weeks ago", "a couple of days ago", "last week" having its own.
func (r *dateReader) ended(i int) (from, to time.Time, n int) {
	j, k := r.count(i)
	unit := units[r.at(j).text]
	if k == 0 || unit == "" || r.at(j+1).text != "ago" && r.at(j+1).text != "back" {
		return
	}
	from, to = r.ago(k, unit)
	if few := r.at(i).text; few == "few" || few == "several" || few == "couple" || r.at(i+1).text == "few" || r.at(i+1).text == "couple" {
		wide := to.Sub(from)
		from, to = from.Add(-wide), to.Add(wide)
		if to.After(r.now) {
			to = midnight(r.today, 1)
		}
	}
	return from, to, j + 2 - i
}

// ofYear is "in 2025", "since 2025".
func (r *dateReader) ofYear(i int) (from, to time.Time, n int) {
	if y := r.at(i).number; y >= 1990 && y < 2100 && len(r.at(i).text) == 4 && dated[r.at(i-1).text] {
		from, to = r.year(y)
		return from, to, 1
	}
	return
}

// count reads "3", "three", "a", "a few", "a couple of": where the unit
// should stand, and how many; 0 for none.
func (r *dateReader) count(i int) (next, k int) {
	if w := r.at(i).text; w == "a" || w == "the" {
		if k = counted(r.at(i + 1)); k > 0 {
			i++
		} else if w == "a" {
			return i + 1, 1
		}
	}
	if k = counted(r.at(i)); k == 0 {
		return i, 0
	}
	i++
	if r.at(i).text == "of" {
		i++
	}
	return i, k
}

// counted is the number that a word says; 0 for none. More than 999 units ago
// is no date that anyone means.
func counted(w word) int {
	if w.number > 0 && w.number < 1000 {
		return w.number
	}
	return numbers[w.text]
}

var (
	months = map[string]int{
		"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
		"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
	}
	weekdays = map[string]time.Weekday{
		"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 0,
	}
	seasons = map[string]string{"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter"}
	units   = map[string]string{
		"minute": "hour", "minutes": "hour", "hour": "hour", "hours": "hour", "day": "day", "days": "day", "week": "week", "weeks": "week",
		"month": "month", "months": "month", "year": "year", "years": "year",
	}
	numbers = map[string]int{
		"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
		"couple": 2, "few": 3, "several": 4,
	}
	parts = map[string]string{"early": "early", "beginning": "early", "start": "early", "mid": "mid", "middle": "mid", "late": "late", "end": "late"}
	// dated are words before a bare month or year that make it one.
	dated = map[string]bool{"in": true, "since": true, "of": true, "during": true, "by": true, "until": true, "till": true, "from": true, "for": true, "before": true, "after": true, "around": true, "year": true}
)
