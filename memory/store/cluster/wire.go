package cluster

import (
	"fmt"
	"net"
	"sync"
)

// A Wire passes connections on to an address and can hold back what flows. It
// is safe for concurrent use.
type Wire struct {
	to     string
	listen net.Listener
	wait   sync.WaitGroup

	mu     sync.Mutex
	change *sync.Cond
	there  bool // what goes to the address is held
	back   bool // what comes from it is held
	closed bool
	conns  map[net.Conn]bool
}

// NewWire listens on a free port of loopback for connections to an address.
func NewWire(to string) (*Wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("lay a wire to %s: %w", to, err)
	}
	w := &Wire{to: to, listen: l, conns: map[net.Conn]bool{}}
	w.change = sync.NewCond(&w.mu)
	w.wait.Go(w.accept)
	return w, nil
}

// Addr is where to connect.
func (w *Wire) Addr() string { return w.listen.Addr().String() }

// Hold lets nothing through in either direction; connections stay open.
func (w *Wire) Hold() { w.set(true, true) }

// Mute holds only what comes back: requests arrive, and their answers do not.
func (w *Wire) Mute() { w.set(false, true) }

// Release lets all flow again, what was held first.
func (w *Wire) Release() { w.set(false, false) }

func (w *Wire) set(there, back bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.there, w.back = there, back
	w.change.Broadcast()
}

// Break closes all connections; what was held is lost.
func (w *Wire) Break() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop()
}

func (w *Wire) drop() {
	for c := range w.conns {
		c.Close()
		delete(w.conns, c)
	}
	w.change.Broadcast()
}

// Close ends the wire.
func (w *Wire) Close() {
	w.mu.Lock()
	w.closed = true
	w.drop()
	w.mu.Unlock()
	w.listen.Close()
	w.wait.Wait()
}

func (w *Wire) accept() {
	for {
		c, err := w.listen.Accept()
		if err != nil {
			return // closed
		}
		w.wait.Go(func() { w.join(c) })
	}
}

// join connects the other end, and passes on what comes from either.
func (w *Wire) join(c net.Conn) {
	defer c.Close()
	d, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer d.Close()
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.conns[c], w.conns[d] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { w.pass(d, c, &w.there) })
	both.Go(func() { w.pass(c, d, &w.back) })
	both.Wait()
	w.mu.Lock()
	delete(w.conns, c)
	delete(w.conns, d)
	w.mu.Unlock()
}

// pass copies until one side ends, and waits while held.
func (w *Wire) pass(to, from net.Conn, held *bool) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		w.mu.Lock()
		for *held && w.conns[from] {
			w.change.Wait()
		}
		w.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
