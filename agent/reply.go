package agent

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/agent/llm"
	"parley/prompts"
)

// A Budget bounds one turn. Zero fields mean the usual: 8 steps, 60,000 tokens,
// 60 s, of which a tool has 15 and a model has 25 to begin its answer.
type Budget struct {
	Steps, Tokens     int
	Time, Tool, First time.Duration
}

// When its time is spent, the last model of the chain has this long to say
// something true.
const grace = 10 * time.Second

// A Config says what an agent works with.
type Config struct {
	Models   []Named // tried in order; the last should be one that cannot be down
	Tools    llm.Toolset
	Prompts  *prompts.Set
	Shop     string
	Currency string
	Budget   Budget
	// Mood reads a shopper's message: sentiment -1..1, and whether it is angry.
	Mood  func(text, locale string) (float64, bool)
	Names *Names // of products, which a reply may carry only from results
	Now   func() time.Time
	Log   *slog.Logger
	// Heed names what of the customer's own words is worth a call of its own, once
	// the turn is answered: a fact to keep. echoes are texts that are not the
	// customer's of this turn (our answers, what was recalled), whose words count
	// for nothing. Nil for nothing.
	Heed func(ctx context.Context, who llm.Customer, echoes []string) *llm.Call
	// Overhear has a model that costs tokens look for facts after its answer: see
	// [Agent.Overhear].
	Overhear bool
	// Without is for mutation tests only; serve never sets it.
	Without Rules
}

// An Agent answers turns. It keeps nothing of a conversation and is safe for
// concurrent use.
type Agent struct {
	cfg     Config
	health  *health
	secret  string // what models are told first, folded
	stable  int    // bytes of the prompt that are the same in every turn
	phrases phrases
}

// New checks a configuration.
func New(cfg Config) (*Agent, error) {
	if len(cfg.Models) == 0 || cfg.Tools == nil || cfg.Prompts == nil {
		return nil, errors.New("agent: Models, Tools and Prompts are needed")
	}
	cfg.Budget.Steps = cmp.Or(cfg.Budget.Steps, 8)
	cfg.Budget.Tokens = cmp.Or(cfg.Budget.Tokens, 60_000)
	cfg.Budget.Time = cmp.Or(cfg.Budget.Time, time.Minute)
	cfg.Budget.Tool = cmp.Or(cfg.Budget.Tool, 15*time.Second)
	cfg.Budget.First = cmp.Or(cfg.Budget.First, 25*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Mood == nil {
		cfg.Mood = func(string, string) (float64, bool) { return 0, false }
	}
	p, err := loadPhrases()
	if err != nil {
		return nil, err
	}
	stable, err := cfg.Prompts.Stable(prompts.System{Shop: cfg.Shop, Currency: cfg.Currency})
	if err != nil {
		return nil, err
	}
	return &Agent{cfg, newHealth(len(cfg.Models)), fold(stable), len(stable), p}, nil
}

// The longest message a turn reads, in characters.
const mostRead = 4000

// A run is one turn under way.
type run struct {
	*Agent
	turn      Turn
	tools     map[string]llm.Tool
	specs     []llm.Spec
	out       Outcome
	situation prompts.Situation
	facts     *evidence
	emit      func(Event) bool // false: nobody listens any more
	begun     time.Time
	bad       int            // arguments sent back for correction
	seen      map[string]int // calls made, against going round in circles
	told      bool           // text was released
	first     int            // models before it were stuck
	model     int            // that answered last
	base      int            // messages before the first model was asked
}

// Reply runs a turn. The events are status and text as it is released, then
// one Outcome, last. An error means that there is no outcome.
func (a *Agent) Reply(ctx context.Context, t Turn) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithTimeout(ctx, a.cfg.Budget.Time+grace)
		defer cancel()
		r := &run{Agent: a, turn: t, begun: time.Now(), seen: map[string]int{}, tools: map[string]llm.Tool{}}
		stopped := false
		r.emit = func(e Event) bool {
			if !stopped && !yield(e, nil) {
				stopped = true
				cancel()
			}
			return !stopped
		}
		r.out.Trace.At = r.begun.UTC()
		ended := false
		defer func() {
			if !ended {
				r.traced(errors.New("it panicked"), false)
			}
		}()
		err := r.answer(ctx)
		ended = true
		r.traced(err, stopped)
		if stopped {
			return
		}
		if err != nil {
			yield(Event{}, err)
			return
		}
		yield(Event{Done: &r.out}, nil)
	}
}

