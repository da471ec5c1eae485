// Package wire is what the adapters to hosted models share: the way to a server
// with its waits and its errors in words, and requests in a form that every
// server takes. It knows no server's API and starts no request by itself.
// Start with [Line], then [Sound].
package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"parley/agent/llm"
)

// A Server says where a line goes.
type Server struct {
	Name   string        // as people know it, "OpenAI" or a host
	Model  string        // as --model names it
	Key    string        // never printed; empty for none
	KeyEnv string        // where the key comes from, "OPENAI_API_KEY"
	Wait   time.Duration // the longest that one answer is waited for, in all, before it begins; 0 means 5 s
}

// A Line is the way to one model on one server. It waits as long as the server
// asks, within bounds, tries again before the first byte of an answer, and says
// what went wrong in words that never hold the key. Make it with [NewLine]; it
// is safe for concurrent use.
type Line struct {
	Server
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	until time.Time // the server wants no request before
}

// NewLine makes a line that waits by the clock of the machine.
func NewLine(s Server) *Line {
	s.Wait = cmp.Or(s.Wait, 5*time.Second)
	return &Line{Server: s, now: time.Now, sleep: sleep}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Client is an HTTP client that follows no redirect: a key must not travel to
// another host.
func Client() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Address reads a base URL as people write it; its path ends without a slash.
func Address(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the base URL must be like https://host/v1") // not repeated: it may hold a secret
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the base URL of %s must end with its path, and hold no password: a key comes from the environment", u.Host)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// Loopback reports whether a base URL is this machine's own.
func Loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// How often one request is sent at the most.
const tries = 2

// Do sends a request through next, as the middleware of an SDK whose own
// retries are off. What comes back without an error is the beginning of a
// stream. Errors are a [*Problem], or the context's own.
func (l *Line) Do(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	ctx, left := req.Context(), l.Wait
	for try := 1; ; try++ {
		if err := l.held(ctx, &left); err != nil {
			return nil, err
		}
		again := req.Clone(ctx)
		if req.GetBody != nil {
			body, err := req.GetBody()
			if err != nil {
				return nil, fmt.Errorf("send the request again: %w", err)
			}
			again.Body = body
		}
		res, err := next(again)
		if err != nil {
			return nil, l.Network(ctx, err, false)
		}
		if res.StatusCode/100 == 2 && !strange(res) {
			l.heed(res.Header, false)
			return res, nil
		}
		p, err := l.judge(res)
		if err != nil {
			return nil, l.Network(ctx, err, false)
		}
		if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable || p.Status == 529 {
			l.heed(res.Header, true)
		}
		pause := p.pause
		if pause == 0 {
			pause = 500 * time.Millisecond // when the server does not say
		}
		if !p.again || try == tries || pause > left {
			return nil, p
		}
		left -= pause
		if err := l.sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// held waits until the server takes requests again, if that is soon.
func (l *Line) held(ctx context.Context, left *time.Duration) error {
	l.mu.Lock()
	d := l.until.Sub(l.now())
	l.mu.Unlock()
	switch {
	case d <= 0:
		return nil
	case d > *left:
		return l.problem(http.StatusTooManyRequests, "", "", llm.ErrUnavailable, "%s has asked for no request in the next %s", l.Name, round(d))
	}
	*left -= d
	return l.sleep(ctx, d)
}

// strange reports an answer that is no stream: a page of a proxy, or one JSON body.
func strange(res *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return kind == "text/html" || strings.HasSuffix(kind, "json")
}

// Network is the error of a request that did not get through or of a stream
// that was cut. begun says that some of the answer had come.
func (l *Line) Network(ctx context.Context, err error, begun bool) error {
	var p *Problem
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.As(err, &p) {
		return p
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text, kind := "%s cannot be reached: %s", error(llm.ErrUnavailable)
	if begun {
		text, kind = "%s: the stream broke off: %s", errors.Join(llm.ErrUnavailable, io.ErrUnexpectedEOF)
	}
	return l.problem(0, "", "", kind, text, l.Name, l.clean(err.Error()))
}

// Cut is the error of a stream that ended without its last event.
func (l *Line) Cut() error {
	return l.problem(0, "", "", errors.Join(llm.ErrUnavailable, io.ErrUnexpectedEOF), "%s ended its answer before the end", l.Name)
}

// Refuse is the error of an answer that cannot be read.
func (l *Line) Refuse(format string, args ...any) error {
	return l.problem(0, "", "", llm.ErrUnavailable, "%s: %s", l.Name, fmt.Sprintf(format, args...))
}
