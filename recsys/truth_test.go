package recsys

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// A subject is a model to be put through what every model must bear. Who adds a
// model adds it to subjects.
type subject struct {
	name string
	fit  func(d *Dataset, items []Item) (Model, error)
	one  bool // looks at the newest item alone: without it, it is asked another question
}

var subjects = []subject{
	{name: "popular", fit: func(d *Dataset, _ []Item) (Model, error) {
		return NewPopular(d, PopularOptions{HalfLife: 24 * time.Hour}), nil
	}},
	{name: "segments", fit: func(d *Dataset, _ []Item) (Model, error) {
		of := map[string]string{}
		for n, c := range d.Customers {
			of[c] = []string{"new", "old"}[n%2]
		}
		return NewSegments(d, of, SegmentsOptions{})
	}},
	{name: "itemknn", fit: func(d *Dataset, _ []Item) (Model, error) {
		return NewItemKNN(d, ItemKNNOptions{HalfLife: 30 * 24 * time.Hour}), nil
	}},
	{name: "userknn", fit: func(d *Dataset, _ []Item) (Model, error) { return NewUserKNN(d, UserKNNOptions{}) }},
	{name: "rp3beta", fit: func(d *Dataset, _ []Item) (Model, error) { return NewRP3beta(d, RP3betaOptions{}) }},
	{name: "graphfilter", fit: func(d *Dataset, _ []Item) (Model, error) {
		return NewGraphFilter(d, GraphFilterOptions{Factors: 3})
	}},
	{name: "released", fit: func(d *Dataset, _ []Item) (Model, error) {
		return NewReleased(NewItemKNN(d, ItemKNNOptions{}), ReleasedOptions{})
	}},
	{name: "ease", fit: func(d *Dataset, _ []Item) (Model, error) { return NewEASE(d, EASEOptions{Lambda: 10}) }},
	{name: "als", fit: func(d *Dataset, _ []Item) (Model, error) { return NewALS(d, ALSOptions{Factors: 4, Sweeps: 3}) }},
	{name: "transitions", fit: func(d *Dataset, _ []Item) (Model, error) { return NewTransitions(d, TransitionsOptions{}) }},
	{name: "sequence", fit: func(d *Dataset, _ []Item) (Model, error) {
		epochs := 0
		if len(d.Items) > 1000 { // of a robot's pages: whether it is bounded, not whether it is good
			epochs = 1
		}
		return NewSequence(context.Background(), d, SequenceOptions{Factors: 8, Epochs: epochs})
	}},
	{name: "again", fit: func(d *Dataset, items []Item) (Model, error) {
		return NewAgain(d, interactionsOf(d), AgainOptions{Items: items})
	}},
	{name: "season", fit: func(d *Dataset, _ []Item) (Model, error) {
		return NewSeason(NewItemKNN(d, ItemKNNOptions{}), SeasonOptions{})
	}},
	{name: "basket", fit: func(d *Dataset, _ []Item) (Model, error) { return NewBasket(d, BasketOptions{}), nil }},
	{name: "content", fit: func(d *Dataset, items []Item) (Model, error) { return NewContent(d, items, ContentOptions{}), nil }},
	{name: "look", fit: func(d *Dataset, items []Item) (Model, error) { return NewLook(d, items, LookOptions{}), nil }},
	{name: "instead", fit: func(d *Dataset, items []Item) (Model, error) { return NewInstead(d, items, InsteadOptions{}) }, one: true},
	{name: "pictures", fit: func(d *Dataset, items []Item) (Model, error) { return NewPictures(d, items, PicturesOptions{}) }, one: true},
	{name: "articles", fit: func(d *Dataset, items []Item) (Model, error) {
		return NewArticles(NewContent(d, items, ContentOptions{}), items), nil
	}},
	{name: "words", fit: func(d *Dataset, items []Item) (Model, error) {
		return NewContent(d, items, ContentOptions{}).For("a blue thing 7"), nil
	}},
	{name: "cold", fit: func(d *Dataset, items []Item) (Model, error) {
		s, err := NewSegments(d, map[string]string{"customer-001": "new"}, SegmentsOptions{})
		if err != nil {
			return nil, err
		}
		return Cold(NewContent(d, items, ContentOptions{}), "a blue thing 7", s)
	}},
	{name: "hybrid", fit: func(d *Dataset, items []Item) (Model, error) {
		ease, err := NewEASE(d, EASEOptions{Lambda: 10})
		if err != nil {
			return nil, err
		}
		return NewHybrid(ScaleFixed, Part{NewItemKNN(d, ItemKNNOptions{}), 1}, Part{ease, 1}, Part{NewContent(d, items, ContentOptions{}), .3}, Part{NewPopular(d, PopularOptions{}), .1})
	}},
}

