package tools

import (
	"regexp"
	"slices"
	"strings"

	"parley/memory"
	"parley/tools/catalog"
)

// A verdict is what the facts say of one product.
type verdict struct {
	bars    *knownFact // it has what the customer must not or will not have
	has     string     // that thing
	size    *knownFact // it comes in sizes, of which this fact names one
	variant *catalog.Variant
	likes   *knownFact
	against *knownFact
}

// judge says what the facts make of one product, in a colour where one was asked
// for. asked are the customer's words: what they name now is not held against it.
func (k known) judge(p *catalog.Product, color, asked string, sized bool) verdict {
	var v verdict
	if len(k.list) == 0 {
		return v
	}
	stated, description := "", ""
	if slices.ContainsFunc(k.list, func(f knownFact) bool { return f.Kind == "allergy" || f.Kind == "taste" }) {
		stated, description = k.stated(p)
	}
	for i := range k.list {
		f := &k.list[i]
		switch f.Kind {
		case "allergy":
			if v.bars == nil && k.facts.Has(f.Value, stated, description) {
				v.bars, v.has = f, f.Value
			}
		case "taste":
			for _, x := range k.facts.Bars(f.Value) {
				if v.bars == nil && k.facts.Has(x, stated, "") {
					v.bars, v.has = f, x
				}
			}
			if f.Of == "diet" || !k.facts.Has(f.Value, stated+" "+strings.Join(p.Colors(), " "), "") {
				continue
			}
			if f.Against {
				v.against = f
			} else {
				v.likes = f
			}
		case "size":
			kids := f.For == "" && len(p.Sizes()) > 1 && slices.Equal(p.Gender, []string{"kids"})
			if sized || v.size != nil || !kids && !fitsSystem(f.Fact, p) {
				continue
			}
			if v.size = f; kids {
				continue // what an adult wears, no child's size is
			}
			if x := p.VariantFor(color, sizeIn(f.Value, p.Sizes())); x != nil && x.Stock > 0 && sizeIn(f.Value, p.Sizes()) != "" {
				v.variant = x
			}
		}
	}
	if v.bars != nil && k.facts.Has(v.has, asked, "") {
		v.bars = nil // they ask for it by its name: it is flagged, not hidden
	}
	return v
}

// stated is what a product states of itself, apart from what it is described as.
func (k known) stated(p *catalog.Product) (stated, description string) {
	var b strings.Builder
	for _, locale := range []string{"en", "zh"} {
		b.WriteString(p.TitleIn(locale) + "\n")
	}
	for _, a := range p.Attributes {
		b.WriteString(strings.Join(a.Values, "\n") + "\n" + strings.Join(p.ValuesIn("zh", a.Name), "\n") + "\n")
	}
	return b.String(), p.Description + "\n" + strings.Join(p.Bullets, "\n")
}

var (
	footwear = regexp.MustCompile(`(?i)\b(?:shoes?|boots?|trainers?|sneakers?|sandals?|slippers?|footwear)\b|鞋|靴`)
	legwear  = regexp.MustCompile(`(?i)\b(?:trousers?|pants|jeans|chinos|leggings|shorts)\b|裤`)
	letter   = regexp.MustCompile(`(?i)^(?:x{0,3}[sl]|m|[2-5]xl)$`)
)

// fitsSystem says that a product's sizes are of the sort that a fact names: of
// letters, of shoes, of waists.
func fitsSystem(f memory.Fact, p *catalog.Product) bool {
	sizes := p.Sizes()
	if len(sizes) < 2 {
		return false
	}
	what := p.Title + " " + strings.Join(p.Categories, " ")
	shoes, letters := footwear.MatchString(what), slices.ContainsFunc(sizes, letter.MatchString)
	switch {
	case f.Of == "shoes":
		return shoes && !letters
	case shoes:
		return false
	case f.Of == "trousers":
		return legwear.MatchString(what) && !letters
	}
	return letter.MatchString(f.Value) == letters
}

// sizeIn is a size as a product calls it: 42 for EU 42.
func sizeIn(value string, sizes []string) string {
	bare := strings.TrimPrefix(strings.ToUpper(value), "EU ")
	for _, s := range sizes {
		if u := strings.ToUpper(s); u == strings.ToUpper(value) || u == bare || strings.TrimPrefix(u, "EU ") == bare {
			return s
		}
	}
	return ""
}
