package tools

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/agent/llm"
	"parley/tools/catalog"
	"parley/tools/orders"
)

// items finds what a model or shopper calls things of an order: SKUs, or names.
// Named none, it is the whole order where that was said, or where it holds one
// thing only: what was left out, or dropped as never said, is not all.
func (s session) items(o orders.Order, named []string, whole bool) ([]orders.Line, error) {
	var out []orders.Line
	if len(named) == 0 {
		if !whole && len(o.Lines) > 1 {
			return nil, s.whichItem(o, "which_item", "", "name the items of order %s, or set whole_order", o.ID)
		}
		for _, l := range o.Lines {
			for range l.Quantity {
				out = append(out, l)
			}
		}
		return out, nil
	}
	taken := map[string]int{}
	for _, name := range named {
		found := s.called(o, name)
		switch {
		case len(found) == 0:
			return nil, s.whichItem(o, "no_such_item", name, "order %s holds no %q", o.ID, name)
		case len(found) > 1:
			return nil, s.whichItem(o, "which_item", name, "%q could be several items of order %s: name one", name, o.ID)
		}
		l := found[0]
		if taken[l.SKU]++; taken[l.SKU] > o.Pieces(l.SKU) {
			return nil, s.whichItem(o, "no_such_item", name, "order %s holds no more than %d of %q", o.ID, o.Pieces(l.SKU), name)
		}
		out = append(out, l)
	}
	return out, nil
}

