package openai

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"parley/agent/llm/llmtest"
	"parley/agent/llm/wire"
)

// Whatever a server sends, the contract of llm.Model holds.
func FuzzAnswer(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), len(file)%2 == 0)
	}
	m, err := New(Config{Model: "m", URL: "http://127.0.0.1:1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, events string, opened bool) {
		yield, ended := llmtest.Sound(t)
		a := answer{Model: m, names: wire.NamesOf(nil), think: think{opened: opened}, yield: yield}
		err := a.read(t.Context(), &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(events))})
		if (err == nil) != ended() {
			t.Fatalf("the end was told: %v, and %v", ended(), err)
		}
	})
}
