package channels

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/memory/store"
)

// echo answers with the words it was given; hold makes it wait for its context
// or a signal.
type echo struct {
	mu    sync.Mutex
	turns []agent.Turn
	hold  chan struct{}
	began chan struct{}
	fail  bool
}

func (e *echo) Reply(ctx context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		e.mu.Lock()
		e.turns = append(e.turns, t)
		hold, fail := e.hold, e.fail
		e.hold = nil
		e.mu.Unlock()
		if hold != nil {
			close(e.began)
			select {
			case <-hold:
			case <-ctx.Done():
				yield(agent.Event{}, ctx.Err())
				return
			}
		}
		if fail {
			panic("broken")
		}
		text := "You said " + t.Text
		if !yield(agent.Event{Delta: text}, nil) {
			return
		}
		yield(agent.Event{Done: &agent.Outcome{Text: text, Locale: "en", Messages: []llm.Message{llm.Text(llm.User, t.Text), llm.Text(llm.Assistant, text)}}}, nil)
	}
}

func newHub(t *testing.T, st store.Store, e *echo) (*Hub, context.Context) {
	t.Helper()
	h, err := New(Config{Store: st, Agent: e})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return h, ctx
}

func memoryStore(t *testing.T) store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// work runs the hub in the background until the test ends.
func work(t *testing.T, h *Hub) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = h.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
}

