package recsys

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ItemList are items read from a file.
type ItemList struct {
	Items []Item
	Reading
}

// Columns that a file of items may have, and the attributes among them.
var (
	idNames       = append([]string{"id"}, itemNames...)
	titleNames    = []string{"title", "name", "itemname", "productname", "itemtitle"}
	textNames     = []string{"text", "description", "body"}
	categoryNames = []string{"category", "categories", "producttype", "genre", "department"}
	priceNames    = []string{"price", "unitprice", "saleprice", "medianunitpricegbp", "unitpricegbp"}
	stockNames    = []string{"instock", "availability", "stock", "available"}

	attributeNames = map[string]string{
		"brand": "brand", "color": "colour", "colour": "colour", "material": "material", "size": "size",
		"gender": "for", "pattern": "pattern", "style": "style", "agegroup": "age",
	}
)

// ReadItems reads items from CSV, TSV or JSON lines, gzipped or not; file names
// the input in errors. Columns are found by their names: an id is needed; title,
// description, category, price, margin, stock, brand, colour, material, size,
// and who it is for are read where there are any; a JSON line may also have
// "attributes" (name to values), "pairs" (ids), "picture" (numbers) and
// "article". An id that comes twice is left out the second time. An item is in
// stock unless it says otherwise.
func ReadItems(in io.Reader, file string) (ItemList, error) {
	var out ItemList
	seen := map[string]int{}
	add := func(line int, r row, o map[string]any) error {
		x, err := itemOf(r)
		if err != nil {
			return err
		}
		if first, twice := seen[x.ID]; twice {
			return fmt.Errorf("item %q stands in line %d already", x.ID, first)
		}
		if err := x.more(o); err != nil {
			return err
		}
		seen[x.ID] = line
		out.Items = append(out.Items, x)
		return nil
	}
	var err error
	out.Reading, err = readTable(in, file,
		func(columns []string) error { return needs(columns, "item", idNames) },
		func(line int, o map[string]any) (bool, error) {
			r := row{}
			flatten(r, o)
			return true, add(line, r, o)
		},
		func(line int, r row) error { return add(line, r, nil) })
	return out, err
}

func itemOf(r row) (Item, error) {
	clone := func(names []string) string { return strings.Clone(r.first(names)) }
	x := Item{ID: clone(idNames), Title: clone(titleNames), Text: clone(textNames), Category: clone(categoryNames), InStock: true}
	if x.ID == "" {
		return x, errors.New("it has no id")
	}
	var err error
	if s := r.first(priceNames); s != "" {
		amount, _, _ := strings.Cut(s, " ") // "12.50 USD"
		if x.Price, err = number64(amount); err != nil || x.Price < 0 {
			return x, fmt.Errorf("price %q: want a number from 0", s)
		}
	}
	if s := r.first([]string{"margin"}); s != "" {
		if x.Margin, err = number64(s); err != nil || x.Margin < 0 || x.Margin > 1 {
			return x, fmt.Errorf("margin %q: want a share from 0 to 1", s)
		}
	}
	switch plain(r.first(stockNames)) {
	case "0", "false", "no", "outofstock":
		x.InStock = false
	}
	for column, name := range attributeNames {
		if v := strings.TrimSpace(r[column]); v != "" {
			x.set(name, split(v))
		}
	}
	return x, nil
}

// more takes what only a JSON line can say.
func (x *Item) more(o map[string]any) error {
	if list, ok := o["attributes"].(map[string]any); ok {
		for name, v := range list {
			x.set(name, texts(v))
		}
	}
	x.Pairs = texts(o["pairs"])
	x.Article, _ = o["article"].(bool)
	list, _ := o["picture"].([]any)
	for _, v := range list {
		f, ok := v.(float64)
		if !ok {
			return errors.New("picture: want a list of numbers")
		}
		x.Picture = append(x.Picture, float32(f))
	}
	return nil
}

func (x *Item) set(name string, values []string) {
	if len(values) == 0 {
		return
	}
	if x.Attributes == nil {
		x.Attributes = map[string][]string{}
	}
	x.Attributes[name] = values
}

// split parts "Red/White" and "red|white".
func split(s string) []string {
	var out []string
	for _, v := range strings.FieldsFunc(s, func(c rune) bool { return c == '|' || c == '/' }) {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, strings.Clone(v))
		}
	}
	return out
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return split(v)
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok && s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
