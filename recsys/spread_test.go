package recsys

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestLookingOnlyAtWhatIsTouchedRanksAsLookingAtAll(t *testing.T) {
	d := NewDataset(tastes(80, 40))
	walks, err := NewRP3beta(d, RP3betaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	steps, err := NewTransitions(d, TransitionsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	knn := NewItemKNN(d, ItemKNNOptions{Neighbours: 5})
	blend, err := NewHybrid(ScaleFixed, Part{knn, 1}, Part{walks, 2}, Part{steps, .5})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 3))
	for _, m := range []Model{knn, walks, steps, blend} {
		if _, ok := spreadOf(m); !ok {
			t.Fatalf("%T does not spread", m)
		}
		for range 200 { // one after the other, so that what one leaves behind is seen by the next
			q := Query{K: 1 + r.IntN(12), Customer: d.Customers[r.IntN(len(d.Customers))], Recent: []string{d.Items[r.IntN(len(d.Items))], "unknown"}, Exclude: []string{d.Items[r.IntN(len(d.Items))]}}
			out := make([]float64, len(d.Items))
			m.Score(d.History(q), out)
			want := d.top(out, q)
			got, err := Top(t.Context(), m, q)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%T:\n%s", m, d)
			}
		}
	}
	// And the blend is the weighted sum of its parts.
	h := History{Events: d.byCustomer[0], Now: d.newest}
	sum, out := make([]float64, len(d.Items)), make([]float64, len(d.Items))
	blend.Score(h, out)
	for n, p := range blend.parts {
		s := make([]float64, len(d.Items))
		p.Model.Score(h, s)
		for i, x := range s {
			sum[i] += p.Weight / blend.scale[n] * x
		}
	}
	if d := cmp.Diff(sum, out, cmpopts.EquateApprox(1e-12, 0)); d != "" {
		t.Error(d)
	}
	negative, err := NewHybrid(ScaleFixed, Part{knn, 1}, Part{walks, -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := spreadOf(negative); ok {
		t.Error("a blend that takes away spreads as one that only adds")
	}
}
