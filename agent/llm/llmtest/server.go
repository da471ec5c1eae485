package llmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"unicode/utf8"

	"parley/agent/llm"
)

// A Server stands in for a model's: it answers as its test says, and keeps what
// it was asked.
type Server struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
}

// Serve answers one pattern of [http.ServeMux]; n counts the requests from 1.
func Serve(t *testing.T, pattern string, answer func(w http.ResponseWriter, r *http.Request, n int)) *Server {
	t.Helper()
	s := &Server{}
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		s.mu.Lock()
		s.bodies, s.heads = append(s.bodies, string(body)), append(s.heads, r.Header)
		n := len(s.bodies)
		s.mu.Unlock()
		answer(w, r, n)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// Asked are the bodies of the requests so far.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// Head is the header of the nth request, from 0.
func (s *Server) Head(n int) http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heads[n]
}

// Events writes server-sent events in small pieces, cut anywhere.
func Events(w http.ResponseWriter, events string) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	for len(events) > 0 {
		n := min(len(events), 301)
		if _, err := io.WriteString(w, events[:n]); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		events = events[n:]
	}
}

// Sound takes the chunks of a stream that must not fail and holds each to the
// contract. ended says whether the terminal chunk has come.
func Sound(t *testing.T) (yield func(llm.Chunk, error) bool, ended func() bool) {
	end, ids := false, map[string]bool{}
	yield = func(c llm.Chunk, err error) bool {
		if end || err != nil {
			t.Fatalf("%+v, %v after the end", c, err)
		}
		end = c.Stop != ""
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
	}
	return yield, func() bool { return end }
}
