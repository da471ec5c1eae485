package script

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/scripted"
	"parley/channels"
)

// A Setup is what a world is built from.
type Setup struct {
	Script   *Script
	Model    string    // a chain as --model takes it; "scripted" in it means Scripted
	Scripted llm.Model // the script's own answers
	Dir      string    // data folder; "" keeps everything in memory
	Wrap     func(llm.Model) llm.Model
	Toolset  func(llm.Toolset) llm.Toolset
	Now      func() time.Time
	Settled  func(conversation, message string)
}

// A World is one shop put together to be talked to.
type World struct {
	Hub   *channels.Hub
	Tools []string // names of all tools
	// Intents are names of what a model can read in a message; none: any will do.
	Intents []string
	Names   *agent.Names // of products, which replies may carry only from results
	// Private are texts that must never be said to this customer.
	Private func(customer string) []string
	// State is what writes change: orders and facts of a customer, as JSON.
	State func(ctx context.Context, customer string) (any, error)
	// Keep stores a fact that the customer agreed to have kept.
	Keep  func(ctx context.Context, customer, kind, value string) error
	Event func(ctx context.Context, customer, name, sku string) error
	// Wrong says what went wrong since it was last asked that no reply shows, as
	// a request that no cassette holds. Nil: nothing can.
	Wrong func() []error
	// Sent counts what journeys have sent in a conversation, by journey. Nil: none is set up.
	Sent  func(ctx context.Context, conversation string) (map[string]int, error)
	Close func() error
}

// A Config says how scripts are played.
type Config struct {
	Open  func(ctx context.Context, s Setup) (*World, error)
	Model string // instead of the scripts' own
	Runs  int    // of each script; 0 means 1
	Only  func(name string) bool
	// Patience is how long one turn may take by the wall clock; 0 means 2 minutes.
	Patience time.Duration
	// Judge answers the questions that scripts put to a live model; nil: they
	// are skipped, and the report says so.
	Judge llm.Model
}

// How long one turn may take by the wall clock, unless the configuration says.
const patience = 2 * time.Minute

// A player plays one script once.
type player struct {
	cfg    Config
	s      *Script
	clock  *clock
	watch  *watcher
	model  *scripted.Model
	dir    string
	world  *World
	stop   context.CancelFunc
	ended  chan error
	conv   string
	who    llm.Customer
	page   *llm.Page
	last   string // id of the last message
	count  int
	staff  map[string]channels.Staff
	before []channels.Entry
	state  any

	mu      sync.Mutex
	settled map[string]int
	wake    chan struct{}
}

