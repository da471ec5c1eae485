package recsys

import (
	"cmp"
	"slices"
	"strings"
)

// order picks k of what a recommender ranked: margins added, articles bounded,
// and categories spread.
func (r *Ruled) order(got []Scored, k int) []Scored {
	relevance := relevances(got)
	at := make([]int, len(got)) // places in got, in the order of the rules
	for n, x := range got {
		at[n] = n
		if m := r.items[x.Item].Margin; m > 0 {
			relevance[n] *= 1 + r.rules.Margin*min(1, m)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(relevance[b], relevance[a]) })
	var out []Scored
	var picked []string // categories
	articles := 0
	for len(out) < k {
		best, worth := -1, 0.0
		for n, c := range at {
			it := r.items[got[c].Item]
			if it.Article && !r.rules.ArticlesOnly && articles == r.rules.Articles {
				continue
			}
			// Carbonell & Goldstein 1998, "The use of MMR", with the nearness of
			// categories as likeness.
			alike := 0.0
			for _, category := range picked {
				alike = max(alike, kin(it.Category, category))
			}
			x := (1-r.rules.Diversify)*relevance[c] - r.rules.Diversify*alike
			if best < 0 || x > worth {
				best, worth = n, x
			}
			if r.rules.Diversify == 0 {
				break
			}
		}
		if best < 0 {
			break
		}
		x := got[at[best]]
		at = slices.Delete(at, best, best+1)
		out = append(out, x)
		picked = append(picked, r.items[x.Item].Category)
		if r.items[x.Item].Article {
			articles++
		}
	}
	return out
}

// relevances are the scores, the best being 1. Where a score is above the one
// before it, another recommender's begin (see [Fill]): from there on they are
// scaled so as to stay at or below what came before.
func relevances(got []Scored) []float64 {
	out := make([]float64, len(got))
	scale, last := 0.0, 1.0
	for n, x := range got {
		if n == 0 || x.Score > got[n-1].Score {
			scale = 0
			if x.Score > 0 {
				scale = last / x.Score
			}
		}
		out[n] = max(0, x.Score*scale)
		last = out[n]
	}
	return out
}

// kin is how near two categories are, 0 to 1: the share of their paths that is
// the same from the top.
func kin(a, b string) float64 {
	if a == "" || b == "" {
		return 0
	}
	x, y := strings.Split(strings.ToLower(a), "/"), strings.Split(strings.ToLower(b), "/")
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	return float64(same) / float64(max(len(x), len(y)))
}
