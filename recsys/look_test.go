package recsys

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func wear(id, category string, price float64, attributes ...string) Item {
	it := Item{ID: id, Title: id, Category: category, Price: price, InStock: true, Attributes: map[string][]string{}}
	for n := 0; n < len(attributes); n += 2 {
		it.Attributes[attributes[n]] = append(it.Attributes[attributes[n]], attributes[n+1])
	}
	return it
}

var wardrobe = []Item{
	wear("jacket", "Jackets", 120, "color", "navy", "for", "women"),
	wear("coat", "Jackets", 150, "colour", "navy", "for", "women"),
	wear("navy trousers", "Trousers", 60, "colour", "navy", "for", "women"),
	wear("red trousers", "Trousers", 60, "colour", "red", "for", "women"),
	wear("slacks", "Trousers", 60, "colour", "navy"), // as good, and one of a category is enough
	wear("men's trousers", "Trousers", 60, "colour", "navy", "for", "men"),
	wear("boots", "Boots", 90, "colour", "brown", "for", "women"),
	wear("hat", "Hats", 20, "colour", "navy", "gender", "unisex"),
	wear("scarf", "Scarves", 20, "colour", "navy"),
	wear("stove", "Stoves", 40, "colour", "navy"),
	{ID: "sold out", Category: "Gloves", Attributes: map[string][]string{"colour": {"navy"}}},
	{ID: "guide", Category: "Guides", InStock: true, Article: true},
}

// outfits are baskets: jackets go with boots and trousers, stoves with nothing.
func outfits() *Dataset {
	in := take(
		[]string{"a", "coat", "red trousers"}, []string{"b", "coat", "navy trousers"}, []string{"c", "coat", "men's trousers"},
		[]string{"d", "jacket", "boots"}, []string{"e", "jacket", "boots"}, []string{"f", "jacket", "boots"},
		[]string{"g", "stove", "guide"}, []string{"h", "stove", "guide"}, []string{"i", "stove", "guide"}, []string{"j", "stove", "guide"}, []string{"k", "stove", "guide"},
		[]string{"n", "jacket", "stove"}, // once, by chance
		[]string{"l", "jacket", "sold out"}, []string{"m", "jacket", "sold out"})
	return NewDataset(in, offered(wardrobe)...)
}

func TestALookIsOneOfEachCategoryThatGoesWithIt(t *testing.T) {
	list := append([]Item{}, wardrobe...)
	list[0].Pairs = []string{"hat"}
	got := recommend(t, NewLook(outfits(), list, LookOptions{}), Query{Recent: []string{"jacket"}})
	if want := []string{"hat", "boots", "navy trousers"}; !cmp.Equal(items(got), want) {
		t.Fatalf("got %v, want %v: the shop's pair, the boots of its baskets, and the trousers in its colour, of its audience", items(got), want)
	}
	for n, want := range [][]Reason{
		{{Kind: "set", Item: "jacket"}, {Kind: "attribute", Name: "colour: navy", Item: "jacket"}},
		{{Kind: "basket", Item: "jacket", Count: 3}},
		{{Kind: "attribute", Name: "colour: navy", Item: "jacket"}},
	} {
		sum := 0.0
		for k := range got[n].Reasons {
			sum += got[n].Reasons[k].Weight
			got[n].Reasons[k].Weight = 0
		}
		if d := cmp.Diff(got[n].Reasons, want); d != "" || sum-got[n].Score > 1e-12 || got[n].Score-sum > 1e-12 {
			t.Errorf("%s scores %v by reasons of %v:\n%s", got[n].Item, got[n].Score, sum, d)
		}
	}
}

func TestTakingWhatALookSharesAwayLowersItsScore(t *testing.T) {
	d := outfits()
	score := func(list []Item, item string) float64 {
		for _, x := range recommend(t, NewLook(d, list, LookOptions{}), Query{Recent: []string{"jacket"}}) {
			if x.Item == item {
				return x.Score
			}
		}
		return 0
	}
	list := append([]Item{}, wardrobe...)
	full := score(list, "navy trousers")
	list[2].Attributes = map[string][]string{"for": {"women"}}
	if less := score(list, "navy trousers"); !(less < full) {
		t.Errorf("the trousers score %v with the colour of the jacket and %v without", full, less)
	}
}

func TestALookKeepsToFilterAndSession(t *testing.T) {
	m := NewLook(outfits(), wardrobe, LookOptions{})
	got := recommend(t, m, Query{Recent: []string{"jacket"}, Filter: func(i string) bool { return i != "navy trousers" }})
	if !cmp.Equal(items(got), []string{"boots", "slacks"}) {
		t.Errorf("without the navy trousers: %v, want the boots and the slacks (red trousers share nothing)", items(got))
	}
	if got = recommend(t, m, Query{Recent: []string{"boots", "jacket"}, K: 1}); !cmp.Equal(items(got), []string{"navy trousers"}) {
		t.Errorf("with jacket and boots on: %v, want trousers", items(got))
	}
	if got = recommend(t, m, Query{Customer: "a"}); len(got) != 0 {
		t.Errorf("nothing is looked at, yet got %v", items(got))
	}
}

