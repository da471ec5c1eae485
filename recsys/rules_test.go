package recsys

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// shelf is what a small shop has.
var shelfItems = []Item{
	{ID: "tent", Category: "Camping/Tents", Price: 200, InStock: true},
	{ID: "dome", Category: "Camping/Tents", Price: 300, InStock: true, Margin: .6},
	{ID: "mat", Category: "Camping/Mats", Price: 50, InStock: true},
	{ID: "mug", Category: "Kitchen", Price: 10, InStock: true, Margin: 1},
	{ID: "pot", Category: "Kitchen", Price: 40},
	{ID: "gift", Category: "Campings", InStock: true},
	{ID: "guide", Category: "Guides", Article: true},
	{ID: "essay", Category: "Guides", Article: true},
}

// fixed ranks as it is told.
func fixed(t *testing.T, scores map[string]float64) Model {
	t.Helper()
	d := NewDataset(nil, offered(shelfItems)...)
	m := &Popular{data: d, scores: make([]float64, len(d.Items)), counts: make([]int, len(d.Items))}
	for item, s := range scores {
		m.scores[d.itemAt[item]] = s
	}
	return m
}

var everything = map[string]float64{"tent": 1, "dome": .9, "mat": .4, "mug": .3, "pot": .95, "gift": .2, "guide": .8, "essay": .7}

