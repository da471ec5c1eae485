package recsys

import "context"

// Fill asks each recommender in turn and fills up with the next one what the
// ones before left empty, so that a new customer still gets an answer.
type Fill []Recommender

// Recommend never returns an item twice; an item keeps the score and reasons
// of the first recommender that named it. Scores of different recommenders are
// not comparable, the order is.
func (f Fill) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	k := q.K
	if k <= 0 {
		k = 10
	}
	var out []Scored
	for _, r := range f {
		if len(out) == k {
			break
		}
		next := q
		next.K = k - len(out)
		next.Exclude = append([]string(nil), q.Exclude...)
		for _, s := range out {
			next.Exclude = append(next.Exclude, s.Item)
		}
		got, err := r.Recommend(ctx, next)
		if err != nil {
			return out, err
		}
		out = append(out, got...)
	}
	return out, nil
}