// await follows until an entry pleases.
func await(t *testing.T, ctx context.Context, h *Hub, id string, ok func(Entry) bool) Entry {
	t.Helper()
	var got Entry
	stop := errors.New("found")
	err := h.Follow(ctx, id, 0, func(u Update) error {
		if u.Entry != nil && ok(*u.Entry) {
			got = *u.Entry
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Fatalf("waiting for an entry: %v", err)
	}
	return got
}

func start(t *testing.T, ctx context.Context, h *Hub) string {
	t.Helper()
	c, _, err := h.Start(ctx, Visitor{Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func TestTheSameMessageTwiceIsStoredAndAnsweredOnce(t *testing.T) {
	e := &echo{}
	h, ctx := newHub(t, memoryStore(t), e)
	id := start(t, ctx, h)
	work(t, h)
	for range 3 {
		if m, err := h.Post(ctx, id, Post{ID: "m1", Text: "hi"}); err != nil || m.Seq != 1 {
			t.Fatal(m, err)
		}
	}
	if _, err := h.Post(ctx, id, Post{ID: "m2", Text: "again"}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m2" })
	if err := h.work(ctx, store.Work{Key: id, Data: []byte("m2")}); err != nil { // redelivered
		t.Fatal(err)
	}
	all, err := h.Entries(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]int{}
	for i, e := range all {
		if e.Seq != uint64(i+1) {
			t.Errorf("entry %d has sequence %d", i+1, e.Seq)
		}
		answers[e.Answers]++
	}
	if answers["m2"] != 1 || answers["m1"] > 1 {
		t.Errorf("answers %v", answers)
	}
}

func TestANewerMessageInterruptsAndItsTurnSeesBoth(t *testing.T) {
	e := &echo{hold: make(chan struct{}), began: make(chan struct{})}
	h, ctx := newHub(t, memoryStore(t), e)
	id := start(t, ctx, h)
	work(t, h)
	if _, err := h.Post(ctx, id, Post{ID: "m1", Text: "tents"}); err != nil {
		t.Fatal(err)
	}
	<-e.began
	if _, err := h.Post(ctx, id, Post{ID: "m2", Text: "no, boots"}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m2" })
	all, _ := h.Entries(ctx, id, 0)
	for _, e := range all {
		if e.Answers == "m1" {
			t.Error("the interrupted message was answered")
		}
	}
	last := e.turns[len(e.turns)-1]
	if len(last.History) != 1 || last.History[0].Text() != "tents" {
		t.Errorf("the newer turn saw %+v", last.History)
	}
}

func TestAMessageStoredBeforeACrashIsAnsweredAfterIt(t *testing.T) {
	st := memoryStore(t)
	h, ctx := newHub(t, st, &echo{})
	id := start(t, ctx, h)
	// As if the process had ended between storing and queueing.
	if _, err := h.append(ctx, record(t, h, id), Entry{ID: "m1", From: From{Role: RoleShopper}, Kind: KindText, Body: []byte(`{"text":"hi"}`)}); err != nil {
		t.Fatal(err)
	}
	h2, ctx := newHub(t, st, &echo{})
	work(t, h2)
	await(t, ctx, h2, id, func(e Entry) bool { return e.Answers == "m1" })
}

func TestAFailingAgentIsToldTruly(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{fail: true})
	id := start(t, ctx, h)
	work(t, h)
	if _, err := h.Post(ctx, id, Post{ID: "m1", Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	got := await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m1" })
	if !strings.Contains(textOf(got), "went wrong") {
		t.Errorf("said %q", textOf(got))
	}
}

func TestOneOfTwoClaimsWinsAndTheAssistantIsSilent(t *testing.T) {
	e := &echo{}
	h, ctx := newHub(t, memoryStore(t), e)
	id := start(t, ctx, h)
	work(t, h)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, who := range []Staff{{"slack:A", "Ana"}, {"slack:B", "Ben"}} {
		wg.Go(func() { errs[i] = h.Claim(ctx, id, who) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("both or neither won: %v", errs)
	}
	c, _ := h.Get(ctx, id)
	winner := c.HandOff.Who
	var told *Error
	if err := errors.Join(errs...); !errors.As(err, &told) || !strings.Contains(told.Text, winner.Name) {
		t.Errorf("the loser was told %v", err)
	}
	if _, err := h.Post(ctx, id, Post{ID: "m1", Text: "hello?"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Note(ctx, id, winner, "", "private"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Say(ctx, id, Staff{"slack:X", "Eve"}, "", "not mine"); err == nil {
		t.Error("somebody else could speak")
	}
	if _, err := h.Say(ctx, id, winner, "", "Here I am"); err != nil {
		t.Fatal(err)
	}
	if err := h.Return(ctx, id, winner, "refund agreed"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Post(ctx, id, Post{ID: "m2", Text: "and now?"}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m2" })
	if len(e.turns) != 1 || e.turns[0].Brief != "refund agreed" {
		t.Errorf("the agent had the turns %+v", e.turns)
	}
	all, _ := h.Entries(ctx, id, 0)
	for _, x := range all {
		if p, ok := Public(x); x.Kind == KindNote && ok || ok && (p.Inside != nil || p.From.ID != "") {
			t.Errorf("a shopper would see %+v", p)
		}
	}
}

func TestOnlyItsTokenOpensAConversation(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	c, token, err := h.Start(ctx, Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Resume(ctx, token); err != nil || got.ID != c.ID {
		t.Errorf("its own token: %v", err)
	}
	for _, bad := range []string{"", c.ID, c.ID + ".", c.ID + ".00", token + "0"} {
		if _, err := h.Resume(ctx, bad); !errors.Is(err, error(ErrNoConversation)) {
			t.Errorf("%q opened it: %v", bad, err)
		}
	}
}

func TestMessagesThatCannotBeTakenAreNamed(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	id := start(t, ctx, h)
	for text, want := range map[string]*Error{"": ErrEmpty, " \n": ErrEmpty, strings.Repeat("a", 8001): ErrTooLong, "\xff": ErrNotUTF8} {
		if _, err := h.Post(ctx, id, Post{Text: text}); !errors.Is(err, error(want)) {
			t.Errorf("%.10q: %v, want %v", text, err, want)
		}
	}
	if all, _ := h.Entries(ctx, id, 0); len(all) != 0 {
		t.Errorf("stored %+v", all)
	}
}

func TestErasureLeavesNoEntry(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	id := start(t, ctx, h)
	c, _ := h.Get(ctx, id)
	if _, err := h.Post(ctx, id, Post{Text: "my secret"}); err != nil {
		t.Fatal(err)
	}
	if n, err := h.eraseCustomer(ctx, c.Customer.ID); n != 1 || err != nil {
		t.Errorf("erased %d, %v", n, err)
	}
	if all, _ := h.Entries(ctx, id, 0); len(all) != 0 {
		t.Errorf("left %+v", all)
	}
	if _, err := h.Get(ctx, id); !errors.Is(err, error(ErrNoConversation)) {
		t.Errorf("the record: %v", err)
	}
}

func TestAMessageDoesNotInterruptItsOwnTurn(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	id := start(t, ctx, h)
	stopped := map[string]bool{}
	h.running[id] = underway{message: "m1", stop: func(error) { stopped["m1"] = true }}
	h.interrupt(id, "m1") // the worker was faster than Post
	if stopped["m1"] {
		t.Error("the message stopped the turn that answers it")
	}
	h.interrupt(id, "m2")
	if !stopped["m1"] {
		t.Error("a newer message did not stop the turn")
	}
}

// acting is an agent that asks once, and then carries out what was asked.
type acting struct {
	begun   chan struct{} // closed when the act runs
	hold    chan struct{} // until this is closed
	pending *agent.Pending
	turns   []agent.Turn
}

func (a *acting) Reply(ctx context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		a.turns = append(a.turns, t)
		switch {
		case t.Pending == nil && len(a.turns) == 1:
			yield(agent.Event{Done: &agent.Outcome{Pending: a.pending, Locale: "en"}}, nil)
		case t.Text == "yes":
			if !yield(agent.Event{Acting: t.Pending}, nil) {
				return
			}
			close(a.begun)
			<-a.hold
			if ctx.Err() != nil {
				yield(agent.Event{}, ctx.Err())
				return
			}
			yield(agent.Event{Done: &agent.Outcome{Text: "Cancelled.", Resolved: "done", Locale: "en"}}, nil)
		default:
			yield(agent.Event{Done: &agent.Outcome{Text: "And?", Locale: "en", Resolved: map[bool]string{true: "done"}[t.Begun]}}, nil)
		}
	}
}

func TestAnActIsNotInterruptedAndItsBeginningIsNoted(t *testing.T) {
	a := &acting{begun: make(chan struct{}), hold: make(chan struct{}), pending: &agent.Pending{ID: "p1", Call: llm.Call{ID: "1", Name: "cancel", Args: []byte("{}")}}}
	h, err := New(Config{Store: memoryStore(t), Agent: a})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	work(t, h)
	id := start(t, ctx, h)
	say := func(text string) Entry {
		t.Helper()
		e, err := h.Post(ctx, id, Post{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	say("cancel it")
	await(t, ctx, h, id, func(e Entry) bool { return e.Kind == KindConfirm })
	yes := say("yes")
	<-a.begun
	if c, err := h.Get(ctx, id); err != nil || c.Acting != "p1" {
		t.Errorf("while it runs the record says %q, %v", c.Acting, err)
	}
	next := say("hello?")
	close(a.hold)
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == yes.ID && e.Kind == KindText })
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == next.ID && e.Kind == KindText })
	if last := a.turns[len(a.turns)-1]; last.Pending != nil || last.Begun {
		t.Errorf("the turn after it still has %+v", last.Pending)
	}
}

func TestATurnAfterACrashKnowsWhatWasBegun(t *testing.T) {
	a := &acting{pending: &agent.Pending{ID: "p1", Call: llm.Call{ID: "1", Name: "cancel", Args: []byte("{}")}}}
	h, err := New(Config{Store: memoryStore(t), Agent: a})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	work(t, h)
	id := start(t, ctx, h)
	if _, err := h.Post(ctx, id, Post{Text: "cancel it"}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, id, func(e Entry) bool { return e.Kind == KindConfirm })
	// The process died after it had noted that the act begins.
	if err := h.change(ctx, id, func(c *Conversation) error { c.Acting = "p1"; return nil }); err != nil {
		t.Fatal(err)
	}
	next, err := h.Post(ctx, id, Post{Text: "hello?"})
	if err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == next.ID && e.Kind == KindText })
	if last := a.turns[len(a.turns)-1]; !last.Begun {
		t.Error("the turn after it does not know")
	}
}