func ruled(t *testing.T, r Rules) *Ruled {
	t.Helper()
	out, err := NewRuled(fixed(t, everything), shelfItems, r, func(c string) []string { return map[string][]string{"ann": {"tent"}}[c] })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRulesLeaveOutReorderAndPin(t *testing.T) {
	bought := []Interaction{{Item: "dome"}, {Item: "mug", Kind: Viewed}}
	for name, c := range map[string]struct {
		rules Rules
		query Query
		want  string
	}{
		"no rule: in stock, no article":     {Rules{}, Query{}, "tent dome mat mug gift"},
		"out of stock too":                  {Rules{OutOfStock: true}, Query{}, "tent pot dome mat mug gift"},
		"owned is left out":                 {Rules{}, Query{Customer: "ann", Past: bought}, "mat mug gift"},
		"owned is kept":                     {Rules{Owned: true}, Query{Customer: "ann", Past: bought}, "tent dome mat mug gift"},
		"excluded":                          {Rules{Exclude: []string{"tent", "no such"}}, Query{Exclude: []string{"mat"}}, "dome mug gift"},
		"filter of the query":               {Rules{}, Query{Filter: func(i string) bool { return i != "tent" }}, "dome mat mug gift"},
		"only a category and those below":   {Rules{Only: []string{"camping"}}, Query{}, "tent dome mat"},
		"never a category":                  {Rules{Never: []string{"Camping"}}, Query{}, "mug gift"},
		"price band, unknown prices out":    {Rules{MinPrice: 10, MaxPrice: 200}, Query{}, "tent mat mug"},
		"no lower price":                    {Rules{MaxPrice: 50}, Query{}, "mat mug"},
		"one article":                       {Rules{Articles: 1}, Query{K: 4}, "tent dome guide mat"},
		"only articles":                     {Rules{ArticlesOnly: true}, Query{}, "guide essay"},
		"variety":                           {Rules{Diversify: .5}, Query{K: 4}, "tent mug gift dome"},
		"margin lifts a near one":           {Rules{Margin: .5}, Query{}, "dome tent mug mat gift"},
		"pinned":                            {Rules{Pin: []Pin{{"gift", 1}, {"mug", 3}}}, Query{}, "gift tent mug dome mat"},
		"a pin out of stock is not":         {Rules{Pin: []Pin{{"pot", 1}}}, Query{}, "tent dome mat mug gift"},
		"a pin that the query forbids":      {Rules{Pin: []Pin{{"gift", 1}}}, Query{Exclude: []string{"gift"}}, "tent dome mat mug"},
		"a pin that is owned":               {Rules{Pin: []Pin{{"tent", 2}}}, Query{Customer: "ann"}, "dome mat mug gift"},
		"a pin in another category":         {Rules{Pin: []Pin{{"mug", 1}}, Only: []string{"Camping"}}, Query{}, "tent dome mat"},
		"a pin beyond the end moves up":     {Rules{Pin: []Pin{{"gift", 9}}, Only: []string{"Camping/Mats", "Campings"}}, Query{}, "mat gift"},
		"a pin beyond what is asked is not": {Rules{Pin: []Pin{{"gift", 3}}}, Query{K: 2}, "tent dome"},
	} {
		if got := strings.Join(items(recommend(t, ruled(t, c.rules), c.query)), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestAPinnedItemNeverClaimsThatCustomersLikedIt(t *testing.T) {
	got := recommend(t, ruled(t, Rules{Pin: []Pin{{"tent", 2}}}), Query{})
	if d := cmp.Diff(got[1].Reasons, []Reason{{Kind: "pinned"}}); got[1].Item != "tent" || d != "" {
		t.Errorf("the pinned tent: %+v", got[1])
	}
	if got[0].Reasons[0].Kind != "popular" {
		t.Errorf("what is not pinned lost its reason: %+v", got[0])
	}
}

func TestMarginIsBoundedAndLiftsNothingFromNothing(t *testing.T) {
	scores := map[string]float64{"tent": 1, "mug": 1 / 1.51}
	r, err := NewRuled(fixed(t, scores), shelfItems, Rules{Margin: .5}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The mug's margin is all of its price: it may add half, and a half is not enough.
	if got := items(recommend(t, r, Query{})); !cmp.Equal(got, []string{"tent", "mug"}) {
		t.Errorf("got %v, want the tent first and nothing that did not score", got)
	}
	scores["mug"] = 1 / 1.49
	if r, _ = NewRuled(fixed(t, scores), shelfItems, Rules{Margin: .5}, nil); recommend(t, r, Query{})[0].Item != "mug" {
		t.Error("a half more would be enough, and the mug is not first")
	}
}

func TestRulesKeepTheOrderOfAFill(t *testing.T) {
	// The second recommender's scores are on a scale of their own.
	f := Fill{fixed(t, map[string]float64{"tent": .02, "mat": .01}), fixed(t, map[string]float64{"dome": 40, "mug": 39})}
	r, err := NewRuled(f, shelfItems, Rules{Margin: .01}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(items(recommend(t, r, Query{})), " "); got != "tent dome mat mug" && got != "tent mat dome mug" {
		t.Errorf("got %s: what fills up went before what is meant", got)
	}
}

func TestMMRMatchesAHandComputedExample(t *testing.T) {
	// λ = .7. After the tent: dome .7×.9 - .3×1 = .33, mat .7×.4 - .3×.5 = .13,
	// mug .7×.3 = .21, gift .7×.2 = .14. After the dome as before: mug.
	if got := strings.Join(items(recommend(t, ruled(t, Rules{Diversify: .3}), Query{})), " "); got != "tent dome mug gift mat" {
		t.Errorf("got %s", got)
	}
}

func TestManyArticlesDoNotCrowdProductsOut(t *testing.T) {
	list := append([]Item{}, shelfItems...)
	scores := map[string]float64{}
	for n := range 600 {
		id := "article" + string(rune('0'+n/100)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
		list = append(list, Item{ID: id, Article: true})
		scores[id] = 2
	}
	d := NewDataset(nil, offered(list)...)
	m := &Popular{data: d, scores: make([]float64, len(d.Items)), counts: make([]int, len(d.Items))}
	for _, s := range []map[string]float64{scores, everything} {
		for item, x := range s {
			m.scores[d.itemAt[item]] = x
		}
	}
	r, err := NewRuled(m, list, Rules{Articles: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := items(recommend(t, r, Query{K: 3})); !cmp.Equal(got, []string{"article000", "tent", "dome"}) {
		t.Errorf("got %v", got)
	}
}

func TestRulesAreDataAndFaultsNameFieldValueAndRemedy(t *testing.T) {
	var fromYAML, fromJSON Rules
	if err := yaml.UnmarshalWithOptions([]byte("exclude: [pot]\npin:\n- {item: mug, place: 2}\nonly: [Camping]\nmin_price: 5\ndiversify: 0.3\nmargin: 0.1\narticles: 1\n"), &fromYAML, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &fromJSON); err != nil {
		t.Fatal(err)
	}
	want := Rules{Exclude: []string{"pot"}, Pin: []Pin{{"mug", 2}}, Only: []string{"Camping"}, MinPrice: 5, Diversify: .3, Margin: .1, Articles: 1}
	if d := cmp.Diff(fromYAML, want) + cmp.Diff(fromJSON, want); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		rules Rules
		want  string
	}{
		{Rules{MinPrice: -1}, "min_price is -1: give a price of 0 or more"},
		{Rules{MaxPrice: math.NaN()}, "max_price is NaN"},
		{Rules{MinPrice: 9, MaxPrice: 5}, "min_price 9 is above max_price 5"},
		{Rules{Diversify: 1.5}, "diversify is 1.5: give 0"},
		{Rules{Diversify: math.NaN()}, "diversify is NaN"},
		{Rules{Margin: 3}, "margin is 3: give 0 to 0.5"},
		{Rules{Articles: -1}, "articles is -1"},
		{Rules{Only: []string{"Tents"}}, `only names "Tents", and no item is in it: name one of "Camping/Mats"`},
		{Rules{Never: []string{""}}, `never names ""`},
		{Rules{Only: []string{"Camping/Tents"}, Never: []string{"camping"}}, `only and never both name "Camping/Tents"`},
		{Rules{Pin: []Pin{{"ghost", 1}}}, `pin names item "ghost", which is not in the list`},
		{Rules{Pin: []Pin{{"mug", 0}}}, `pin of "mug" has place 0: the first place is 1`},
		{Rules{Pin: []Pin{{"mug", 1}, {"mat", 1}}}, `pin of "mat" has place 1, where "mug" is pinned`},
		{Rules{Pin: []Pin{{"mug", 1}, {"mug", 2}}}, `pin names item "mug" twice`},
		{Rules{Exclude: []string{"mug"}, Pin: []Pin{{"mug", 1}}}, `item "mug" is both pinned and excluded`},
	} {
		_, err := NewRuled(fixed(t, everything), shelfItems, c.rules, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.rules, err, c.want)
		}
	}
}
