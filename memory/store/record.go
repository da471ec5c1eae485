package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Record is one thing that is kept, as a backup carries it: free of the
// engine, and enough to keep it again.
type Record struct {
	Kind Kind `json:"kind"`
	// Name is the log, the bucket, the event's id, the key of a piece of work or
	// the object's name.
	Name  string    `json:"name"`
	Key   string    `json:"key,omitempty"`   // in a bucket; of a piece of work its id
	Place Place     `json:"place,omitempty"` // of an append or event
	Last  uint64    `json:"last,omitempty"`  // of an append: the sequence of its last item
	At    time.Time `json:"at,omitzero"`
	Data  []byte    `json:"data"` // of an append: all its items, as a JSON array
}

// A Kind says what a record is.
type Kind string

// The kinds of record, in the order in which Export gives them: what hangs on
// another thing comes after it.
const (
	KindAppend Kind = "append"
	KindEvent  Kind = "event"
	KindKey    Kind = "key"
	KindObject Kind = "object"
	KindWork   Kind = "work"
)

var errNotOurs = errors.New("store: only a store made by Open can be exported and imported")

// engine finds the store of ours in one that wraps it and says so by Unwrap.
func engine(st Store) (*jet, error) {
	for {
		switch s := st.(type) {
		case *jet:
			return s, nil
		case interface{ Unwrap() Store }:
			st = s.Unwrap()
		default:
			return nil, errNotOurs
		}
	}
}

// Export calls fn for all that is kept, without the bucket [Here], while others
// read and write. Logs come first and as they are when it begins: what had been
// acknowledged is in it, and all else is at least as new. A key that changes
// meanwhile may come twice, the newer one later.
func Export(ctx context.Context, st Store, fn func(Record) error) error {
	s, err := engine(st)
	if err != nil {
		return err
	}
	logs, _, err := s.Ends(ctx)
	if err != nil {
		return err
	}
	err = s.walk(ctx, "log", 0, logs, func(m *jetstream.RawStreamMsg) error {
		last, err := strconv.ParseUint(m.Header.Get(headerLast), 10, 64)
		if err != nil {
			return fmt.Errorf("the log message %d has no sequence of ours: %w", m.Sequence, err)
		}
		return fn(Record{KindAppend, decode(strings.TrimPrefix(m.Subject, "log.")), "", m.Sequence, last, timeIn(m.Header, headerAt), m.Data})
	})
	if err != nil {
		return err
	}
	// Events that came since are taken too: a key may tell of them.
	_, events, err := s.Ends(ctx)
	if err != nil {
		return err
	}
	err = s.walk(ctx, "events", 0, events, func(m *jetstream.RawStreamMsg) error {
		return fn(Record{KindEvent, decode(strings.TrimPrefix(m.Subject, "events.")), "", m.Sequence, 0, timeIn(m.Header, headerAt), m.Data})
	})
	if err != nil {
		return err
	}
	if err := s.exportKeys(ctx, func(string) bool { return true }, fn); err != nil {
		return err
	}
	if err := s.exportObjects(ctx, fn); err != nil {
		return err
	}
	return s.exportWork(ctx, fn)
}

// bucketNames names all buckets that there are.
func (s *jet) bucketNames(ctx context.Context) ([]string, error) {
	var names []string
	list := s.js.KeyValueStoreNames(ctx)
	for token := range list.Name() {
		names = append(names, decode(token))
	}
	return names, s.told(list.Error())
}

// ExportKeys calls fn for the keys of some buckets, as Export does.
func ExportKeys(ctx context.Context, st Store, of func(bucket string) bool, fn func(Record) error) error {
	s, err := engine(st)
	if err != nil {
		return err
	}
	return s.exportKeys(ctx, of, fn)
}

func (s *jet) exportKeys(ctx context.Context, of func(bucket string) bool, fn func(Record) error) error {
	names, err := s.bucketNames(ctx)
	if err != nil {
		return fmt.Errorf("list the buckets: %w", err)
	}
	for _, name := range names {
		if name == Here || !of(name) {
			continue
		}
		token, err := encode(name)
		if err != nil {
			return err
		}
		// To the end, whatever comes meanwhile: a key that is changed moves there.
		err = s.walk(ctx, "KV_"+token, 0, math.MaxUint64-1, func(m *jetstream.RawStreamMsg) error {
			if m.Header.Get(headerOperation) != "" { // deleted
				return nil
			}
			key := decode(strings.TrimPrefix(m.Subject, "$KV."+token+"."))
			return fn(Record{Kind: KindKey, Name: name, Key: key, At: m.Time, Data: m.Data})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *jet) exportObjects(ctx context.Context, fn func(Record) error) error {
	o, err := s.js.ObjectStore(ctx, "objects")
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the objects: %w", s.told(err))
	}
	list, err := o.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the objects: %w", s.told(err))
	}
	for _, info := range list {
		data, err := o.GetBytes(ctx, info.Name)
		if errors.Is(err, jetstream.ErrObjectNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the object %s: %w", info.Name, s.told(err))
		}
		if err := fn(Record{Kind: KindObject, Name: info.Name, At: info.ModTime, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

func (s *jet) exportWork(ctx context.Context, fn func(Record) error) error {
	for from := uint64(1); ; {
		m, err := s.following(ctx, "inbox", ">", from)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the work that waits: %w", s.told(err))
		}
		from = m.Sequence + 1
		_, token, _ := strings.Cut(strings.TrimPrefix(m.Subject, "inbox."), ".")
		if err := fn(Record{Kind: KindWork, Name: decode(token), Key: m.Header.Get(headerID), At: timeIn(m.Header, headerQueued), Data: m.Data}); err != nil {
			return err
		}
	}
}

// Import keeps records in a store that holds nothing yet. Appends and events
// get the places that they had.
func Import(ctx context.Context, st Store, records iter.Seq2[Record, error]) error {
	s, err := engine(st)
	if err != nil {
		return err
	}
	// A skipped place would delete what is there.
	if logs, events, err := s.Ends(ctx); err != nil || logs+events > 0 {
		return cmp.Or(err, errors.New("the store holds something already; import into an empty one"))
	}
	i, err := newImporter(s)
	if err != nil {
		return err
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		if err := i.keep(ctx, r); err != nil {
			return fmt.Errorf("keep the %s %s: %w", r.Kind, r.Name, s.told(err))
		}
	}
	return i.finish(ctx)
}
