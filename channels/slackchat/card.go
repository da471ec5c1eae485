package slackchat

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"parley/channels"
)

// card draws a hand-off: who, why now, what was said, and the buttons that its
// state allows. text is what notifications and screen readers get.
func card(conversation string, s channels.HandOffState, b channels.HandOffBrief) (text string, blocks []slack.Block) {
	who := b.Customer.Name
	if who == "" {
		who = "A visitor"
	}
	head := fmt.Sprintf("%s wants a person", who)
	switch s.Reason {
	case "angry":
		head = fmt.Sprintf("%s is angry", who)
	case "stuck", "failed":
		head = fmt.Sprintf("The assistant is stuck with %s", who)
	case "policy":
		head = fmt.Sprintf("%s has a case for a person", who)
	}
	blocks = append(blocks, slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, clip(head, 150), false, false)))
	if len(b.Summary) > 0 {
		blocks = append(blocks, section(clip(strings.Join(b.Summary, "\n"), 2900)))
	}
	var facts []string
	if b.Order != "" {
		facts = append(facts, "Order "+b.Order)
	}
	if len(b.Products) > 0 {
		facts = append(facts, "Looked at "+strings.Join(b.Products, ", "))
	}
	if mood := moodWords(b.Mood); mood != "" {
		facts = append(facts, mood)
	}
	if len(facts) > 0 {
		blocks = append(blocks, slack.NewContextBlock("facts", mrkdwn(clip(strings.Join(facts, "  ·  "), 2900))))
	}
	blocks = append(blocks, slack.NewContextBlock("state", mrkdwn(stateWords(s))))
	if button := buttonFor(conversation, s.State); button != nil {
		blocks = append(blocks, slack.NewActionBlock("handoff", button))
	}
	return escape(head), blocks
}

func buttonFor(conversation string, state channels.HandOffPhase) *slack.ButtonBlockElement {
	switch state {
	case channels.Requested:
		b := slack.NewButtonBlockElement("take_over", conversation, slack.NewTextBlockObject(slack.PlainTextType, "Take over", false, false))
		return b.WithStyle(slack.StylePrimary)
	case channels.Claimed:
		return slack.NewButtonBlockElement("hand_back", conversation, slack.NewTextBlockObject(slack.PlainTextType, "Hand back", false, false))
	}
	return nil
}

func stateWords(s channels.HandOffState) string {
	at := fmt.Sprintf("<!date^%d^{time}|%s>", s.At.Unix(), s.At.UTC().Format(time.TimeOnly))
	switch s.State {
	case channels.Requested:
		return "Waiting since " + at + ". Replies here are notes until someone takes over."
	case channels.Claimed:
		return escape(s.Who.Name) + " took over at " + at + ". Their replies here go to the shopper; those of others stay notes."
	case channels.Returned:
		return "Handed back to the assistant at " + at + "."
	}
	return "Closed at " + at + "."
}

// moodWords tells a trend of sentiment, oldest first, -1..1.
func moodWords(mood []float64) string {
	if len(mood) == 0 {
		return ""
	}
	last := mood[len(mood)-1]
	word := "neutral"
	switch {
	case last <= -.3:
		word = "unhappy"
	case last >= .3:
		word = "content"
	}
	if len(mood) > 1 && last < mood[0]-.3 {
		return "Mood: " + word + ", falling"
	}
	return "Mood: " + word
}

func section(text string) *slack.SectionBlock {
	return slack.NewSectionBlock(mrkdwn(text), nil, nil)
}

func mrkdwn(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

// escape keeps a shopper's text from becoming a mention, a link or markup.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// clip shortens to n characters.
func clip(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	r := []rune(text)
	return string(r[:n-1]) + "…"
}
