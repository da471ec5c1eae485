package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"

	"parley/tools/measure"
)

// evalCascade looks at the gate of a cascade: how many messages builtin takes
// because it reads them surely, and how often it is right about them and about
// the rest, which the next model would get.
func evalCascade(ctx context.Context, _ fs.FS, c *evalCmd) ([]measure.Figure, error) {
	list, err := readToolChoices(cmp.Or(c.File, toolChoices))
	if err != nil {
		return nil, err
	}
	bench, err := newChoiceBench(ctx, "builtin")
	if err != nil {
		return nil, err
	}
	defer bench.app.Store.Close()
	var taken, kept, left []bool
	for i, x := range list {
		got, err := bench.ask(ctx, fmt.Sprint(i), x)
		if err != nil {
			return nil, err
		}
		right := slices.Contains(x.Want, got.tool)
		if taken = append(taken, got.sure >= surely); got.sure >= surely {
			kept = append(kept, right)
		} else {
			left = append(left, right)
		}
	}
	out := []measure.Figure{shareOf("taken", taken)}
	if len(kept) > 0 {
		out = append(out, shareOf("right_when_taken", kept))
	}
	if len(left) > 0 {
		out = append(out, shareOf("right_of_the_rest", left))
	}
	return out, nil
}
