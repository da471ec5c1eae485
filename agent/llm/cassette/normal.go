package cassette

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/agent/llm"
)

// A normal is a request in lines, the same for every run of a conversation.
type normal struct {
	prompt, tools, messages []string
	key                     string
	names                   *names
}

// normalise writes a request down. Everything that a model could read of it is
// in the lines: prompt, situation, tools with their schemas, messages.
func normalise(r *llm.Request, redact func(string) string) normal {
	n := normal{names: newNames(r.Situation.Customer, redact)}
	line := func(list *[]string, format string, args ...any) {
		for i, l := range strings.Split(fmt.Sprintf(format, args...), "\n") {
			if i > 0 {
				l = "  " + l
			}
			*list = append(*list, n.names.hide(l))
		}
	}
	s := r.Situation
	line(&n.prompt, "%s", r.System)
	line(&n.prompt, "situation: locale %s, shop %s, currency %s, now %s", s.Locale, s.Shop, s.Currency, s.Now.UTC().Format(time.RFC3339))
	if s.Customer.Authenticated {
		line(&n.prompt, "situation: signed in")
	}
	if s.Page != nil {
		line(&n.prompt, "situation: page %s %s %s", s.Page.Product, s.Page.Title, s.Page.URL)
	}
	for _, f := range s.Facts {
		line(&n.prompt, "situation: fact %s", f)
	}
	if r.MaxTokens > 0 {
		line(&n.prompt, "at most %d tokens", r.MaxTokens)
	}
	for _, t := range r.Tools {
		line(&n.tools, "%s (%s): %s", t.Name, t.Effect, t.Description)
		if b, err := json.Marshal(t.Parameters); err == nil {
			line(&n.tools, "  %s grounded %v", b, t.Ground)
		}
	}
	calls := map[string]int{}
	number := func(id string) int {
		if calls[id] == 0 {
			calls[id] = len(calls) + 1
		}
		return calls[id]
	}
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			switch {
			case p.Call != nil:
				line(&n.messages, "%s calls #%d %s %s", m.Role, number(p.Call.ID), p.Call.Name, compact(p.Call.Args))
			case p.Result != nil:
				how := ""
				if p.Result.Failed {
					how = ", failed"
				}
				if p.Result.Cancelled {
					how = ", cancelled"
				}
				line(&n.messages, "result #%d %s%s: %s", number(p.Result.ID), p.Result.Name, how, compact(p.Result.Content))
			case p.Reasoning != "":
				line(&n.messages, "%s thinks: %s", m.Role, p.Reasoning)
			case p.Image != nil:
				line(&n.messages, "%s shows a picture, %s, %x", m.Role, p.Image.MIME, sha256.Sum256(p.Image.Data))
			default:
				line(&n.messages, "%s: %s", m.Role, p.Text)
			}
		}
	}
	h := sha256.New()
	for _, part := range [][]string{n.prompt, n.tools, n.messages} {
		fmt.Fprintf(h, "%d\n%s\n", len(part), strings.Join(part, "\n"))
	}
	n.key = hex.EncodeToString(h.Sum(nil)[:16])
	return n
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// names are the stand-ins of one request, in the order in which they come, and
// what they stand for.
type names struct {
	redact func(string) string
	as     map[string]string // value to stand-in
	order  []string          // values
	counts map[string]int    // stand-ins of a sort
	whole  *regexp.Regexp    // the customer's own names
}

// What is made at random: ids of facts and conversations, receipts.
var random = regexp.MustCompile(`\b(?:[a-z]{1,2}[0-9a-f]{8,64}|[0-9a-f]{16,64}|E-[0-9A-F]{8})\b`)

// A placeholder is what a redactor leaves.
var placeholder = regexp.MustCompile(`\[[a-z]+(?: [^\[\]]{1,24})?\]`)

func newNames(c llm.Customer, redact func(string) string) *names {
	n := &names{redact: redact, as: map[string]string{}, counts: map[string]int{}}
	var own []string
	for _, x := range []struct{ value, standIn string }{{c.Name, "[name]"}, {c.ID, "[customer]"}, {c.Conversation, "[conversation]"}} {
		if len(x.value) < 2 {
			continue
		}
		n.add(x.value, x.standIn)
		pattern := regexp.QuoteMeta(x.value)
		if x.value[0] < 0x80 && x.value[len(x.value)-1] < 0x80 { // a boundary of words is one of ASCII
			pattern = `\b` + pattern + `\b`
		}
		own = append(own, pattern)
	}
	if len(own) > 0 {
		n.whole = regexp.MustCompile(strings.Join(own, "|"))
	}
	return n
}

func (n *names) add(value, standIn string) string {
	if s, ok := n.as[value]; ok {
		return s
	}
	n.counts[standIn]++
	if k := n.counts[standIn]; k > 1 {
		standIn = strings.TrimSuffix(standIn, "]") + fmt.Sprintf(" %d]", k)
	}
	n.as[value] = standIn
	n.order = append(n.order, value)
	return standIn
}

// hide puts stand-ins into a line of a request.
func (n *names) hide(line string) string {
	if n.whole != nil {
		line = n.whole.ReplaceAllStringFunc(line, func(v string) string { return n.as[v] })
	}
	line = random.ReplaceAllStringFunc(line, func(v string) string { return n.add(v, "[id]") })
	if n.redact == nil {
		return line
	}
	clean := n.redact(line)
	if clean == line {
		return line
	}
	return n.align(line, clean)
}

// align finds what each placeholder of a redacted line stands for, so that an
// answer which repeats it can be played to the same request. Where it cannot
// be told, the redacted line stands as it is.
func (n *names) align(line, clean string) string {
	var out strings.Builder
	rest := line
	at := 0
	marks := placeholder.FindAllStringIndex(clean, -1)
	for i, m := range marks {
		before, mark := clean[at:m[0]], clean[m[0]:m[1]]
		if !strings.HasPrefix(rest, before) {
			return clean
		}
		rest = rest[len(before):]
		out.WriteString(before)
		at = m[1]
		if strings.HasPrefix(rest, mark) { // it stood there already
			rest = rest[len(mark):]
			out.WriteString(mark)
			continue
		}
		end := clean[at:]
		if i+1 < len(marks) {
			end = clean[at:marks[i+1][0]]
		}
		k := len(rest)
		if end != "" {
			if k = strings.Index(rest, end); k <= 0 {
				return clean
			}
		}
		out.WriteString(n.add(rest[:k], mark))
		rest = rest[k:]
	}
	if rest != clean[at:] {
		return clean
	}
	return out.String() + rest
}

// out puts stand-ins into an answer: those of its request, and what else is private.
func (n *names) out(text string) string {
	for _, v := range n.longest() {
		text = strings.ReplaceAll(text, v, n.as[v])
	}
	if n.redact != nil {
		text = n.redact(text)
	}
	return text
}

// in puts back into an answer what this request has for each stand-in.
func (n *names) in(text string) string {
	if !strings.Contains(text, "[") {
		return text
	}
	for _, v := range n.order {
		text = strings.ReplaceAll(text, n.as[v], v)
	}
	return text
}

func (n *names) longest() []string {
	list := slices.Clone(n.order)
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}
