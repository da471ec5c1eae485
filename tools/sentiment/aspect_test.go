package sentiment

import (
	"slices"
	"testing"
)

// Aspects of our own sentences: found with the right sign, with the wrong one,
// or not at all: most of those missed are named by no word ("It came a day
// early"). Figures are in README.md.
func TestAspectsOfOurSentences(t *testing.T) {
	a := analyzer(t)
	learned, held := ownTexts(t)
	right, wrong, missed := 0, 0, 0
	for _, s := range slices.Concat(learned, held) {
		found := map[string]string{}
		for _, x := range a.Analyze(s.text, "").Aspects {
			found[x.Name] = x.Label
		}
		for _, want := range s.aspects {
			name, sign := want[:len(want)-1], map[byte]string{'+': "positive", '-': "negative"}[want[len(want)-1]]
			switch found[name] {
			case sign:
				right++
			case "", "neutral":
				missed++
			default:
				wrong++
				t.Logf("%s: %q", want, s.text)
			}
		}
	}
	t.Logf("%d right, %d of the wrong sign, %d missed", right, wrong, missed)
	if right*2 < 3*missed || wrong*20 > right {
		t.Errorf("%d right, %d of the wrong sign, %d missed", right, wrong, missed)
	}
}
