package tools

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/memory"
)

type recallIn struct {
	About string `json:"about" jsonschema:"the customer's own question about what they said, with its time if it has one"`
}

type saidView struct {
	On   string `json:"on"`
	Text string `json:"text"`
}

type recallOut struct {
	Said []saidView `json:"said"` // by the customer, what fits best first
}

// memoryRecall looks for what the customer said in earlier conversations: their
// own words alone, for what we said then, a price, may not hold any more.
func (s session) memoryRecall() llm.Tool {
	return llm.NewTool("memory_recall", "Find what this customer said in earlier conversations, with the day.", llm.Read,
		func(ctx context.Context, in recallIn, _ string) (recallOut, error) {
			hits, err := s.Memory.Recall(ctx, s.who.ID, in.About, memory.RecallOptions{K: 5 * mostSaid, Skip: s.who.Conversation, Own: true})
			out := recallOut{Said: []saidView{}}
			for _, h := range hits {
				said := saidView{date(h.Turn.At), h.Turn.Text}
				if len(out.Said) < mostSaid && !tellsNothing.MatchString(strings.ToLower(said.Text)) && !slices.Contains(out.Said, said) {
					out.Said = append(out.Said, said)
				}
			}
			return out, err
		})
}

// Messages that are quoted at most.
const mostSaid = 3

// tellsNothing is a message that nobody who asks what they said means.
var tellsNothing = regexp.MustCompile(`^(?:yes|yeah|yep|yup|sure|ok|okay|no|nope|nah|please|yes,? please|no,? thanks|thanks|thank you|hi|hello|hey|bye|goodbye|remember it|don't|是|是的|好|好的|好啊|可以|行|嗯|对|不|不用|不用了|不要|记住|谢谢|你好|您好|再见)[\s.!?,。！？，]*$`)
