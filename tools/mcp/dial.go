package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// The largest message that is read of a server, in bytes; a connection that
// brings more is given up.
const mostMessage = 16 << 20

// dial makes the transport to a server. end stops what the transport started,
// without waiting for the server: the SDK's own ways to close can block on a
// server that does not answer (modelcontextprotocol/go-sdk issue 1189).
func (a *address) dial(token string, log *slog.Logger) (t sdk.Transport, end func()) {
	ctx, end := context.WithCancel(context.Background())
	if a.url != "" {
		return &sdk.StreamableClientTransport{Endpoint: a.url, HTTPClient: httpClient(ctx, token), MaxRetries: 2, MaxEventSize: mostMessage}, end
	}
	cmd := exec.CommandContext(ctx, a.args[0], a.args[1:]...)
	cmd.Env = append(childEnvironment(), a.env...)
	cmd.Stderr = &lineLog{log: log, server: a.name}
	cmd.WaitDelay = time.Second
	return &sdk.CommandTransport{Command: cmd, TerminateDuration: time.Second}, end
}

// childEnvironment is what a command gets of ours: no keys, no tokens.
func childEnvironment() []string {
	var out []string
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR", "SYSTEMROOT", "APPDATA", "TEMP"} {
		if v, ok := os.LookupEnv(name); ok {
			out = append(out, name+"="+v)
		}
	}
	return out
}

// httpClient follows no redirect, so that its token goes to no other host, waits
// for no connection for ever, reads no endless answer, and lets go of all when
// ctx ends.
func httpClient(ctx context.Context, token string) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	base.TLSHandshakeTimeout = 5 * time.Second
	base.DisableKeepAlives = true // one that broke meanwhile would leave open whether a call arrived
	return &http.Client{
		Transport: &bearer{ctx: ctx, base: base, token: token},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return fmt.Errorf("the server redirects to %s: give its final address", r.URL.Redacted())
		},
	}
}

type bearer struct {
	ctx   context.Context // of the connection
	base  *http.Transport
	token string
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(b.ctx, cancel)
	end := func() { stop(); cancel() }
	r = r.Clone(ctx)
	if b.token != "" {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	resp, err := b.base.RoundTrip(r)
	if err != nil {
		end()
		return nil, err
	}
	body := &capped{ReadCloser: resp.Body, left: mostMessage, end: end}
	if r.Method == http.MethodGet { // a stream without end, whose events have a limit of their own
		body.left = math.MaxInt
	}
	resp.Body = body
	return resp, nil
}

// capped breaks off a body that is too long. The SDK reads a JSON answer whole.
type capped struct {
	io.ReadCloser
	left int
	end  func()
}

var errTooLong = errors.New("the answer is longer than 16 MiB")

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLong
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *capped) Close() error {
	defer c.end()
	return c.ReadCloser.Close()
}

// lineLog writes what a command says on stderr to the log, line by line, each
// cut at a length.
type lineLog struct {
	log    *slog.Logger
	server string
	held   []byte
}

func (l *lineLog) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		line, rest, whole := bytes.Cut(p, []byte("\n"))
		if room := 500 - len(l.held); room > 0 {
			l.held = append(l.held, line[:min(room, len(line))]...)
		}
		if p = rest; whole {
			l.log.Debug("mcp: an outside server says on stderr", "server", l.server, "line", clean(string(l.held), 500))
			l.held = l.held[:0]
		}
	}
	return n, nil
}

// connect makes a session with a server, or gives up when ctx ends, whatever the
// server does. legacy begins with the handshake of before 2026-07-28: a command
// may end on the newer one's first question (go-sdk issue 1177).
func (r *remote) connect(ctx context.Context, legacy bool) (*live, error) {
	t, end := r.at.dial(r.out.cfg.Token(r.at.name), r.log)
	l := &live{changed: make(chan struct{}, 1), check: make(chan struct{}, 1), done: make(chan struct{}), end: end}
	client := sdk.NewClient(&sdk.Implementation{Name: "parley", Version: r.out.cfg.Version}, &sdk.ClientOptions{
		Capabilities:   &sdk.ClientCapabilities{}, // no roots, no sampling, no questions: we offer nothing
		MultiRoundTrip: &sdk.MultiRoundTripOptions{Disabled: true},
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) {
			select {
			case l.changed <- struct{}{}:
			default: // it is going to be listed anyhow
			}
		},
	})
	opts := &sdk.ClientSessionOptions{}
	if legacy {
		opts.ProtocolVersion = "2025-11-25"
	}
	type connected struct {
		session *sdk.ClientSession
		err     error
	}
	got := make(chan connected, 1)
	go func() {
		s, err := client.Connect(ctx, t, opts)
		got <- connected{s, err}
	}()
	select {
	case c := <-got:
		if c.err != nil {
			end()
			return nil, c.err
		}
		l.session = c.session
		go func() { _ = c.session.Wait(); close(l.done) }()
		return l, nil
	case <-ctx.Done():
		end()
		go func() { // it comes when it comes
			if c := <-got; c.session != nil {
				_ = c.session.Close()
			}
			end()
		}()
		return nil, context.Cause(ctx)
	}
}
