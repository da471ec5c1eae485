package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/agent/llm"
)

// How much history is given to a model, in bytes of text and results.
const mostHistory = 24_000

// ask gets one answer of the first model in the chain that gives one. Before
// any text is released a model may be tried again and then the next one. When
// one breaks off after that, the shopper is told so, and the next one answers.
func (r *run) ask(ctx context.Context) (llm.Reply, string, error) {
	var errs []error
	for i, m := range r.cfg.Models {
		if i < r.first {
			continue // it was stuck with this message
		}
		if w, ok := m.Model.(llm.Wordless); ok && w.Wordless() && i < len(r.cfg.Models)-1 && r.out.Messages[len(r.out.Messages)-1].Role == llm.ToolRole {
			r.decide("%s leaves the wording to %s", m.Name, r.cfg.Models[i+1].Name)
			continue
		}
		tries := 2
		if i == len(r.cfg.Models)-1 {
			tries = 1
		}
		for try := range tries {
			reply, text, err := r.stream(ctx, m)
			if err == nil {
				r.out.Trace.Model, r.model = m.Name, i
				return reply, text, nil
			}
			if ctx.Err() != nil {
				return reply, text, ctx.Err()
			}
			errs = append(errs, fmt.Errorf("%s: %w", m.Name, err))
			r.decide("%s failed (%v)", m.Name, err)
			if r.told && i == len(r.cfg.Models)-1 {
				r.decide("text was out already: the answer ends there")
				r.append(r.phrases.say(r.out.Locale, "cut_off"))
				return llm.Reply{Stop: llm.StopLength}, r.out.Text, nil
			}
			if r.told {
				r.decide("text was out already: the next model answers after it")
				r.first = i + 1 // for the rest of this turn
				r.append(r.phrases.say(r.out.Locale, "once_more"))
				break
			}
			if !errors.Is(err, llm.ErrUnavailable) {
				break
			}
			select {
			case <-time.After(time.Duration(try+1) * 200 * time.Millisecond):
			case <-ctx.Done():
				return reply, text, ctx.Err()
			}
		}
	}
	return llm.Reply{}, "", fmt.Errorf("no model answered: %w", errors.Join(errs...))
}

// stream takes one model's answer, and releases its text sentence by sentence
// as far as the guard finds its facts in this conversation's results. It
// returns the text as released.
func (r *run) stream(ctx context.Context, m Named) (llm.Reply, string, error) {
	request := &llm.Request{
		System: r.system, Messages: append(recent(r.turn.History, mostHistory), r.out.Messages...), Tools: r.specs,
		Situation: llm.Situation{
			Customer: r.turn.Customer, Locale: r.out.Locale, Page: r.turn.Page, Facts: r.turn.Facts, Now: r.turn.Now,
			Shop: r.cfg.Shop, Currency: r.cfg.Currency,
		},
	}
	for try := 0; ; try++ {
		var reply llm.Reply
		reply.Message.Role = llm.Assistant
		g := guard{facts: r.facts, locale: r.out.Locale}
		for c, err := range m.Model.Stream(ctx, request) {
			if err != nil {
				return reply, "", err
			}
			reply.Add(c)
			r.release(g.add(c.Text))
			if g.held != "" {
				break
			}
		}
		if g.held == "" {
			if reply.Stop == "" {
				return reply, "", errShort
			}
			r.release(g.rest())
		}
		r.account(reply.Usage)
		for i, c := range reply.Message.Calls() {
			c.ID = fmt.Sprintf("%s.%d.%d", r.key(&llm.Call{Name: "turn"})[:8], r.out.Trace.Steps, i+1)
		}
		if g.held == "" {
			return reply, r.out.Text, nil
		}
		r.decide("withheld %q: %s is in no result", g.held, g.why)
		if try > 0 || r.told {
			return llm.Reply{Stop: llm.StopEnd}, r.plain(), nil
		}
		// One corrected try: the model sees what it said and what was wrong.
		request.Messages = append(append([]llm.Message(nil), request.Messages...), llm.Text(llm.Assistant, g.held),
			llm.Text(llm.User, fmt.Sprintf("(system: %s is in no tool result of this conversation. Answer again from the results alone, or call a tool.)", g.why)))
	}
}

// release lets text out to the shopper.
func (r *run) release(text string) {
	if text == "" {
		return
	}
	if !r.told {
		r.out.Trace.FirstText = time.Since(r.begun)
		r.emit(Event{Status: &Status{Doing: "typing"}})
	}
	r.told = true
	r.out.Text += text
	r.emit(Event{Delta: text})
}

// append lets a sentence of our own out, after what is out already.
func (r *run) append(sentence string) {
	if !strings.HasSuffix(r.out.Text, " ") {
		sentence = " " + sentence
	}
	r.release(sentence + " ")
}

var errShort = fmt.Errorf("the stream ended without its last chunk: %w", llm.ErrUnavailable)

func (r *run) account(u llm.Usage) {
	r.out.Trace.Usage.Prompt += u.Prompt
	r.out.Trace.Usage.Cached += u.Cached
	r.out.Trace.Usage.Generated += u.Generated
}

// plain is what is said when the model could not say it truly: the cards carry
// the facts.
func (r *run) plain() string {
	text := r.phrases.say(r.out.Locale, "withheld")
	if len(r.out.Cards) == 0 {
		text = r.phrases.say(r.out.Locale, "failed")
	}
	if r.out.Text != "" {
		return r.out.Text + " " + text
	}
	return text
}