func TestAReplacementIsNearInKindPriceAndLookAndSaysHowItDiffers(t *testing.T) {
	list := []Item{
		wear("gone", "Wear/Jackets", 100, "colour", "navy", "for", "women", "size", "M", "material", "wool"),
		wear("same but dear", "Wear/Jackets", 190, "colour", "navy", "for", "women", "size", "M", "material", "wool"),
		wear("near", "Wear/Jackets", 110, "color", "navy", "gender", "women", "size", "M", "material", "fleece"),
		wear("red", "Wear/Jackets", 110, "colour", "red", "for", "women", "size", "L", "material", "fleece"),
		wear("vest", "Wear/Vests", 100, "colour", "navy", "for", "women", "size", "M", "material", "wool"),
		wear("for men", "Wear/Jackets", 100, "colour", "navy", "for", "men", "size", "M", "material", "wool"),
		wear("tent", "Camping/Tents", 100, "colour", "navy"),
		wear("sold out", "Wear/Jackets", 100, "colour", "navy", "for", "women", "size", "M", "material", "wool"),
	}
	list[7].InStock = false
	d := NewDataset(nil, offered(list)...)
	m, err := NewInstead(d, list, InsteadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	q := Query{Recent: []string{"tent", "gone"}}
	got := recommend(t, m, q)
	if want := []string{"near", "same but dear", "red", "vest"}; !cmp.Equal(items(got), want) {
		t.Fatalf("got %v, want %v", items(got), want)
	}
	var shares, differs []string
	for _, r := range got[2].Reasons {
		if r.Kind == "differs" {
			differs = append(differs, r.Name)
		} else {
			shares = append(shares, r.Kind+" "+r.Name)
		}
	}
	if d := cmp.Diff(shares, []string{"attribute category: Wear/Jackets", "price +10%"}) + cmp.Diff(differs, []string{"colour: red", "size: l", "material: fleece"}); d != "" {
		t.Errorf("the red one: %s", d)
	}
	if got := items(recommend(t, m.Wanting(map[string][]string{"Size": {"L", "XL"}}), q)); !cmp.Equal(got, []string{"red"}) {
		t.Errorf("in L or XL: %v, want the red one alone", got)
	}
	if got := recommend(t, m, Query{Recent: []string{"no such"}}); len(got) != 0 {
		t.Errorf("instead of nothing: %v", items(got))
	}
	if _, err := NewInstead(d, list, InsteadOptions{Content: NewContent(NewDataset(nil), list, ContentOptions{})}); err == nil {
		t.Error("content of another dataset was taken")
	}
}

func TestAReplacementReadsTextsAndPictures(t *testing.T) {
	list := []Item{
		{ID: "gone", Title: "Trail running shoe", Category: "Shoes", Picture: []float32{1, 0}},
		{ID: "a", Title: "Dancing pump", Category: "Shoes", InStock: true, Picture: []float32{0, 1}},
		{ID: "b", Title: "Trail walking shoe", Category: "Shoes", InStock: true, Picture: []float32{0, 1}},
		{ID: "c", Title: "Dancing pump", Category: "Shoes", InStock: true, Picture: []float32{1, 0}},
	}
	d := NewDataset(nil, offered(list)...)
	m, err := NewInstead(d, list, InsteadOptions{Content: NewContent(d, list, ContentOptions{})})
	if err != nil {
		t.Fatal(err)
	}
	got := recommend(t, m, Query{Recent: []string{"gone"}})
	if want := []string{"c", "b", "a"}; !cmp.Equal(items(got), want) {
		t.Fatalf("got %v, want %v", items(got), want)
	}
	kinds := map[string]string{}
	for _, x := range got {
		for _, r := range x.Reasons {
			kinds[x.Item] += r.Kind + ":" + r.Name + " "
		}
	}
	if d := cmp.Diff(kinds, map[string]string{"b": "attribute:category: Shoes words:shoe trail ", "c": "attribute:category: Shoes picture: words:shoe ", "a": "attribute:category: Shoes words:shoe "}); d != "" {
		t.Error(d)
	}
}

func TestWhoAThingIsForIsReadInTheWordsOfShops(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"women", "Women's", true}, {"women", "men", false}, {"unisex", "men", true}, {"unisex", "kids", false},
		{"kids", "children", true}, {"all", "kids", true}, {"", "men", true}, {"dogs", "dogs", true}, {"dogs", "women", false},
	} {
		a, b := wear("a", "x", 1, "for", c.a), wear("b", "y", 1, "gender", c.b)
		x, y := profileOf(&a, nil), profileOf(&b, nil)
		if x.sameAudience(&y) != c.want || y.sameAudience(&x) != c.want {
			t.Errorf("%q and %q: want %v", c.a, c.b, c.want)
		}
	}
}
