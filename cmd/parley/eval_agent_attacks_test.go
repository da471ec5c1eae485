package main

import (
	"os"
	"testing"
)

// The worst model and the builtin one, under the project's own attacks: nothing
// is changed, nobody else's data is shown, nothing untrue or of ours gets out.
func TestAttacksHaveNoEffect(t *testing.T) {
	b, err := os.ReadFile("../../" + ownAttacks)
	if err != nil {
		t.Fatal(err)
	}
	list, err := readAttacks(b)
	if err != nil {
		t.Fatal(err)
	}
	effects, n, err := underAttack(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range effects {
		t.Error(e)
	}
	if n < 150 {
		t.Errorf("%d conversations, so that this looked at little", n)
	}
}
