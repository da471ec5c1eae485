package agent

import (
	"encoding/json"
	"testing"

	"parley/agent/llm"
)

func TestAProductIsNamedByWholeWords(t *testing.T) {
	names := NewNames([]string{"Rice", "Water", "Ridge 4 Tent", "四人帐篷"})
	for sentence, held := range map[string]bool{
		"Up to which price?":                false, // no rice
		"It keeps the water out.":           false,
		"The Water is cheap.":               true,
		"Take the Ridge 4 Tent.":            true,
		"Take the bridge 4 tents wide.":     false,
		"推荐四人帐篷。":                           true,
		"Rice is in stock.":                 true,
		"Waterproof to the last seam.":      false,
		"The Riceland bag is a fine thing.": false,
	} {
		if got := Ungrounded(sentence, Turn{}, names); got != "" != held {
			t.Errorf("%q: %q, want held %v", sentence, got, held)
		}
	}
}

func TestAChineseCommaPartsTwoNumbers(t *testing.T) {
	turn := Turn{History: found(`{"total": 1299, "rated": 920, "by": 3}`)}
	for sentence, held := range map[string]bool{"Yoga 920，3人评分。": false, "一共1,299元。": false, "一共1,298元。": true} {
		if got := Ungrounded(sentence, turn, nil); got != "" != held {
			t.Errorf("%q: %q, want held %v", sentence, got, held)
		}
	}
}

// found is a history in which a tool gave this.
func found(content string) []llm.Message {
	return []llm.Message{{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "1", Content: json.RawMessage(content)}}}}}
}
