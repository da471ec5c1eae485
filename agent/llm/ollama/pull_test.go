package ollama

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/agent/llm"
)

// library answers /api/pull; n counts from 1.
func library(t *testing.T, pull func(w http.ResponseWriter, r *http.Request, n int)) string {
	t.Helper()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; r.URL.Path != "/api/pull" {
			t.Errorf("%s was asked", r.URL.Path)
		}
		pull(w, r, n)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func part(digest string, done, total int) string {
	return fmt.Sprintf(`{"status":"pulling %s","digest":"sha256:%s","total":%d,"completed":%d}`, digest, digest, total, done)
}

func TestAPullTellsHowFarItIs(t *testing.T) {
	host := library(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		for _, l := range []string{`{"status":"pulling manifest"}`, part("aa", 0, 80), part("aa", 80, 80), part("bb", 10, 20), part("bb", 20, 20), `{"status":"success"}`} {
			line(w, l)
		}
	})
	var seen []string
	if err := Pull(t.Context(), host, "m", func(p Progress) { seen = append(seen, fmt.Sprint(p.Done, "/", p.Total)) }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "0/0 0/80 80/80 90/100 100/100 100/100" {
		t.Errorf("told %s", got)
	}
}

func TestAPullThatFailsSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		pull  func(w http.ResponseWriter, r *http.Request)
		want  string
		again bool // trying again may help
	}{
		"no such model": {func(w http.ResponseWriter, _ *http.Request) {
			line(w, `{"status":"pulling manifest"}`)
			line(w, `{"error":"pull model manifest: file does not exist"}`)
		}, "no model of this name", false},
		"a full disk": {func(w http.ResponseWriter, _ *http.Request) {
			line(w, part("aa", 40, 100))
			line(w, `{"error":"write /models/blobs/aa: no space left on device"}`)
		}, "disk of the Ollama server is full", false},
		"another error of the server": {func(w http.ResponseWriter, _ *http.Request) {
			line(w, `{"error":"digest mismatch, file must be downloaded again"}`)
		}, "digest mismatch", false},
		"an end without success": {func(w http.ResponseWriter, _ *http.Request) { line(w, part("aa", 40, 100)) }, "goes on where it stopped", true},
		"a dropped connection": {func(w http.ResponseWriter, _ *http.Request) {
			line(w, part("aa", 40, 100))
			panic(http.ErrAbortHandler)
		}, "goes on where it stopped", true},
		"a 500 with an empty body": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "goes on where it stopped", true},
		"a 400": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":"invalid model name"}`, http.StatusBadRequest)
		}, "invalid model name", false},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			err := Pull(t.Context(), library(t, func(w http.ResponseWriter, r *http.Request, n int) { asked = n; c.pull(w, r) }), "m", func(Progress) {})
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, llm.ErrUnavailable) != c.again {
				t.Errorf("got %v", err)
			}
			if asked > 2 {
				t.Errorf("asked %d times without getting further", asked)
			}
		})
	}
}

func TestAPullGoesOnWhereItBrokeOff(t *testing.T) {
	last := 0
	host := library(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		last = n
		if n < 3 {
			line(w, part("aa", 30*n, 100))
			panic(http.ErrAbortHandler)
		}
		line(w, part("aa", 100, 100))
		line(w, `{"status":"success"}`)
	})
	if err := Pull(t.Context(), host, "m", func(Progress) {}); err != nil || last != 3 {
		t.Errorf("after %d tries: %v", last, err)
	}
}

func TestAPullCanBeStopped(t *testing.T) {
	gone := make(chan struct{})
	host := library(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		line(w, part("aa", 1, 100))
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	err := Pull(ctx, host, "m", func(p Progress) {
		if p.Done == 1 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "goes on where it stopped") {
		t.Errorf("got %v", err)
	}
	<-gone
}

func TestAPullFromNobodySaysWhereAndHow(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	err := Pull(t.Context(), s.URL, "m", func(Progress) {})
	if !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), "ollama serve") || !strings.Contains(err.Error(), s.URL) {
		t.Errorf("got %v", err)
	}
}
