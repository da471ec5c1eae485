package redact

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func kept(k Kind, n int) (string, bool) {
	v, ok := map[string]string{"[email 1]": "anna@example.com", "[address 2]": `12 "Oak" Street\`}[Placeholder(k, "", n)]
	return v, ok
}

func TestRevealPutsValuesBack(t *testing.T) {
	got, missing := Reveal("[email 1] and [email 1], not [email] or [card 4421] or [phone 3]", kept)
	if want := "anna@example.com and anna@example.com, not [email] or [card 4421] or [phone 3]"; got != want {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"[phone 3]"}, missing); diff != "" {
		t.Error(diff)
	}
	full, missing := RevealJSON(json.RawMessage(`{"n":[1],"to":"[address 2], Portland"}`), kept)
	var back struct{ To string }
	if err := json.Unmarshal(full, &back); err != nil || back.To != `12 "Oak" Street\, Portland` || missing != nil {
		t.Errorf("got %s, %v, missing %v", full, err, missing)
	}
}

func TestNumbersMeanNothingElsewhere(t *testing.T) {
	if got := Unnumbered("[email 12] [card 4421] [phone 1]x [address]"); got != "[email] [card 4421] [phone]x [address]" {
		t.Errorf("got %q", got)
	}
}
