package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"parley/agent/llm"
	"parley/channels/webchat/crowd"
	"parley/memory/store/cluster"
	"parley/tools/measure"
)

// A clusterLoop has a crowd talk to three servers in front of a cluster of
// three, and strikes at one after another of the six.
type clusterLoop struct {
	dir     string
	rng     *rand.Rand
	crowd   *crowd.Crowd
	cluster *cluster.Cluster
	blows   []blow

	mu      sync.Mutex
	servers [cluster.Nodes]*process
	urls    [cluster.Nodes]string // they keep them
}

// A blow is something that was done to the servers, and when.
type blow struct {
	kind      string
	from, til time.Time // until all six were well again
}

// The kinds of blow, in the order in which they come, over and over.
var blowKinds = []string{"a parley killed", "the leader killed", "a node cut off", "all six upgraded"}

// How long everybody may talk in peace after a blow, so that the pause of one is
// over before the next falls; and how long a node stays cut off: longer than the
// others take to choose another leader.
const (
	peace  = 6 * time.Second
	cutFor = 10 * time.Second
)

// benchCluster strikes as often as it should. The figures come with an error
// when something that was promised was not kept.
func (f crashFlags) benchCluster(ctx context.Context) (out []measure.Figure, err error) {
	fmt.Fprintf(os.Stderr, "crash: %d blows at a cluster, --seed %d\n", f.Kills, f.Seed)
	dir, err := os.MkdirTemp("", "parley-cluster-")
	if err != nil {
		return nil, err
	}
	c := &clusterLoop{dir: dir, rng: rand.New(rand.NewPCG(f.Seed, 0))}
	defer c.close()
	report, err := c.run(ctx, f, bar("blows", false))
	if err != nil {
		return nil, fmt.Errorf("%w; what the nodes kept is in %s", err, dir)
	}
	for _, v := range report.Violations {
		err = errors.Join(err, fmt.Errorf("crash: %s", v))
	}
	if err != nil {
		return c.figures(report), fmt.Errorf("%w\ncrash: --seed %d; what the nodes kept is in %s", err, f.Seed, dir)
	}
	return c.figures(report), os.RemoveAll(dir)
}

func (c *clusterLoop) run(ctx context.Context, f crashFlags, show func(done, of int64)) (*crowd.Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, name := range []string{"key", "customer.key"} {
		b := make([]byte, 32)
		for i := range b {
			b[i] = byte(c.rng.Uint32())
		}
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(hex.EncodeToString(b)), 0o600); err != nil {
			return nil, err
		}
	}
	var err error
	if c.cluster, err = cluster.Start(ctx, cluster.Options{Dir: c.dir}); err != nil {
		return nil, err
	}
	for i := range c.servers {
		if err := c.start(ctx, i); err != nil {
			return nil, err
		}
	}
	if c.crowd, err = crowd.New(crowd.Config{
		Addresses: c.addresses, Customers: crashCustomers(), Guests: 4, Seed: f.Seed, Sign: c.sign,
		Patience: 15 * time.Second, Settling: 2 * time.Minute,
	}); err != nil {
		return nil, err
	}
	ran := make(chan error, 1)
	go func() { ran <- c.crowd.Run(ctx) }()
	for n := range f.Kills {
		pause(ctx, peace)
		if err := c.strike(ctx, blowKinds[n%len(blowKinds)]); err != nil {
			cancel()
			<-ran
			return nil, err
		}
		show(int64(n)+1, int64(f.Kills))
	}
	pause(ctx, peace)
	c.crowd.Rest()
	if err := <-ran; err != nil {
		return nil, err
	}
	for i, p := range c.servers {
		if err := p.stop(); err != nil {
			return nil, fmt.Errorf("server %d did not stop well: %w: %s", i, err, p.said.String())
		}
	}
	return c.check(context.WithoutCancel(ctx))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// strike does what a kind says, and waits until all six are well again.
