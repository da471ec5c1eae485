package main

import (
	"context"
	"io/fs"

	"parley/tools/measure"
	"parley/tools/orders"
)

// evalReplay runs reference actions of tau-bench retail through the order service.
func evalReplay(ctx context.Context, data fs.FS, _ *evalCmd) ([]measure.Figure, error) {
	return orders.Replay(ctx, data)
}

// evalContract runs its single calls, those of other customers among them.
func evalContract(ctx context.Context, data fs.FS, _ *evalCmd) ([]measure.Figure, error) {
	return orders.Contract(ctx, data)
}
