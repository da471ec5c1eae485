package tools

import (
	"context"

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
			hits, err := s.Memory.Recall(ctx, s.who.ID, in.About, memory.RecallOptions{K: 3, Skip: s.who.Conversation, Own: true})
			out := recallOut{Said: []saidView{}}
			for _, h := range hits {
				out.Said = append(out.Said, saidView{date(h.Turn.At), h.Turn.Text})
			}
			return out, err
		})
}