func (c *clusterLoop) strike(ctx context.Context, kind string) error {
	b := blow{kind: kind, from: time.Now()}
	var err error
	switch kind {
	case "a parley killed":
		i := c.rng.IntN(len(c.servers))
		c.servers[i].kill()
		err = c.start(ctx, i)
	case "the leader killed":
		var i int
		if i, err = c.cluster.Leader(ctx, "log"); err == nil {
			c.cluster.Kill(i)
			pause(ctx, time.Second)
			err = c.cluster.Start(i)
		}
	case "a node cut off":
		i := c.rng.IntN(cluster.Nodes)
		c.cluster.Cut(i)
		pause(ctx, cutFor)
		c.cluster.Heal(i)
	case "all six upgraded":
		if err = c.cluster.Roll(ctx); err != nil {
			break
		}
		for i, p := range c.servers {
			if err = p.stop(); err == nil {
				err = c.start(ctx, i)
			}
			if err != nil {
				break
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	well, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	if err := c.cluster.Ready(well); err != nil {
		return fmt.Errorf("after %s: %w", kind, err)
	}
	b.til = time.Now()
	c.blows = append(c.blows, b)
	return nil
}

// start starts a server, at the address that it had.
func (c *clusterLoop) start(ctx context.Context, i int) error {
	addr := "127.0.0.1:0"
	if c.urls[i] != "" {
		u, err := url.Parse(c.urls[i])
		if err != nil {
			return err
		}
		addr = u.Host
	}
	p, err := serveElsewhere(ctx, nil, "--nats", c.cluster.URL(), "--data", filepath.Join(c.dir, fmt.Sprint("parley", i)), "--addr", addr,
		"--key-file", filepath.Join(c.dir, "key"), "--customer-key-file", filepath.Join(c.dir, "customer.key"), "--model", "builtin", "--log-level", "error")
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i], c.urls[i] = p, p.url
	return nil
}

func (c *clusterLoop) addresses() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.urls[:])
}

func (c *clusterLoop) sign(customer string) (string, error) {
	key, err := customerKey(filepath.Join(c.dir, "customer.key"), c.dir)
	if err != nil {
		return "", err
	}
	return signCustomer(key, llm.Customer{ID: customer, Name: customer}, time.Now())
}

func (c *clusterLoop) check(ctx context.Context) (*crowd.Report, error) {
	log := slog.New(slog.DiscardHandler)
	set := &settings{Data: filepath.Join(c.dir, "check"), natsSettings: natsSettings{Nats: c.cluster.URL()}, keyring: keyring{SealKey: filepath.Join(c.dir, "key")}}
	return checkLeft(ctx, set, c.crowd, log)
}

func (c *clusterLoop) close() {
	for _, p := range c.servers {
		if p != nil {
			p.kill()
		}
	}
	if c.cluster != nil {
		c.cluster.Close()
	}
}

func (c *clusterLoop) figures(r *crowd.Report) []measure.Figure {
	var out []measure.Figure
	add := func(of, metric string, v float64) {
		out = append(out, measure.Figure{Suite: "crash", Case: of, Metric: metric, Value: v, N: len(c.blows)})
	}
	for _, x := range []struct {
		metric string
		n      int
	}{{"blows", len(c.blows)}, {"conversations", r.Conversations}, {"erased", r.Erased}, {"acknowledged", r.Acknowledged + r.Events}, {"answered", r.Answered}, {"effects", r.Effects}} {
		add("cluster", x.metric, float64(x.n))
	}
	for _, kind := range []crowd.Kind{crowd.Lost, crowd.Doubled, crowd.Reordered, crowd.Unanswered, crowd.Half, crowd.Remains} {
		add("cluster", string(kind), float64(r.Count(kind)))
	}
	for _, kind := range append([]string{"in peace"}, blowKinds...) {
		waits := c.waits(r, kind)
		if len(waits) == 0 {
			continue
		}
		slices.Sort(waits)
		add(kind, "pause of a conversation, p50 s", waits[len(waits)/2].Seconds())
		add(kind, "pause of a conversation, max s", waits[len(waits)-1].Seconds())
	}
	return out
}

// waits gives the longest wait for an answer of each conversation in each blow
// of a kind: of what was said before all was well again, and not answered when
// the blow fell. In peace counts what was said and answered between blows.
func (c *clusterLoop) waits(r *crowd.Report, kind string) []time.Duration {
	type key struct {
		talk string
		blow int
	}
	longest := map[key]time.Duration{}
	for _, w := range r.Waits {
		at := -1
		for i, b := range c.blows {
			if w.Begun.Before(b.til) && w.Begun.Add(w.Took).After(b.from) {
				at = i
				break
			}
		}
		if at < 0 && kind == "in peace" || at >= 0 && c.blows[at].kind == kind {
			k := key{w.Conversation, at}
			longest[k] = max(longest[k], w.Took)
		}
	}
	var out []time.Duration
	for _, w := range longest {
		out = append(out, w)
	}
	return out
}
