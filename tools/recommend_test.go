package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/recsys"
	"parley/tools/catalog"
	"parley/tools/orders"
)

var today = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// A diary is an order service of which only List is asked.
type diary struct {
	orders.Service
	list []orders.Order
}

func (d diary) List(context.Context, string, int) ([]orders.Order, error) { return d.list, nil }

func ordered(days int, status orders.Status, products ...string) orders.Order {
	o := orders.Order{ID: strings.Join(products, "-"), Status: status, Placed: today.AddDate(0, 0, -days)}
	for _, p := range products {
		o.Lines = append(o.Lines, orders.Line{Product: p})
	}
	return o
}

// A shelfShop is a small shop of tents and what is used up.
func shelfShop(t *testing.T, cfg Config) *Tools {
	t.Helper()
	tent := func(id, title string, price catalog.Money, stock int, facts ...catalog.Attribute) *catalog.Product {
		return &catalog.Product{ID: id, Title: title, Price: price, Currency: "USD", Categories: []string{"Camping/Tents"}, Attributes: facts,
			Variants: []catalog.Variant{
				{SKU: id + "-RED", Price: price, Stock: stock, Options: map[string]string{"color": "red", "size": "M"}},
				{SKU: id + "-BLUE", Price: price, Stock: min(stock, 2), Options: map[string]string{"color": "blue", "size": "M"}},
			}}
	}
	fact := func(name, value string) catalog.Attribute {
		return catalog.Attribute{Name: name, Values: []string{value}}
	}
	shop := &catalog.Shop{Name: "S", Currency: "USD", Products: []*catalog.Product{
		tent("T1", "Moss 2 Tent", 200_00, 0, fact("sleeps", "2 people"), fact("weight", "1.4 kg")),
		tent("T2", "Ridge 2 Tent", 180_00, 5, fact("sleeps", "2 people"), fact("weight", "1.9 kg")),
		tent("T3", "Valley 3 Tent", 199_00, 5, fact("sleeps", "3 people"), fact("weight", "1.4 kg")),
		{ID: "G", Title: "Gas Can", Price: 8_00, Currency: "USD", Categories: []string{"Camping/Gas"}, Variants: []catalog.Variant{{SKU: "G", Price: 8_00, Stock: 9}}},
		{ID: "W", Title: "Boot Wax", Price: 9_00, Currency: "USD", Categories: []string{"Care"}, Variants: []catalog.Variant{{SKU: "W", Price: 9_00, Stock: 9}}},
	}, Guides: []catalog.Guide{
		{ID: "tent", Locale: "en", Title: "Choosing a tent", Lead: "Count the sleepers.", Words: []string{"tent"}, URL: "/guides/tent",
			Parts: []catalog.GuidePart{{Title: "Season and wind", Text: "Poles that cross hold."}},
			Picks: []catalog.Pick{{Product: "T1", For: "two on foot"}, {Product: "T3", For: "three"}}},
		{ID: "tent", Locale: "zh", Title: "怎么选帐篷", Lead: "先数几个人睡。", Words: []string{"帐篷"}},
	}}
	c, err := catalog.New(shop, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Catalog, cfg.Now = c, func() time.Time { return today }
	if cfg.AlsoLike == nil {
		cfg.AlsoLike = fixed{}
	}
	cfg.Together = cmp.Or[recsys.Recommender](cfg.Together, fixed{})
	set, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// fixed recommends what it is told to, as far as the query allows.
type fixed []recsys.Scored

func (f fixed) Recommend(_ context.Context, q recsys.Query) (out []recsys.Scored, err error) {
	for _, x := range f {
		if (q.Filter == nil || q.Filter(x.Item)) && !slices.Contains(q.Exclude, x.Item) && len(out) < q.K {
			out = append(out, x)
		}
	}
	return out, nil
}

type suggestion struct {
	Basis    string
	Products []struct{ ID, SKU, Reason string }
	Guides   []guideView
}

func (s suggestion) ids() (out []string) {
	for _, p := range s.Products {
		out = append(out, p.ID)
	}
	return out
}

func suggestTo(t *testing.T, set *Tools, who llm.Customer, args string) suggestion {
	t.Helper()
	s, err := trySuggest(set, who, args)
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	return s
}

func trySuggest(set *Tools, who llm.Customer, args string) (s suggestion, err error) {
	for _, tool := range set.For(who) {
		if tool.Name == "recommend" {
			out, err := tool.Call(context.Background(), llm.Invocation{Args: json.RawMessage(args)})
			if err != nil {
				return s, err
			}
			return s, json.Unmarshal(out.Content, &s)
		}
	}
	return s, nil
}

var someone = llm.Customer{ID: "c1", Authenticated: true, Locale: "en"}

func TestBuyAgainTellsHowOftenAndWhenFromTheOrders(t *testing.T) {
	set := shelfShop(t, Config{Orders: diary{list: []orders.Order{
		ordered(95, orders.Delivered, "G"), ordered(64, orders.Delivered, "G"), ordered(33, orders.Delivered, "G", "T2"),
		ordered(10, orders.Cancelled, "G"), ordered(20, orders.Returned, "W"), ordered(200, orders.Delivered, "T3"),
	}}})
	s := suggestTo(t, set, someone, `{"kind":"again"}`)
	if !slices.Equal(s.ids(), []string{"G", "T2"}) { // T3 was once and long ago, W came back
		t.Fatalf("again: %+v", s)
	}
	if want := "You bought it 3 times, about every 31 days; last on 27 January"; s.Products[0].Reason != want {
		t.Errorf("%q, want %q", s.Products[0].Reason, want)
	}
	if r := s.Products[1].Reason; r != "You bought it on 27 January" {
		t.Errorf("once: %q", r)
	}
	zh := someone
	zh.Locale = "zh"
	if r := suggestTo(t, set, zh, `{"kind":"again"}`).Products[0].Reason; r != "您买过3次，大约每31天一次，上次是1月27日" {
		t.Errorf("in Chinese: %q", r)
	}
	if s := suggestTo(t, set, someone, `{"kind":"again","product":"W"}`); len(s.Products) != 0 {
		t.Errorf("what came back: %+v", s)
	}
	if _, err := trySuggest(set, llm.Customer{ID: "visitor:1"}, `{"kind":"again"}`); code(err) != "sign_in" {
		t.Errorf("a guest: %v", err)
	}
}

func TestInsteadSharesWhatItIsCalledByAndSaysHowItDiffers(t *testing.T) {
	set := shelfShop(t, Config{})
	s := suggestTo(t, set, someone, `{"kind":"instead","product":"T1"}`)
	if !slices.Equal(s.ids(), []string{"T2", "T3"}) {
		t.Fatalf("instead of a tent for two: %+v", s)
	}
	if want := "Shares sleeps 2 people. Differs: $20 less, weight 1.9 instead of 1.4 kg"; s.Products[0].Reason != want {
		t.Errorf("%q, want %q", s.Products[0].Reason, want)
	}
	// The recommender's order gives way to the number in the name.
	set = shelfShop(t, Config{Instead: fixed{{Item: "T3"}, {Item: "T2"}, {Item: "G"}}})
	if s := suggestTo(t, set, someone, `{"kind":"instead","product":"T1"}`); !slices.Equal(s.ids(), []string{"T2", "T3"}) {
		t.Errorf("with a recommender: %v", s.ids())
	}
	// A size that is there in another colour comes first, as itself.
	p := set.Catalog.Product("T2")
	p.Variants[0].Stock = 0
	if s := suggestTo(t, set, someone, `{"kind":"instead","product":"T2","color":"red","size":"M"}`); len(s.Products) == 0 || s.Products[0].SKU != "T2-BLUE" || s.Products[0].Reason != "The Ridge 2 Tent itself, in blue" {
		t.Errorf("another colour: %+v", s)
	}
}

func TestASoldOutProductBringsWhatIsNearest(t *testing.T) {
	set := shelfShop(t, Config{})
	for _, tool := range set.For(someone) {
		if tool.Name != "get_product" {
			continue
		}
		for id, want := range map[string]int{"T1": 2, "T2": 0} {
			out, err := tool.Call(context.Background(), llm.Invocation{Args: json.RawMessage(`{"product":"` + id + `"}`)})
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Instead []ProductCard }
			if err := json.Unmarshal(out.Content, &body); err != nil || len(body.Instead) != want {
				t.Errorf("%s: %d instead, want %d (%v)", id, len(body.Instead), want, err)
			}
		}
	}
}

func TestAGuideAnswersInItsLanguageWithWhatCanBeHad(t *testing.T) {
	set := shelfShop(t, Config{})
	s := suggestTo(t, set, someone, `{"kind":"guide","for":"how do I choose a tent?"}`)
	if len(s.Guides) != 1 || s.Guides[0].Text != "Count the sleepers." || s.Guides[0].URL != "/guides/tent" || !slices.Equal(s.ids(), []string{"T3"}) || s.Products[0].Reason != "The guide names it for three" {
		t.Errorf("%+v", s)
	}
	if s := suggestTo(t, set, someone, `{"kind":"guide","for":"which season should a tent be for?"}`); s.Guides[0].Text != "Poles that cross hold." {
		t.Errorf("the part that is asked for: %+v", s.Guides)
	}
	zh := someone
	zh.Locale = "zh"
	if s := suggestTo(t, set, zh, `{"kind":"guide","for":"帐篷怎么选"}`); len(s.Guides) != 1 || s.Guides[0].Text != "先数几个人睡。" {
		t.Errorf("in Chinese: %+v", s)
	}
	if s := suggestTo(t, set, someone, `{"kind":"guide","for":"how do I choose a contentment?"}`); len(s.Guides) != 0 {
		t.Errorf("a word within another: %+v", s)
	}
}

// A tally is an order service that counts how often it is asked.
type tally struct {
	diary
	asked *int
}

func (c tally) List(ctx context.Context, customer string, n int) ([]orders.Order, error) {
	*c.asked++
	return c.diary.List(ctx, customer, n)
}

func TestBuyAgainAsksForTheOrdersOnce(t *testing.T) {
	asked := 0
	set := shelfShop(t, Config{
		Orders: tally{diary{list: []orders.Order{ordered(60, orders.Delivered, "G"), ordered(30, orders.Delivered, "G")}}, &asked},
		Again:  fixed{{Item: "G"}},
	})
	if s := suggestTo(t, set, someone, `{"kind":"again"}`); !slices.Equal(s.ids(), []string{"G"}) || asked != 1 {
		t.Errorf("%+v, asked %d times", s, asked)
	}
}

func TestPopularIsOfLatelyOrSaysThatItIsNot(t *testing.T) {
	lately := recsys.Reason{Kind: "popular", Count: 5, Days: 30}
	ever := recsys.Reason{Kind: "popular", Count: 40}
	set := shelfShop(t, Config{
		Popular:  fixed{{Item: "G", Reasons: []recsys.Reason{lately}}, {Item: "T2", Reasons: []recsys.Reason{ever}}},
		AlsoLike: fixed{{Item: "T3", Reasons: []recsys.Reason{ever}}},
	})
	if s := suggestTo(t, set, someone, `{"kind":"popular","limit":1}`); s.Products[0].Reason != "Bought by 5 people in the last 30 days" {
		t.Errorf("lately: %+v", s)
	}
	if s := suggestTo(t, set, someone, `{"kind":"popular"}`); !slices.Equal(s.ids(), []string{"T3"}) || s.Products[0].Reason != "Bought by 40 people" {
		t.Errorf("two windows stand in one list: %+v", s)
	}
	if s := suggestTo(t, set, someone, `{"kind":"popular","for":"gas","limit":1}`); !slices.Equal(s.ids(), []string{"G"}) {
		t.Errorf("of a kind: %+v", s)
	}
}

func TestPopularStandsInTheOrderOfItsCounts(t *testing.T) {
	bought := func(n int) []recsys.Reason { return []recsys.Reason{{Kind: "popular", Count: n, Days: 30}} }
	set := shelfShop(t, Config{Popular: fixed{{Item: "T2", Reasons: bought(9)}, {Item: "G", Reasons: bought(4)}, {Item: "T3", Reasons: bought(7)}}})
	if s := suggestTo(t, set, someone, `{"kind":"popular"}`); !slices.Equal(s.ids(), []string{"T2", "T3", "G"}) {
		t.Errorf("%+v", s)
	}
}

func TestCheaperIsThanTheProduct(t *testing.T) {
	pair := []recsys.Reason{{Kind: "bought", Item: "T2", Count: 3}}
	set := shelfShop(t, Config{AlsoLike: fixed{{Item: "T3", Reasons: pair}, {Item: "G", Reasons: pair}}})
	if s := suggestTo(t, set, someone, `{"kind":"also_like","product":"T2","limit":2}`); !slices.Contains(s.ids(), "T3") {
		t.Errorf("at any price: %+v", s)
	}
	if s := suggestTo(t, set, someone, `{"kind":"also_like","product":"T2","cheaper":true}`); !slices.Equal(s.ids(), []string{"G"}) {
		t.Errorf("cheaper than T2: %+v", s)
	}
}

func TestWhatIsOwnedGoesWithNothing(t *testing.T) {
	pair := []recsys.Reason{{Kind: "basket", Item: "T2", Count: 3}}
	set := shelfShop(t, Config{
		Together: fixed{{Item: "T3", Reasons: pair}, {Item: "G", Reasons: pair}},
		Orders:   diary{list: []orders.Order{ordered(40, orders.Delivered, "T3", "G"), ordered(10, orders.Delivered, "G")}},
	})
	s := suggestTo(t, set, someone, `{"kind":"look","product":"T2"}`) // no Look: what shared a basket
	if !slices.Equal(s.ids(), []string{"G"}) {                        // used up, so owned no more
		t.Errorf("%+v", s)
	}
}

func TestKindsAreAChoiceInTheSchema(t *testing.T) {
	set := shelfShop(t, Config{})
	for _, tool := range set.For(someone) {
		if tool.Name == "recommend" && len(tool.Parameters.Properties["kind"].Enum) != 7 {
			t.Errorf("kind is one of %v", tool.Parameters.Properties["kind"].Enum)
		}
	}
	if _, err := trySuggest(set, someone, `{"kind":"bestest"}`); code(err) != "bad_argument" {
		t.Errorf("another kind: %v", err)
	}
	if _, err := trySuggest(set, someone, `{"kind":"look"}`); code(err) != "bad_argument" {
		t.Errorf("a look around nothing: %v", err)
	}
}
