package recsys

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var sameDataset = cmp.Options{
	cmp.AllowUnexported(Dataset{}, basket{}, cell{}), cmpopts.IgnoreFields(Dataset{}, "buffers", "blanks"), cmpopts.EquateEmpty(),
}

// stream makes events that come in any order, some of them broken.
func stream(r *rand.Rand, n int) []Interaction {
	out := make([]Interaction, n)
	for k := range out {
		x := Interaction{
			Customer: fmt.Sprint("c", r.IntN(9)), Item: fmt.Sprint("i", r.IntN(1+r.IntN(30))), Kind: Kind(r.IntN(4)),
			Value: []float64{0, .5, 1, 2, -1, 3}[r.IntN(6)], At: day.Add(time.Duration(r.IntN(40)) * time.Hour),
		}
		switch r.IntN(12) {
		case 0:
			x.Customer = ""
		case 1:
			x.Value = math.NaN()
		case 2:
			x.At = time.Time{}
		}
		if r.IntN(3) > 0 {
			x.Basket = fmt.Sprint("b", r.IntN(12))
		}
		out[k] = x
	}
	return out
}

func TestADatasetWithMoreIsTheDatasetOfAll(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		all := stream(r, r.IntN(80))
		d := NewDataset(nil, "unmet")
		first := NewDataset(nil, "unmet")
		for at := 0; at < len(all); {
			n := min(len(all), at+1+r.IntN(20))
			d, at = d.With(all[at:n]), n
		}
		if diff := cmp.Diff(NewDataset(all, "unmet"), d, sameDataset); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		if diff := cmp.Diff(NewDataset(nil, "unmet"), first, sameDataset); diff != "" {
			t.Fatalf("seed %d: the first dataset changed: %s", seed, diff)
		}
	}
}

func TestARefreshLeavesTheOldDatasetAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	old, more := stream(r, 200), stream(r, 100)
	d := NewDataset(old)
	d.With(more)
	if diff := cmp.Diff(NewDataset(old), d, sameDataset); diff != "" {
		t.Error(diff)
	}
}

func TestARobotStaysBoundedAsItGrows(t *testing.T) {
	var d = NewDataset(nil)
	for batch := range 3 {
		var more []Interaction
		for n := range 4000 {
			k := batch*4000 + n
			more = append(more, Interaction{Customer: "robot", Item: fmt.Sprintf("i%05d", k), Basket: "all", At: day.Add(time.Duration(k) * time.Second)})
		}
		d = d.With(more)
	}
	if got := d.Owned("robot"); len(got) != mostEach || got[0] != "i07000" || len(d.byItem[0]) != 0 || len(d.baskets) != 0 {
		t.Errorf("the robot has %d items from %s, and %d baskets; want the newest %d and none", len(got), got[0], len(d.baskets), mostEach)
	}
}

func TestBasketCountsAreAddedToAsIfCountedAnew(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		old, more := stream(r, 1+r.IntN(150)), stream(r, r.IntN(30))
		opt := BasketOptions{Min: 1 + r.IntN(2), Damp: []float64{0, 1}[r.IntN(2)]}
		d := NewDataset(old)
		next := d.With(more)
		got, want := NewBasket(d, opt).With(next, more), NewBasket(next, opt)
		if diff := cmp.Diff(want.with, got.with, cmp.AllowUnexported(link{}), cmpopts.EquateEmpty()) + cmp.Diff(want.n, got.n); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func TestWhatIsFoldedInIsWhatTheRefreshWillKnow(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		d := NewDataset(stream(r, 300))
		var more []Interaction
		for _, x := range stream(r, 20) {
			if _, ok := d.itemAt[x.Item]; ok && usable(x) {
				x.Customer = "c1"
				more = append(more, x)
			}
		}
		now := d.History(Query{Customer: "c1", Past: more, Now: day})
		later := d.With(more).History(Query{Customer: "c1", Now: day})
		if diff := cmp.Diff(later, now); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	var all []Interaction
	r := rand.New(rand.NewPCG(1, 1))
	for k := range 1_000_000 {
		all = append(all, Interaction{Customer: fmt.Sprint("c", r.IntN(100_000)), Item: fmt.Sprint("i", r.IntN(50_000)), At: day.Add(time.Duration(k) * time.Second), Basket: fmt.Sprint(k / 3)})
	}
	d := NewDataset(all)
	basket := NewBasket(d, BasketOptions{})
	more := all[:1000]
	b.Run("anew", func(b *testing.B) {
		for b.Loop() {
			NewDataset(all)
		}
	})
	b.Run("with 1000 more", func(b *testing.B) {
		for b.Loop() {
			d.With(more)
		}
	})
	next := d.With(more)
	b.Run("popular", func(b *testing.B) {
		for b.Loop() {
			NewPopular(next, PopularOptions{HalfLife: time.Hour})
		}
	})
	b.Run("baskets anew", func(b *testing.B) {
		for b.Loop() {
			NewBasket(next, BasketOptions{})
		}
	})
	b.Run("baskets with 1000 more", func(b *testing.B) {
		for b.Loop() {
			basket.With(next, more)
		}
	})
}
