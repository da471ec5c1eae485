package catalog

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed lexicon/units.yaml
var unitsFile []byte

//go:embed lexicon/numbers.yaml
var numbersFile []byte

// How a number limits: near it, at least, at most.
const (
	About = "about"
	Least = "least"
	Most  = "most"
)

// A dimension is something that can be measured.
type dimension struct {
	ID        string
	Base      string
	Bare, For string
	Prefix    bool
	Range     bool
	Units     []struct {
		Per, From float64
		Long      bool
		Names     []string
	}
	Roles []role
}

// A role is what of a product is measured.
type role struct {
	ID                      string
	ZH                      string
	Aside, Exact            bool
	Bare                    string
	Words                   []string
	Least, Most, Less, More []string

	dim int
}

// only is what a number measures when no word says so, if it can be but one
// thing.
func (d *dimension) only() *role {
	var found *role
	for i := range d.Roles {
		if r := &d.Roles[i]; !r.Aside && !r.Exact {
			if found != nil {
				return nil
			}
			found = r
		}
	}
	if d.ID == "temperature" || d.ID == "time" {
		return nil
	}
	return found
}

type unit struct {
	dim       int
	per, from float64
	long      bool // days and more
}

// measures are the units and roles of lexicon/units.yaml and the ways to say a
// limit of lexicon/numbers.yaml.
type measures struct {
	dims  []dimension
	roles map[string]*role
	units map[string]unit
	said  []map[string]*role // of a dimension: words beside a number to the role

	before, after map[string]string // words to About, Least or Most
	between       map[string]bool
	money         [2]map[string]bool // before and after the number
	price         map[string]bool
	hanBefore     map[string]bool // what may be split off Chinese before a number
	hanAfter      map[string]bool // and after it
}

var loadMeasures = sync.OnceValues(func() (*measures, error) {
	m := &measures{
		roles: map[string]*role{}, units: map[string]unit{}, before: map[string]string{}, after: map[string]string{},
		between: map[string]bool{}, money: [2]map[string]bool{{}, {}}, price: map[string]bool{},
		hanBefore: map[string]bool{"零下": true}, hanAfter: map[string]bool{},
	}
	if err := yaml.UnmarshalWithOptions(unitsFile, &m.dims, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/catalog/lexicon/units.yaml: %w", err)
	}
	for d := range m.dims {
		dim := &m.dims[d]
		said := map[string]*role{}
		for _, u := range dim.Units {
			for _, name := range u.Names {
				if _, twice := m.units[name]; twice {
					return nil, fmt.Errorf("tools/catalog/lexicon/units.yaml: the unit %q stands twice", name)
				}
				m.units[name] = unit{d, u.Per, u.From, u.Long}
				m.hanAfter[name] = hasHan(name)
			}
		}
		for i := range dim.Roles {
			r := &dim.Roles[i]
			r.dim = d
			m.roles[r.ID] = r
			for _, w := range append([]string{r.ID}, r.Words...) {
				if said[w] == nil {
					said[w] = r
				}
				if hasHan(w) {
					m.hanBefore[w], m.hanAfter[w] = true, true
				}
			}
		}
		m.said = append(m.said, said)
	}
	var n struct {
		Before, After map[string][]string
		Between       []string
		Money         struct{ Before, After []string }
		Price         []string
	}
	if err := yaml.UnmarshalWithOptions(numbersFile, &n, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/catalog/lexicon/numbers.yaml: %w", err)
	}
	for op, list := range n.Before {
		for _, w := range list {
			m.before[w] = op
			m.hanBefore[w] = hasHan(w)
		}
	}
	for op, list := range n.After {
		for _, w := range list {
			m.after[w] = op
			m.hanAfter[w] = hasHan(w)
		}
	}
	for _, w := range n.Between {
		m.between[w] = true
		m.hanAfter[w] = hasHan(w)
	}
	for i, list := range [][]string{n.Money.Before, n.Money.After} {
		for _, w := range list {
			m.money[i][w] = true
			m.hanAfter[w] = m.hanAfter[w] || i == 1 && hasHan(w)
			m.hanBefore[w] = m.hanBefore[w] || i == 0 && hasHan(w)
		}
	}
	for _, w := range n.Price {
		m.price[w] = true
		m.hanBefore[w] = m.hanBefore[w] || hasHan(w)
	}
	return m, nil
})

// unitAt reads a unit from token i on, "-" before it included, and says where
// it ends.
func (m *measures) unitAt(toks []token, i int) (u unit, end int, ok bool) {
	if i+1 < len(toks) && toks[i].text == "-" && toks[i].glued && toks[i+1].kind == word {
		i++
	}
	name := ""
	for k := i; k < len(toks) && k < i+4; k++ {
		t := toks[k]
		if t.kind == sign && t.text != `"` && t.text != "/" && (t.text != "-" || !t.glued || k == i) || t.kind == number && (!t.glued || k == i) {
			break
		}
		switch {
		case k == i:
			name = t.text
		case t.text == "/" || t.text == "-":
			continue
		case t.kind == number:
			name += t.text
		default:
			name += " " + t.text
		}
		if found, is := m.units[name]; is {
			u, end, ok = found, k+1, true
		}
	}
	if ok && end == i+1 && toks[i].text == "in" && !toks[i].glued && toks[max(i-1, 0)].text != "-" {
		// "48 in table" is inches, "10 in black" and "3 in 1" are not.
		if end >= len(toks) || toks[end].kind != word || len(toks[end].text) < 4 {
			return u, i, false
		}
	}
	return u, end, ok
}

// longestBefore finds the longest run of words that ends before token i in a
// table, and where it starts; longestAfter one that starts at it, and its end.
func longestBefore(toks []token, i int, in map[string]string) (op string, start int) {
	start = i
	text := ""
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		if toks[k].kind == number {
			break
		}
		if text = strings.TrimSpace(toks[k].text + " " + text); toks[k].kind == sign && k+1 < i && toks[k+1].glued {
			text = toks[k].text + strings.TrimPrefix(text, toks[k].text+" ")
		}
		if v, ok := in[text]; ok {
			op, start = v, k
		}
	}
	return op, start
}

func longestAfter(toks []token, i int, in map[string]string) (op string, end int) {
	end = i
	text := ""
	for k := i; k < len(toks) && k < i+3; k++ {
		if text = strings.TrimSpace(text + " " + toks[k].text); in[text] != "" {
			op, end = in[text], k+1
		}
	}
	return op, end
}
