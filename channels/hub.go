package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"parley/agent"
	"parley/agent/llm"
	"parley/memory/redact"
	"parley/memory/seal"
	"parley/memory/store"
)

// A Replier answers turns. The agent is one.
type Replier interface {
	Reply(ctx context.Context, t agent.Turn) iter.Seq2[agent.Event, error]
}

// A Config says what a hub works with.
type Config struct {
	Store store.Store
	Agent Replier
	// Background gives what a turn is told beside its own history. What it read
	// of the customer it may leave in who.Heard.Known, for tools.
	Background func(ctx context.Context, who llm.Customer, text string) (facts []string, recalled []agent.Recalled, err error)
	// Joins gives the question whether what is kept of who.Guest is to be the
	// customer's too; nil for none, when nothing is.
	Joins     func(ctx context.Context, who llm.Customer) (*agent.Pending, error)
	Now       func() time.Time
	Log       *slog.Logger
	Workers   int           // turns side by side; 0 means 16
	MostText  int           // characters of a shopper's message; 0 means 8,000, which is the most
	GuestLife time.Duration // of a guest's token after its last use; 0 means [GuestLife]
	// Tokens bound what models may use in a day; zero fields mean no bound.
	Tokens DailyTokens
	// Settled is told of each message whose turn is over, answered or not.
	Settled func(conversation, message string)
	// Traced is told of every turn when it is over, whatever became of it. It
	// must not block.
	Traced func(c Conversation, message string, t agent.Trace)
	// SealKey encrypts contact details that tools may need (32 bytes). Without
	// one they are lost with the process. Public are details that everybody may
	// read: the shop's own.
	SealKey []byte
	Public  redact.Public
	// Ring seals what is kept of a customer with a key of their own; nil keeps it
	// in plain.
	Ring *seal.Ring
	// Without is for mutation tests only; serve never sets it.
	Without Rules
}

// A Hub owns conversations. It is safe for concurrent use; any number of
// processes may run one on the same store.
type Hub struct {
	cfg       Config
	keys      store.Bucket // conversations
	usage     store.Bucket // tokens of today, by customer
	shared    store.Bucket // tokens of today, of all
	visits    store.Bucket // what is whose, by customer
	guests    store.Bucket // tokens of guests
	histories histories
	vault     *vault
	swept     chan struct{}
	first     sync.Once // closes swept

	mu      sync.Mutex
	running map[string]underway // turns, by conversation
}

// underway is a turn that runs.
type underway struct {
	message string
	stop    context.CancelCauseFunc
	acting  bool // something is being changed: it is carried to its end
}

// interrupt stops a conversation's turn, unless it answers this very message:
// a worker may be at it before Post has returned.
func (h *Hub) interrupt(conversation, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r, ok := h.running[conversation]; ok && r.message != message && !r.acting && !h.cfg.Without.drop("interrupt") {
		r.stop(errInterrupted)
	}
}

// acts notes that a turn carries out what its customer said yes to: for
// interruptions, which wait from here on, and on disk, so that a turn after a
// crash knows that it may have taken effect.
func (h *Hub) acts(ctx context.Context, conversation, pending string) error {
	h.mu.Lock()
	r := h.running[conversation]
	r.acting = true
	h.running[conversation] = r
	h.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err // the interruption was faster
	}
	return h.change(context.WithoutCancel(ctx), conversation, func(c *Conversation) error {
		c.Acting = pending
		return nil
	})
}

// The longest message a shopper or staff may send, in characters.
const mostText = 8000

