package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/channels/webchat/crowd"
	"parley/tools/measure"
)

// crashFlags are what `parley bench crash` may be told.
type crashFlags struct {
	Kills int    `default:"200" help:"Of crash: how often the server is killed."`
	Seed  uint64 `help:"Of crash: run the same plan again; a new one when not given."`
	// A blow of the cluster's takes some ten seconds.
	Cluster bool `help:"Of crash: strike at three servers and a cluster of three instead, as often as --kills says; 20 take some five minutes."`
}

const atRandom = "at random"

// A killLoop has a crowd talk to a server that is killed again and again.
type killLoop struct {
	crashFlags
	dir     string
	rng     *rand.Rand
	crowd   *crowd.Crowd
	show    func(done, of int64)
	mu      sync.Mutex
	address string // of the server, once known

	kills  map[string]int // by write, or at random
	missed []string       // points that were not passed in time
	starts []time.Duration
}

// How long a server may take to pass the point at which it is to die.
const untilFault = 5 * time.Second

// benchCrash runs the loop. The figures come with an error when something that
// was promised was not kept.
func (f crashFlags) benchCrash(ctx context.Context, _ []string) ([]measure.Figure, error) {
	if f.Seed == 0 {
		f.Seed = uint64(time.Now().UnixNano()) & 0xffff_ffff
	}
	if f.Cluster {
		return f.benchCluster(ctx)
	}
	fmt.Fprintf(os.Stderr, "crash: %d kills, --seed %d\n", f.Kills, f.Seed)
	dir, err := os.MkdirTemp("", "parley-crash-")
	if err != nil {
		return nil, err
	}
	k := &killLoop{crashFlags: f, dir: filepath.Join(dir, "data"), rng: rand.New(rand.NewPCG(f.Seed, 0)), kills: map[string]int{}, show: bar("kills", false)}
	report, err := k.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w; the data folder is kept: %s", err, dir)
	}
	figures := k.figures(report)
	for _, w := range crashWrites {
		if k.kills[w] == 0 && f.Kills >= 3*len(crashWrites) {
			err = errors.Join(err, fmt.Errorf("crash: no server was killed at %q", w))
		}
	}
	for _, v := range report.Violations {
		err = errors.Join(err, fmt.Errorf("crash: %s", v))
	}
	if err != nil {
		return figures, fmt.Errorf("%w\ncrash: --seed %d; the data folder is kept: %s", err, f.Seed, dir)
	}
	return figures, os.RemoveAll(dir)
}

// run kills as often as it should, lets everything settle, and checks.
func (k *killLoop) run(ctx context.Context) (*crowd.Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	if k.crowd, err = crowd.New(crowd.Config{
		Addresses: k.addresses, Customers: crashCustomers(), Guests: 4, Seed: k.Seed,
		Sign: k.sign,
	}); err != nil {
		return nil, err
	}
	ran := make(chan error, 1)
	go func() { ran <- k.crowd.Run(ctx) }()
	plan := k.plan()
	for n := range k.Kills {
		if err := k.life(ctx, plan(n)); err != nil {
			cancel()
			<-ran
			return nil, err
		}
		k.show(int64(n)+1, int64(k.Kills))
	}
	last, err := k.start(ctx, "")
	if err != nil {
		return nil, err
	}
	defer last.kill()
	k.crowd.Rest()
	if err := <-ran; err != nil {
		return nil, err
	}
	if err := last.stop(); err != nil {
		return nil, fmt.Errorf("the last server did not stop well: %w: %s", err, last.said.String())
	}
	return k.check(context.WithoutCancel(ctx))
}

func (k *killLoop) addresses() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.address == "" {
		return nil
	}
	return []string{k.address}
}

// life starts a server and sees to its end.
func (k *killLoop) life(ctx context.Context, f fault) error {
	p, err := k.start(ctx, f.String())
	if p == nil {
		return err
	}
	if err == nil {
		wait := untilFault
		if f.write == "" {
			wait = time.Duration(k.rng.IntN(600)) * time.Millisecond
		}
		select {
		case <-p.gone:
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	p.kill()
	if !p.killed() {
		return fmt.Errorf("the server ended by itself, to be killed %s: %w: %s", f, p.err, p.said.String())
	}
	switch _, fell, _ := strings.Cut(p.said.String(), faultNotice); {
	case f.write == "":
		k.kills[atRandom]++
	case fell == "":
		k.kills[atRandom]++
		k.missed = append(k.missed, f.write)
	default:
		k.kills[f.write]++
	}
	return ctx.Err()
}

// start starts a server on the data folder, at the address of the first.
func (k *killLoop) start(ctx context.Context, spec string) (*process, error) {
	addr := "127.0.0.1:0"
	if list := k.addresses(); len(list) > 0 {
		u, err := url.Parse(list[0])
		if err != nil {
			return nil, err
		}
		addr = u.Host
	}
	p, err := serveElsewhere(ctx, []string{faultVariable + "=" + spec}, "--data", k.dir, "--addr", addr, "--model", "builtin", "--log-level", "error")
	if err != nil {
		return p, err
	}
	k.starts = append(k.starts, p.took)
	k.mu.Lock()
	k.address = p.url
	k.mu.Unlock()
	return p, nil
}

func (k *killLoop) figures(r *crowd.Report) []measure.Figure {
	figure := func(name, metric string, value float64, n int) measure.Figure {
		return measure.Figure{Suite: "crash", Case: name, Metric: metric, Value: value, N: n}
	}
	count := func(metric string, v int) measure.Figure { return figure("serve", metric, float64(v), k.Kills) }
	out := []measure.Figure{count("kills", k.Kills)}
	for _, w := range slices.Sorted(maps.Keys(k.kills)) {
		out = append(out, figure(w, "kills", float64(k.kills[w]), k.Kills))
	}
	out = append(out, count("conversations", r.Conversations), count("erased", r.Erased), count("acknowledged", r.Acknowledged+r.Events),
		count("answered", r.Answered), count("effects", r.Effects))
	for _, kind := range []crowd.Kind{crowd.Lost, crowd.Doubled, crowd.Reordered, crowd.Unanswered, crowd.Half, crowd.Remains} {
		out = append(out, count(string(kind), r.Count(kind)))
	}
	return append(out, spread("restart", k.starts)...)
}

// spread are the median and the 99th of a hundred of times, in milliseconds.
func spread(name string, took []time.Duration) []measure.Figure {
	out := quantiles(name, "", took)
	for i := range out {
		out[i].Suite = "crash"
	}
	return out
}
