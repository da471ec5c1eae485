package main

import (
	"testing"

	"github.com/alecthomas/kong"
)

// An empty PARLEY_DATA, as of a variable that is set to nothing, is no folder.
func TestAnEmptyDataFolderMeansTheUsualOne(t *testing.T) {
	for set, want := range map[string]string{"": evalData, "elsewhere": "elsewhere"} {
		t.Setenv("PARLEY_DATA", set)
		var c cli
		p, err := kong.New(&c, kong.Vars{"version": "", "evaldata": evalData})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Parse([]string{"eval", "language"}); err != nil {
			t.Fatal(err)
		}
		if c.Eval.Data != want {
			t.Errorf("PARLEY_DATA=%q is the folder %q, want %q", set, c.Eval.Data, want)
		}
	}
}
