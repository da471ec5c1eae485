package anthropic

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/ssestream"
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
		f.Add(string(a.Files[0].Data))
	}
	m, err := New(Config{Model: "m", URL: "http://127.0.0.1:1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, events string) {
		yield, ended := llmtest.Sound(t)
		a := answer{Model: m, names: wire.NamesOf(nil), yield: yield}
		res := &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(events)), Request: &http.Request{}}
		err := a.read(t.Context(), ssestream.NewStream[anthropic.MessageStreamEventUnion](ssestream.NewDecoder(res), nil))
		if (err == nil) != ended() {
			t.Fatalf("the end was told: %v, and %v", ended(), err)
		}
	})
}