func (r *run) decide(format string, args ...any) {
	r.out.Trace.Decisions = append(r.out.Trace.Decisions, fmt.Sprintf(format, args...))
}

func (r *run) answer(ctx context.Context) error {
	t := &r.turn
	r.out.Locale = languageOf(t.Text, t.Locale)
	t.Customer.Locale = r.out.Locale
	r.out.Trace.Prompt = r.cfg.Prompts.Hash()
	for _, tool := range r.cfg.Tools(t.Customer) {
		r.tools[tool.Name] = veiled(t.Veil, tool)
		r.specs = append(r.specs, tool.Spec)
	}
	if utf8.RuneCountInString(t.Text) > mostRead {
		r.decide("message of %d characters not read", utf8.RuneCountInString(t.Text))
		r.out.Messages = []llm.Message{llm.Text(llm.User, string([]rune(t.Text)[:200])+" …")}
		return r.finish(r.phrases.say(r.out.Locale, "too_long"))
	}
	r.facts = gather(t, r.cfg.Names)
	r.facts.say(r.cfg.Shop)
	r.facts.secret = r.secret
	text := t.Text
	if text == "" && t.Pending != nil {
		text = map[string]string{"confirm": t.Pending.Preview.Yes, "decline": t.Pending.Preview.No}[t.Act]
	}
	if text == "" {
		text = cmp.Or(t.Act, "…")
	}
	r.out.Mood, r.out.Angry = r.cfg.Mood(t.Text, r.out.Locale)
	if done, err := r.pending(ctx); done || err != nil {
		return err
	}
	if len(r.out.Messages) == 0 {
		r.out.Messages = append(r.out.Messages, llm.Text(llm.User, text))
	}
	if r.out.Angry && t.Angry > 0 && r.out.Resolved == "" {
		r.decide("two angry turns in a row: a person")
		return r.handOff(ctx, "angry")
	}
	if err := r.loop(ctx); err != nil {
		return err
	}
	return r.heed(ctx)
}

// loop asks the model, runs what it calls, and asks again, until it has said
// all, a budget ends, or the customer must be asked.
func (r *run) loop(ctx context.Context) error {
	s := prompts.Situation{Now: r.turn.Now, Locale: r.out.Locale, Customer: r.turn.Customer.Name, SignedIn: r.turn.Customer.Authenticated, Facts: r.turn.Facts, Brief: r.turn.Brief}
	if p := r.turn.Page; p != nil {
		s.Product, s.Title = p.Product, p.Title
	}
	for _, x := range r.turn.Recalled {
		s.Recalled = append(s.Recalled, prompts.Recalled(x))
	}
	r.situation = s
	r.base = len(r.out.Messages)
	for r.out.Trace.Steps < r.cfg.Budget.Steps {
		r.out.Trace.Steps++
		reply, text, err := r.ask(ctx)
		if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			r.decide("time budget of %s spent", r.cfg.Budget.Time)
			return r.finish(r.phrases.say(r.out.Locale, "budget"))
		}
		if err != nil {
			return err
		}
		r.out.Suggest = reply.Suggest
		if reply.Confidence > 0 {
			r.out.Trace.Confidence = reply.Confidence
		}
		if reply.Meaning != "" {
			r.out.Trace.Meaning = reply.Meaning
		}
		calls := reply.Message.Calls()
		if len(calls) == 0 {
			if strings.TrimSpace(text) == "" && !r.told {
				r.decide("the model said nothing")
				if r.moveOn() {
					continue
				}
				return r.finish(r.phrases.say(r.out.Locale, "failed"))
			}
			return r.finish(text)
		}
		r.out.Messages = append(r.out.Messages, reply.Message)
		first := r.first
		asked, err := r.calls(ctx, calls)
		if err != nil || asked {
			return err
		}
		if r.first > first { // the next model begins anew
			continue
		}
		if r.out.HandOff != nil {
			return r.sayHandOff("handoff")
		}
		if r.out.Trace.Usage.Prompt+r.out.Trace.Usage.Generated > r.cfg.Budget.Tokens {
			r.decide("token budget of %d spent", r.cfg.Budget.Tokens)
			r.turn.Thrifty = true // what costs nothing may still answer
			if !slices.ContainsFunc(r.cfg.Models, func(m Named) bool { return m.Free }) {
				return r.finish(r.phrases.say(r.out.Locale, "budget"))
			}
		}
		if slices.Max(append([]int{0}, values(r.seen)...)) > 2 && !r.cfg.Without.drop("repeat") {
			r.decide("the same call a third time: stuck")
			if r.moveOn() {
				continue
			}
			return r.handOff(ctx, "stuck")
		}
	}
	r.decide("step budget of %d spent", r.cfg.Budget.Steps)
	return r.finish(r.phrases.say(r.out.Locale, "budget"))
}

