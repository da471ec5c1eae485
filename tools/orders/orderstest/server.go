package orderstest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/tools/orders"
)

// A Server answers as openapi.yaml says, over a service. Next lists what goes
// wrong with the coming requests, one each: "slow", "500", "429", "half",
// "huge", "no json", "other customer", "redirect", "lost" (the work is done and
// the answer lost), "twice" (the request is delivered twice), "" for nothing.
type Server struct {
	Service orders.Service
	Token   string

	mu    sync.Mutex
	next  []string
	asked []*http.Request
}

// Fail queues what goes wrong next.
func (s *Server) Fail(faults ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, faults...)
}

// Asked are the requests so far, without their bodies.
func (s *Server) Asked() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.asked...)
}

func (s *Server) fault(r *http.Request) (fault string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	if len(s.next) > 0 {
		fault, s.next = s.next[0], s.next[1:]
	}
	return fault
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := s.fault(r)
	if r.Header.Get("Authorization") != "Bearer "+s.Token {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	switch fault {
	case "slow":
		_, _ = io.Copy(io.Discard, r.Body) // hanging up is noticed after the body only
		<-r.Context().Done()
		return
	case "500":
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	case "429":
		http.Error(w, "later", http.StatusTooManyRequests)
		return
	case "redirect":
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		return
	}
	answer, err := s.answer(r)
	if fault == "twice" {
		answer, err = s.answer(r)
	}
	status := http.StatusOK
	if err != nil {
		status, answer = http.StatusUnprocessableEntity, map[string]string{"error": orders.Code(err), "text": err.Error()}
		switch orders.Code(err) {
		case "":
			status, answer = http.StatusInternalServerError, "broken"
		case "not_found":
			status = http.StatusNotFound
		case "key_used":
			status = http.StatusConflict
		}
	}
	b, err := json.Marshal(answer)
	if err != nil {
		panic(err) // the suite's own types
	}
	w.Header().Set("Content-Type", "application/json")
	switch fault {
	case "lost":
		panic(http.ErrAbortHandler)
	case "half":
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		b = b[:len(b)/2]
	case "huge":
		b = []byte(`{"text":"` + strings.Repeat("x", 10<<20) + `"}`)
	case "no json":
		b = []byte("<html>come in</html>")
	case "other customer":
		b = []byte(strings.ReplaceAll(string(b), `"customer":"ana"`, `"customer":"ben"`))
		b = []byte(strings.ReplaceAll(string(b), `"id":"ana"`, `"id":"ben"`))
	}
	w.WriteHeader(status)
	_, _ = w.Write(b) // whoever hung up has had enough
	if fault == "half" {
		panic(http.ErrAbortHandler)
	}
}

type asking struct {
	orders.Change
	Email, Name, Postcode, Proof string
}

// body reads a request, and leaves it to be read again.
func body(r *http.Request) (in asking, err error) {
	if r.Body == nil || r.Method == http.MethodGet {
		return in, nil
	}
	raw, err := readAll(r)
	if err != nil {
		return in, err
	}
	return in, json.Unmarshal(raw, &in)
}

func (s *Server) answer(r *http.Request) (any, error) {
	ctx := r.Context()
	in, err := body(r)
	if err != nil {
		return nil, err
	}
	path := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, p := range path {
		if path[i], err = url.PathUnescape(p); err != nil {
			return nil, orders.ErrNotFound
		}
	}
	switch {
	case path[0] == "find":
		id, err := s.Service.Find(ctx, orders.Who{Email: in.Email, Name: in.Name, Zip: in.Postcode})
		return map[string]string{"customer": id}, err
	case path[0] == "proofs":
		id, err := s.Service.Prove(ctx, in.Order, in.Proof)
		return map[string]string{"customer": id}, err
	case path[0] == "customers" && len(path) == 2:
		return s.Service.Customer(ctx, path[1])
	case path[0] == "customers" && len(path) == 4 && path[2] == "orders":
		return s.Service.Get(ctx, path[1], path[3])
	case path[0] == "customers" && len(path) == 3:
		switch path[2] {
		case "orders":
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit")) // absent is 0
			list, err := s.Service.List(ctx, path[1], limit)
			if list == nil {
				list = []orders.Order{}
			}
			return map[string]any{"orders": list}, err
		case "preview":
			return s.Service.Preview(ctx, path[1], in.Change)
		case "changes":
			return s.Service.Do(ctx, path[1], in.Change, r.Header.Get("Idempotency-Key"))
		}
	}
	return nil, orders.ErrNotFound
}

// Patience is how long the suite's clients wait for one answer.
const Patience = 300 * time.Millisecond

func readAll(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	return raw, err
}
