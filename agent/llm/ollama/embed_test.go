package ollama

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTextsAreEmbeddedInTheirOrder(t *testing.T) {
	fewer := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Model string
			Input []string
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.URL.Path != "/api/embed" {
			t.Errorf("asked %s, %v", r.URL.Path, err)
		}
		if asked.Model != "tiny" {
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte(`{"error":"model not found"}`))
			return
		}
		var list [][]float32
		for _, text := range asked.Input {
			list = append(list, []float32{float32(len(text)), 1})
		}
		if fewer {
			list = list[1:]
		}
		json.NewEncoder(w).Encode(map[string]any{"model": "tiny", "embeddings": list})
	}))
	defer s.Close()
	embed, err := Embedding(s.URL, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	list, err := embed(t.Context(), []string{"a", "three", "to"})
	if err != nil || len(list) != 3 || list[0][0] != 1 || list[1][0] != 5 || list[2][0] != 2 {
		t.Errorf("%v, %v", list, err)
	}
	fewer = true
	if _, err := embed(t.Context(), []string{"a", "b"}); err == nil {
		t.Error("a vector too few was taken")
	}
	other, err := Embedding(s.URL, "other")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("a model that is not there: %v", err)
	}
	if _, err := Embedding("", ""); err == nil {
		t.Error("no model was named, and none missed")
	}
}
