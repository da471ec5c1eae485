package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Config says where to keep things.
type Config struct {
	Dir      string  // of the embedded server; empty keeps everything in memory
	URL      string  // of a NATS cluster with JetStream, instead of the embedded server
	Creds    string  // file with the user's key and token for URL, if it wants one
	CA       string  // file with the certificate that signed URL's, if none that the system knows did
	Replicas int     // of each stream, with URL; 0 keeps what there is, and makes new ones with 3 in a cluster
	Reserve  uint64  // bytes that are left free where Dir is; 0 means 64 MiB
	Steps    []Step  // to the schema of this program, from the first on; taken by Open
	Limits   *Limits // nil leaves those of the streams as they are
	AsIs     bool    // take no step: for looking at an older store, and backing it up
	Now      func() time.Time
	Log      *slog.Logger
	// Unsynced is for filling a new folder: a crash of the machine may lose what
	// was written, until Close has returned.
	Unsynced bool

	silent time.Duration // shorter than silentMost, in tests
}

// jet is the store on NATS JetStream. NATS is the one engine for a single
// machine and for many: log, queue, keys and fan-out in one library.
type jet struct {
	cfg     Config
	lock    *os.File
	scratch string    // removed on Close
	server  *embedded // nil with an outside cluster
	conn    *nats.Conn
	js      jetstream.JetStream
	log     jetstream.Stream
	inbox   jetstream.Stream
	events  jetstream.Stream

	opening sync.Mutex // held while one of these is opened, which may take long
	buckets map[string]*bucket
	objects jetstream.ObjectStore

	mu        sync.Mutex
	heads     map[string]head // of logs written lately
	space     room
	followers map[string]map[*follower]bool // by the token of the log
	moved     time.Time                     // when another server was last tried
	closed    bool
	noted     bool // where the data ended, when it was opened

	copies int // of each stream
	stop   context.CancelFunc
	wait   sync.WaitGroup
}

// Open starts the embedded server on cfg.Dir, or connects to cfg.URL. A folder
// that another process uses gives ErrLocked with that process named; what a
// newer program has written gives ErrSchema, and is not touched.
func Open(ctx context.Context, cfg Config) (Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &jet{cfg: cfg, heads: map[string]head{}, buckets: map[string]*bucket{}, followers: map[string]map[*follower]bool{}}
	if err := s.connect(); err != nil {
		s.Close()
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// begin makes sure that what is stored is of a schema that this program knows,
// and brings it to the one it writes.
func (s *jet) begin(ctx context.Context) error {
	fresh, err := s.empty(ctx)
	if err != nil {
		return err
	}
	if err := s.checkStored(ctx); err != nil {
		return err
	}
	if s.copies, err = s.replicas(ctx, fresh); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if s.cfg.URL != "" {
		var watching context.Context
		watching, s.stop = context.WithCancel(context.WithoutCancel(ctx))
		if err := s.watch(watching); err != nil {
			return err
		}
	}
	if err := s.noteEnds(ctx); err != nil {
		return err
	}
	return s.migrate(ctx, fresh)
}

func (s *jet) connect() error {
	options := []nats.Option{
		// Only batches are read through a queue, and each makes one: the usual
		// 65,536 places are half a megabyte for every read.
		nats.SyncQueueLen(2 * mostBatch),
		nats.Name("parley"), nats.MaxReconnects(-1), nats.ReconnectHandler(func(*nats.Conn) { s.pokeAll() }),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			s.cfg.Log.Warn("store: connection", "error", err)
			s.pokeAll() // a slow listener may have missed something: read again
		}),
	}
	var err error
	if s.cfg.URL != "" {
		if s.conn, err = nats.Connect(s.cfg.URL, append(options, s.cfg.dial()...)...); err != nil {
			return fmt.Errorf("connect to NATS at %s: %w", Redacted(s.cfg.URL), err)
		}
	} else {
		if err = s.embed(); err != nil {
			return err
		}
		if s.conn, err = nats.Connect("", append(options, nats.InProcessServer(s.server), nats.CustomReconnectDelay(func(int) time.Duration { return 50 * time.Millisecond }))...); err != nil {
			return fmt.Errorf("connect to the embedded store: %w", err)
		}
	}
	s.js, err = jetstream.New(s.conn)
	return err
}

