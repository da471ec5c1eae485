package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Rules are what a shop wants of what is shown, as data. The zero value leaves
// out what is out of stock, what the customer bought, and articles, and changes
// no order.
type Rules struct {
	Exclude []string `json:"exclude,omitempty" yaml:"exclude,omitempty"` // items never shown
	Pin     []Pin    `json:"pin,omitempty" yaml:"pin,omitempty"`

	// Only and Never name categories; one holds those below it: "Camping" holds
	// "Camping/Tents". Upper and lower case are the same.
	Only  []string `json:"only,omitempty" yaml:"only,omitempty"`
	Never []string `json:"never,omitempty" yaml:"never,omitempty"`

	// A price band leaves out items whose price is not known. 0: no bound.
	MinPrice float64 `json:"min_price,omitempty" yaml:"min_price,omitempty"`
	MaxPrice float64 `json:"max_price,omitempty" yaml:"max_price,omitempty"`

	Owned      bool `json:"owned,omitempty" yaml:"owned,omitempty"`               // show what the customer bought, too
	OutOfStock bool `json:"out_of_stock,omitempty" yaml:"out_of_stock,omitempty"` // show what cannot be had now, too

	// Articles is the most articles among the results; 0 shows none. A shelf of
	// nothing but articles has ArticlesOnly.
	Articles     int  `json:"articles,omitempty" yaml:"articles,omitempty"`
	ArticlesOnly bool `json:"articles_only,omitempty" yaml:"articles_only,omitempty"`

	// Diversify, 0 to 1, spreads the results over categories by maximal marginal
	// relevance: it is 1 - λ. At 0 only the score counts, at .3 a second item of
	// a category must score .3/.7 of the best more than one of a new category.
	Diversify float64 `json:"diversify,omitempty" yaml:"diversify,omitempty"`

	// Margin, 0 to .5, is the most that earning well can add to a score: it is
	// multiplied by 1 + Margin × the item's margin (a share of its price, 0 to
	// 1). What scores nothing stays out, whatever it earns.
	Margin float64 `json:"margin,omitempty" yaml:"margin,omitempty"`
}

// A Pin puts an item at a place, 1 being the first. It is left out where it is
// out of stock or another rule or the query leaves it out; where fewer items
// come before it, it moves up.
type Pin struct {
	Item  string `json:"item" yaml:"item"`
	Place int    `json:"place" yaml:"place"`
}

// mostMargin bounds what a margin can add.
const mostMargin = .5

