package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A column holds what each product says of one thing that can be filtered and
// counted: a brand, colours, the values of an attribute.
type column struct {
	values []string // as the feed writes them, first
	ids    map[string]int32
	rows   []span
	cells  []int32
}

type span struct {
	doc      int32
	from, to int32
}

func (c *Catalog) column(name string) *column {
	col := c.columns[name]
	if col == nil {
		col = &column{ids: map[string]int32{}}
		c.columns[strings.Clone(name)] = col
	}
	return col
}

// put notes a value of a product; products come in order. It says whether the
// product had not said so before.
func (col *column) put(doc int, value string) (id int32, isNew bool) {
	low := strings.ToLower(value)
	id, ok := col.ids[low]
	if !ok {
		id = int32(len(col.values))
		col.ids[low] = id
		col.values = append(col.values, value)
	}
	if n := len(col.rows); n > 0 && col.rows[n-1].doc == int32(doc) {
		r := &col.rows[n-1]
		if slices.Contains(col.cells[r.from:r.to], id) {
			return id, false
		}
		col.cells = append(col.cells, id)
		r.to++
		return id, true
	}
	col.rows = append(col.rows, span{int32(doc), int32(len(col.cells)), int32(len(col.cells) + 1)})
	col.cells = append(col.cells, id)
	return id, true
}

func (col *column) of(doc int32) []int32 {
	if int(doc) < len(col.rows) && col.rows[doc].doc == doc { // every product says so
		r := col.rows[doc]
		return col.cells[r.from:r.to]
	}
	i, ok := slices.BinarySearchFunc(col.rows, doc, func(r span, d int32) int { return cmp.Compare(r.doc, d) })
	if !ok {
		return nil
	}
	return col.cells[col.rows[i].from:col.rows[i].to]
}

// A Facet counts the products found by the values of one thing, the most
// frequent first.
type Facet struct {
	Name   string
	Values []FacetValue
}

// A FacetValue is one of them.
type FacetValue struct {
	Value string
	Count int
}

// count makes the facets that are asked for: names of attributes, "category",
// "brand", "color", "size", "gender", or "price".
func (c *Catalog) count(names []string, found []candidate) []Facet {
	var out []Facet
	for _, name := range names {
		name = strings.ToLower(name)
		if name == "price" {
			out = append(out, c.prices(found))
			continue
		}
		col := c.columns[name]
		f := Facet{Name: name}
		if col == nil {
			out = append(out, f)
			continue
		}
		n := make([]int, len(col.values))
		for _, h := range found {
			for _, v := range col.of(h.doc) {
				n[v]++
			}
		}
		for v, count := range n {
			if count > 0 {
				f.Values = append(f.Values, FacetValue{col.values[v], count})
			}
		}
		slices.SortStableFunc(f.Values, func(a, b FacetValue) int { return cmp.Compare(b.Count, a.Count) })
		f.Values = f.Values[:min(len(f.Values), 50)]
		out = append(out, f)
	}
	return out
}

// prices counts by ranges that part what was found about evenly, at round
// amounts.
func (c *Catalog) prices(found []candidate) Facet {
	f := Facet{Name: "price"}
	var list []Money
	for _, h := range found {
		if p := c.docs[h.doc].p.Price; p > 0 {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return f
	}
	slices.Sort(list)
	var edges []Money
	for k := 1; k < 4; k++ {
		if e := round(list[len(list)*k/4]); e > list[0] && !slices.Contains(edges, e) {
			edges = append(edges, e)
		}
	}
	from := Money(0)
	at := 0
	for _, e := range append(edges, Money(1<<62)) {
		n := 0
		for at < len(list) && list[at] < e {
			at++
			n++
		}
		name := fmt.Sprintf("%d-%d", from/100, e/100)
		if e == 1<<62 {
			name = fmt.Sprintf("%d-", from/100)
		}
		if n > 0 {
			f.Values = append(f.Values, FacetValue{name, n})
		}
		from = e
	}
	return f
}

// round gives one or two leading digits: 37.99 is 40, 1,234 is 1,200.
func round(m Money) Money {
	unit := Money(100)
	for m/unit >= 100 {
		unit *= 10
	}
	if m/unit >= 20 {
		unit *= 5
	}
	return (m + unit/2) / unit * unit
}

// filter compiles "any of these values" of a column; nil for a column or values
// the shop has not.
func (c *Catalog) filter(name string, values []string) func(doc int32) bool {
	col := c.columns[strings.ToLower(name)]
	if col == nil {
		return func(int32) bool { return false }
	}
	want := map[int32]bool{}
	for _, v := range values {
		if id, ok := col.ids[strings.ToLower(v)]; ok {
			want[id] = true
		}
	}
	return func(doc int32) bool {
		return slices.ContainsFunc(col.of(doc), func(v int32) bool { return want[v] })
	}
}
