package builtin

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An index finds what trying every name finds.
func TestAnIndexFindsWhatStands(t *testing.T) {
	pieces := []string{"tent", "tents", "ridge", "4", "帐篷", "四人", "t-shirt", "'old spice'", "é", "café", " ", ", ", "?", "t", "a1", "a1 b"}
	r := rand.New(rand.NewPCG(1, 2))
	some := func(n int) (s string) {
		for range 1 + r.IntN(n) {
			s += pieces[r.IntN(len(pieces))]
		}
		return s
	}
	for range 2000 {
		var list []named
		for range 12 {
			if n := some(3); n != " " {
				list = append(list, named{n, "x"})
			}
		}
		longestFirst(list)
		list = slices.Compact(list)
		x, text := newIndex(list), some(8)
		var want []named
		for _, n := range list {
			if wordAt(text, n.name) >= 0 {
				want = append(want, n)
			}
		}
		if d := cmp.Diff(want, x.in(text), cmp.AllowUnexported(named{})); d != "" {
			t.Fatalf("%q among %v:\n%s", text, list, d)
		}
	}
}
