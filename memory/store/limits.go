package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrBusy is given when so much work waits that no more is taken. It passes by
// itself.
var ErrBusy = errors.New("store: too much work is waiting")

// Limits bound what a store keeps. The zero value is what holds where nothing
// else is said. Over a limit, writing is refused with ErrFull or ErrBusy;
// nothing that is kept goes.
type Limits struct {
	Size    int64            // bytes of all that is kept, one copy of it; 0: as much as the disk takes
	Queue   int64            // pieces of work that may wait; 0: 100,000
	Buckets map[string]int64 // bytes of the bucket of a name; 0: no bound of its own
}

const mostQueued = 100_000

// bounds puts the limit of the queue into its stream's configuration. Who says
// nothing of limits, as a command that only looks, leaves it as it is.
func (s *jet) bounds(ctx context.Context, cfg *jetstream.StreamConfig) error {
	if cfg.Name != "inbox" {
		return nil
	}
	l := s.cfg.Limits
	if l == nil {
		stream, err := s.js.Stream(ctx, cfg.Name)
		if err == nil {
			now := stream.CachedInfo().Config
			cfg.MaxMsgs, cfg.Discard = now.MaxMsgs, now.Discard
			return nil
		}
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			return err
		}
		l = &Limits{}
	}
	cfg.MaxMsgs, cfg.Discard = cmp.Or(l.Queue, mostQueued), jetstream.DiscardNew
	return nil
}

// boundOf gives how many bytes a bucket may have, -1 for any.
func (s *jet) boundOf(bucket string, now int64) int64 {
	if s.cfg.Limits == nil {
		return now
	}
	return cmp.Or(s.cfg.Limits.Buckets[bucket], -1)
}

// inSize gives ErrFull when all that is kept is as much as it may be. It asks
// once a second.
func (s *jet) inSize() error {
	if s.cfg.Limits == nil || s.cfg.Limits.Size == 0 {
		return nil
	}
	if time.Since(s.space.asked) > time.Second {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		info, err := s.js.AccountInfo(ctx)
		s.space.asked = time.Now() // whatever came: all writing waits meanwhile
		if err != nil {
			return nil // no way to know now
		}
		s.space.kept = int64(info.Store+info.Memory) / int64(max(1, s.copies))
	}
	if most := s.cfg.Limits.Size; s.space.kept >= most {
		return fmt.Errorf("%w: %d MB are kept, and %d MB is the limit: raise it with --store-limit, or erase something", ErrFull, s.space.kept>>20, most>>20)
	}
	return nil
}
