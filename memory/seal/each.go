package seal

import (
	"context"
	"errors"

	"parley/memory/store"
)

// Each calls fn with every value of a bucket that [Ring.Owned] gave, in no order
// that says anything. What was erased, or goes meanwhile, is left out.
func Each(ctx context.Context, of store.Bucket, fn func(value []byte) error) error {
	names, err := of.Keys(ctx)
	if err != nil {
		return err
	}
	sealed, isSealed := of.(bucket)
	for _, name := range names {
		var value []byte
		if isSealed {
			value, _, err = sealed.in.Get(ctx, name)
			if err == nil {
				value, err = sealed.ring.Open(ctx, sealed.as(name), value)
			}
		} else {
			value, _, err = of.Get(ctx, name)
		}
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, ErrDropped) {
			continue
		}
		if err == nil {
			err = fn(value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
