package recsys

import (
	"slices"
	"strings"
)

// attributeName gives the names that mean one thing one name.
func attributeName(name string) string {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case "color":
		return "colour"
	case "gender", "audience":
		return "for"
	case "age group", "agegroup":
		return "age"
	default:
		return n
	}
}

// valuesOf gives the values of an attribute, in lower case and sorted.
func (it *Item) valuesOf(name string) []string {
	var out []string
	for n, values := range it.Attributes {
		if attributeName(n) == name {
			for _, v := range values {
				if v = strings.ToLower(strings.TrimSpace(v)); v != "" {
					out = append(out, v)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mostValueWords parts values from sentences, such as how a thing is washed,
// which say nothing of what it is.
const mostValueWords = 4

// A profile is what two items are compared by, made ready once.
type profile struct {
	traits   []string    // "colour: navy", sorted
	audience [2][]string // values of "for" and of "age"
}

func profileOf(it *Item, count map[string]bool) profile {
	p := profile{audience: [2][]string{it.valuesOf("for"), it.valuesOf("age")}}
	for name := range count {
		for _, v := range it.valuesOf(name) {
			if len(strings.Fields(v)) <= mostValueWords {
				p.traits = append(p.traits, name+": "+v)
			}
		}
	}
	slices.Sort(p.traits)
	return p
}

// shared lists what two profiles have in common, one value of each attribute.
func (p *profile) shared(o *profile) []string {
	var out []string
	for x, y := p.traits, o.traits; len(x) > 0 && len(y) > 0; {
		switch {
		case x[0] < y[0]:
			x = x[1:]
		case x[0] > y[0]:
			y = y[1:]
		default:
			name, _, _ := strings.Cut(x[0], ": ")
			if n := len(out); n == 0 || !strings.HasPrefix(out[n-1], name+": ") {
				out = append(out, x[0])
			}
			x, y = x[1:], y[1:]
		}
	}
	return out
}

// values lists the traits of one name.
func (p *profile) values(name string) []string {
	var out []string
	for _, t := range p.traits {
		if strings.HasPrefix(t, name+": ") {
			out = append(out, t)
		}
	}
	return out
}

// names counts the attributes that say something.
func (p *profile) names() int {
	n, last := 0, ""
	for _, t := range p.traits {
		if name, _, _ := strings.Cut(t, ": "); n == 0 || name != last {
			n, last = n+1, name
		}
	}
	return n
}

// sameAudience says that nothing speaks against two items being for one person:
// where both say who they are for, they agree in one value, or one of them is
// for everybody.
func (p *profile) sameAudience(o *profile) bool {
	for n := range p.audience {
		x, y := p.audience[n], o.audience[n]
		if len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(v string) bool {
			return slices.ContainsFunc(y, func(w string) bool { return sameGroup(v, w) })
		}) {
			return false
		}
	}
	return true
}

// sameGroup says that what is for one group may be for the other.
func sameGroup(a, b string) bool {
	x, everyX := group(a)
	y, everyY := group(b)
	return x == y || everyX || everyY || x == "adult" && (y == "men" || y == "women") || y == "adult" && (x == "men" || x == "women")
}

// group gives a group one name, and says whether it is everybody.
func group(s string) (name string, everybody bool) {
	switch s {
	case "men", "man", "male", "mens", "men's", "him":
		return "men", false
	case "women", "woman", "female", "womens", "women's", "ladies", "her":
		return "women", false
	case "kids", "kid", "children", "child", "children's", "kids'", "boys", "girls":
		return "kids", false
	case "adult", "adults":
		return "adult", false
	case "unisex": // of grown-up sizes: a child's thing is not meant
		return "adult", false
	case "all", "any", "everyone", "everybody", "all ages":
		return s, true
	}
	return s, false
}