// called are the lines that a name can mean, each SKU once: by SKU, by the whole
// title in either language, by words of it, else by what the shop's search finds
// for it: a jacket may be titled a parka.
func (s session) called(o orders.Order, name string) []orders.Line {
	want := strings.ToLower(strings.TrimSpace(name))
	var exact, part []orders.Line
	seen := map[string]bool{}
	for _, l := range o.Lines {
		if seen[l.SKU] {
			continue
		}
		seen[l.SKU] = true
		titles := []string{strings.ToLower(l.Title), strings.ToLower(s.title(l))}
		switch {
		case strings.EqualFold(l.SKU, want), slices.Contains(titles, want):
			exact = append(exact, l)
		case slices.ContainsFunc(titles, func(t string) bool { return wordsIn(t, want) }):
			part = append(part, l)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	if len(part) > 0 {
		return part
	}
	found, err := s.Catalog.Search(context.Background(), catalog.Query{Text: want, Locale: s.locale(), Limit: 1000})
	if err != nil || found.Nearest {
		return nil
	}
	for _, l := range o.Lines {
		if slices.ContainsFunc(found.Hits, func(h catalog.Hit) bool { return h.Product.ID == l.Product }) && !slices.ContainsFunc(part, func(x orders.Line) bool { return x.SKU == l.SKU }) {
			part = append(part, l)
		}
	}
	return part
}

// wordsIn says that all words of a name stand in a title, "boots" in "boot" too.
func wordsIn(title, name string) bool {
	words := slices.DeleteFunc(strings.Fields(name), func(w string) bool { return fillers[w] })
	for _, w := range words {
		if !strings.Contains(title, w) && !strings.Contains(title, strings.TrimSuffix(w, "s")) && !strings.Contains(title, stem(w)) {
			return false
		}
	}
	return len(words) > 0
}

var fillers = map[string]bool{"the": true, "a": true, "an": true, "my": true, "that": true, "this": true, "those": true, "these": true, "pair": true, "of": true}

// stem is a Chinese name without what it is counted by and a closing 子: 那条裤子 is 裤.
func stem(w string) string {
	if !strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return w
	}
	if m := measured.FindStringSubmatch(w); m != nil && m[1] != "" {
		return m[1]
	}
	return w
}

var measured = regexp.MustCompile(`^(?:我的|那|这|一)*[双件条顶个张块只套把]?(.+?)子?$`)

func (s session) whichItem(o orders.Order, code, name, format string, args ...any) error {
	e := llm.Errorf(code, format, args...)
	e.Data = map[string]any{"order": s.view(o), "asked": name}
	return e
}

// replacements are the variants that take the place of lines: by SKU, one for
// each, or the same thing in another size or colour.
func (s session) replacements(o orders.Order, lines []orders.Line, skus []string, size, color string) ([]catalog.Variant, error) {
	if len(skus) > 0 {
		if len(skus) != len(lines) {
			return nil, llm.Errorf("bad_argument", "new_items wants one SKU for each of the %d items", len(lines))
		}
		var out []catalog.Variant
		for i, sku := range skus {
			v, ok := variant(s.Catalog.Product(lines[i].Product), func(v catalog.Variant) bool { return strings.EqualFold(v.SKU, sku) })
			if !ok {
				return nil, s.noVariant(lines[i], sku)
			}
			out = append(out, v)
		}
		return out, nil
	}
	if size == "" && color == "" {
		return nil, llm.Errorf("which_variant", "say what it should be exchanged for: a size, a colour, or new_items")
	}
	var out []catalog.Variant
	for _, l := range lines {
		p := s.Catalog.Product(l.Product)
		want := maps.Clone(l.Choices)
		if now, ok := variant(p, func(v catalog.Variant) bool { return v.SKU == l.SKU }); ok && want == nil {
			want = maps.Clone(now.Options)
		}
		if want == nil {
			want = map[string]string{}
		}
		if size != "" {
			want["size"] = size
		}
		if color != "" {
			want["color"] = color
		}
		v, ok := variant(p, func(v catalog.Variant) bool {
			for name, value := range want {
				if !strings.EqualFold(v.Options[name], value) && !(name == "color" && s.isColor(v.Options[name], value)) {
					return false
				}
			}
			return true
		})
		if !ok {
			return nil, s.noVariant(l, strings.TrimSpace(size+" "+color))
		}
		if v.Stock <= 0 {
			e := llm.Errorf("out_of_stock", "%s in %s is out of stock", s.title(l), orders.Choice(v.Options))
			e.Data = map[string]any{"title": s.title(l), "asked": orders.Choice(v.Options), "in_stock": false, "others": others(p)}
			return nil, e
		}
		out = append(out, v)
	}
	return out, nil
}

// isColor says that a colour is called so in Chinese: 蓝色, 蓝.
func (s session) isColor(color, called string) bool {
	zh := s.Catalog.ColorIn("zh", color)
	return called != "" && strings.TrimSuffix(zh, "色") == strings.TrimSuffix(called, "色")
}

func (s session) noVariant(l orders.Line, asked string) error {
	e := llm.Errorf("no_such_variant", "%s does not come as %s", s.title(l), asked)
	e.Data = map[string]any{"title": s.title(l), "asked": asked, "others": others(s.Catalog.Product(l.Product))}
	return e
}

func variant(p *catalog.Product, is func(catalog.Variant) bool) (catalog.Variant, bool) {
	if p == nil {
		return catalog.Variant{}, false
	}
	i := slices.IndexFunc(p.Variants, is)
	if i < 0 {
		return catalog.Variant{}, false
	}
	return p.Variants[i], true
}

// An other is a variant that can be had.
type other struct {
	SKU     string `json:"sku"`
	Options string `json:"options"`
	InStock bool   `json:"in_stock"`
}

// others are the variants of a product that can be had, at most eight.
func others(p *catalog.Product) []other {
	out := []other{}
	if p == nil {
		return out
	}
	for _, v := range p.Variants {
		if v.Stock > 0 && len(out) < 8 {
			out = append(out, other{v.SKU, orders.Choice(v.Options), true})
		}
	}
	return out
}

// listed names things of an order: "Heath 2 Tent (orange), 2 × Loam Foam Mat".
func (s session) listed(lines []orders.Line) string {
	count := map[string]int{}
	for _, l := range lines {
		count[l.SKU]++
	}
	var out []string
	for _, l := range lines {
		n := count[l.SKU]
		if n == 0 {
			continue
		}
		count[l.SKU] = 0
		text := s.title(l)
		if l.Options != "" {
			text = s.say("item.options", "title", text, "options", l.Options)
		}
		if n > 1 {
			text = fmt.Sprintf("%d × %s", n, text)
		}
		out = append(out, text)
	}
	return strings.Join(out, s.say("list.comma"))
}

func skus(lines []orders.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.SKU)
	}
	return out
}
