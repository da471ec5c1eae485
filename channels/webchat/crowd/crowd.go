// Package crowd is a crowd of shoppers for crash and load runs: each speaks the
// widget's protocol with one of several servers, resumes and resends as the
// widget does, and keeps a journal of what was acknowledged to it. It never
// looks into a server: what lasted is handed in at the end and held against the
// journal. Start with [Crowd].
package crowd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// A Config says who comes, and where to.
type Config struct {
	// Addresses are the servers that may be up, as "http://127.0.0.1:8787". It is
	// asked before each try.
	Addresses func() []string
	Customers []Customer // signed in, each on a device of its own
	Guests    int        // who come, talk, have everything forgotten and come again
	// Sign gives the token by which the shop says who is signed in.
	Sign func(customer string) (string, error)
	// Patience is how long a message may wait for its acknowledgement before its
	// shopper goes to another server; 0 means 10 s.
	Patience time.Duration
	// Settling is how long all may take, after Rest, to be acknowledged and
	// answered; 0 means a minute. What is still open then is a violation.
	Settling time.Duration
	Seed     uint64
	Log      *slog.Logger
}

// A Customer is one device of somebody who is signed in. No two devices may
// share an errand.
type Customer struct {
	ID      string
	Locale  string // en or zh
	Errands []Errand
}

// An Errand is something that the assistant does only after a yes.
type Errand struct {
	Of  string // what it changes: "order 1042"
	Say string // what brings the question; %d becomes a number that is new each time
	// Last is for an errand that can be run once; others of the same thing end with it.
	Last bool
}

// A Crowd holds its shoppers and their journal.
type Crowd struct {
	cfg    Config
	client *http.Client
	links  []*link
	events *events

	once    sync.Once
	resting chan struct{} // closed: nothing new is begun

	mu     sync.Mutex
	talks  []*talk
	wrong  []Violation
	number int
}

// New makes a crowd; nobody comes before Run.
func New(cfg Config) (*Crowd, error) {
	if cfg.Addresses == nil || cfg.Guests+len(cfg.Customers) == 0 {
		return nil, errors.New("a crowd needs addresses and somebody who comes")
	}
	if len(cfg.Customers) > 0 && cfg.Sign == nil {
		return nil, errors.New("a crowd with customers needs Sign")
	}
	if cfg.Patience == 0 {
		cfg.Patience = 10 * time.Second
	}
	if cfg.Settling == 0 {
		cfg.Settling = time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Crowd{cfg: cfg, resting: make(chan struct{}), client: &http.Client{Timeout: cfg.Patience, Transport: &http.Transport{DisableKeepAlives: true}}}
	c.events = &events{crowd: c, acked: map[string]bool{}}
	for i := range cfg.Guests + len(cfg.Customers) {
		l := &link{crowd: c, n: i, locale: []string{"en", "zh"}[i%2], rng: rand.New(rand.NewPCG(cfg.Seed, uint64(i))), news: make(chan struct{})}
		if i < len(cfg.Customers) {
			l.customer = cfg.Customers[i]
			if l.customer.Locale != "" {
				l.locale = l.customer.Locale
			}
		}
		c.links = append(c.links, l)
	}
	return c, nil
}

// Run lets everybody talk until Rest is called; then it waits until all that
// was said is acknowledged and answered. Its error is ctx's.
func (c *Crowd) Run(ctx context.Context) error {
	online, leave := context.WithCancel(ctx)
	var linked sync.WaitGroup
	for _, l := range c.links {
		linked.Go(func() { l.run(online) })
	}
	settling, stop := context.WithCancel(ctx)
	var playing, waiting sync.WaitGroup
	for _, l := range c.links {
		playing.Go(func() { l.play(settling) })
	}
	playing.Go(func() { c.events.run(settling) })
	waiting.Go(func() {
		select {
		case <-c.resting:
			pause(settling, c.cfg.Settling)
		case <-settling.Done():
		}
		stop()
	})
	playing.Wait()
	for _, l := range c.links {
		if l.await(settling, l.settled) != nil && ctx.Err() == nil {
			c.saw(Unanswered, "after %s: %s", c.cfg.Settling, l.waiting())
		}
	}
	stop()
	waiting.Wait()
	leave()
	linked.Wait()
	return ctx.Err()
}

// Rest ends all that is new.
func (c *Crowd) Rest() { c.once.Do(func() { close(c.resting) }) }

func (c *Crowd) rests() bool {
	select {
	case <-c.resting:
		return true
	default:
		return false
	}
}

// next is a number that was not given before.
func (c *Crowd) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	return c.number
}

// address is where the nth try goes.
func (c *Crowd) address(n int) (string, error) {
	list := c.cfg.Addresses()
	if len(list) == 0 {
		return "", errors.New("no server is up")
	}
	return list[n%len(list)], nil
}

// Acknowledged counts what the crowd was told is stored, so far.
func (c *Crowd) Acknowledged() int {
	n := c.events.count()
	for _, t := range c.all() {
		n += t.acknowledged()
	}
	return n
}

func (c *Crowd) all() []*talk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*talk(nil), c.talks...)
}

func (c *Crowd) begin(t *talk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talks = append(c.talks, t)
}

// saw notes what a shopper saw and nobody should.
func (c *Crowd) saw(kind Kind, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, Violation{kind, fmt.Sprintf(format, args...)})
}
