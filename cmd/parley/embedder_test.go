package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/memory"
)

func TestEarlierTurnsAreComparedByTheModelThatIsNamedWhileItAnswers(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		asked.Add(int32(len(in.Input)))
		list := make([][]float32, len(in.Input))
		for i := range list {
			list[i] = []float32{1, float32(len(in.Input[i]))}
		}
		json.NewEncoder(w).Encode(map[string]any{"embeddings": list})
	}))
	defer s.Close()
	t.Setenv("OLLAMA_HOST", s.URL)
	set := settings{Shop: "demo", Data: t.TempDir(), Model: "builtin", Tools: "auto", Embed: "ollama:tiny"}
	a, _, err := set.open(t.Context(), slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Store.Close()
	c, _, err := a.Hub.Start(t.Context(), channels.Visitor{Customer: llm.Customer{ID: "C1007", Authenticated: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Hub.Record(t.Context(), c.ID, channels.Entry{ID: "m1", From: channels.From{Role: channels.RoleShopper}, Kind: channels.KindText, Body: []byte(`{"text":"a tent for the Alps"}`)}); err != nil {
		t.Fatal(err)
	}
	recall := func() {
		t.Helper()
		hits, err := a.Memory.Recall(t.Context(), "C1007", "which tent?", memory.RecallOptions{})
		if err != nil || len(hits) == 0 || hits[0].Turn.Text != "a tent for the Alps" {
			t.Fatalf("recalled %v, %v", hits, err)
		}
	}
	if recall(); asked.Load() != 2 { // the turn and the question
		t.Errorf("%d texts were embedded", asked.Load())
	}
	s.Close() // the table goes on
	recall()
	if static, err := embedderOf("static"); static != nil || err != nil {
		t.Error(static, err)
	}
	if _, err := embedderOf("gpt"); err == nil {
		t.Error("an embedding that is none was taken")
	}
}
