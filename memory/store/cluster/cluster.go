// Package cluster runs three servers of the store's engine on loopback, each a
// process of its own with its own disk, so that they can be killed, stopped,
// started and cut off from each other while something works against them. It
// is for tests and for `parley bench crash --cluster`, never for serving: a
// shop runs nats-server as its own service (see ../CLUSTER.md). Start with
// [Start]; the program that calls it must call [RunNode] first thing in main.
package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Nodes is how many servers there are: the least that a majority survives the
// loss of one.
const Nodes = 3

// Options say how the servers run.
type Options struct {
	Dir    string    // for their disks; must exist
	Output io.Writer // what the servers say; nil for nowhere
	// Lazy syncs to disk every two minutes, the server's own default, and not
	// before each acknowledgement.
	Lazy bool
}

// A Cluster is three server processes. Its methods are safe for concurrent
// use; those that take a node number, from 0, panic on a wrong one.
type Cluster struct {
	nodes [Nodes]*node
	wires map[[2]int]*Wire // routes from one node to another
}

type node struct {
	cfg nodeConfig
	out io.Writer

	mu    sync.Mutex
	cmd   *exec.Cmd
	stdin io.Closer // the server ends when it closes, so also when we die
	ended chan struct{}
}

// Start starts the servers and returns when they are one cluster.
func Start(ctx context.Context, o Options) (c *Cluster, err error) {
	c = &Cluster{wires: map[[2]int]*Wire{}}
	ports, err := freePorts(3 * Nodes)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	for i := range c.nodes {
		cfg := nodeConfig{
			Name: fmt.Sprint("n", i+1), Dir: filepath.Join(o.Dir, fmt.Sprint("n", i+1)), Lazy: o.Lazy,
			Port: ports[3*i], RoutePort: ports[3*i+1], HealthPort: ports[3*i+2],
		}
		for j := range c.nodes {
			if i == j {
				continue
			}
			w, err := NewWire(fmt.Sprint("127.0.0.1:", ports[3*j+1]))
			if err != nil {
				return nil, err
			}
			c.wires[[2]int{i, j}] = w
			cfg.Routes = append(cfg.Routes, "nats://"+w.Addr())
		}
		c.nodes[i] = &node{cfg: cfg, out: o.Output}
	}
	for i := range c.nodes {
		if err := c.Start(i); err != nil {
			return nil, err
		}
	}
	return c, c.Ready(ctx)
}

// freePorts finds ports that nobody listens on, below those that the system
// gives to outgoing connections, which would take one before its server starts.
// Each process looks in a range of its own: a port is nobody's while its server
// is down, and other tests that run beside this one start clusters too.
func freePorts(n int) ([]int, error) {
	const first, width, ranges = 15_000, 60, 250
	from := first + os.Getpid()%ranges*width
	var ports []int
	for _, k := range rand.Perm(width) {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", from+k))
		if err != nil {
			continue
		}
		defer l.Close() // all are held until the last is found
		if ports = append(ports, from+k); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("found no %d free ports on 127.0.0.1 from %d to %d", n, from, from+width-1)
}

// URL names all nodes, as --nats takes them.
func (c *Cluster) URL() string {
	var urls []string
	for i := range c.nodes {
		urls = append(urls, c.NodeURL(i))
	}
	return strings.Join(urls, ",")
}

// NodeURL names one node.
func (c *Cluster) NodeURL(i int) string { return fmt.Sprint("nats://127.0.0.1:", c.nodes[i].cfg.Port) }

// Start starts a node that does not run, on the disk it had.
func (c *Cluster) Start(i int) error {
	n := c.nodes[i]
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd != nil {
		return nil
	}
	cfg, err := json.Marshal(n.cfg)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start %s: %w", n.cfg.Name, err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), nodeEnv+"="+string(cfg))
	cmd.Stdout, cmd.Stderr = n.out, n.out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", n.cfg.Name, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", n.cfg.Name, err)
	}
	n.cmd, n.stdin, n.ended = cmd, stdin, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait() // however it ended
		close(ended)
	}(n.ended)
	return nil
}

// Kill ends a node with SIGKILL.
func (c *Cluster) Kill(i int) { c.nodes[i].end(true) }

// Stop lets a node hand over what it leads and end.
func (c *Cluster) Stop(i int) { c.nodes[i].end(false) }

func (n *node) end(kill bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return
	}
	if kill {
		_ = n.cmd.Process.Kill()
	}
	n.stdin.Close()
	select {
	case <-n.ended:
	case <-time.After(20 * time.Second): // it hangs
		_ = n.cmd.Process.Kill()
		<-n.ended
	}
	n.cmd = nil
}

// Cut lets nothing pass between a node and the others, as a network that goes
// silent: connections stay open. Clients still reach it.
func (c *Cluster) Cut(i int) { c.each(i, (*Wire).Hold) }

// Heal ends a Cut. What was held back is lost, as after a long silence.
func (c *Cluster) Heal(i int) {
	c.each(i, (*Wire).Break)
	c.each(i, (*Wire).Release)
}

func (c *Cluster) each(i int, do func(*Wire)) {
	for pair, w := range c.wires {
		if pair[0] == i || pair[1] == i {
			do(w)
		}
	}
}

// Ready waits until every node that runs says it is healthy: it has all
// streams, and is as far as the others.
func (c *Cluster) Ready(ctx context.Context) error {
	client := &http.Client{Timeout: time.Second}
	for _, n := range c.nodes {
		n.mu.Lock()
		running := n.cmd != nil
		n.mu.Unlock()
		for running {
			r, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", n.cfg.HealthPort))
			if err == nil {
				r.Body.Close()
				if r.StatusCode == http.StatusOK {
					break
				}
				err = errors.New(r.Status)
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for %s: %w (%w)", n.cfg.Name, err, ctx.Err())
			case <-n.ended:
				return fmt.Errorf("%s has ended", n.cfg.Name)
			case <-time.After(20 * time.Millisecond): // it cannot tell by itself
			}
		}
	}
	return nil
}

// Roll restarts all nodes one after another, as an upgrade does.
func (c *Cluster) Roll(ctx context.Context) error {
	for i := range c.nodes {
		c.Stop(i)
		if err := c.Start(i); err != nil {
			return err
		}
		if err := c.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Leader waits until a stream is led, and tells by which node.
func (c *Cluster) Leader(ctx context.Context, stream string) (int, error) {
	conn, err := nats.Connect(c.URL(), nats.Timeout(2*time.Second))
	if err != nil {
		return 0, fmt.Errorf("ask who leads %s: %w", stream, err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		// Where nobody leads nobody answers.
		patience, stop := context.WithTimeout(ctx, 300*time.Millisecond)
		s, err := js.Stream(patience, stream)
		stop()
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return 0, fmt.Errorf("ask who leads %s: %w", stream, err)
		}
		if err != nil || s.CachedInfo().Cluster == nil {
			continue
		}
		for i, n := range c.nodes {
			if s.CachedInfo().Cluster.Leader == n.cfg.Name {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("nobody leads %s: %w", stream, ctx.Err())
}

// Close ends the nodes at once and the wires between them.
func (c *Cluster) Close() {
	var wait sync.WaitGroup
	for _, n := range c.nodes {
		if n != nil {
			wait.Go(func() { n.end(true) })
		}
	}
	wait.Wait()
	for _, w := range c.wires {
		w.Close()
	}
}
