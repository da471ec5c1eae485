package memory

import (
	"context"

	"parley/memory/seal"
	"parley/memory/store"
)

// Where facts lie. Up to schema 1 they lay in plain in another bucket, under the
// ids of their customers.
const (
	bucketFacts   = "facts"
	bucketInPlain = "customers"
)

// SealFacts brings facts that an older parley kept in plain to where they are
// sealed, and deletes the files they were in. It may be interrupted and run again.
func SealFacts(ctx context.Context, st store.Store, ring *seal.Ring) error {
	to, err := st.Bucket(ctx, bucketFacts)
	if err != nil {
		return err
	}
	return ring.Adopt(ctx, st, bucketInPlain, func(ctx context.Context, customer string, value []byte) error {
		return seal.Create(ctx, ring.Owned(bucketFacts, to), customer, value)
	})
}
