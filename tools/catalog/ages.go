package catalog

import (
	"regexp"
	"slices"
	"strings"
)

// ageAt reads how old somebody is: "5 year old", "ages 8-12", "he's 9", 3岁. It
// limits what the shop states ages of; children are meant where the shop sells for them.
func (c *Catalog) ageAt(toks []token, i int, u *Understood) (start, end int) {
	m := c.measures
	r := m.roles["age"]
	a := m.amountAt(toks, i)
	switch {
	case a.measured && a.unit.dim == r.dim:
	case a.measured && a.unit == m.units["个月"] && (i > 0 && young.MatchString(toks[i-1].text) || a.end < len(toks) && young.MatchString(toks[a.end].text)): // 宝宝8个月了
		year := m.units["year"]
		a.lo, a.hi, a.unit = a.lo/year.per, a.hi/year.per, m.units["year old"]
	case a.money || a.measured && a.unit.dim != m.units["year"].dim:
		return 0, 0
	case i > 0 && m.sayRole(r.dim, toks[i-1]) != nil:
		m.age(toks, toks[i-1:i], &a)
		a.start--
	case !a.measured && a.hi <= 18 && c.personAt(toks, i, a.end):
		a.unit = m.units["year old"]
		if strings.HasPrefix(toks[i-1].text, "turn") {
			a.start--
		}
	default:
		return 0, 0
	}
	start, end = a.start, a.end
	op, after := longestAfter(toks, end, m.after)
	if op != "" {
		end = after
	}
	if before, from := longestBefore(toks, c.skip(toks, start), m.before); before != "" && op == "" {
		op, start = before, from
	}
	if c.states(r.ID) {
		b := Bound{Name: r.ID, Op: About, Low: a.lo, High: a.hi, Unit: "year", Said: spoken(toks[start:end]), key: c.keys.of[r.ID], dim: int8(r.dim), implied: true, strict: true}
		switch op {
		case Least:
			b.Op, b.High, b.implied = Least, 0, false
		case Most:
			b.Op, b.Low, b.implied = Most, 0, false
		}
		u.Bounds = append(u.Bounds, b)
	}
	if a.lo < 13 && u.Gender == "" && c.serves("kids") {
		u.Gender = "kids"
	}
	return start, end
}

// young are those whose age is told in months.
var young = regexp.MustCompile(`宝宝|婴儿|宝贝|孩子|小猫|小狗|幼猫|幼犬|狗狗|猫咪|月的?(?:宝|猫|狗|娃)`)

// ageOf reads toddlers, teenagers and adults as ages, where the shop states ages;
// what states none will do.
func (c *Catalog) ageOf(w string, u *Understood) bool {
	r := c.measures.roles["age"]
	span, ok := c.lexicon.ages[w]
	if !ok || !c.states(r.ID) || slices.ContainsFunc(u.Bounds, func(b Bound) bool { return b.Name == r.ID }) {
		return false
	}
	u.Bounds = append(u.Bounds, Bound{Name: r.ID, Op: About, Low: span[0], High: span[1], Unit: "year", Said: w, key: c.keys.of[r.ID], dim: int8(r.dim), implied: true, lenient: true, strict: true})
	return c.names[w] == 0 // adult diapers
}

// personAt says that a bare number is somebody's age: "my son is 9", "she turns 2".
func (c *Catalog) personAt(toks []token, i, end int) bool {
	if i == 0 || end < len(toks) && (toks[end].kind == number || toks[end].glued && toks[end].kind != sign ||
		toks[end].kind == word && !c.lexicon.stop[toks[end].text] && !c.lexicon.links[toks[end].text] && !slices.Contains([]string{"and", "who", "loves", "likes"}, toks[end].text)) {
		return false
	}
	child := func(k int) bool {
		return k >= 0 && toks[k].kind == word && (c.lexicon.genders[surface(toks[k].text)] == "kids" || c.lexicon.people[surface(toks[k].text)])
	}
	switch w := strings.ReplaceAll(toks[i-1].text, "'", ""); w {
	case "hes", "shes", "whos", "turns", "turning", "turned":
		return true
	case "is", "just", "now", "nearly", "almost", ",":
		return child(i-2) || child(i-3)
	case "kids", "children", "boys", "girls":
		return true
	}
	return false
}

// A party is people that a message counts one kind after the other.
var (
	adults   = regexp.MustCompile(`(?i)\b(\d|one|two|three|four) adults?(?:,| and| \+| plus)+ (\d|a|one|two|three|four) (?:kids?|child(?:ren)?|babies|baby|toddlers?|teens?)\b`)
	adultsZH = regexp.MustCompile(`([一两二俩三四1-4])个?大人?[、，,加和带]?\s?([一两二俩三四1-4])个?(?:\d岁|[一二两三四五六七八九]岁)?的?(?:小孩|孩子|娃|小|宝宝)`)
	familyZH = regexp.MustCompile(`一家([两三四五六七])口`)
)

var partySize = map[string]int{"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "一": 1, "两": 2, "二": 2, "俩": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}

// party writes 两大一小 and "2 adults and a child" as three people.
func (c *Catalog) party(text string) string {
	for re, unit := range map[*regexp.Regexp]string{adults: " people", adultsZH: "人"} {
		text = re.ReplaceAllStringFunc(text, func(s string) string {
			m := re.FindStringSubmatch(s)
			return string(rune('0'+partySize[strings.ToLower(m[1])]+partySize[strings.ToLower(m[2])])) + unit
		})
	}
	return familyZH.ReplaceAllString(strings.ReplaceAll(text, "独居", "一个人住"), "${1}口之家")
}
