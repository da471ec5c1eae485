package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A clock moves only when somebody waits.
type clock struct {
	at     time.Time
	waited []time.Duration
}

func line(wait time.Duration) (*Line, *clock) {
	c := &clock{at: noon}
	l := NewLine(Server{Name: "Host", Model: "m", Key: "secret-key", KeyEnv: "X_KEY", Wait: wait})
	l.now = func() time.Time { return c.at }
	l.sleep = func(ctx context.Context, d time.Duration) error {
		c.waited = append(c.waited, d)
		c.at = c.at.Add(d)
		return ctx.Err()
	}
	return l, c
}

// answers gives answers in order and counts how often it was asked.
type answers struct {
	list []func() (*http.Response, error)
	n    int
}

func (a *answers) next(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil || string(body) != "body" {
		return nil, fmt.Errorf("sent %q: %v", body, err)
	}
	if a.n == len(a.list) {
		return nil, errors.New("asked too often")
	}
	a.n++
	res, err := a.list[a.n-1]()
	if res != nil {
		res.Request = req
	}
	return res, err
}

func with(status int, heads ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(heads); i += 2 {
			h.Set(heads[i], heads[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(`{"error":{"message":"said"}}`))}, nil
	}
}

func post(t *testing.T, ctx context.Context) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1/v1", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestHowLongAServerIsWaitedFor(t *testing.T) {
	stream := with(200, "Content-Type", "text/event-stream")
	for _, c := range []struct {
		name   string
		list   []func() (*http.Response, error)
		waited string // "" for not at all
		ok     bool
		says   string
	}{
		{"at once", []func() (*http.Response, error){stream}, "", true, ""},
		{"seconds", []func() (*http.Response, error){with(429, "Retry-After", "2"), stream}, "[2s]", true, ""},
		{"a part of a second", []func() (*http.Response, error){with(429, "Retry-After", "0.25"), stream}, "[250ms]", true, ""},
		{"milliseconds before seconds", []func() (*http.Response, error){with(429, "Retry-After-Ms", "1500", "Retry-After", "2"), stream}, "[1.5s]", true, ""},
		{"a date", []func() (*http.Response, error){with(503, "Retry-After", "Sun, 01 Mar 2026 12:00:03 GMT"), stream}, "[3s]", true, ""},
		{"a date by a clock that is wrong", []func() (*http.Response, error){with(429, "Date", "Sun, 01 Mar 2026 15:00:00 GMT", "Retry-After", "Sun, 01 Mar 2026 15:00:04 GMT"), stream}, "[4s]", true, ""},
		{"a date that is over", []func() (*http.Response, error){with(429, "Retry-After", "Sun, 01 Mar 2026 11:00:00 GMT"), stream}, "[500ms]", true, ""},
		{"nonsense", []func() (*http.Response, error){with(429, "Retry-After", "soon"), stream}, "[500ms]", true, ""},
		{"a reset of OpenAI's", []func() (*http.Response, error){with(429, "X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "1s", "X-Ratelimit-Remaining-Tokens", "0", "X-Ratelimit-Reset-Tokens", "3s200ms"), stream}, "[3.2s]", true, ""},
		{"a reset of Anthropic's", []func() (*http.Response, error){with(429, "Anthropic-Ratelimit-Input-Tokens-Remaining", "0", "Anthropic-Ratelimit-Input-Tokens-Reset", "2026-03-01T12:00:02Z"), stream}, "[2s]", true, ""},
		{"overloaded", []func() (*http.Response, error){with(529), stream}, "[500ms]", true, ""},
		{"overloaded twice", []func() (*http.Response, error){with(529), with(529)}, "[500ms]", false, "overloaded"},
		{"too long", []func() (*http.Response, error){with(429, "Retry-After", "37")}, "", false, "left alone for 37s"},
		{"for ever", []func() (*http.Response, error){with(429, "Retry-After", "1e300")}, "", false, "too many requests"},
		{"no number", []func() (*http.Response, error){with(429, "Retry-After", "NaN"), stream}, "[500ms]", true, ""},
		{"not worth it", []func() (*http.Response, error){with(400, "Retry-After", "1")}, "", false, "said"},
		{"the server says no", []func() (*http.Response, error){with(500, "X-Should-Retry", "false")}, "", false, "500"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, clock := line(0)
			a := &answers{list: c.list}
			res, err := l.Do(post(t, t.Context()), a.next)
			if (err == nil) != c.ok || a.n != len(c.list) {
				t.Fatalf("asked %d times of %d: %v, %v", a.n, len(c.list), res, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, which should say %q", err, c.says)
			}
			if got := fmt.Sprint(clock.waited); got != c.waited && !(c.waited == "" && got == "[]") {
				t.Errorf("waited %s, not %s", got, c.waited)
			}
		})
	}
}

// What one request is told holds for those that come after it.
func TestALimitHoldsForTheNextRequest(t *testing.T) {
	stream := with(200)
	for _, c := range []struct {
		name         string
		first        func() (*http.Response, error)
		later        time.Duration
		asked        int
		waited, says string
	}{
		{"refused for long", with(429, "Retry-After", "60"), 0, 1, "[]", "no request in the next 1m0s"},
		{"over by then", with(429, "Retry-After", "60"), time.Minute, 2, "[]", ""},
		{"used up by the answer before", with(200, "X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "3s"), 0, 2, "[3s]", ""},
		{"used up for long", with(200, "X-Ratelimit-Remaining-Tokens", "0", "X-Ratelimit-Reset-Tokens", "6m0s"), 0, 1, "[]", "no request in the next 5m0s"},
		{"some are left", with(200, "X-Ratelimit-Remaining-Requests", "1", "X-Ratelimit-Reset-Requests", "6m0s"), 0, 2, "[]", ""},
		{"a mistake of a day", with(429, "Retry-After", "86400"), 5 * time.Minute, 2, "[]", ""},
		{"another problem", with(500, "X-Should-Retry", "false", "Retry-After", "60"), 0, 2, "[]", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, clock := line(0)
			a := &answers{list: []func() (*http.Response, error){c.first, stream}}
			_, _ = l.Do(post(t, t.Context()), a.next) // the error is the test before
			clock.at, clock.waited = clock.at.Add(c.later), []time.Duration{}
			_, err := l.Do(post(t, t.Context()), a.next)
			if a.n != c.asked || fmt.Sprint(clock.waited) != c.waited {
				t.Errorf("asked %d times, waited %v", a.n, clock.waited)
			}
			if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || !errors.Is(err, llm.ErrUnavailable)) {
				t.Errorf("got %v, which should say %q", err, c.says)
			}
		})
	}
}

func TestAWaitEndsWithTheTurn(t *testing.T) {
	l, _ := line(0)
	l.sleep = sleep // the true one
	ctx, cancel := context.WithCancel(t.Context())
	a := &answers{list: []func() (*http.Response, error){func() (*http.Response, error) {
		cancel()
		return with(429, "Retry-After", "4")()
	}}}
	_, err := l.Do(post(t, ctx), a.next)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestARequestThatWasCancelledIsNoProblemOfTheServer(t *testing.T) {
	l, _ := line(0)
	ctx, cancel := context.WithCancel(t.Context())
	a := &answers{list: []func() (*http.Response, error){func() (*http.Response, error) {
		cancel()
		return nil, errors.New("read: connection reset")
	}}}
	if _, err := l.Do(post(t, ctx), a.next); !errors.Is(err, context.Canceled) || errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestBrokenConnectionsAreSaidWithoutTheKey(t *testing.T) {
	l, _ := line(0)
	a := &answers{list: []func() (*http.Response, error){func() (*http.Response, error) {
		return nil, errors.New(`Post "http://h/?key=secret-key": dial tcp: refused`)
	}}}
	_, err := l.Do(post(t, t.Context()), a.next)
	if !errors.Is(err, llm.ErrUnavailable) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "secret-key") || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("got %v", err)
	}
	if err := l.Network(t.Context(), io.ErrUnexpectedEOF, true); !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:8080/v1": true, "http://localhost/": true, "http://[::1]:1/": true, "http://127.8.0.1": true,
		"http://10.0.0.1/": false, "https://localhost.example/": false, "http://0x7f.1/": false,
	} {
		u, err := Address(address)
		if err != nil {
			t.Fatal(err)
		}
		if Loopback(u) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
}