// interactionsOf gives a dataset's events back, the first and the newest time of
// each.
func interactionsOf(d *Dataset) []Interaction {
	var out []Interaction
	for u, row := range d.byCustomer {
		for _, e := range row {
			x := Interaction{Customer: d.Customers[u], Item: d.Items[e.Item], Kind: e.Kind, At: time.Unix(e.First, 0)}
			if out = append(out, x); e.Times > 1 {
				x.At = time.Unix(e.At, 0)
				out = append(out, x)
			}
		}
	}
	return out
}

// things describes items i00, i01...: a few colours and kinds, every ninth an
// article.
func things(n int) []Item {
	var out []Item
	for k := range n {
		colour := []string{"red", "blue", "green"}[k%3]
		it := wear(fmt.Sprintf("i%02d", k), fmt.Sprint("kinds/kind", k%5), float64(10+k), "colour", colour)
		it.Title = fmt.Sprint("A ", colour, " thing ", k%11)
		it.Picture = []float32{float32(k % 3), float32(k % 5), 1}
		it.Article = k%9 == 8
		out = append(out, it)
	}
	return out
}

func fit(t *testing.T, s subject, d *Dataset, items []Item) Model {
	t.Helper()
	m, err := s.fit(d, items)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return m
}

// scoreOf is what a model gives an item, or 0 where it does not give it.
func scoreOf(t *testing.T, m Model, q Query, item string) float64 {
	t.Helper()
	q.K = len(m.Data().Items)
	for _, x := range recommend(t, m, q) {
		if x.Item == item {
			return x.Score
		}
	}
	return 0
}

func TestTakingTheTopReasonAwayLowersTheScoreOfEveryModel(t *testing.T) {
	in := tastes(80, 40)
	list := things(40)
	d := NewDataset(in, offered(list)...)
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			m := fit(t, s, d, list)
			tried := 0
			for u := 0; u < 80; u += 4 {
				who := fmt.Sprintf("customer-%03d", u)
				q := Query{Segment: "new", K: 3, Recent: []string{fmt.Sprintf("i%02d", u%40), fmt.Sprintf("i%02d", (u+6)%40)}}
				for _, x := range in {
					if x.Customer == who {
						q.Past = append(q.Past, x)
					}
				}
				q.Exclude = q.Recent
				if s.one {
					q.Recent = q.Recent[1:]
				}
				for _, x := range recommend(t, m, q) {
					if len(x.Reasons) == 0 {
						t.Fatalf("%s is given without a reason", x.Item)
					}
					r := x.Reasons[0]
					var after float64
					switch {
					case r.Item != "": // what came through an item of the history
						less := q
						less.Recent = slices.DeleteFunc(slices.Clone(q.Recent), func(i string) bool { return i == r.Item })
						less.Past = slices.DeleteFunc(slices.Clone(q.Past), func(p Interaction) bool { return p.Item == r.Item })
						after = scoreOf(t, m, less, x.Item)
					case r.Kind == "words": // what came through a word of the item
						other := slices.Clone(list)
						at := slices.IndexFunc(other, func(it Item) bool { return it.ID == x.Item })
						other[at].Title, other[at].Attributes, other[at].Category = "", nil, ""
						after = scoreOf(t, fit(t, s, d, other), q, x.Item)
					case r.Kind == "popular" || r.Kind == "segment": // what came from those who took it
						fewer := slices.DeleteFunc(slices.Clone(in), func(p Interaction) bool {
							return p.Item == x.Item
						})
						after = scoreOf(t, fit(t, s, NewDataset(fewer, offered(list)...), list), q, x.Item)
					default:
						t.Fatalf("%s is given for %+v: say in this test how to take that away", x.Item, r)
					}
					if tried++; after >= x.Score {
						t.Errorf("%s for %s scores %v, and %v without its top reason %+v", x.Item, who, x.Score, after, r)
					}
				}
			}
			if tried < 10 {
				t.Errorf("only %d recommendations were tried", tried)
			}
		})
	}
}
