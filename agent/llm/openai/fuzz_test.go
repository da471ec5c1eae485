package openai

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"parley/agent/llm"
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
		ended, ids := false, map[string]bool{}
		a := answer{Model: m, names: wire.NamesOf(nil), think: think{opened: opened}, yield: func(c llm.Chunk, err error) bool {
			if ended || err != nil {
				t.Fatalf("%+v, %v after the end", c, err)
			}
			ended = c.Stop != ""
			if !utf8.ValidString(c.Text) || !utf8.ValidString(c.Reasoning) {
				t.Fatalf("no UTF-8: %+v", c)
			}
			if c.Call != nil {
				var args map[string]any
				if ids[c.Call.ID] || c.Call.ID == "" || c.Call.Name == "" || json.Unmarshal(c.Call.Args, &args) != nil || args == nil {
					t.Fatalf("no sound call: %+v %s", c.Call, c.Call.Args)
				}
				ids[c.Call.ID] = true
			}
			return true
		}}
		err := a.read(t.Context(), &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(events))})
		if (err == nil) != ended {
			t.Fatalf("the end was told: %v, and %v", ended, err)
		}
	})
}
