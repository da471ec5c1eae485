package memory

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"

	"parley/tools/measure"
)

// Evaluate measures recall: locomo, locomo_chromem (a peer on the same
// questions) and bfcl_customer. The case locomo_heldout is scored only when it
// is named, so that nobody tunes on it by chance.
func Evaluate(ctx context.Context, data fs.FS, only []string) ([]measure.Figure, error) {
	const dev, heldout = "locomo-dev.json.gz", "locomo-heldout.json.gz"
	var out []measure.Figure
	var missing error // sets that are not there; the others are scored
	for _, c := range []struct {
		name  string
		score func(name string) ([]measure.Figure, error)
	}{
		{"locomo", func(name string) ([]measure.Figure, error) { return evaluateLocomo(ctx, data, dev, name, ours) }},
		{"locomo_chromem", func(name string) ([]measure.Figure, error) { return evaluateLocomo(ctx, data, dev, name, chromemAlone) }},
		{"locomo_heldout", func(name string) ([]measure.Figure, error) { return evaluateLocomo(ctx, data, heldout, name, ours) }},
		{"bfcl_customer", func(name string) ([]measure.Figure, error) { return evaluateCustomer(ctx, data, name) }},
	} {
		named := slices.Contains(only, c.name)
		if !named && (len(only) > 0 || c.name == "locomo_heldout") {
			continue
		}
		figures, err := c.score(c.name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
		out, missing = append(out, figures...), errors.Join(missing, err)
	}
	return out, missing
}

// figure is a mean with its 95% interval by the normal approximation.
func figure(name, metric string, list []float64) measure.Figure {
	mean, dev := spread(list)
	half := 1.96 * dev / math.Sqrt(float64(len(list)))
	return measure.Figure{Suite: "memory", Case: name, Metric: metric, Value: mean, Low: mean - half, High: mean + half, N: len(list)}
}
