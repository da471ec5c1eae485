package agent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/prompts"
)

// What one answer of a model may hold: text in bytes, of which an answer needs
// a hundredth, and the same sentence this often.
const (
	mostSaid     = 16_000
	mostReceived = 256_000
	mostRepeats  = 2
)

// stream takes one model's answer, and releases its text sentence by sentence
// as far as the guard finds its facts in this conversation's results. It
// returns the text as released. began is called when something comes.
func (r *run) stream(ctx context.Context, i int, m llm.Model, began func()) (llm.Reply, string, error) {
	system, history, err := r.context(r.cfg.Models[i].History)
	if err != nil {
		return llm.Reply{}, "", err
	}
	request := &llm.Request{
		System: system, Stable: r.stable, Messages: append(history, r.out.Messages...), Tools: r.specs,
		Situation: llm.Situation{
			Customer: r.turn.Customer, Locale: r.out.Locale, Page: r.turn.Page, Facts: r.turn.Facts, Now: r.turn.Now,
			Shop: r.cfg.Shop, Currency: r.cfg.Currency,
		},
	}
	for try := 0; ; try++ {
		var reply llm.Reply
		reply.Message.Role = llm.Assistant
		g := guard{facts: r.facts, locale: r.out.Locale, repeats: map[string]int{}, without: r.cfg.Without}
		said, received := 0, 0
		counted := false
		for c, err := range m.Stream(ctx, request) {
			if err != nil {
				if !r.cfg.Models[i].Free {
					r.account(estimate(request, received))
				}
				return reply, "", err
			}
			began()
			said, received = said+len(c.Text), received+len(c.Text)+len(c.Reasoning)
			counted = counted || c.Usage != nil
			if c.Reasoning == "" || received < mostReceived {
				reply.Add(c)
			}
			r.release(g.add(c.Text))
			if g.held != "" || g.looped || said > mostSaid || received > mostReceived {
				break
			}
		}
		if !counted && !r.cfg.Models[i].Free {
			reply.Usage = estimate(request, received)
		}
		r.account(reply.Usage)
		switch {
		case g.held != "":
		case g.looped, said > mostSaid, received > mostReceived:
			r.decide("the answer went on for %d bytes, and was ended there", received)
			reply.Stop = llm.StopLength
		case reply.Stop == "":
			return reply, "", errShort
		case reply.Stop == llm.StopLength && r.told:
			// its last sentence is half a sentence
		default:
			r.release(g.rest())
		}
		for n, c := range reply.Message.Calls() {
			c.ID = fmt.Sprintf("%s.%d.%d", r.key(&llm.Call{Name: "turn"})[:8], r.out.Trace.Steps, n+1)
		}
		if g.held == "" {
			return reply, r.out.Text, nil
		}
		r.decide("withheld %q: %s is in no result", clip(g.held, mostTold), g.why)
		if try > 0 || r.told {
			if !r.told && i < len(r.cfg.Models)-1 {
				return reply, "", errUntrue
			}
			return llm.Reply{Stop: llm.StopEnd}, r.plain(), nil
		}
		// One corrected try: the model sees what it said and what was wrong.
		again, err := r.cfg.Prompts.Correct(prompts.Correction{Why: g.why})
		if err != nil {
			return reply, "", err
		}
		request.Messages = append(append([]llm.Message(nil), request.Messages...), llm.Text(llm.Assistant, g.held), llm.Text(llm.User, again))
	}
}

// estimate is what an answer costs when the server does not say: a token is
// about four bytes.
func estimate(r *llm.Request, received int) llm.Usage {
	size := len(r.System)
	for _, m := range r.Messages {
		size += m.Size()
	}
	return llm.Usage{Prompt: size / 4, Generated: received / 4}
}

// What a decision or an error tells of a text, in characters.
const mostTold = 300

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// release lets text out to the shopper.
func (r *run) release(text string) {
	if text == "" || !r.told && strings.TrimSpace(text) == "" {
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

func (r *run) account(u llm.Usage) {
	r.out.Trace.Usage.Prompt += u.Prompt
	r.out.Trace.Usage.Cached += u.Cached
	r.out.Trace.Usage.Generated += u.Generated
	if r.turn.Spend != nil {
		r.turn.Spend(u)
	}
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
