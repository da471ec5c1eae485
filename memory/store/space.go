package store

import (
	"cmp"
	"fmt"
	"sync"
	"time"
)

// reserve is the space that writes leave free unless a Config says otherwise:
// an engine that meets a full disk in the middle of a write is of no use until
// it is started again.
const reserve = 64 << 20

// room is what was last known of the space that there is, and of the space that
// is taken; each is asked for once a second.
type room struct {
	mu   sync.Mutex
	at   time.Time
	free uint64 // of the file system

	asked time.Time
	kept  int64 // of one copy of all; see inSize
}

// reserved is how many bytes are left free.
func (s *jet) reserved() uint64 { return cmp.Or(s.cfg.Reserve, reserve) }

// room gives ErrFull when the limit of all is reached, or the disk of an embedded
// server has no space left that may be written to. Reading and deleting go on.
func (s *jet) room() error {
	s.space.mu.Lock()
	defer s.space.mu.Unlock()
	if err := s.inSize(); err != nil || s.cfg.Dir == "" || s.cfg.URL != "" {
		return err
	}
	if s.server.broken.Load() {
		return fmt.Errorf("%w: the disk was full in the middle of a write; it goes on by itself once %d MB are free where %s is", ErrFull, s.reserved()>>20, s.cfg.Dir)
	}
	least := s.reserved()
	if time.Since(s.space.at) > time.Second {
		free, err := freeSpace(s.cfg.Dir)
		if err != nil {
			return nil // no way to know: the write itself will tell
		}
		s.space.at, s.space.free = time.Now(), free
	}
	if s.space.free < least {
		return fmt.Errorf("%w: %d MB are free where %s is, and %d MB are kept free: make space, and it goes on by itself", ErrFull, s.space.free>>20, s.cfg.Dir, least>>20)
	}
	return nil
}
