// Package mcp speaks the Model Context Protocol, with its official Go SDK, in
// both directions: it brings a shop's own tools from outside servers into every
// conversation, and it offers the shop's catalogue to other assistants. It never
// takes an outside server at its word: what one says is data, and what one does
// needs the customer's yes. Start with [Outside], then [Catalog].
package mcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/agent/llm"
)

// A Config says which outside servers there are and what is allowed to them.
// Zero fields mean the usual.
type Config struct {
	// Servers are command lines or http(s) addresses, each optionally with a
	// name before it: "loyalty=npx loyalty-server", "https://shop.example/mcp".
	// The first without a name is called "shop", the next "shop2", and so on.
	Servers []string
	// Read names the tools that change nothing, as they are offered:
	// "loyalty_points". All others run only after the customer's own yes, whatever
	// the server says of them.
	Read []string
	// Told names the servers that are told who the customer is, in _meta.
	Told []string
	// Token gives the bearer token for the server of a name, "" for none.
	Token func(server string) string

	// Begin notes, for good, that the act of a key begins, and says whether that
	// is the first time; an act that had begun before is not run again. It may be
	// nil where no act is ever handed out twice.
	Begin func(ctx context.Context, key string) (first bool, err error)

	Start   time.Duration // how long Open waits for the servers; 5 s
	Connect time.Duration // for one attempt to connect and list; 10 s
	Call    time.Duration // for one call; 12 s, less than the agent gives a tool
	Retry   time.Duration // first wait before connecting again, doubled up to a minute; 250 ms
	Poll    time.Duration // how often the list of tools is asked for unprompted; a minute
	Version string        // of this program, told to the servers
	Log     *slog.Logger
}

// Outside is the shop's own tools on outside servers. It keeps the connections,
// makes lost ones again, and follows changes of what is offered. It is safe for
// concurrent use.
type Outside struct {
	cfg     Config
	phrases phrases
	remotes []*remote
	clashes sync.Map // names of tools that are left out, told already
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open connects to the servers, for at most cfg.Start; one that is slow or down
// is tried again in the background, and its tools come when it does. Errors are
// of the configuration only. Close ends it.
func Open(ctx context.Context, cfg Config) (*Outside, error) {
	cfg.Start = cmp.Or(cfg.Start, 5*time.Second)
	cfg.Connect = cmp.Or(cfg.Connect, 10*time.Second)
	cfg.Call = cmp.Or(cfg.Call, 12*time.Second)
	cfg.Retry = cmp.Or(cfg.Retry, 250*time.Millisecond)
	cfg.Poll = cmp.Or(cfg.Poll, time.Minute)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Token == nil {
		cfg.Token = func(string) string { return "" }
	}
	o := &Outside{cfg: cfg}
	var err error
	if o.phrases, err = loadPhrases(); err != nil {
		return nil, err
	}
	for _, text := range cfg.Servers {
		a, err := parseAddress(text)
		if err != nil {
			return nil, err
		}
		o.name(&a)
		if slices.ContainsFunc(o.remotes, func(r *remote) bool { return r.at.name == a.name }) {
			return nil, fmt.Errorf("two outside servers are called %s: give one of them another name, as in other=%s", a.name, text)
		}
		o.remotes = append(o.remotes, newRemote(o, a))
	}
	for _, name := range cfg.Told {
		if !slices.ContainsFunc(o.remotes, func(r *remote) bool { return r.at.name == name }) {
			return nil, fmt.Errorf("no outside server is called %q, so none can be told the customer; there are: %s", name, o.names())
		}
	}
	ctx, o.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, r := range o.remotes {
		o.running.Go(func() { r.run(ctx) })
	}
	o.settle()
	return o, nil
}

// name gives a server without a name the next free one.
func (o *Outside) name(a *address) {
	for n := 1; a.name == ""; n++ {
		name := "shop"
		if n > 1 {
			name = fmt.Sprint("shop", n)
		}
		if !slices.ContainsFunc(o.remotes, func(r *remote) bool { return r.at.name == name }) {
			a.name = name
		}
	}
}

func (o *Outside) names() string {
	list := ""
	for i, r := range o.remotes {
		if i > 0 {
			list += ", "
		}
		list += r.at.name
	}
	return cmp.Or(list, "none")
}

// settle waits until each server was tried once, or the time is over.
func (o *Outside) settle() {
	late := time.NewTimer(o.cfg.Start)
	defer late.Stop()
	for _, r := range o.remotes {
		select {
		case <-r.tried:
		case <-late.C:
			o.cfg.Log.Warn("mcp: an outside server is slow; going on without it, and trying it further", "server", r.at.name)
			return
		}
	}
}

// For gives the outside tools, as they are known now, to one customer. It is a
// [llm.Toolset], asked anew for every turn. Tools of a server that is away are
// still given: a call says that they are away.
func (o *Outside) For(who llm.Customer) []llm.Tool {
	var out []llm.Tool
	for _, r := range o.remotes {
		for _, d := range r.offered() {
			out = append(out, r.tool(d, who))
		}
	}
	return out
}

// With puts the outside tools behind those of a toolset. One that is called like
// a tool of ours is left out.
func (o *Outside) With(own llm.Toolset) llm.Toolset {
	return func(who llm.Customer) []llm.Tool {
		list := own(who)
		for _, t := range o.For(who) {
			if slices.ContainsFunc(list, func(x llm.Tool) bool { return x.Name == t.Name }) {
				if _, told := o.clashes.LoadOrStore(t.Name, true); !told {
					o.cfg.Log.Warn("mcp: an outside tool is left out, for one of ours has its name; give its server another name", "tool", t.Name)
				}
				continue
			}
			list = append(list, t)
		}
		return list
	}
}

// Close ends the connections and the processes.
func (o *Outside) Close() error {
	o.stop()
	done := make(chan struct{})
	go func() { o.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(10 * time.Second):
		return errors.New("an outside server did not end in 10 s")
	}
}
