package main

import (
	"fmt"

	"parley/memory/store"
)

// limits bound what is kept, and what a message may be.
type limits struct {
	StoreLimit   int            `name:"store-limit" env:"PARLEY_STORE_LIMIT" placeholder:"MB" help:"Most that is kept, all in all; over it nothing more is taken. 0: as much as the disk takes."`
	QueueLimit   int            `name:"queue-limit" default:"100000" env:"PARLEY_QUEUE_LIMIT" placeholder:"N" help:"Messages that may wait for their answers; over it the next are asked to wait and are sent again."`
	BucketLimits map[string]int `name:"bucket-limit" env:"PARLEY_BUCKET_LIMIT" placeholder:"NAME=MB;..." help:"Most that a bucket of keys holds, as in orders=500."`
	LongestText  int            `name:"longest-message" default:"8000" env:"PARLEY_LONGEST_MESSAGE" placeholder:"N" help:"Characters that a message may have, 8000 at most."`
}

// Validate refuses what cannot be meant.
func (l limits) Validate() error {
	switch {
	case l.QueueLimit < 1:
		return fmt.Errorf("--queue-limit %d: at least 1 message must be able to wait", l.QueueLimit)
	case l.StoreLimit < 0:
		return fmt.Errorf("--store-limit %d: give 0 for no bound, or more", l.StoreLimit)
	case l.LongestText < 1 || l.LongestText > 8000:
		return fmt.Errorf("--longest-message %d: give 1 to 8000 characters", l.LongestText)
	}
	for name, mb := range l.BucketLimits {
		if mb < 1 {
			return fmt.Errorf("--bucket-limit %s=%d: give at least 1 MB, or leave it out for no bound", name, mb)
		}
	}
	return nil
}

// store is the limits as the store knows them; nil, which leaves what is in
// force, for a command without these settings.
func (l limits) store() *store.Limits {
	if l.QueueLimit == 0 {
		return nil
	}
	out := &store.Limits{Size: int64(l.StoreLimit) << 20, Queue: int64(l.QueueLimit), Buckets: map[string]int64{}}
	for name, mb := range l.BucketLimits {
		out.Buckets[name] = int64(mb) << 20
	}
	return out
}
