package agent

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/prompts"
)

// Close gives every unanswered call a cancelled result, so that a history that
// was interrupted is valid.
func Close(messages []llm.Message) []llm.Message {
	open := unanswered(messages)
	if len(open) == 0 {
		return messages
	}
	m := llm.Message{Role: llm.ToolRole}
	for _, c := range open {
		m.Parts = append(m.Parts, llm.Part{Result: &llm.Result{ID: c.ID, Name: c.Name, Content: json.RawMessage(`{"error":"cancelled"}`), Cancelled: true}})
	}
	return append(messages, m)
}

func unanswered(messages []llm.Message) []*llm.Call {
	var open []*llm.Call
	answered := map[string]bool{}
	for _, m := range messages {
		for _, p := range m.Parts {
			if p.Result != nil {
				answered[p.Result.ID] = true
			}
		}
	}
	for _, m := range messages {
		for _, c := range m.Calls() {
			if !answered[c.ID] {
				open = append(open, c)
			}
		}
	}
	return open
}

// Valid says what is wrong with a history: a result without its call, or a call
// without its result.
func Valid(messages []llm.Message) error {
	called := map[string]bool{}
	for i, m := range messages {
		for _, p := range m.Parts {
			if p.Call != nil {
				called[p.Call.ID] = true
			}
			if p.Result != nil && !called[p.Result.ID] {
				return fmt.Errorf("message %d answers the call %s, which was not made before", i, p.Result.ID)
			}
		}
	}
	if open := unanswered(messages); len(open) > 0 {
		return fmt.Errorf("the call %s of %s has no result", open[0].ID, open[0].Name)
	}
	return nil
}

// How much history is given to a model, in bytes of text and results.
const mostHistory = 24_000

// compact keeps the newest whole turns of a history, between half of most and
// most bytes, and tells the older ones apart. A turn begins with the customer's
// message, so that a call and its result are never parted. The cut moves by
// half of most at a time, so that what a model reads stays the same byte for
// byte over many turns.
func compact(history []llm.Message, most int) (older, newer []llm.Message) {
	total := 0
	for _, m := range history {
		total += m.Size()
	}
	if total <= most {
		return nil, history
	}
	block := max(1, most/2)
	cut := (total - most + block - 1) / block * block // bytes that go at the least
	size := 0
	for i, m := range history {
		if m.Role == llm.User && size >= cut {
			return history[:i], history[i:]
		}
		size += m.Size()
	}
	return history, nil
}

// What a summary holds at the most: messages of the customer, and bytes of each.
const (
	mostSummed = 20
	mostQuoted = 160
)

// summary tells of turns that a model is not given any more: what the customer
// said, and what was shown or done, in the words of the results. No model makes
// it, so that nothing in it is made up.
func summary(older []llm.Message) []string {
	var out []string
	line := ""
	for _, m := range older {
		for _, p := range m.Parts {
			switch {
			case m.Role == llm.User && p.Text != "":
				if line != "" {
					out = append(out, line)
				}
				line = "The customer: " + quote(p.Text)
			case p.Result != nil && !p.Result.Cancelled:
				if told := tell(p.Result); told != "" {
					line += " → " + told
				}
			}
		}
	}
	if line != "" {
		out = append(out, line)
	}
	if n := len(out) - mostSummed; n > 0 {
		out = append([]string{fmt.Sprintf("(%d earlier messages)", n)}, out[n:]...)
	}
	return out
}

func quote(text string) string {
	return clip(strings.Join(strings.Fields(text), " "), mostQuoted)
}

// tell says what a result showed: the products and orders in it, or what went
// wrong.
func tell(r *llm.Result) string {
	var body struct {
		Error    string
		Products []struct{ Title string }
		Product  struct{ Title string }
		Orders   []struct{ ID, Status string }
		Order    json.RawMessage
	}
	_ = json.Unmarshal(r.Content, &body) // another shape tells its name alone
	var order struct{ ID, Status string }
	if json.Unmarshal(body.Order, &order) == nil && order.ID != "" {
		body.Orders = append(body.Orders, order)
	}
	var of []string
	if body.Product.Title != "" {
		of = append(of, body.Product.Title)
	}
	for _, p := range body.Products {
		of = append(of, p.Title)
	}
	for _, o := range body.Orders {
		of = append(of, strings.TrimSpace("order "+o.ID+" "+o.Status))
	}
	if body.Error != "" {
		of = append(of, "failed: "+body.Error)
	}
	if len(of) > 4 {
		of = append(of[:4], "…")
	}
	return strings.TrimSuffix(r.Name+": "+strings.Join(of, ", "), ": ")
}

// context is what a model is told before the new message: the system prompt
// with what is summed up, and the history as it was.
func (r *run) context(most int) (system string, history []llm.Message, err error) {
	older, newer := compact(r.turn.History, cmp.Or(most, mostHistory))
	s := r.situation
	s.Earlier = summary(older)
	system, err = r.cfg.Prompts.Text(prompts.System{Shop: r.cfg.Shop, Currency: r.cfg.Currency}, s)
	return system, slices.Clip(newer), err
}
