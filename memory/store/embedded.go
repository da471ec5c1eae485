package store

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// An embedded is the engine in this process. When it meets a full disk in the
// middle of a write it refuses every later one, however much space there is,
// until it is started again; that is done here, in place. What it has
// acknowledged is whole.
type embedded struct {
	options func() *server.Options
	log     engineLog
	now     atomic.Pointer[server.Server]
	broken  atomic.Bool
	closing chan struct{}
}

// embed runs the NATS server in this process, listening nowhere.
func (s *jet) embed() error {
	dir := s.cfg.Dir
	if dir == "" {
		scratch, err := os.MkdirTemp("", "parley-memory-")
		if err != nil {
			return fmt.Errorf("make a scratch folder: %w", err)
		}
		dir, s.scratch = scratch, scratch
	} else {
		if err := s.checkFolder(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		var err error
		if s.lock, err = lockFolder(dir); err != nil {
			return err
		}
		if err := s.checkFiles(dir); err != nil {
			return err
		}
	}
	s.server = &embedded{closing: make(chan struct{}), log: engineLog{s.cfg.Log, s.broke}, options: func() *server.Options {
		return &server.Options{
			ServerName: "parley", DontListen: true, NoSigs: true, MaxPayload: 8 << 20,
			JetStream: true, StoreDir: filepath.Join(dir, "nats"), SyncAlways: s.cfg.Dir != "" && !s.cfg.Unsynced,
			JetStreamMaxMemory: 1 << 30,
		}
	}}
	return s.server.start()
}

// start runs a server on the folder, in place of the one before.
func (e *embedded) start() error {
	o := e.options()
	srv, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("start the embedded store in %s: %w", filepath.Dir(o.StoreDir), err)
	}
	srv.SetLogger(e.log, false, false)
	e.now.Store(srv)
	srv.Start()
	if !srv.ReadyForConnections(30 * time.Second) {
		return fmt.Errorf("the embedded store in %s did not start in 30 s; the folder may be damaged or unreadable", filepath.Dir(o.StoreDir))
	}
	if !srv.JetStreamEnabled() {
		return fmt.Errorf("the embedded store could not use %s; check that the folder is writable and the disk not full", filepath.Dir(o.StoreDir))
	}
	return nil
}

// stop ends the server; its files are whole then.
func (e *embedded) stop() {
	if srv := e.now.Load(); srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// InProcessConn connects to the server that runs now.
func (e *embedded) InProcessConn() (net.Conn, error) { return e.now.Load().InProcessConn() }

// How often a broken engine looks whether there is space again.
const reviveEvery = time.Second

// broke is told that a write was cut off.
func (s *jet) broke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.cfg.Dir == "" || !s.server.broken.CompareAndSwap(false, true) {
		return
	}
	s.wait.Go(s.revive)
}

// revive waits until there is space again and starts the engine anew. The
// connection finds it, and those who follow or work go on.
func (s *jet) revive() {
	s.cfg.Log.Error("store: the disk was full in the middle of a write; nothing acknowledged is lost, and nothing is stored until there is space again", "folder", s.cfg.Dir)
	for {
		select {
		case <-s.server.closing:
			return
		case <-time.After(reviveEvery):
		}
		if free, err := freeSpace(s.cfg.Dir); err != nil || free < s.reserved() {
			continue
		}
		s.server.stop()
		if err := s.server.start(); err != nil {
			s.cfg.Log.Error("store: start again after a full disk; tried again", "error", err)
			continue
		}
		s.mu.Lock()
		clear(s.heads)
		s.mu.Unlock()
		s.server.broken.Store(false)
		s.cfg.Log.Warn("store: there is space again, and it goes on")
		return
	}
}
