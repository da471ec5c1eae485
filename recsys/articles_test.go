package recsys

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var library = []Item{
	{ID: "tent", Title: "Two person tent", Category: "Tents", InStock: true},
	{ID: "stove", Title: "Gas stove", Category: "Stoves", InStock: true},
	{ID: "mat", Title: "Sleeping mat", Category: "Mats", InStock: true},
	{ID: "pitching", Title: "How to pitch a tent in wind", Article: true},
	{ID: "cooking", Title: "Cooking outdoors", Article: true},
	{ID: "history", Title: "A hundred years of our company", Article: true},
}

func guides(t *testing.T) *Articles {
	t.Helper()
	in := take([]string{"a", "cooking", "stove"}, []string{"b", "cooking", "stove"}, []string{"c", "history", "mat"}, []string{"d", "tent"})
	for n, x := range in {
		if strings.ContainsAny(x.Item, "cy") && x.Item != "tent" {
			in[n].Kind = Viewed
		}
	}
	return NewArticles(NewContent(NewDataset(in, offered(library)...), library, ContentOptions{}), library)
}

func TestArticlesMatchByWhatTheySayAndByWhatTheirReadersTook(t *testing.T) {
	m := guides(t)
	got := recommend(t, m, Query{Recent: []string{"tent"}})
	if !cmp.Equal(items(got), []string{"pitching"}) || got[0].Reasons[0].Kind != "words" || got[0].Reasons[0].Name != "tent" || got[0].Reasons[0].Item != "tent" {
		t.Errorf("around the tent: %+v, want the article that names it", got)
	}
	got = recommend(t, m, Query{Recent: []string{"stove"}})
	if len(got) != 1 || got[0].Item != "cooking" || !cmp.Equal(got[0].Reasons[0], Reason{Kind: "readers", Item: "stove", Count: 2, Weight: got[0].Score}) {
		t.Errorf("around the stove: %+v, want what those who took it read, twice", got)
	}
	if got := recommend(t, m, Query{Customer: "a"}); len(got) != 0 {
		t.Errorf("what was read comes again: %+v", got)
	}
	if got := recommend(t, m, Query{}); len(got) != 0 {
		t.Errorf("for nobody: %+v", got)
	}
}

func TestAMixHasAFewArticlesAmongTheProducts(t *testing.T) {
	of := func(list ...string) Recommender {
		d := NewDataset(nil, list...)
		m := &Popular{data: d, scores: make([]float64, len(list)), counts: make([]int, len(list))}
		for n, item := range list {
			m.scores[d.itemAt[item]] = float64(len(list) - n)
		}
		return m
	}
	products, articles := of("p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"), of("a1", "a2", "a3", "p1")
	for _, c := range []struct {
		mix  Mix
		k    int
		want string
	}{
		{Mix{}, 0, "p1 p2 p3 a1 p4 p5 p6 p7 p8"},
		{Mix{Most: 2}, 9, "p1 p2 p3 a1 p4 p5 p6 a2 p7"},
		{Mix{Most: 3, Every: 1}, 5, "p1 a1 p2 a2 p3"},
		{Mix{Most: 9}, 3, "p1 p2 p3"},
		{Mix{Most: 9, Every: 2}, 40, "p2 p3 a1 p4 p5 a2 p6 p7 a3 p8 p1"},
	} {
		c.mix.Products, c.mix.Articles = products, articles
		if got := strings.Join(items(recommend(t, c.mix, Query{K: c.k})), " "); got != c.want {
			t.Errorf("most %d, every %d: %s, want %s", c.mix.Most, c.mix.Every, got, c.want)
		}
	}
	if got := items(recommend(t, Mix{Products: of(), Articles: articles}, Query{Exclude: []string{"a1"}})); !cmp.Equal(got, []string{"a2"}) {
		t.Errorf("without products: %v", got)
	}
}
