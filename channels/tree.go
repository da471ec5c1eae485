package channels

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"parley/agent"
	"parley/agent/llm"
)

// Tree writes a chronicle for a person to read: a step a branch, under it what
// happened in the order it began, with its time from the beginning of the turn.
func (c *Chronicle) Tree(w io.Writer) error {
	t := &tree{}
	who := c.Customer.ID
	if c.Customer.Name != "" {
		who += " " + c.Customer.Name
	}
	if c.Customer.Authenticated {
		who += " (signed in)"
	}
	head := []string{c.ID, who}
	if c.Transport != "" {
		head = append(head, c.Transport)
	}
	head = append(head, fmt.Sprintf("%d entries", c.Entries))
	if c.HandOff != NotHandedOff {
		head = append(head, "hand-off "+string(c.HandOff))
	}
	t.root(strings.Join(head, " · "))
	if c.Left > 0 {
		t.node("", false, fmt.Sprintf("(%d earlier steps)", c.Left))
	}
	for i, s := range c.Steps {
		t.step(s, i == len(c.Steps)-1)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

type tree struct{ b strings.Builder }

func (t *tree) root(text string) { t.b.WriteString(text + "\n") }

// node writes one line under an indent, and gives the indent of what is under it.
func (t *tree) node(indent string, last bool, text string) string {
	branch, under := "├─ ", "│  "
	if last {
		branch, under = "└─ ", "   "
	}
	t.b.WriteString(indent + branch + oneLine(text) + "\n")
	return indent + under
}

func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 || r == 0x2028 || r == 0x202E {
			return ' ' // a terminal would act on it
		}
		return r
	}, s)
	return strings.TrimRight(s, " ")
}

func (t *tree) step(s Step, last bool) {
	text := fmt.Sprintf("%s %s", s.At.Local().Format("2006-01-02 15:04:05"), s.From.Role)
	if s.From.Name != "" {
		text += " " + s.From.Name
	}
	if s.Kind != KindText {
		text += " (" + string(s.Kind) + ")"
	}
	text += ": " + clip(s.Said, 300)
	if s.Page != "" {
		text += "  · on " + s.Page
	}
	in := t.node("", last, text)
	type line struct {
		head string
		more []string
	}
	var lines []line
	if x := s.Trace; x != nil {
		lines = append(lines, line{head: summary(x)})
		if x.Meaning != "" || x.Confidence > 0 {
			lines = append(lines, line{head: strings.TrimSpace(fmt.Sprintf("read as %s%s", cmp.Or(x.Meaning, "?"), confidence(x.Confidence)))})
		}
		for _, sp := range spans(x) {
			lines = append(lines, line{sp.text, sp.more})
		}
		if len(x.Decisions) > 0 {
			lines = append(lines, line{"decided", x.Decisions})
		}
		if x.Error != "" {
			lines = append(lines, line{head: "failed: " + clip(x.Error, 600)})
		}
	}
	for _, a := range s.Answers {
		lines = append(lines, line{head: "answered: " + clip(a, 600)})
	}
	if s.Why != "" {
		lines = append(lines, line{head: "not answered: " + s.Why})
	}
	for i, l := range lines {
		under := t.node(in, i == len(lines)-1, l.head)
		for k, m := range l.more {
			t.node(under, k == len(l.more)-1, m)
		}
	}
}

func confidence(c float64) string {
	if c == 0 {
		return ""
	}
	return fmt.Sprintf(", sure to %.2f", c)
}

// summary is a turn on one line.
func summary(x *agent.Trace) string {
	parts := []string{cmp.Or(x.Ended, "took") + " " + short(x.Took)}
	if x.Ended != "" {
		parts[0] = x.Ended + " after " + short(x.Took)
	}
	if x.FirstText > 0 {
		parts = append(parts, "first words "+short(x.FirstText))
	}
	if x.Model != "" {
		parts = append(parts, x.Model)
	}
	if x.Prompt != "" {
		parts = append(parts, "prompt "+x.Prompt[:min(8, len(x.Prompt))])
	}
	parts = append(parts, tokens(x.Usage), fmt.Sprintf("%d steps", x.Steps))
	if x.Left != (agent.Left{}) {
		parts = append(parts, fmt.Sprintf("left %d steps, %d tokens, %s", x.Left.Steps, x.Left.Tokens, short(x.Left.Time)))
	}
	return strings.Join(parts, " · ")
}

func tokens(u llm.Usage) string {
	text := fmt.Sprintf("%d+%d tokens", u.Prompt, u.Generated)
	if u.Cached > 0 {
		text += fmt.Sprintf(" (%d cached)", u.Cached)
	}
	return text
}

// short writes a duration with three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

type span struct {
	at   time.Duration
	text string
	more []string
}

// spans are requests and calls in the order they began.
func spans(x *agent.Trace) []span {
	var out []span
	for _, r := range x.Requests {
		text := fmt.Sprintf("+%s model %s · %s", short(r.At), r.Model, short(r.Took))
		if r.First > 0 {
			text += " · first after " + short(r.First)
		}
		text += " · " + tokens(r.Usage)
		if r.Stop != "" {
			text += " · " + string(r.Stop)
		}
		if r.Error != "" {
			text += " · error: " + clip(r.Error, 200)
		}
		out = append(out, span{r.At, text, nil})
	}
	for _, c := range x.Calls {
		text := fmt.Sprintf("+%s tool %s %s · %s · %s", short(c.At), c.Name, clip(string(c.Args), 200), c.Effect, short(c.Took))
		var more []string
		switch {
		case c.Error != "":
			more = []string{"error " + clip(c.Error, 300)}
		case c.Size > 0:
			more = []string{fmt.Sprintf("gave %d bytes: %s", c.Size, clip(string(c.Result), 200))}
		case len(c.Result) > 0:
			more = []string{"gave " + clip(string(c.Result), 200)}
		case c.Effect == llm.Confirm:
			more = []string{"not run: the customer is asked first"}
		}
		out = append(out, span{c.At, text, more})
	}
	slices.SortStableFunc(out, func(a, b span) int { return cmp.Compare(a.at, b.at) })
	return out
}
