package seal

import (
	"context"
	"errors"
	"fmt"

	"parley/memory/store"
)

// Adopt calls keep for each value of a bucket in plain, and then deletes that
// bucket with its files, so that no byte of it is left. When it is interrupted
// and called again, keep gets the same values again.
func (r *Ring) Adopt(ctx context.Context, st store.Store, plain string, keep func(ctx context.Context, key string, value []byte) error) error {
	from, err := st.Bucket(ctx, plain)
	if err != nil {
		return err
	}
	keys, err := from.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		value, _, err := from.Get(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			err = keep(ctx, key, value)
		}
		if err != nil {
			return fmt.Errorf("seal what is in %s: %w", plain, err)
		}
	}
	return st.DeleteBucket(ctx, plain)
}

// Create stores a value where there is none; one that is there already stays.
func Create(ctx context.Context, b store.Bucket, key string, value []byte) error {
	if _, err := b.Create(ctx, key, value); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return nil
}
