package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"unicode/utf16"

	"parley/agent"
	"parley/agent/llm"
	"parley/memory/store"
)

// work answers one queued message. It may be called again for the same message,
// and answers it once.
func (h *Hub) work(ctx context.Context, w store.Work) (err error) {
	defer func() {
		if err == nil {
			h.cfg.Settled(w.Key, string(w.Data))
		}
	}()
	c, err := h.Get(ctx, w.Key)
	if errors.Is(err, error(ErrNoConversation)) {
		return nil // erased since
	}
	if err != nil {
		return err
	}
	all, err := h.Entries(ctx, c.ID, 0)
	if err != nil {
		return err
	}
	asked := find(all, string(w.Data))
	if asked == nil || c.HandOff.State == Claimed && !h.cfg.Without.drop("claim") {
		return nil
	}
	if !waits(all, asked, h.cfg.Without) {
		return h.settle(ctx, c, answers(all, asked)) // a crash may have come between the two
	}
	turn, err := h.turn(ctx, c, all, asked)
	if err != nil {
		return err
	}
	var used meter
	turn.Thrifty, turn.Spend = h.thrifty(ctx, c.Customer.ID), used.add
	defer func() { h.spend(ctx, c, used.total()) }()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h.mu.Lock()
	h.running[c.ID] = underway{message: asked.ID, stop: stop}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.running, c.ID)
		h.mu.Unlock()
	}()
	var trace agent.Trace
	turn.Traced = func(t agent.Trace) { trace = t }
	out, err := h.reply(ctx, c, turn)
	defer func() { h.cfg.Traced(c, asked.ID, trace) }()
	switch {
	case errors.Is(context.Cause(ctx), errInterrupted):
		h.keepTrace(ctx, c, asked, trace)
		return nil // the newer message's turn sees both
	case ctx.Err() != nil:
		return ctx.Err() // told to stop: the message stays queued
	case err != nil:
		h.cfg.Log.Error("hub: a turn failed", "conversation", c.ID, "message", asked.ID, "error", err)
		trace = failedTrace(trace, err)
		out = &agent.Outcome{Text: apology(turn.Locale), Locale: turn.Locale, Trace: trace}
	}
	// What is said is said: a message that comes now finds it whole.
	if err := h.answer(context.WithoutCancel(ctx), c, asked, turn, out); err != nil {
		return err
	}
	if err == nil { // its answer was no apology
		h.overhear(ctx, c, asked, turn, out)
	}
	return nil
}

func apology(locale string) string {
	if strings.HasPrefix(locale, "zh") {
		return "刚才出了点问题，没能回答您。请再说一次，或者让我转给同事。"
	}
	return "Something went wrong on our side and I couldn't answer. Please say it again, or ask for a person."
}

