package evaluate

import (
	"slices"
	"testing"

	"parley/recsys"
)

// Who a customer is called changes nothing, with any model of the line-up: the
// models see customers as numbers in the order of their names, and no start of
// a search, tie between neighbours or sum may show that.
func TestRenamingEveryCustomerChangesNoList(t *testing.T) {
	events, items := shop(t)
	for _, by := range []string{"time", "last"} {
		r := &comparison{Options: Options{K: 10, Most: 5000, Seed: 3, Progress: func(string) {}}, ctx: t.Context(), list: lineup, items: items, report: &Report{}}
		var err error
		if r.parts, err = divide(events, Split{By: by}); err != nil {
			t.Fatal(err)
		}
		if err := r.score(); err != nil {
			t.Fatal(err)
		}
		for _, f := range r.final {
			s, err := r.swap(f.name)
			if err != nil {
				t.Fatal(err)
			}
			if s.Changed != 0 || s.Lists < 90 {
				t.Errorf("by %s: %s", by, s)
			}
		}
	}
}

// A model that goes by names is caught.
type byName struct{ *recsys.Popular }

func (m byName) Score(h recsys.History, out []float64) {
	m.Popular.Score(h, out)
	for i := range out {
		out[i] *= 1 + float64((int(h.Customer)+i)%5)
	}
}

func TestAModelThatGoesByNamesIsCaught(t *testing.T) {
	events, items := shop(t)
	e := entrant{name: "names", fit: func(g ground) (recsys.Model, error) {
		return byName{recsys.NewPopular(g.Dataset, recsys.PopularOptions{})}, nil
	}}
	p, err := divide(events, Split{})
	if err != nil {
		t.Fatal(err)
	}
	c := &comparison{Options: Options{K: 10, Most: 5000, Seed: 3, Progress: func(string) {}}, ctx: t.Context(), list: []entrant{lineup[0], e}, items: items, parts: p, report: &Report{}}
	if err := c.score(); err != nil {
		t.Fatal(err)
	}
	if s, err := c.swap("names"); err != nil || s.Changed < s.Lists/2 {
		t.Errorf("%s, %v", s, err)
	}
}

func TestSwappedNamesAreOnesOwnAndInAnotherOrder(t *testing.T) {
	events := on("anna p 1", "ben q 2", "cleo r 3", "dora s 4", "anna q 5")
	out, to := swapped(events, 1)
	if len(to) != 4 || out[0].Customer != out[4].Customer || out[0].Customer == "anna" || events[0].Customer != "anna" {
		t.Errorf("%v: %v", to, out)
	}
	old, renamed := []string{"anna", "ben", "cleo", "dora"}, []string{}
	for _, n := range old {
		renamed = append(renamed, to[n])
	}
	if slices.IsSorted(renamed) {
		t.Errorf("%v keep their order", renamed)
	}
}

func TestListsAreTheSameButForRounding(t *testing.T) {
	a := []recsys.Scored{{Item: "p", Score: 2}, {Item: "q", Score: 1}, {Item: "r", Score: 1}}
	for _, c := range []struct {
		name string
		b    []recsys.Scored
		want bool
	}{
		{"itself", a, true},
		{"equals turned about", []recsys.Scored{{Item: "p", Score: 2}, {Item: "r", Score: 1 + 1e-12}, {Item: "q", Score: 1}}, true},
		{"others turned about", []recsys.Scored{{Item: "q", Score: 2}, {Item: "p", Score: 1}, {Item: "r", Score: 1}}, false},
		{"shorter", a[:2], false},
	} {
		if got := same(a, c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
