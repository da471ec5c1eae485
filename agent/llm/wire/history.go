package wire

import (
	"encoding/json"
	"fmt"
	"strings"

	"parley/agent/llm"
)

// Sound gives a history in the form that every server takes. Each message with
// calls is followed by one tool message that has exactly their results, in
// order: a call without a result gets a cancelled one, a result without a call
// is left out. Calls are numbered anew, since ids of ours may repeat and hold
// what some servers refuse: nine letters and digits are fine with all of them.
// Messages with nothing to read are left out, neighbours of one role are one
// message, and the first one and the last are never the assistant's. The same beginning of a history gives the same bytes.
func Sound(messages []llm.Message) []llm.Message {
	var out []llm.Message
	used := map[*llm.Result]bool{}
	calls := 0
	for i, m := range messages {
		switch m.Role {
		case llm.ToolRole:
			continue // given with their calls
		case llm.System:
			m.Role = llm.User // what stands in a history is never above the prompt
		}
		kept := llm.Message{Role: m.Role}
		results := llm.Message{Role: llm.ToolRole}
		for _, p := range m.Parts {
			switch {
			case p.Call != nil:
				calls++
				c := &llm.Call{ID: fmt.Sprintf("call%05d", calls), Name: p.Call.Name, Args: Args(string(p.Call.Args))}
				kept.Parts = append(kept.Parts, llm.Part{Call: c})
				r := llm.Result{Content: json.RawMessage(`{"error":"cancelled"}`), Cancelled: true}
				if found := answer(messages[i+1:], p.Call, used); found != nil {
					used[found] = true
					r = *found
				}
				r.ID, r.Name = c.ID, c.Name
				results.Parts = append(results.Parts, llm.Part{Result: &r})
			case p.Image != nil:
				kept.Parts = append(kept.Parts, p)
			case p.Reasoning != "":
				kept.Parts = append(kept.Parts, llm.Part{Reasoning: valid(p.Reasoning)})
			case strings.TrimSpace(p.Text) != "":
				add(&kept, valid(p.Text), "")
			}
		}
		if !says(kept) {
			continue
		}
		if len(out) == 0 && kept.Role != llm.User {
			out = append(out, llm.Text(llm.User, "…"))
		}
		if last := len(out) - 1; last >= 0 && out[last].Role == kept.Role {
			for i, p := range kept.Parts {
				if p.Text != "" && i == 0 {
					add(&out[last], p.Text, "\n\n")
				} else {
					out[last].Parts = append(out[last].Parts, p)
				}
			}
		} else {
			out = append(out, kept)
		}
		if len(results.Parts) > 0 {
			out = append(out, results)
		}
	}
	if n := len(out); n > 0 && out[n-1].Role == llm.Assistant { // else servers write on at its end
		out = append(out, llm.Text(llm.User, "…"))
	}
	return out
}

// add puts text behind what a message says, in the same part if that is text.
func add(m *llm.Message, text, between string) {
	if n := len(m.Parts); n > 0 && m.Parts[n-1].Text != "" {
		m.Parts[n-1].Text += between + text
		return
	}
	m.Parts = append(m.Parts, llm.Part{Text: text})
}

// answer finds the first result of a call that no call beside it has taken,
// before the same id is called with again.
func answer(messages []llm.Message, c *llm.Call, used map[*llm.Result]bool) *llm.Result {
	for _, m := range messages {
		for _, p := range m.Parts {
			if p.Call != nil && p.Call.ID == c.ID {
				return nil
			}
			if p.Result != nil && p.Result.ID == c.ID && !used[p.Result] {
				return p.Result
			}
		}
	}
	return nil
}

// says reports whether a message has more than reasoning.
func says(m llm.Message) bool {
	for _, p := range m.Parts {
		if p.Reasoning == "" {
			return true
		}
	}
	return false
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// mostArgs is how much a model may write as the arguments of one call, in bytes.
const mostArgs = 1 << 20

// Args makes a JSON object of what a model wrote as arguments. Nothing is an
// empty object, and an object that was written as a string is taken out of it.
// What can't be read becomes an object whose one field no tool has: the tool's
// schema then refuses it, the model reads why, and the turn goes on.
func Args(text string) json.RawMessage {
	text = strings.TrimSpace(valid(text))
	if text == "" || text == "null" {
		return json.RawMessage("{}")
	}
	var inner string
	if json.Unmarshal([]byte(text), &inner) == nil {
		return Args(inner)
	}
	if strings.HasPrefix(text, "{") && len(text) <= mostArgs && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	b, _ := json.Marshal(map[string]string{Unreadable: text}) // of strings: cannot fail
	return b
}

// Unreadable is the field that stands for arguments that are no JSON object.
const Unreadable = "arguments_that_are_no_json_object"
