package builtin

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"parley/agent/llm"
)

// planProducts plans what is about products.
func (t *turn) planProducts() ([]llm.Call, string) {
	one := func(name string, args map[string]any) ([]llm.Call, string) { return []llm.Call{call(name, args)}, "" }
	named := t.products()
	if t.is("compare") {
		if len(named) < 2 && len(t.shown) >= 2 {
			n := 2
			if firstAll.MatchString(t.text) && !firstTwo.MatchString(t.text) {
				n = min(4, len(t.shown))
			}
			for _, p := range t.shown[:n] {
				if !slices.Contains(named, p.ID) && len(named) < n {
					named = append(named, p.ID)
				}
			}
		}
		if len(named) == 1 && t.focus.ID != "" && named[0] != t.focus.ID {
			named = append(named, t.focus.ID)
		}
		if len(named) >= 2 {
			return one("compare_products", map[string]any{"products": named[:min(4, len(named))]})
		}
	}
	if len(t.shown) < 2 && len(named) < 2 && (t.is("compare") && firstTwo.MatchString(t.text) || t.is("most") && t.search != nil && !t.otherKind()) {
		return nil, t.say("compare_few")
	}
	if t.is("most") && len(t.shown) >= 2 && !t.otherKind() {
		ids := named
		if len(ids) < 2 {
			ids = t.seen()
		}
		return one("compare_products", map[string]any{"products": ids[:min(4, len(ids))]})
	}
	if t.is("why") && len(t.shown) > 0 {
		for _, p := range t.shown {
			if p.Reason != "" {
				return nil, t.say("why", "reason", strings.TrimSuffix(p.Reason, "."))
			}
		}
		return nil, t.say("why_none")
	}
	about := ""
	switch {
	case len(named) > 0:
		about = named[0]
	case t.focus.ID != "" && (pointing.MatchString(t.text) && !t.otherKind() || t.topic() != nil && !t.isSearch() && !t.otherKind() || t.is("together") || t.is("reviews") || t.bareOption()):
		about = t.focus.ID
	case len(t.shown) > 0 && pointing.MatchString(t.text) && !t.otherKind() && (t.topic() != nil || t.is("reviews") || t.is("together")):
		about = t.shown[0].ID
	}
	if about != "" && !t.is("cheaper") {
		switch {
		case t.is("together"):
			return one("bought_together", map[string]any{"product": about})
		case t.is("reviews"):
			return one("sentiment", map[string]any{"product": about})
		case t.is("recommend"):
			return one("recommend", map[string]any{"product": about})
		}
		args := map[string]any{"product": about}
		if c := t.color(); c != "" && wordAt(strings.ToLower(t.title(about)), c) < 0 {
			args["color"] = c
		}
		if s := t.size(); s != "" {
			args["size"] = s
		}
		return one("get_product", args)
	}
	if t.is("together") || t.is("reviews") {
		if len(t.content()) == 0 {
			return nil, t.say("which")
		}
	}
	if t.is("more") && t.search != nil {
		args := maps.Clone(t.search)
		args["exclude"] = t.seen()
		return one("search_products", args)
	}
	polite := []string{"bot", "thanks", "bye", "greeting"}
	for _, small := range polite {
		if t.is(small) && len(t.contentOf(t.without(polite...))) == 0 {
			return nil, t.say(small)
		}
	}
	if t.is("recommend") {
		args := map[string]any{}
		rest := t.bounds(args)
		if words := t.contentOf(rest); len(words) > 0 {
			args["for"] = strings.Join(words, " ")
		}
		return one("recommend", args)
	}
	return t.planSearch()
}

func (t *turn) lowest() float64 {
	low := t.focus.Price
	for _, p := range t.shown {
		if low == 0 || p.Price < low {
			low = p.Price
		}
	}
	return low
}

func (t *turn) seen() []string {
	var out []string
	for _, p := range t.shown {
		out = append(out, p.ID)
	}
	return out
}

func (t *turn) title(id string) string {
	for _, p := range append(t.shown, t.focus) {
		if p.ID == id {
			return p.Title
		}
	}
	return ""
}

// topic is what is asked about a product, nil for nothing known.
func (t *turn) topic() *topic {
	for i := range t.m.topics {
		if t.m.topics[i].ask.MatchString(t.text) {
			return &t.m.topics[i]
		}
	}
	return nil
}

var searching = regexp.MustCompile(`\b(show|find|looking for|do you (have|sell)|any|need|want|search)\b|有没有|有什么|有哪些|找|想要|想买|需要`)

// isSearch says that a message asks for products and not about one.
func (t *turn) isSearch() bool {
	return searching.MatchString(t.text) && len(t.content()) > 1 && !pointing.MatchString(t.text)
}

// otherKind says that a message names a kind of product that the one in focus
// is not.
func (t *turn) otherKind() bool {
	title := strings.ToLower(t.focus.Title)
	return slices.ContainsFunc(t.m.kinds, func(k named) bool {
		name := strings.TrimSuffix(k.name, "s")
		said := wordAt(t.text, name) >= 0 || wordAt(t.text, k.name) >= 0
		return len(name) > 2 && said && !strings.Contains(title, name)
	})
}

// bareOption is a colour or size and nothing else: "in blue?", 「蓝色的有吗」.
func (t *turn) bareOption() bool {
	return (t.color() != "" || t.size() != "") && len(t.content()) <= 1
}
