package store

import (
	"context"
	"errors"
	"time"
)

// Lock takes a folder for this process until unlock is called, and waits for
// another one that has it until ctx ends.
func Lock(ctx context.Context, dir string) (unlock func(), err error) {
	for {
		f, err := lockFolder(dir)
		if err == nil {
			return func() { unlockFolder(f) }, nil
		}
		if !errors.Is(err, ErrLocked) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
