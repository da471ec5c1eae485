// Package store is the durable ground floor: a log of entries for each
// conversation, a work queue, an event stream, compare-and-set keys, objects,
// and live subjects that are never stored. It knows bytes and sequence numbers,
// no shop and no customer. Start with [Store]; [Open] gives the one on NATS
// JetStream, inside this process or outside.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Sentinels that callers branch on.
var (
	ErrConflict = errors.New("store: changed by someone else") // a sequence or revision did not match
	ErrNotFound = errors.New("store: not found")
	ErrClosed   = errors.New("store: closed")
	ErrLocked   = errors.New("store: data folder in use") // by another process, which the error names
	ErrFull     = errors.New("store: no space left")
)

// Here names the bucket of what is true of this one store alone, such as how far
// it was looked through. It is in no backup.
const Here = "store"

// An Item is one stored entry of a log. Sequences begin at 1, without gaps.
type Item struct {
	Seq  uint64
	Data json.RawMessage
	At   time.Time // when it was stored
}

// A Store keeps what lasts. All methods are safe for concurrent use; what a
// method has returned without an error is on disk, unless it says otherwise.
//
// Names of logs, buckets and keys are free text of 1 to 200 bytes; the store
// encodes what its engine does not allow.
type Store interface {
	// Append adds items to a log in one atomic step, after the item numbered
	// after (0 for an empty log), and announces them to Follow. It returns the
	// last sequence. ErrConflict: someone else appended first; nothing is kept.
	Append(ctx context.Context, log string, after uint64, items ...json.RawMessage) (last uint64, err error)
	// Read returns the items after a sequence, in order, at most limit (0: all).
	Read(ctx context.Context, log string, after uint64, limit int) ([]Item, error)
	// Last returns the sequence of the newest item, 0 for an empty log.
	Last(ctx context.Context, log string) (uint64, error)
	// Follow calls fn for every item after a sequence, stored ones first, then
	// new ones as they come from any process, in order, each once, with no gap,
	// until ctx ends or fn returns an error, and returns that error or ctx's.
	Follow(ctx context.Context, log string, after uint64, fn func(Item) error) error
	// Logs calls fn with the name of every log that has items.
	Logs(ctx context.Context, fn func(name string) error) error
	// Changed calls fn for every append to any log after a place, in the order
	// in which they were stored, up to the newest at the time of the call.
	Changed(ctx context.Context, after Place, fn func(log string, at Place, items []Item) error) error
	// Ends gives the places of the newest append and of the newest event.
	Ends(ctx context.Context) (logs, events Place, err error)
	// DeleteLog removes a log and all its items. Bytes of it may stay in the
	// engine's files for a while.
	DeleteLog(ctx context.Context, log string) error
	// EraseLog removes a log and overwrites the bytes of its items.
	EraseLog(ctx context.Context, log string) error

	// Enqueue stores a piece of work for Work, in the order of its key. The
	// same id within two minutes is stored once.
	Enqueue(ctx context.Context, key, id string, data []byte) error
	// Work hands pieces of work to fn, those of one key one after another in
	// order, different keys side by side up to parallel. Work whose fn returns
	// nil is done; after an error or a crash it is handed out again, after a
	// growing delay. Work returns when ctx ends and running fns have returned.
	Work(ctx context.Context, parallel int, fn func(ctx context.Context, w Work) error) error

	// EraseWork takes back the pieces of one key that were not handed out yet, and
	// overwrites their bytes. It returns how many those were.
	EraseWork(ctx context.Context, key string) (int, error)

	// Publish sends data to the current listeners of a live subject. It is
	// never stored and may be lost.
	Publish(subject string, data []byte) error
	// Listen calls fn for what is published on a live subject until stop is
	// called. fn must not block.
	Listen(subject string, fn func(data []byte)) (stop func(), err error)

	// Record appends to the event stream. The same id is kept once (within the
	// stream's life for imports that repeat).
	Record(ctx context.Context, id string, data []byte) error
	// Events calls fn for every event after a sequence, in order, up to the
	// newest at the time of the call.
	Events(ctx context.Context, after uint64, fn func(Item) error) error
	// DeleteEvents removes events by their sequences. Bytes of them may stay in
	// the engine's files for a while.
	DeleteEvents(ctx context.Context, seqs ...uint64) error
	// EraseEvents removes events by their sequences, and overwrites their bytes.
	EraseEvents(ctx context.Context, seqs ...uint64) error

	// Bucket opens the keys of one purpose.
	Bucket(ctx context.Context, name string) (Bucket, error)
	// DeleteBucket removes all keys of one purpose, with their files.
	DeleteBucket(ctx context.Context, name string) error

	// PutObject and GetObject keep large values such as trained artefacts.
	PutObject(ctx context.Context, name string, data []byte) error
	GetObject(ctx context.Context, name string) ([]byte, error)

	Close() error
}

// A Work is one piece of queued work.
type Work struct {
	Key, ID  string
	Data     []byte
	Attempt  int // 1 the first time
	Enqueued time.Time
}

// A Bucket holds revisioned keys.
type Bucket interface {
	// Get returns a value and its revision, or ErrNotFound.
	Get(ctx context.Context, key string) (value []byte, rev uint64, err error)
	// Put stores a value whatever was there.
	Put(ctx context.Context, key string, value []byte) (rev uint64, err error)
	// Create stores a value where there is none, or gives ErrConflict.
	Create(ctx context.Context, key string, value []byte) (rev uint64, err error)
	// Update stores a value if the key is still at rev, or gives ErrConflict.
	Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error)
	// Delete removes a key, and tells those who Watch. A missing key is no error.
	// Bytes of it may stay in the engine's files for a while.
	Delete(ctx context.Context, key string) error
	// Erase removes a key and overwrites its bytes; not even its name stays. It
	// tells nobody who watches. A missing key is no error.
	Erase(ctx context.Context, key string) error
	// Keys returns all keys, sorted.
	Keys(ctx context.Context) ([]string, error)
	// Watch calls fn for every key now and as it changes (value nil when
	// deleted) until ctx ends.
	Watch(ctx context.Context, fn func(key string, value []byte, rev uint64) error) error
}

// Update reads, changes and writes one key by compare-and-set, again until it
// holds. change gets nil for a missing key; when it returns nil, nil the key is
// left alone.
func Update(ctx context.Context, b Bucket, key string, change func(old []byte) ([]byte, error)) error {
	for {
		old, rev, err := b.Get(ctx, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		missing := err != nil
		if missing {
			old = nil
		}
		value, err := change(old)
		if err != nil || value == nil {
			return err
		}
		if missing {
			_, err = b.Create(ctx, key, value)
		} else {
			_, err = b.Update(ctx, key, value, rev)
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