func (s *jet) storage() jetstream.StorageType {
	if s.cfg.URL == "" && s.cfg.Dir == "" {
		return jetstream.MemoryStorage
	}
	return jetstream.FileStorage
}

// prepare makes the streams where they are missing.
func (s *jet) prepare(ctx context.Context) error {
	for _, c := range []struct {
		to  *jetstream.Stream
		cfg jetstream.StreamConfig
	}{
		{&s.log, jetstream.StreamConfig{
			Name: "log", Subjects: []string{"log.*"}, AllowDirect: true,
			// Followers hear of an append only once it is stored.
			RePublish: &jetstream.RePublish{Source: "log.*", Destination: "stored.{{wildcard(1)}}"},
		}},
		{&s.inbox, jetstream.StreamConfig{
			Name: "inbox", Subjects: []string{"inbox.*.*"}, Retention: jetstream.WorkQueuePolicy, Duplicates: 2 * time.Minute,
		}},
		{&s.events, jetstream.StreamConfig{Name: "events", Subjects: []string{"events.*"}, AllowDirect: true}},
	} {
		c.cfg.Storage, c.cfg.Replicas = s.storage(), s.copies
		err := s.patiently(ctx, func(ctx context.Context) (err error) {
			if err := s.bounds(ctx, &c.cfg); err != nil {
				return err
			}
			*c.to, err = s.js.CreateOrUpdateStream(ctx, c.cfg)
			return err
		})
		var api *jetstream.APIError
		if errors.As(err, &api) && api.ErrorCode == 10005 {
			return fmt.Errorf("prepare the stream %s with %d copies: %w: not enough servers of the cluster are up and have JetStream; start them, or say --replicas 1 and lose everything with one disk", c.cfg.Name, s.copies, err)
		}
		if err != nil {
			return fmt.Errorf("prepare the stream %s: %w", c.cfg.Name, s.told(err))
		}
	}
	return nil
}

// replicas is how many copies of each stream there are to be.
func (s *jet) replicas(ctx context.Context, fresh bool) (int, error) {
	switch {
	case s.cfg.URL == "":
		return 1, nil
	case s.cfg.Replicas > 0:
		return s.cfg.Replicas, nil
	case fresh && s.conn.ConnectedClusterName() != "":
		return 3, nil
	case fresh:
		s.cfg.Log.Warn("store: this NATS server is in no cluster: what it keeps is on one disk only", "server", s.conn.ConnectedServerName())
		return 1, nil
	}
	var now int
	err := s.patiently(ctx, func(ctx context.Context) error {
		stream, err := s.js.Stream(ctx, "log")
		if err == nil {
			now = stream.CachedInfo().Config.Replicas
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look how many copies the streams have: %w", s.told(err))
	}
	if now < 3 && s.conn.ConnectedClusterName() != "" {
		s.cfg.Log.Warn("store: the streams have too few copies to outlive a server of the cluster; start once with --replicas 3 to make more", "copies", now)
	}
	return now, nil
}

// Close ends the connection and the embedded server, and frees the folder.
func (s *jet) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	if s.stop != nil {
		s.stop()
	}
	var last ends
	if s.noted {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		logs, events, err := s.Ends(ctx)
		cancel()
		last, s.noted = ends{logs, events, true}, err == nil
	}
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		close(s.server.closing)
	}
	s.wait.Wait()
	if s.server != nil {
		s.server.stop()
	}
	var err error
	if s.cfg.Unsynced && s.cfg.Dir != "" {
		err = syncAll(s.cfg.Dir)
	}
	if err == nil {
		err = s.keepEnds(last)
	}
	if s.lock != nil {
		unlockFolder(s.lock)
	}
	if s.scratch != "" {
		err = errors.Join(err, os.RemoveAll(s.scratch))
	}
	return err
}
