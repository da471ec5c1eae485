package recsys

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBasketWeighsSmallBasketsMore(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent", "mat"}, []string{"b", "tent", "mug", "pot", "cup"}))
	got := recommend(t, NewBasket(d, BasketOptions{Damp: -1, Min: 1}), Query{Recent: []string{"tent"}})
	if !cmp.Equal(items(got), []string{"mat", "cup", "mug", "pot"}) || got[0].Score != 1 || math.Abs(got[1].Score-math.Sqrt(.5)) > 1e-6 {
		t.Errorf("beside the tent: %+v, want the mat with 1, then cup, mug and pot with √½ of a basket of four", got)
	}
	if r := got[1].Reasons[0]; r.Count != 1 || r.Item != "tent" {
		t.Errorf("reason %+v, want one basket with the tent", r)
	}
	flat := recommend(t, NewBasket(d, BasketOptions{Damp: 1, Min: 1, Size: -1}), Query{Recent: []string{"mat", "cup"}})
	// As lift: the tent is in two baskets, both of them shared.
	if !cmp.Equal(items(flat), []string{"mug", "pot", "tent"}) || flat[2].Score != 1 {
		t.Errorf("as lift: %+v, want mug, pot and tent with 1 each", flat)
	}
}

func TestOneSharedBasketIsChance(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent", "mat", "mug"}, []string{"b", "tent", "mat"}))
	if got := items(recommend(t, NewBasket(d, BasketOptions{}), Query{Recent: []string{"tent"}})); !cmp.Equal(got, []string{"mat"}) {
		t.Errorf("beside the tent: %v, want the mat alone, which shared two", got)
	}
}

func TestBasketOfEverythingSaysNothing(t *testing.T) {
	var in []Interaction
	for n := range mostBasket + 1 {
		in = append(in, Interaction{Customer: "robot", Item: fmt.Sprint(n), Basket: "all", At: day})
	}
	in = append(in, Interaction{Customer: "a", Item: "1", Basket: "b", Value: math.NaN()}, Interaction{Customer: "a", Item: "2", Basket: "b"})
	if got := recommend(t, NewBasket(NewDataset(in), BasketOptions{Min: 1}), Query{Recent: []string{"1"}}); len(got) != 0 {
		t.Errorf("got %v, want nothing", items(got))
	}
}
