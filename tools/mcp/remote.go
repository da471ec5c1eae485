package mcp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// The most tools that are taken of one server.
const mostTools = 64

// A remote is one outside server: its connection, made again when it is lost,
// and the tools it offered last.
type remote struct {
	out   *Outside
	at    address
	log   *slog.Logger
	tried chan struct{} // closed after the first attempt
	poke  chan struct{} // somebody waits: connect now

	mu      sync.Mutex
	live    *live         // nil while there is no connection
	changed chan struct{} // closed when live changes, and made anew
	tools   []*definition // as listed last
	told    string        // of problems in the list, so that each is logged once
	asked   asked
}

// A live is one connection.
type live struct {
	session *sdk.ClientSession
	changed chan struct{} // the server says that its tools changed
	check   chan struct{} // a call failed: is it still there?
	done    chan struct{} // closed when the connection is gone
	suspect atomic.Bool   // a call failed, and it was not looked at since
	end     func()
}

func newRemote(o *Outside, at address) *remote {
	return &remote{out: o, at: at, log: o.cfg.Log, tried: make(chan struct{}), poke: make(chan struct{}, 1), changed: make(chan struct{})}
}

// run keeps the connection until ctx ends.
func (r *remote) run(ctx context.Context) {
	first := sync.OnceFunc(func() { close(r.tried) })
	defer first()
	wait, said := r.out.cfg.Retry, ""
	for ctx.Err() == nil {
		begun := time.Now()
		l, err := r.open(ctx)
		if err == nil {
			first()
			r.log.Info("mcp: an outside server is there", "server", r.at.name, "tools", len(r.offered()))
			err = r.watch(ctx, l)
			r.set(nil)
			l.close()
			said = ""
			if time.Since(begun) > time.Minute { // it was well
				wait = r.out.cfg.Retry
			}
		}
		if ctx.Err() != nil {
			return
		}
		if text := err.Error(); text != said {
			said = text
			r.log.Warn("mcp: an outside server is away; trying it again", "server", r.at.name, "error", clean(text, 500))
		}
		first() // told before Open returns
		pause := time.NewTimer(wait + rand.N(wait/4+1))
		select {
		case <-pause.C:
		case <-r.poke:
		case <-ctx.Done():
		}
		pause.Stop()
		wait = min(2*wait, time.Minute)
	}
}

// open connects and lists the tools, in either of the protocol's ways to begin.
func (r *remote) open(ctx context.Context) (*live, error) {
	var errs []error
	for _, legacy := range []bool{false, true} {
		l, err := r.attempt(ctx, legacy)
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil || errors.Is(err, errNeverStarts) {
			break
		}
	}
	if len(errs) > 1 && errs[0].Error() == errs[1].Error() {
		errs = errs[:1]
	}
	return nil, errors.Join(errs...)
}

var errNeverStarts = errors.New("the command does not start")

func (r *remote) attempt(ctx context.Context, legacy bool) (*live, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.out.cfg.Connect, fmt.Errorf("no answer in %s", r.out.cfg.Connect))
	defer cancel()
	l, err := r.connect(ctx, legacy)
	if err != nil {
		if notFound(err) {
			err = fmt.Errorf("%w: %w", errNeverStarts, err)
		}
		return nil, err
	}
	if err := r.list(ctx, l); err != nil {
		l.close()
		return nil, fmt.Errorf("list its tools: %w", err)
	}
	r.set(l)
	return l, nil
}

// watch lists the tools anew when they change, and now and then unprompted, for
// a notice can be lost (go-sdk issue 1283). It returns when the connection is
// gone or the server does not answer any more.
func (r *remote) watch(ctx context.Context, l *live) error {
	poll := time.NewTicker(r.out.cfg.Poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.done:
			return errors.New("the connection is lost")
		case <-l.changed:
		case <-l.check:
		case <-poll.C:
		}
		bound, cancel := context.WithTimeout(ctx, r.out.cfg.Connect)
		err := r.list(bound, l)
		cancel()
		if err != nil {
			return fmt.Errorf("it does not answer: %w", err)
		}
		if l.suspect.Swap(false) {
			r.set(l)
		}
	}
}

// list asks for the tools and keeps those that can be used.
func (r *remote) list(ctx context.Context, l *live) error {
	var found []*definition
	var problems []string
	names := map[string]bool{}
	n := 0
	for t, err := range l.session.Tools(ctx, nil) {
		if err != nil {
			return err
		}
		if n++; n > mostTools {
			problems = append(problems, fmt.Sprintf("it offers more than %d tools: the rest is left out", mostTools))
			break
		}
		d, err := r.define(t)
		switch {
		case err != nil:
			problems = append(problems, fmt.Sprintf("%s is left out: %v", clean(t.Name, 80), err))
		case names[d.name]:
			problems = append(problems, fmt.Sprintf("a second %s is left out", d.name))
		default:
			names[d.name] = true
			found = append(found, d)
		}
	}
	for _, name := range r.out.cfg.Read {
		if strings.HasPrefix(name, r.at.name+"_") && !names[name] {
			problems = append(problems, fmt.Sprintf("%s is set to read, but it offers no such tool", name))
		}
	}
	r.mu.Lock()
	r.tools = found
	told := strings.Join(problems, "; ")
	isNew := told != r.told
	r.told = told
	r.mu.Unlock()
	if isNew && told != "" {
		r.log.Warn("mcp: not all of an outside server's tools can be used", "server", r.at.name, "why", told)
	}
	return nil
}

// offered are the tools as listed last.
func (r *remote) offered() []*definition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tools
}

// set notes the connection, nil for none.
func (r *remote) set(l *live) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = l
	close(r.changed)
	r.changed = make(chan struct{})
}

// wait gives the connection, waiting a little for one that is being made.
func (r *remote) wait(ctx context.Context, patience time.Duration) *live {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		r.mu.Lock()
		l, changed := r.live, r.changed
		r.mu.Unlock()
		if l != nil && !l.gone() && !l.suspect.Load() {
			return l
		}
		select {
		case r.poke <- struct{}{}:
		default: // it is poked already
		}
		select {
		case <-changed:
		case <-late.C:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// gone says that the connection has ended, noticed by run or not yet.
func (l *live) gone() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// close ends a connection without waiting for the server for long.
func (l *live) close() {
	closed := make(chan struct{})
	go func() { _ = l.session.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(3 * time.Second):
	}
	l.end()
}
