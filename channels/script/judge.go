package script

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"
	"unicode"

	"parley/agent/llm"
	"parley/channels"
)

//go:embed judge.md
var judgePrompt string

// A Verdict is a live model's answer to a question of a script. It is reported
// beside the result and never changes it.
type Verdict struct {
	Question string
	Answer   string // yes, no, or unclear; "" when nobody was asked
	Why      string
}

// How long a judge may think.
const judging = 2 * time.Minute

// judge puts a turn's question to the judge, if there is one.
func (p *player) judge(ctx context.Context, question string, s *seen) *Verdict {
	if question == "" {
		return nil
	}
	v := &Verdict{Question: question}
	if p.cfg.Judge == nil {
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, judging)
	defer cancel()
	var talk strings.Builder
	for _, e := range s.all {
		if text := strings.TrimSpace(textOf(e)); text != "" && e.Kind != channels.KindNote {
			fmt.Fprintf(&talk, "%s: %s\n", e.From.Role, text)
		}
	}
	reply, err := llm.Collect(p.cfg.Judge.Stream(ctx, &llm.Request{
		System: judgePrompt, MaxTokens: 200,
		Messages: []llm.Message{llm.Text(llm.User, fmt.Sprintf("<data>\n%s</data>\n\nQuestion on the assistant's last answer: %s", talk.String(), question))},
	}))
	if err != nil {
		v.Answer, v.Why = "unclear", err.Error()
		return v
	}
	v.Answer, v.Why = verdict(reply.Message.Text())
	return v
}

// verdict reads "Yes, because ...".
func verdict(text string) (answer, why string) {
	text = strings.TrimSpace(strings.TrimLeft(text, "*_\"' \n"))
	word, rest := text, ""
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word, rest = text[:i], text[i:]
	}
	switch strings.ToLower(word) {
	case "yes", "no":
		return strings.ToLower(word), strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
	}
	return "unclear", text
}

// Judged counts the verdicts: questions that were answered yes, all that were
// put, and those that were skipped because nobody could judge.
func (r *Report) Judged() (yes, put, skipped int) {
	for _, x := range r.Results {
		for _, t := range x.Turns {
			switch v := t.Judged; {
			case v == nil:
			case v.Answer == "":
				skipped++
			default:
				put++
				if v.Answer == "yes" {
					yes++
				}
			}
		}
	}
	return yes, put, skipped
}
