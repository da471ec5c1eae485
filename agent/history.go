package agent

import (
	"encoding/json"
	"fmt"

	"parley/agent/llm"
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

// recent keeps the newest whole turns of a history that fit a number of
// characters. A turn begins with the customer's message, so that a call and its
// result are never parted.
func recent(history []llm.Message, most int) []llm.Message {
	size, from := 0, len(history)
	for i := len(history) - 1; i >= 0; i-- {
		for _, p := range history[i].Parts {
			size += len(p.Text)
			if p.Result != nil {
				size += len(p.Result.Content)
			}
		}
		if size > most {
			break
		}
		if history[i].Role == llm.User {
			from = i
		}
	}
	return history[from:]
}