// New opens the hub's bucket.
func New(cfg Config) (*Hub, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Settled == nil {
		cfg.Settled = func(string, string) {}
	}
	if cfg.Traced == nil {
		cfg.Traced = func(Conversation, string, agent.Trace) {}
	}
	if cfg.Workers == 0 {
		cfg.Workers = 16
	}
	keys, err := cfg.Store.Bucket(context.Background(), bucketRecords)
	if err != nil {
		return nil, err
	}
	visits, err := cfg.Store.Bucket(context.Background(), bucketOwned)
	if err != nil {
		return nil, err
	}
	guests, err := cfg.Store.Bucket(context.Background(), bucketGuests)
	if err != nil {
		return nil, err
	}
	usage, err := cfg.Store.Bucket(context.Background(), bucketSpent)
	if err != nil {
		return nil, err
	}
	sealed, err := openVault(cfg)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		cfg: cfg, keys: keys, shared: usage, vault: sealed, swept: make(chan struct{}), running: map[string]underway{},
		usage: cfg.Ring.Owned("usage", usage), visits: cfg.Ring.Owned("visits", visits), guests: cfg.Ring.Owned("guests", guests),
	}
	sealed.record, sealed.seal, sealed.ring = h.Get, h.seal, cfg.Ring
	cfg.Ring.OnDrop(func(string) { h.histories.clear() })
	return h, nil
}

// A Post is something said or pressed.
type Post struct {
	ID   string // made by the sender; the same id is stored once
	Text string
	Page *llm.Page
	As   string // whose the sender takes the conversation to be; empty: whoever's it is
	Of   string // an act: the id of the question
	Act  string // "confirm" or "decline"
}

// Post stores what a shopper said or pressed, then queues a turn. When it
// returns without an error the message is on disk and will be answered. What is
// stored is redacted: the turn reads [email 1], and its tools what that stands for.
func (h *Hub) Post(ctx context.Context, conversation string, p Post) (Entry, error) {
	c, err := h.Get(ctx, conversation)
	if err != nil {
		return Entry{}, err
	}
	if p.As != "" && p.As != c.Customer.ID { // somebody signed in since
		return Entry{}, ErrNoConversation
	}
	e := Entry{ID: p.ID, From: From{Role: RoleShopper, Name: c.Customer.Name}, Kind: KindText, Inside: &Inside{Page: p.Page}}
	if e.ID == "" {
		e.ID = newID("m")
	}
	if p.Act != "" {
		e.Kind = KindAct
		e.Body, err = json.Marshal(map[string]string{"of": p.Of, "value": p.Act, "text": p.Text})
	} else {
		if err := h.fits(p.Text); err != nil {
			return Entry{}, err
		}
		e.Body, err = json.Marshal(map[string]string{"text": p.Text})
	}
	if err != nil {
		return Entry{}, err
	}
	e, err = h.append(ctx, c, e)
	if err != nil {
		return e, err
	}
	// Also when the sender has gone meanwhile: what is stored is to be answered.
	if err := h.cfg.Store.Enqueue(context.WithoutCancel(ctx), conversation, e.ID, []byte(e.ID)); err != nil {
		return e, asToWait(err) // the sender tries again with the same id, which is stored once
	}
	h.interrupt(conversation, e.ID)
	return e, nil
}

// Rate stores a thumb on the last answer. It asks for no answer of its own.
func (h *Hub) Rate(ctx context.Context, conversation, id, value, text string) (Entry, error) {
	if value != "up" && value != "down" {
		return Entry{}, &Error{"bad_rating", "A rating is up or down."}
	}
	if text != "" {
		if err := checkText(text); err != nil {
			return Entry{}, err
		}
	}
	c, err := h.Get(ctx, conversation)
	if err != nil {
		return Entry{}, err
	}
	b, err := json.Marshal(map[string]string{"value": value, "text": text})
	if err != nil {
		return Entry{}, err
	}
	if id == "" {
		id = newID("r")
	}
	return h.append(ctx, c, Entry{ID: id, From: From{Role: RoleShopper}, Kind: KindRating, Body: b})
}

// Record stores entries that were made elsewhere, such as earlier
// conversations that are brought along. Nobody answers them.
func (h *Hub) Record(ctx context.Context, conversation string, entries ...Entry) error {
	c, err := h.Get(ctx, conversation)
	if err != nil {
		return err
	}
	_, err = h.append(ctx, c, entries...)
	return err
}

// Again queues a stored message once more, as after a crash. A message that is
// answered already is not answered again.
func (h *Hub) Again(ctx context.Context, conversation, message string) error {
	return h.cfg.Store.Enqueue(ctx, conversation, newID("again:"), []byte(message))
}

var errInterrupted = errors.New("a newer message came")

func checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return ErrNotUTF8
	case strings.TrimSpace(text) == "":
		return ErrEmpty
	case utf8.RuneCountInString(text) > mostText:
		return ErrTooLong
	}
	return nil
}

