package recsys

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// RatingSimilarity is how alike two rows of ratings are, over what both have
// rated: two customers over items, or two items over customers.
type RatingSimilarity uint8

const (
	// BaselinePearson is the correlation of what the [Baseline] leaves, shrunk:
	// a few ratings hardly move a baseline, while a mean over the few that two
	// rows share is mostly chance. Source: Koren 2010,
	// "Factor in the neighbors", section 2.2.
	BaselinePearson RatingSimilarity = iota
	// ShrunkPearson is the correlation, times (n-1) / (n-1+shrink) for n ratings
	// in common. Source: the same.
	ShrunkPearson
	// PlainPearson is the correlation. Source: Resnick et al. 1994, "GroupLens".
	PlainPearson
	// RatingCosine is the cosine of the ratings as they are.
	RatingCosine
)

func (s RatingSimilarity) String() string {
	return [...]string{"Pearson baseline", "shrunk Pearson", "Pearson", "cosine"}[s]
}

// alike finds the similar rows of each row.
type alike struct {
	how          RatingSimilarity
	shrink       float64
	significance float64
	keep         int
	rows         [][]entry // by row, in order of column
	columns      [][]entry // the same by column, in order of row
}

// entry is one rating, already centred, in a row or a column.
type entry struct {
	at    int32
	value float64
}

// common sums over what a row shares with another.
type common struct{ n, x, y, xx, yy, xy float64 }

// similarity of two rows; 0 where they share too little to say.
func (a *alike) similarity(c common) float64 {
	dot, xx, yy := c.xy, c.xx, c.yy
	if a.how == ShrunkPearson || a.how == PlainPearson {
		dot, xx, yy = c.xy-c.x*c.y/c.n, c.xx-c.x*c.x/c.n, c.yy-c.y*c.y/c.n
	}
	// What rounding leaves of a row that does not vary is no variance.
	const rounding = 1e-12
	if a.how != RatingCosine && c.n < 2 || xx <= rounding*c.xx || yy <= rounding*c.yy {
		return 0
	}
	s := min(1, max(-1, dot/math.Sqrt(xx*yy)))
	if a.how == ShrunkPearson || a.how == BaselinePearson {
		s *= (c.n - 1) / (c.n - 1 + a.shrink)
	}
	if a.significance > 0 {
		s *= min(c.n, a.significance) / a.significance
	}
	return s
}

// links gives the rows similar to each: those most similar, in order of id.
// Who is unlike says little of what one likes, and is left out.
func (a *alike) links() [][]link {
	out := make([][]link, len(a.rows))
	buffers := sync.Pool{New: func() any { s := make([]common, len(a.rows)); return &s }}
	Each(len(a.rows), func(r int) {
		sums := buffers.Get().(*[]common)
		var met []int32
		for _, x := range a.rows[r] {
			for _, y := range a.columns[x.at] {
				if y.at == int32(r) {
					continue
				}
				c := &(*sums)[y.at]
				if c.n == 0 {
					met = append(met, y.at)
				}
				c.n++
				c.x += x.value
				c.y += y.value
				c.xx += x.value * x.value
				c.yy += y.value * y.value
				c.xy += x.value * y.value
			}
		}
		var row []link
		for _, o := range met {
			c := &(*sums)[o]
			if s := a.similarity(*c); s > 0 {
				row = append(row, link{o, float32(s), int32(c.n)})
			}
			*c = common{}
		}
		buffers.Put(sums)
		if len(row) > a.keep {
			slices.SortFunc(row, func(x, y link) int { return cmp.Or(cmp.Compare(y.sim, x.sim), cmp.Compare(x.to, y.to)) })
			row = row[:a.keep]
		}
		slices.SortFunc(row, func(x, y link) int { return cmp.Compare(x.to, y.to) })
		out[r] = slices.Clone(row)
	})
	return out
}
