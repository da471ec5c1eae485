package llm_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/agent/llm"
)

func TestHistoryIsCutToTheContextInWholeTurns(t *testing.T) {
	var list []llm.Message
	for i := range 50 {
		list = append(list, llm.Text(llm.User, fmt.Sprint("question ", i)), llm.Text(llm.Assistant, strings.Repeat("x", 100)))
	}
	list = append(list, llm.Text(llm.User, strings.Repeat("y", 5000)))
	if got := llm.Fit(list, 1000); len(got) != 1 {
		t.Errorf("the last message alone is kept whole: %d kept", len(got))
	}
	got := llm.Fit(list, 5600)
	if got[0].Role != llm.User || len(got) < 5 || len(got) > 13 {
		t.Errorf("%d kept, the first from %s", len(got), got[0].Role)
	}
}