// Play plays a script once and says what became of it. An error means that it
// could not be played at all.
func Play(ctx context.Context, s *Script, cfg Config) (r *Result, err error) {
	p := &player{
		cfg: cfg, s: s, clock: &clock{now: s.Now}, model: scripted.New(), staff: map[string]channels.Staff{},
		settled: map[string]int{}, wake: make(chan struct{}, 1),
	}
	if why := s.skip(cfg.Model); why != "" {
		return &Result{Script: s, Model: cfg.Model, Skipped: why}, nil
	}
	p.watch = &watcher{state: func(ctx context.Context) (any, error) { return p.world.State(ctx, p.who.ID) }, writes: map[string]int{}, died: make(chan chan struct{})}
	for i := range s.Turns {
		if s.Turns[i].durable() && p.dir == "" {
			if p.dir, err = os.MkdirTemp("", "parley-script-"); err != nil {
				return nil, err
			}
			defer os.RemoveAll(p.dir)
		}
	}
	if err := p.open(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := s.tools(p.world.Tools, p.world.Intents); err != nil {
		return nil, err
	}
	if err := p.begin(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", s.file, err)
	}
	r = &Result{Script: s, Model: p.chain()}
	begun := time.Now()
	for i := range s.Turns {
		seen, err := p.turn(ctx, &s.Turns[i])
		if err != nil {
			return nil, fmt.Errorf("%s: turn %d (%s): %w", s.file, i+1, s.Turns[i].title(), err)
		}
		r.note(i, &s.Turns[i], seen, s.Defaults.Expect, p.judge(ctx, s.Turns[i].Expect.Judge, seen))
	}
	r.Took = time.Since(begun)
	return r, nil
}

// skip says why a script is not for a model: its model's answers stand in it.
func (s *Script) skip(model string) string {
	if model == "" || strings.Contains(model, "scripted") || !slices.ContainsFunc(s.Turns, func(t Turn) bool { return len(t.Model) > 0 }) {
		return ""
	}
	return "its model's answers are written in it, so it says nothing of " + model
}

func (p *player) chain() string {
	if p.cfg.Model != "" {
		return p.cfg.Model
	}
	return p.s.Model
}

// open puts the world together and sets its workers to work.
func (p *player) open(ctx context.Context) error {
	w, err := p.cfg.Open(ctx, Setup{
		Script: p.s, Model: p.chain(), Scripted: p.model, Dir: p.dir, Now: p.clock.Now, Toolset: p.watch.tools,
		Wrap:    func(m llm.Model) llm.Model { return watched{m, p.watch} },
		Settled: p.settle,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", p.s.file, err)
	}
	run, stop := context.WithCancel(ctx)
	p.world, p.stop, p.ended = w, stop, make(chan error, 1)
	go func() { p.ended <- w.Hub.Run(run) }()
	return nil
}

func (p *player) close() error {
	if p.stop == nil { // it could not be opened again
		return nil
	}
	p.stop()
	p.stop = nil
	err := <-p.ended
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, p.world.Close())
}

// reopen is a process that dies and comes up again over the same folder.
func (p *player) reopen(ctx context.Context) error {
	if err := p.close(); err != nil {
		return err
	}
	return p.open(ctx)
}

// crash is a process that is gone between two lines: what ran may go on, but
// nothing of it is stored any more.
func (p *player) crash(ctx context.Context, gone chan struct{}) error {
	p.stop()
	p.stop = nil
	err := p.world.Close()
	close(gone)
	<-p.ended // with whatever a store that is closed makes of it
	return errors.Join(err, p.open(ctx))
}

func (p *player) settle(_, message string) {
	p.mu.Lock()
	p.settled[message]++
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// await waits until a message was settled so many times.
func (p *player) await(ctx context.Context, message string, times int) error {
	most := cmp.Or(p.cfg.Patience, patience)
	limit := time.NewTimer(most)
	defer limit.Stop()
	for {
		p.mu.Lock()
		n := p.settled[message]
		p.mu.Unlock()
		if n >= times {
			return nil
		}
		select {
		case <-p.wake:
		case <-limit.C:
			return fmt.Errorf("no answer within %s", most)
		case gone := <-p.watch.died:
			if err := p.crash(ctx, gone); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin opens the conversation, with what the customer brings along.
func (p *player) begin(ctx context.Context) error {
	c := p.s.Customer
	p.who = llm.Customer{ID: c.ID, Name: c.Name, Authenticated: c.Authenticated, Locale: c.Locale}
	if p.who.ID == "" {
		p.who.ID = "visitor:script"
	}
	visitor := channels.Visitor{Customer: p.who, Locale: c.Locale, Transport: "script"}
	for i, m := range p.s.Memory {
		visitor := visitor
		if m.Of != "" {
			visitor.Customer = llm.Customer{ID: m.Of, Authenticated: true, Locale: c.Locale}
		}
		if m.Fact != "" {
			if err := p.world.Keep(ctx, visitor.Customer.ID, m.Fact, m.Value); err != nil {
				return err
			}
			continue
		}
		earlier, _, err := p.world.Hub.Start(ctx, visitor)
		if err != nil {
			return err
		}
		back := p.clock.Now()
		if !m.At.IsZero() {
			p.clock.Add(m.At.Sub(back))
		}
		said, _ := json.Marshal(channels.TextBody{Text: m.Said}) // of strings: cannot fail
		answer, _ := json.Marshal(channels.TextBody{Text: m.Reply})
		id := fmt.Sprintf("earlier%d", i+1)
		err = p.world.Hub.Record(ctx, earlier.ID,
			channels.Entry{ID: id, From: channels.From{Role: channels.RoleShopper}, Kind: channels.KindText, Body: said},
			channels.Entry{ID: id + "/1", From: channels.From{Role: channels.RoleAssistant}, Kind: channels.KindText, Body: answer, Answers: id})
		p.clock.Add(back.Sub(p.clock.Now()))
		if err != nil {
			return err
		}
	}
	conv, _, err := p.world.Hub.Start(ctx, visitor)
	if err != nil {
		return err
	}
	p.conv = conv.ID
	return nil
}

// turn lets one thing happen and collects what came of it.
func (p *player) turn(ctx context.Context, t *Turn) (*seen, error) {
	var err error
	if p.before, err = p.entries(ctx); err != nil {
		return nil, err
	}
	if p.state, err = p.world.State(ctx, p.who.ID); err != nil {
		return nil, err
	}
	p.model.Add(t.Model...)
	// The turn that is interrupted may end before this returns: its context must
	// not end the message that interrupts it.
	second, posted := "", make(chan error, 1)
	if t.Interrupt != nil {
		second = fmt.Sprintf("m%d-second", p.count+1)
	}
	p.watch.arm(t, func(ctx context.Context) {
		_, err := p.world.Hub.Post(context.WithoutCancel(ctx), p.conv, channels.Post{ID: second, Text: t.Interrupt.User, Page: p.page})
		posted <- err
	})
	if t.Page != nil {
		p.page = &llm.Page{URL: t.Page.URL, Title: t.Page.Title, Product: t.Page.Product}
	}
	switch {
	case t.User != nil:
		err = p.post(ctx, channels.Post{ID: p.id(), Text: *t.User, Page: p.page})
	case t.Act != "":
		err = p.post(ctx, channels.Post{ID: p.id(), Act: t.Act})
	case t.Redeliver != "":
		err = p.again(ctx)
	case t.Staff != nil:
		err = p.person(ctx, t.Staff)
	case t.Event != nil:
		err = p.world.Event(ctx, p.who.ID, t.Event.Name, t.Event.SKU)
	case t.Wait != 0:
		p.clock.Add(time.Duration(t.Wait))
	case t.Restart:
		err = p.reopen(ctx)
	case t.Feedback != nil:
		_, err = p.world.Hub.Rate(ctx, p.conv, "", t.Feedback.Rating, t.Feedback.Text)
	}
	if err == nil && p.watch.struck() {
		if err = <-posted; err == nil {
			p.last = second
			err = p.await(ctx, second, 1)
		}
	}
	if err != nil {
		return nil, err
	}
	return p.look(ctx)
}

func (p *player) id() string {
	p.count++
	return fmt.Sprintf("m%d", p.count)
}

// post says something and waits until the turn is over. A refusal of the hub
// is what the shopper sees, and no failure of the script.
func (p *player) post(ctx context.Context, post channels.Post) error {
	_, err := p.world.Hub.Post(ctx, p.conv, post)
	var refused *channels.Error
	if errors.As(err, &refused) {
		p.watch.mu.Lock()
		p.watch.refused = append(p.watch.refused, refused.Text)
		p.watch.mu.Unlock()
		return nil
	}
	if err != nil {
		return err
	}
	p.last = post.ID
	return p.await(ctx, post.ID, 1)
}

// again sends the last message once more, as the browser would after a break,
// and hands its work out once more, as the queue would after a crash.
func (p *player) again(ctx context.Context) error {
	if p.last == "" {
		return errors.New("there is no message yet to deliver again")
	}
	for _, e := range p.before {
		if e.ID != p.last {
			continue
		}
		var body struct{ Text, Of, Value string }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return err
		}
		if _, err := p.world.Hub.Post(ctx, p.conv, channels.Post{ID: e.ID, Text: body.Text, Of: body.Of, Act: body.Value}); err != nil {
			return err
		}
	}
	p.mu.Lock()
	n := p.settled[p.last]
	p.mu.Unlock()
	if err := p.world.Hub.Again(ctx, p.conv, p.last); err != nil {
		return err
	}
	return p.await(ctx, p.last, n+1)
}

func (p *player) person(ctx context.Context, s *Staff) error {
	who, ok := p.staff[s.Name]
	if !ok {
		who = channels.Staff{ID: "script:" + strings.ToLower(s.Name), Name: s.Name}
		p.staff[s.Name] = who
	}
	var err error
	switch s.doing() {
	case "claim":
		err = p.world.Hub.Claim(ctx, p.conv, who)
	case "note":
		_, err = p.world.Hub.Note(ctx, p.conv, who, "", s.Note)
	case "reply":
		_, err = p.world.Hub.Say(ctx, p.conv, who, "", s.Reply)
	case "return":
		err = p.world.Hub.Return(ctx, p.conv, who, s.Brief)
	}
	return err
}

func (p *player) entries(ctx context.Context) ([]channels.Entry, error) {
	all, err := p.world.Hub.Entries(ctx, p.conv, 0)
	if errors.Is(err, error(channels.ErrNoConversation)) {
		return nil, nil
	}
	return all, err
}

// seen is what came of one turn.
type seen struct {
	p       *player
	entries []channels.Entry // new in this turn
	all     []channels.Entry
	trace   []agent.Trace
	outcome channels.Inside // of the last answer
	text    string          // of the answers
	pending *agent.Pending
	handOff channels.HandOffState
	state   any
	writes  map[string]int
	systems []string
	refused []string
	told    string // what it was given last
	asked   int    // how often a model was asked
	wrong   []error
	sent    map[string]int
	unmet   []string // faults and interrupts whose moment did not come
	left    int      // answers of the script that nobody asked for
}

func (p *player) look(ctx context.Context) (*seen, error) {
	s := &seen{p: p, left: p.model.Left(), unmet: p.watch.unmet()}
	var err error
	if s.all, err = p.entries(ctx); err != nil {
		return nil, err
	}
	if s.state, err = p.world.State(ctx, p.who.ID); err != nil {
		return nil, err
	}
	if p.world.Sent != nil {
		if s.sent, err = p.world.Sent(ctx, p.conv); err != nil {
			return nil, err
		}
	}
	if p.world.Wrong != nil {
		s.wrong = p.world.Wrong()
	}
	if c, err := p.world.Hub.Get(ctx, p.conv); err == nil {
		s.handOff = c.HandOff
	}
	for _, e := range s.all[min(len(p.before), len(s.all)):] {
		s.entries = append(s.entries, e)
		if e.From.Role != channels.RoleAssistant {
			continue
		}
		if shown, ok := p.world.Hub.Shown(ctx, p.conv, e); ok { // the text is what the shopper reads
			e.Body = shown.Body
		}
		var body channels.TextBody
		if e.Kind == channels.KindText && json.Unmarshal(e.Body, &body) == nil {
			s.text = strings.TrimSpace(s.text + "\n" + body.Text)
		}
		var ask channels.ConfirmBody
		if e.Kind == channels.KindConfirm && json.Unmarshal(e.Body, &ask) == nil && ask.State == "open" {
			s.text = strings.TrimSpace(s.text + "\n" + ask.Question)
		}
		if e.Inside == nil {
			continue
		}
		s.outcome = *e.Inside
		var t agent.Trace
		if len(e.Inside.Trace) > 0 && json.Unmarshal(e.Inside.Trace, &t) == nil {
			s.trace = append(s.trace, t)
		}
		if len(e.Inside.Pending) > 0 {
			s.pending = &agent.Pending{}
			if err := json.Unmarshal(e.Inside.Pending, s.pending); err != nil {
				return nil, err
			}
		}
	}
	p.watch.mu.Lock()
	s.writes, s.systems, s.refused, s.asked, s.told = p.watch.writes, p.watch.systems, p.watch.refused, p.watch.asked, p.watch.last
	p.watch.mu.Unlock()
	return s, nil
}

// durable says that a turn needs a world on disk.
func (t *Turn) durable() bool {
	return t.Restart || slices.ContainsFunc(t.Faults, func(f Fault) bool { return f.Error == Crash })
}

func (t *Turn) title() string {
	if t.User != nil {
		return *t.User
	}
	return strings.Join(t.kinds(), " ")
}