// moveOn gives the message to the next model, as if the one before had not been
// asked. It does not when there is none, when the shopper has read something
// already, or when something was changed.
func (r *run) moveOn() bool {
	changed := slices.ContainsFunc(r.out.Trace.Calls, func(c CallTrace) bool { return c.Effect != llm.Read && c.Error == "" && c.Result != nil })
	if r.model >= len(r.cfg.Models)-1 || r.told || changed {
		return false
	}
	r.decide("%s is stuck: the next model answers", r.cfg.Models[r.model].Name)
	r.first, r.bad = r.model+1, 0
	clear(r.seen)
	r.out.Messages, r.out.Cards = r.out.Messages[:r.base], nil
	return true
}

func values(m map[string]int) []int {
	var out []int
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// finish ends the turn with a text, of which some may have been released.
func (r *run) finish(text string) error {
	rest := text
	if released := r.out.Text; released != "" {
		rest = ""
		if !strings.HasPrefix(text, released) {
			rest = " " + text
		} else {
			rest = text[len(released):]
		}
	}
	if rest != "" {
		r.out.Text += rest
		r.emit(Event{Delta: rest})
	}
	r.out.Messages = append(Close(r.out.Messages), llm.Text(llm.Assistant, r.out.Text))
	return nil
}

// handOff brings in a person, whatever the model thinks.
func (r *run) handOff(ctx context.Context, reason string) error {
	args, _ := json.Marshal(map[string]string{"reason": reason}) // of strings: cannot fail
	if tool, ok := r.tools["hand_off"]; ok {
		call := llm.Call{ID: "own1", Name: "hand_off", Args: args}
		r.out.Messages = append(Close(r.out.Messages), llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Call: &call}}})
		r.out.Messages = append(r.out.Messages, llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: r.do(ctx, tool, &call, r.key(&call))}}})
	}
	r.out.HandOff = &HandOff{Reason: reason}
	if reason == "angry" {
		return r.sayHandOff("angry")
	}
	return r.sayHandOff("handoff")
}

// sayHandOff says that a person comes, and when.
func (r *run) sayHandOff(phrase string) error {
	hours := ""
	for _, m := range r.out.Messages {
		for _, p := range m.Parts {
			var body struct{ Hours string }
			if p.Result != nil && p.Result.Name == "hand_off" && json.Unmarshal(p.Result.Content, &body) == nil {
				hours = body.Hours
			}
		}
	}
	return r.finish(strings.TrimSpace(strings.ReplaceAll(r.phrases.say(r.out.Locale, phrase), "{hours}", hours)))
}

// key is the idempotency key of a call: the same message and arguments give the
// same key, so that a redelivered message repeats nothing.
func (r *run) key(c *llm.Call) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", r.turn.ID, c.Name, c.Args))
	return hex.EncodeToString(h[:16])
}
