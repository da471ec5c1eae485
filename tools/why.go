package tools

import (
	"slices"
	"strings"

	"parley/recsys"
	"parley/tools/catalog"
)

// because puts the strongest reason of a recommendation into words; bought are
// the products of the customer's own orders.
func (s session) because(x recsys.Scored, bought []string) string {
	if len(x.Reasons) == 0 {
		return ""
	}
	r := x.Reasons[0]
	switch {
	case r.Kind == "popular" && r.Days > 0:
		return s.say("why.lately", "n", r.Count, "days", int(r.Days+.5))
	case r.Kind == "popular":
		return s.say("why.popular", "n", r.Count)
	}
	p := s.Catalog.Product(r.Item)
	if p == nil {
		return ""
	}
	title := p.TitleIn(s.locale())
	switch {
	case r.Kind == "picture":
		return s.looks(x, title)
	case r.Kind == "basket":
		return s.say("why.basket", "item", title, "n", r.Count)
	case r.Kind == "attribute":
		return s.say("why.fits", "item", title, "fact", s.trait(p, r.Name))
	case r.Kind == "set":
		return s.say("why.set", "item", title)
	case slices.Contains(bought, r.Item):
		return s.say("why.bought", "item", title)
	case slices.Contains(s.Recent(s.who.ID), r.Item):
		return s.say("why.viewed", "item", title)
	}
	return s.say("why.also", "item", title, "n", r.Count)
}

// looks says what of a picture is alike: colour, shape or both.
func (s session) looks(x recsys.Scored, title string) string {
	var alike []string
	for _, r := range x.Reasons {
		if r.Kind == "picture" && r.Weight > .2 && r.Name != "" {
			alike = append(alike, s.say("like."+r.Name))
		}
	}
	if len(alike) == 0 {
		return s.say("why.picture_plain", "item", title)
	}
	return s.say("why.picture", "item", title, "alike", strings.Join(alike, s.say("list.and")))
}

// trait puts "colour: blue" into words: by a product that states it.
func (s session) trait(p *catalog.Product, name string) string {
	key, value, _ := strings.Cut(name, ": ")
	if key == "colour" {
		return s.say("like.color", "color", s.Catalog.ColorIn(s.locale(), value))
	}
	for _, a := range p.Attributes {
		if !strings.EqualFold(a.Name, key) {
			continue
		}
		said := p.ValuesIn(s.locale(), a.Name)
		for i, v := range a.Values {
			if strings.EqualFold(v, value) && i < len(said) {
				return s.say("like.fact", "name", s.factName(p, a.Name), "value", said[i])
			}
		}
	}
	return value
}
