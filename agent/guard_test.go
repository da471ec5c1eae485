package agent

import "testing"

func TestAProductIsNamedByWholeWords(t *testing.T) {
	names := []string{"Rice", "Water", "Ridge 4 Tent", "四人帐篷"}
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
	turn := Turn{Text: "920 和 3 和 1,299"}
	for sentence, held := range map[string]bool{"Yoga 920，3人评分。": false, "一共1,299元。": false, "一共1,298元。": true} {
		if got := Ungrounded(sentence, turn, nil); got != "" != held {
			t.Errorf("%q: %q, want held %v", sentence, got, held)
		}
	}
}