// Check tells what is wrong with rules for a list of items: every fault is a
// line that names the field, its value and what would do.
func (r Rules) Check(items []Item) error {
	known := map[string]bool{}
	categories := map[string]bool{}
	for _, it := range items {
		known[it.ID] = true
		categories[it.Category] = true
	}
	var wrong []string
	fault := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	price := func(field string, x float64) {
		if !(x >= 0) || math.IsInf(x, 0) {
			fault("%s is %v: give a price of 0 or more; 0 sets no bound", field, x)
		}
	}
	price("min_price", r.MinPrice)
	price("max_price", r.MaxPrice)
	if r.MaxPrice > 0 && r.MinPrice > r.MaxPrice {
		fault("min_price %v is above max_price %v: nothing fits; swap them", r.MinPrice, r.MaxPrice)
	}
	if !(r.Diversify >= 0 && r.Diversify <= 1) {
		fault("diversify is %v: give 0 (the score alone) to 1 (variety alone)", r.Diversify)
	}
	if !(r.Margin >= 0 && r.Margin <= mostMargin) {
		fault("margin is %v: give 0 to %v, the most it may add to a score as a share of it", r.Margin, mostMargin)
	}
	if r.Articles < 0 {
		fault("articles is %d: give the most to show, 0 for none", r.Articles)
	}
	for field, list := range map[string][]string{"only": r.Only, "never": r.Never} {
		for _, c := range list {
			if !holdsAny(c, categories) {
				fault("%s names %q, and no item is in it: name one of %s", field, c, some(categories))
			}
		}
	}
	for _, c := range r.Only {
		if slices.ContainsFunc(r.Never, func(n string) bool { return within(c, n) }) {
			fault("only and never both name %q: take it out of one", c)
		}
	}
	places, pinned := map[int]string{}, map[string]bool{}
	for _, p := range r.Pin {
		switch {
		case !known[p.Item]:
			fault("pin names item %q, which is not in the list of items: give the id of one that is", p.Item)
		case p.Place < 1:
			fault("pin of %q has place %d: the first place is 1", p.Item, p.Place)
		case places[p.Place] != "":
			fault("pin of %q has place %d, where %q is pinned: give each a place of its own", p.Item, p.Place, places[p.Place])
		case pinned[p.Item]:
			fault("pin names item %q twice: keep one", p.Item)
		case slices.Contains(r.Exclude, p.Item):
			fault("item %q is both pinned and excluded: take it out of one", p.Item)
		}
		places[p.Place], pinned[p.Item] = p.Item, true
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("recsys: rules: %s", strings.Join(wrong, "\nrecsys: rules: "))
}

// within says whether a category is another or below it.
func within(category, above string) bool {
	c, a := strings.ToLower(category), strings.ToLower(strings.TrimSuffix(above, "/"))
	return c == a || a != "" && strings.HasPrefix(c, a+"/")
}

func holdsAny(above string, categories map[string]bool) bool {
	for c := range categories {
		if within(c, above) {
			return true
		}
	}
	return false
}

// some lists a few names, for an error.
func some(set map[string]bool) string {
	var names []string
	for s := range set {
		if s != "" {
			names = append(names, fmt.Sprintf("%q", s))
		}
	}
	if len(names) == 0 {
		return "(the items have no categories)"
	}
	slices.Sort(names)
	if len(names) > 8 {
		names = append(names[:8], "...")
	}
	return strings.Join(names, ", ")
}

// Ruled is a Recommender that keeps to a shop's rules: it asks another one and
// leaves out, reorders and pins. Make one with [NewRuled].
type Ruled struct {
	from  Recommender
	items map[string]Item
	rules Rules
	owned func(customer string) []string
}

// NewRuled puts rules around a recommender. What the rules speak of is known
// from items; an item that is not among them is never shown. What a customer
// owns is what owned gives, which may be nil, and what [Query.Past] says was
// bought. Stock that changes by the minute belongs into [Query.Filter]: pins
// keep to it, too.
func NewRuled(from Recommender, items []Item, rules Rules, owned func(customer string) []string) (*Ruled, error) {
	if err := rules.Check(items); err != nil {
		return nil, err
	}
	r := &Ruled{from: from, items: make(map[string]Item, len(items)), rules: rules, owned: owned}
	for _, it := range items {
		r.items[it.ID] = it
	}
	r.rules.Pin = slices.Clone(rules.Pin)
	slices.SortFunc(r.rules.Pin, func(a, b Pin) int { return cmp.Compare(a.Place, b.Place) })
	return r, nil
}

// allowed is the filter of a query with the rules on top.
func (r *Ruled) allowed(q Query) func(string) bool {
	out := map[string]bool{}
	for _, list := range [][]string{r.rules.Exclude, q.Exclude} {
		for _, item := range list {
			out[item] = true
		}
	}
	if !r.rules.Owned {
		for _, x := range q.Past {
			if x.Kind == Bought {
				out[x.Item] = true
			}
		}
		if r.owned != nil && q.Customer != "" {
			for _, item := range r.owned(q.Customer) {
				out[item] = true
			}
		}
	}
	return func(id string) bool {
		it, known := r.items[id]
		return known && !out[id] && r.fits(it) && (q.Filter == nil || q.Filter(id))
	}
}

// fits says whether the rules let an item be shown to anybody. An article has
// neither stock nor price.
func (r *Ruled) fits(it Item) bool {
	in := func(list []string) bool {
		return slices.ContainsFunc(list, func(c string) bool { return within(it.Category, c) })
	}
	if len(r.rules.Only) > 0 && !in(r.rules.Only) || in(r.rules.Never) {
		return false
	}
	if it.Article {
		return r.rules.Articles > 0 || r.rules.ArticlesOnly
	}
	banded := r.rules.MinPrice > 0 || r.rules.MaxPrice > 0
	return !r.rules.ArticlesOnly && (it.InStock || r.rules.OutOfStock) &&
		(!banded || it.Price > 0 && it.Price >= r.rules.MinPrice && (r.rules.MaxPrice == 0 || it.Price <= r.rules.MaxPrice))
}

// Recommend keeps every item's score and reasons as the recommender gave them,
// in the order of the rules; a pinned item has one reason, of kind "pinned".
func (r *Ruled) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	k := cmp.Or(max(q.K, 0), 10)
	allowed := r.allowed(q)
	var pins []Pin
	for _, p := range r.rules.Pin {
		if p.Place <= k && allowed(p.Item) {
			pins = append(pins, p)
		}
	}
	ask := q
	ask.K = k
	if r.rules.Diversify > 0 || r.rules.Margin > 0 || r.rules.Articles > 0 && !r.rules.ArticlesOnly {
		ask.K = max(100, 4*k)
	}
	ask.Filter = func(id string) bool {
		return allowed(id) && !slices.ContainsFunc(pins, func(p Pin) bool { return p.Item == id })
	}
	var list []Scored
	for {
		got, err := r.from.Recommend(ctx, ask)
		if err != nil {
			return nil, err
		}
		if list = r.order(got, k); len(list) == k || len(got) < ask.K {
			break
		}
		ask.K *= 4 // too many of them were articles
	}
	for _, p := range pins {
		x := Scored{Item: p.Item, Reasons: []Reason{{Kind: "pinned"}}}
		list = slices.Insert(list, min(p.Place-1, len(list)), x)
	}
	return list[:min(k, len(list))], nil
}
