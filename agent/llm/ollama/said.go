package ollama

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"parley/agent/llm"
)

// A small model names things that nobody named: another product for the one it
// was told, an English word for a Chinese one. What its forms hold is held
// against what was said; limits and order numbers are the agent's to check.

// said is everything that a name can come from: the customer's words, results,
// the page and the known facts, folded, without spaces between Chinese words.
func said(r *llm.Request) string {
	var b strings.Builder
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			if m.Role == llm.User {
				b.WriteString(p.Text + "\n")
			}
			if p.Result != nil {
				b.Write(p.Result.Content)
			}
		}
	}
	if p := r.Situation.Page; p != nil {
		b.WriteString(p.Product + "\n" + p.Title + "\n")
	}
	for _, f := range r.Situation.Facts {
		b.WriteString(f + "\n")
	}
	return strings.ToLower(b.String())
}

// words are runs of Latin letters and digits, or of Chinese characters.
var words = regexp.MustCompile(`[\p{Latin}\d][\p{Latin}\d.'-]*|\p{Han}+`)

// named keeps the words of a name that were said. None at all is no name.
func named(name, said string) string {
	compact := strings.ReplaceAll(said, " ", "")
	var kept []string
	letters := false
	for _, w := range words.FindAllString(name, -1) {
		low := strings.ToLower(w)
		at := slices.Contains(words.FindAllString(said, -1), low)
		if !at && !strings.Contains(compact, low) {
			continue
		}
		kept = append(kept, w)
		letters = letters || len(low) > 1
	}
	if !letters {
		return ""
	}
	return strings.Join(kept, " ")
}

// near says that a free text has at least one word of what was said.
func near(text, said string) bool {
	for _, w := range words.FindAllString(strings.ToLower(text), -1) {
		stem := []rune(w)
		if len(stem) > 5 {
			stem = stem[:len(stem)-2]
		}
		if len(stem) > 1 && strings.Contains(said, string(stem)) {
			return true
		}
	}
	return false
}

// own makes the arguments of a form a tool's own: names are what was said of
// them, a text that nobody said is the customer's message. problem says in
// words what nobody named.
func (c *choice) own(args map[string]any, tool llm.Spec, r *llm.Request) (problem string) {
	card, message, all := c.Tools[tool.Name], r.Messages[len(r.Messages)-1].Text(), said(r)
	for _, name := range card.Names {
		switch v := args[name].(type) {
		case string:
			if kept := named(v, all); kept != "" {
				args[name] = kept
			} else {
				problem = fmt.Sprintf("the customer named no %q", v)
				delete(args, name)
			}
		case []any:
			var kept []any
			for _, x := range v {
				if s := named(fmt.Sprint(x), all); s != "" && !slices.Contains(kept, any(s)) {
					kept = append(kept, s)
				}
			}
			if args[name] = kept; len(kept) < 2 {
				problem = fmt.Sprintf("the customer did not name %v", v)
			}
		}
		if required(tool, name) && args[name] == nil && problem == "" {
			problem = tool.Name + " needs " + name
		}
	}
	for name, v := range args {
		text, ok := v.(string)
		if !ok || slices.Contains(card.Names, name) || text == "" || !slices.Contains(card.Args, name) {
			continue
		}
		if slices.Contains(tool.Ground, name) {
			if len(words.FindAllString(text, -1)) > 0 && strings.ContainsFunc(text, letter) && !strings.Contains(all, strings.ToLower(text)) {
				args[name] = message
			}
		} else if c.free(name) && !near(text, all) {
			args[name] = message
		}
	}
	for name, v := range card.Set {
		if args[name] == nil {
			args[name] = v
		}
	}
	if p := tool.Parameters; p != nil && problem == "" {
		for _, name := range p.Required { // a text that was left out is the customer's own
			if args[name] == nil && simple(p.Properties[name]).Type == "string" && (!slices.Contains(tool.Ground, name) || c.free(name)) {
				args[name] = message
			}
		}
	}
	return problem
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x2E80 }

// free says that an argument is a text in the customer's words, not a choice of
// the tool's own and not a number.
func (c *choice) free(name string) bool { return slices.Contains(c.Free, name) }

func required(t llm.Spec, name string) bool {
	return t.Parameters != nil && slices.Contains(t.Parameters.Required, name)
}

// filledIn reads a form: its meaning, its action, and the arguments that the
// tool of this name has room for. left says that the action is another model's.
func (c *choice) filledIn(form string, r *llm.Request) (meaning string, tool *llm.Spec, args map[string]any, left bool, err error) {
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(form), &fields); err != nil {
		return "", nil, nil, false, fmt.Errorf("the model chose with %q, which is no JSON object: %w", clip(form), err)
	}
	meaning, _ = fields["meaning"].(string)
	action, _ := fields["action"].(string)
	at := slices.IndexFunc(r.Tools, func(t llm.Spec) bool { return t.Name == action })
	if at < 0 {
		return meaning, nil, nil, action == c.Leave.Action, nil
	}
	args = map[string]any{}
	for _, name := range c.args(r.Tools[at]) {
		if v, ok := fields[name]; ok && v != nil && v != "" {
			args[name] = v
		}
	}
	return meaning, &r.Tools[at], args, false, nil
}
