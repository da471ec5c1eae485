package channels

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/agent"
	"parley/agent/llm"
)

// A Chronicle is a conversation turn by turn, with what happened inside. It is
// for people of the shop, and as redacted as what is stored.
type Chronicle struct {
	ID        string       `json:"id"`
	Customer  llm.Customer `json:"customer"`
	Transport string       `json:"transport,omitempty"`
	Created   time.Time    `json:"created,omitzero"`
	HandOff   HandOffPhase `json:"handoff,omitempty"`
	Entries   int          `json:"entries"`
	Left      int          `json:"left_out,omitempty"` // earlier steps
	Steps     []Step       `json:"steps"`
}

// A Step is a message with its answer, or what came in between: a person's
// words, a hand-off, a rating.
type Step struct {
	Seq     uint64       `json:"seq"`
	At      time.Time    `json:"at"`
	ID      string       `json:"id"`
	From    From         `json:"from"`
	Kind    Kind         `json:"kind"`
	Said    string       `json:"said"`
	Page    string       `json:"page,omitempty"`
	Answers []string     `json:"answers,omitempty"` // one an entry, in words
	Why     string       `json:"why,omitempty"`     // there is no answer
	Trace   *agent.Trace `json:"trace,omitempty"`
}

// Chronicle collects a conversation from its log, the last steps of it or with
// 0 all. An unknown conversation gives [ErrNoConversation].
func (h *Hub) Chronicle(ctx context.Context, id string, last int) (*Chronicle, error) {
	c, err := h.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := h.Entries(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	out := &Chronicle{ID: id, Customer: c.Customer, Transport: c.Transport, Created: c.Created, HandOff: c.HandOff.State, Entries: len(all), Steps: []Step{}}
	at := map[string]int{} // steps, by the id of their message
	for _, e := range all {
		of := e.Answers
		if e.Kind == KindTrace {
			var body struct{ Of string }
			if err := json.Unmarshal(e.Body, &body); err != nil {
				return nil, fmt.Errorf("read entry %d: %w", e.Seq, err)
			}
			of = body.Of
		}
		i, ok := at[of]
		if of == "" || !ok {
			at[e.ID] = len(out.Steps)
			out.Steps = append(out.Steps, stepOf(e))
			continue
		}
		s := &out.Steps[i]
		if text := inWords(e); text != "" && e.Kind != KindTrace {
			s.Answers = append(s.Answers, text)
		}
		if e.Inside != nil && len(e.Inside.Trace) > 0 {
			s.Trace = &agent.Trace{}
			if err := json.Unmarshal(e.Inside.Trace, s.Trace); err != nil {
				return nil, fmt.Errorf("read the trace of entry %d: %w", e.Seq, err)
			}
		}
	}
	unanswered(out.Steps)
	if last > 0 && len(out.Steps) > last {
		out.Left = len(out.Steps) - last
		out.Steps = out.Steps[out.Left:]
	}
	return out, nil
}

func stepOf(e Entry) Step {
	s := Step{Seq: e.Seq, At: e.At, ID: e.ID, From: e.From, Kind: e.Kind, Said: inWords(e)}
	if e.Inside != nil && e.Inside.Page != nil {
		s.Page = cmp.Or(e.Inside.Page.Product, e.Inside.Page.Title, e.Inside.Page.URL)
	}
	return s
}

func (s Step) asks() bool { return asks(Entry{From: s.From, Kind: s.Kind}) }

// unanswered says why messages of a shopper have no answer.
func unanswered(steps []Step) {
	person := ""
	for i := range steps {
		s := &steps[i]
		if s.Kind == KindHandOff {
			person = ""
			if who, ok := strings.CutPrefix(s.Said, string(Claimed)+" by "); ok {
				person = who
			}
		}
		if !s.asks() || len(s.Answers) > 0 {
			continue
		}
		newer := slices.ContainsFunc(steps[i+1:], Step.asks)
		switch {
		case person != "":
			s.Why = person + " had the conversation"
		case newer:
			s.Why = "a newer message took its place; the answer to that one sees both"
		default:
			s.Why = "it waits for its answer, or a person took over meanwhile"
		}
	}
}

// inWords says an entry on one line.
func inWords(e Entry) string {
	var b struct {
		Text, Question, State, Reason, Who, Value, Title string
		Products                                         []struct{ Title string }
		Orders                                           []struct{ ID, Status string }
	}
	if json.Unmarshal(e.Body, &b) != nil {
		return ""
	}
	switch e.Kind {
	case KindText, KindNote, KindNotice:
		return b.Text
	case KindAct, KindRating:
		return strings.TrimSpace(b.Value + " " + b.Text)
	case KindConfirm:
		return fmt.Sprintf("[%s] %s", b.State, b.Question)
	case KindHandOff:
		words := b.State
		if b.Who != "" {
			words += " by " + b.Who
		}
		if b.Reason != "" {
			words += ": " + b.Reason
		}
		return words
	}
	var names []string
	for _, p := range b.Products {
		names = append(names, p.Title)
	}
	for _, o := range b.Orders {
		names = append(names, strings.TrimSpace("#"+o.ID+" "+o.Status))
	}
	return strings.TrimSpace(fmt.Sprintf("[%s] %s", e.Kind, strings.Join(names, " · ")))
}