// append stores entries after the last one, in one step. An entry whose id is
// stored already is returned as it stands.
func (h *Hub) append(ctx context.Context, c Conversation, entries ...Entry) (Entry, error) {
	// What is in memory may do: if it is not all of the log, the store refuses.
	for all, sure := h.histories.get(c.ID), false; ; sure = true {
		var err error
		if sure || len(all) == 0 {
			if all, err = h.Entries(ctx, c.ID, 0); err != nil {
				return Entry{}, err
			}
		}
		if at := slices.IndexFunc(all, func(e Entry) bool { return e.ID == entries[0].ID }); at >= 0 && !h.cfg.Without.drop("stored once") {
			if !sure { // it may be erased since
				continue
			}
			return all[at], nil
		}
		last := endOf(all)
		items := make([]json.RawMessage, len(entries))
		for i := range entries {
			entries[i].Seq, entries[i].At = last+uint64(i)+1, h.cfg.Now().UTC()
			if items[i], err = h.stored(ctx, c, &entries[i]); err != nil {
				return Entry{}, err
			}
		}
		_, err = h.cfg.Store.Append(ctx, c.ID, last, items...)
		if errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return Entry{}, fmt.Errorf("store an entry: %w", err)
		}
		h.written(ctx, c.ID, all, items)
		return entries[0], nil
	}
}

// An Update is something new in a conversation. Exactly one field is set.
// Entries are durable and in order; the others may be lost.
type Update struct {
	Entry  *Entry        `json:"entry,omitempty"`
	Delta  *Delta        `json:"delta,omitempty"`
	Status *StatusUpdate `json:"status,omitempty"`
	// Customer is the id of who the conversation's guest turned out to be: it is
	// theirs from here on, and of nobody else who still follows it.
	Customer string `json:"customer,omitempty"`
}

// A Delta is a piece of an answer that is being written. At counts UTF-16 units.
type Delta struct {
	Of   string `json:"of"` // the entry that is answered
	At   int    `json:"at"`
	Text string `json:"text"`
}

// A StatusUpdate says what goes on: thinking, looking, typing.
type StatusUpdate struct {
	Doing string `json:"doing"`
	Who   string `json:"who,omitempty"`
	What  string `json:"what,omitempty"`
}

// Follow calls fn with all entries after a sequence, then with what is new,
// until ctx ends or fn gives an error. Live updates may come between entries.
func (h *Hub) Follow(ctx context.Context, conversation string, after uint64, fn func(Update) error) error {
	var mu sync.Mutex // fn is called by one at a time
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	call := func(u Update) error {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := fn(u)
		if err != nil {
			cancel(err)
		}
		return err
	}
	stop, err := h.cfg.Store.Listen(conversation, func(data []byte) {
		var u Update
		if json.Unmarshal(data, &u) == nil {
			_ = call(u) // its error ends Follow by the cause
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	err = h.cfg.Store.Follow(ctx, conversation, after, func(i store.Item) error {
		e, err := h.opened(ctx, conversation, i)
		if err != nil {
			return err
		}
		return call(Update{Entry: &e})
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// Live sends what is not stored to those who follow.
func (h *Hub) Live(conversation string, u Update) {
	b, err := json.Marshal(u)
	if err == nil {
		err = h.cfg.Store.Publish(conversation, b)
	}
	if err != nil {
		h.cfg.Log.Debug("hub: live update", "error", err)
	}
}

// Public gives an entry as a shopper may see it; ok is false for one that is
// not for shoppers at all.
func Public(e Entry) (Entry, bool) {
	e.Inside = nil
	e.From.ID = ""
	return e, e.Kind != KindNote && e.Kind != KindTrace && e.Kind != KindErased
}

// Run answers queued messages until ctx ends, also what an earlier process left.
func (h *Hub) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { h.tidy(ctx) })
	beside.Go(func() {
		if err := h.sweeps(ctx); err != nil {
			stop(err)
		}
	})
	defer func() { stop(nil); beside.Wait() }()
	err := h.cfg.Store.Work(ctx, h.cfg.Workers, h.work)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