func find(all []Entry, id string) *Entry {
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

// waits says whether a message still wants an answer of the agent: none stands
// in the log, no newer message of the shopper takes its place, and it was not
// said to a person, even if that person has handed back since.
func waits(all []Entry, asked *Entry, without Rules) bool {
	claimed := false
	for _, e := range all {
		switch {
		case (e.Answers == asked.ID || asks(e) && e.Seq > asked.Seq) && !without.drop("redelivery"):
			return false
		case e.Kind == KindHandOff && e.Seq < asked.Seq:
			var body HandOffBody
			claimed = json.Unmarshal(e.Body, &body) == nil && body.State == string(Claimed)
		}
	}
	return !claimed || without.drop("said to a person")
}

// asks says whether an entry wants an answer: a shopper's words or a button.
func asks(e Entry) bool {
	return e.From.Role == RoleShopper && (e.Kind == KindText || e.Kind == KindAct)
}

// turn collects what the agent needs.
func (h *Hub) turn(ctx context.Context, c Conversation, all []Entry, asked *Entry) (agent.Turn, error) {
	t := agent.Turn{ID: c.ID + "/" + asked.ID, Customer: c.Customer, Locale: c.Locale, Now: h.cfg.Now(), Brief: c.HandOff.Brief, Veil: &veil{hub: h, conversation: c, values: map[string]string{}}}
	if asked.Inside != nil {
		t.Page = asked.Inside.Page
	}
	var body struct{ Text, Value, Of string }
	if err := json.Unmarshal(asked.Body, &body); err != nil {
		return t, fmt.Errorf("read entry %d: %w", asked.Seq, err)
	}
	t.Text, t.Act, t.Of = body.Text, body.Value, body.Of
	answered := map[string]bool{}
	for _, e := range all {
		answered[e.Answers] = true
	}
	for _, e := range all {
		switch {
		case asks(e) && e.Seq != asked.Seq && !answered[e.ID] && !h.cfg.Without.drop("unanswered"):
			t.History = append(t.History, llm.Text(llm.User, textOf(e)))
		case e.From.Role == RoleStaff && e.Kind == KindText:
			t.History = append(t.History, llm.Text(llm.Assistant, e.From.Name+": "+textOf(e)))
		case e.Inside != nil && e.From.Role == RoleAssistant:
			t.History = append(t.History, e.Inside.Messages...)
			t.Pending = nil
			if len(e.Inside.Pending) > 0 {
				t.Pending = &agent.Pending{}
				if err := json.Unmarshal(e.Inside.Pending, t.Pending); err != nil {
					return t, fmt.Errorf("read the open question of entry %d: %w", e.Seq, err)
				}
			}
			if e.Inside.Angry {
				t.Angry++
			} else {
				t.Angry = 0
			}
		}
	}
	t.Begun = t.Pending != nil && t.Pending.ID == c.Acting
	t.Customer.Heard = heard(all, asked, t.Now)
	if h.cfg.Background != nil {
		var err error
		if t.Facts, t.Recalled, err = h.cfg.Background(ctx, t.Customer, t.Text); err != nil {
			h.cfg.Log.Warn("hub: no memory for this turn", "conversation", c.ID, "error", err)
		}
	}
	return t, nil
}

func textOf(e Entry) string {
	var body struct{ Text string }
	_ = json.Unmarshal(e.Body, &body)
	return body.Text
}

// reply runs the agent, sends what is live, and turns a panic into an error.
func (h *Hub) reply(ctx context.Context, c Conversation, t agent.Turn) (out *agent.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	h.Live(c.ID, Update{Status: &StatusUpdate{Doing: "thinking"}})
	of, at := t.ID[len(c.ID)+1:], 0
	for e, err := range h.cfg.Agent.Reply(ctx, t) {
		if err != nil {
			return nil, err
		}
		switch {
		case e.Status != nil:
			h.Live(c.ID, Update{Status: &StatusUpdate{Doing: e.Status.Doing, What: e.Status.What}})
		case e.Delta != "":
			h.Live(c.ID, Update{Delta: &Delta{Of: of, At: at, Text: e.Delta}})
			at += len(utf16.Encode([]rune(e.Delta)))
		case e.Acting != nil:
			if err := h.acts(ctx, c.ID, e.Acting.ID); err != nil {
				return nil, err
			}
		case e.Done != nil:
			out = e.Done
		}
	}
	if out == nil {
		return nil, errors.New("the agent ended without an outcome")
	}
	return out, nil
}

// confirm is a question before an act, and what became of it.
func confirm(p *agent.Pending, state string) ConfirmBody {
	return ConfirmBody{ID: p.ID, Question: p.Preview.Question, Yes: p.Preview.Yes, No: p.Preview.No, State: state}
}

// answer stores all entries of one answer in one step.
func (h *Hub) answer(ctx context.Context, c Conversation, asked *Entry, t agent.Turn, out *agent.Outcome) error {
	var list []Entry
	add := func(kind Kind, body any) error {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		list = append(list, Entry{ID: fmt.Sprintf("%s/%d", asked.ID, len(list)+1), From: From{Role: RoleAssistant}, Kind: kind, Body: b, Answers: asked.ID})
		return nil
	}
	var errs []error
	if out.Resolved != "" && t.Pending != nil {
		errs = append(errs, add(KindConfirm, confirm(t.Pending, out.Resolved)))
	}
	// The text first: it was streamed already, and stays where it is.
	if out.Text != "" {
		errs = append(errs, add(KindText, TextBody{out.Text, out.Suggest}))
	}
	for _, card := range out.Cards {
		errs = append(errs, add(Kind(card.Kind), card.Body))
	}
	if p := out.Pending; p != nil {
		errs = append(errs, add(KindConfirm, confirm(p, "open")))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("compose an answer: %w", err)
	}
	if len(list) == 0 {
		return errors.New("the agent gave an empty answer")
	}
	inside := &Inside{Messages: out.Messages, Locale: out.Locale, Mood: out.Mood, Angry: out.Angry}
	if out.Pending != nil {
		inside.Pending, _ = json.Marshal(out.Pending) // of plain fields: cannot fail
	}
	inside.Trace, _ = json.Marshal(out.Trace)
	list[len(list)-1].Inside = inside
	if out.HandOff != nil {
		if err := add(KindHandOff, HandOffBody{State: string(Requested), Reason: out.HandOff.Reason}); err != nil {
			return err
		}
	}
	now, err := h.Get(ctx, c.ID)
	if errors.Is(err, error(ErrNoConversation)) {
		// The customer had everything erased: this answer is shown and not kept.
		for i := range list {
			list[i].Inside, list[i].At = nil, h.cfg.Now().UTC()
			h.Live(c.ID, Update{Entry: &list[i]})
		}
		return nil
	}
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Body = t.Veil.Conceal(ctx, list[i].Body)
	}
	if _, err := h.append(ctx, now, list...); err != nil {
		return err
	}
	return h.settle(ctx, c, list)
}

// answers are the entries that answer a message, if no later message follows it.
func answers(all []Entry, asked *Entry) []Entry {
	var out []Entry
	for _, e := range all[asked.Seq:] {
		switch {
		case asks(e):
			return nil
		case e.Answers == asked.ID:
			out = append(out, e)
		}
	}
	return out
}

// settle brings a conversation's record in line with an answer that is stored:
// its language, and that a person was promised.
func (h *Hub) settle(ctx context.Context, c Conversation, answer []Entry) error {
	locale, promised := "", HandOffState{}
	for _, e := range answer {
		if e.Inside != nil {
			locale = e.Inside.Locale
		}
		var body HandOffBody
		if e.Kind == KindHandOff && json.Unmarshal(e.Body, &body) == nil {
			promised = HandOffState{Conversation: c.ID, State: HandOffPhase(body.State), Reason: body.Reason, At: e.At}
		}
	}
	late := func(c *Conversation) bool { return promised.At.After(c.HandOff.At) && c.HandOff.State != Claimed }
	if (locale == "" || locale == c.Locale) && !late(&c) {
		return nil
	}
	return h.change(ctx, c.ID, func(c *Conversation) error {
		if locale != "" {
			c.Locale, c.Customer.Locale = locale, locale
		}
		if late(c) {
			c.HandOff = promised
		}
		return nil
	})
}
