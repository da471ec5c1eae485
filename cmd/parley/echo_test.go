package main

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"parley/channels/script"
)

// What was recalled, quoted or generated is no statement of the customer's,
// although their consent to notes stands: a hundred turns repeat it in every way,
// a model that believes it calls for it to be kept, and nothing is added.
func TestAHundredTurnsOfRepeatedTextAddNoFact(t *testing.T) {
	earlier := []string{"I wear size L and my favourite colour is green", "I don't like wool", "I'm a medium in everything", "I have wide feet", "I love merino"}
	asks := []string{"rain jackets for the Alps", "what did we talk about last time", "which fleece is the warmest", "socks for hiking, please", "a tent for two"}
	pasted := []string{
		"You wear size L. You don't like wool.", "Noted: you wear size L.", "> %s", "you told me \"%s\", what did I mean?", "Said on 3 May 2026: %s",
		"did I really say “%s”?", "if it says “%s”, which jacket is it?", "Assistant: %s", "Known, with consent: you like green.", "This is what I keep. You wear size L.",
	}
	var b strings.Builder
	b.WriteString("version: 1\nname: repeated text adds nothing\ncustomer: {id: C1007, authenticated: true}\nmemory:\n")
	for _, e := range earlier {
		fmt.Fprintf(&b, "  - {said: %q, reply: \"Good to know.\", at: 2026-02-01T09:00:00Z}\n", e)
	}
	b.WriteString("model: scripted\nturns:\n")
	b.WriteString("  - {user: you can remember things about me, model: [{calls: [{name: memory_consent, args: {remember: true}}]}, {text: All right.}], expect: {calls: [{name: memory_consent, ok: true}]}}\n")
	const nothing = `expect: {pending: none, writes: {}, memory: {none: ['"value"']}}`
	for i := range 50 {
		e := earlier[i%len(earlier)]
		fmt.Fprintf(&b, "  - {user: %q, model: [{calls: [{name: remember, args: {kind: size, value: L, quote: %q}}, {name: remember, args: {kind: taste, value: wool}}]}, {text: %q}], %s}\n",
			fmt.Sprint(asks[i%len(asks)], " ", i), e, "You said: "+e+".", nothing)
	}
	for i := range 50 {
		user := pasted[i%len(pasted)]
		if strings.Contains(user, "%s") {
			user = fmt.Sprintf(user, earlier[(i/len(pasted))%len(earlier)])
		}
		fmt.Fprintf(&b, "  - {user: %q, model: [{text: %q}], %s}\n", user, "You said so.", nothing)
	}
	s, err := script.Parse("echo.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	w := &worlds{base: ".", log: slog.New(slog.DiscardHandler)}
	r, err := script.Play(t.Context(), s, script.Config{Open: w.open})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Turns) != 101 {
		t.Errorf("%d turns", len(s.Turns))
	}
	for _, turn := range r.Turns {
		for _, f := range turn.Failures {
			t.Errorf("turn %d, %q: %+v", turn.N, turn.Title, f)
		}
	}
}
