package ollama

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"parley/agent/llm"
)

// Progress is how far a pull is, in bytes over all parts of the model that are
// known so far.
type Progress struct {
	Doing       string // in the server's words
	Done, Total int64
}

// How often a pull that broke off goes on by itself, each time only if it got
// further, and how long the server may say nothing.
const (
	mostPulls    = 5
	pullPatience = 2 * time.Minute
)

// Pull has a server fetch a model. What was fetched stays on the server: a pull
// that was stopped goes on where it was. The error says what to do; it wraps
// [llm.ErrUnavailable] when trying again may help.
func Pull(ctx context.Context, host, model string, told func(Progress)) error {
	c, err := newClient(host)
	if err != nil {
		return err
	}
	var best int64
	for try := 1; ; try++ {
		done, err := pull(ctx, c, host, model, told)
		if err == nil || ctx.Err() != nil || !errors.Is(err, errCutPull) || done <= best || try == mostPulls {
			return err
		}
		best = done
	}
}

var errCutPull = fmt.Errorf("the download broke off; give the same command again, it goes on where it stopped (%w)", llm.ErrUnavailable)

// pull is one try. It returns how many bytes are there.
func pull(ctx context.Context, c *api.Client, host, model string, told func(Progress)) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := time.AfterFunc(pullPatience, func() { cancel(errQuiet) })
	defer quiet.Stop()
	parts := map[string]*Progress{}
	sum := func(doing string) (p Progress) {
		p.Doing = doing
		for _, x := range parts {
			p.Done, p.Total = p.Done+x.Done, p.Total+x.Total
		}
		return p
	}
	whole := false
	err := c.Pull(ctx, &api.PullRequest{Model: model}, func(r api.ProgressResponse) error {
		quiet.Reset(pullPatience)
		whole = whole || r.Status == "success"
		if r.Digest != "" {
			if parts[r.Digest] == nil {
				parts[r.Digest] = &Progress{}
			}
			p := parts[r.Digest]
			p.Done, p.Total = max(p.Done, r.Completed), max(p.Total, r.Total)
		}
		told(sum(r.Status))
		return nil
	})
	done := sum("").Done
	var status api.StatusError
	var address *url.Error
	switch {
	case whole && err == nil:
		return done, nil
	case context.Cause(ctx) == errQuiet:
		return done, fmt.Errorf("pull %s: the server said nothing for %s: %w", model, pullPatience, errCutPull)
	case ctx.Err() != nil:
		return done, fmt.Errorf("pull %s: stopped; give the same command again, it goes on where it stopped: %w", model, ctx.Err())
	case err == nil: // the client takes a cut answer for a whole one
		return done, fmt.Errorf("pull %s: %w", model, errCutPull)
	case errors.As(err, &status) && status.StatusCode != http.StatusNotFound:
		return done, fmt.Errorf("pull %s: the server says %s", model, firstOf(status.ErrorMessage, status.Status))
	case has(err, "file does not exist", "not found", "pull model manifest"):
		return done, fmt.Errorf("pull %s: there is no model of this name in the library; names look like qwen3:4b (%w)", model, err)
	case has(err, "no space left", "disk full", "disk quota"):
		return done, fmt.Errorf("pull %s: the disk of the Ollama server is full; free some space there, or set OLLAMA_MODELS to another disk (%w)", model, err)
	case errors.As(err, &address) && done == 0:
		return done, fmt.Errorf("pull %s: no Ollama answers at %s; start it with `ollama serve`, or name another with OLLAMA_HOST: %w (%w)", model, Host(host), err, llm.ErrUnavailable)
	case errors.As(err, &address), has(err, "EOF", "connection reset", "broken pipe", "token too long"):
		return done, fmt.Errorf("pull %s: %v: %w", model, err, errCutPull)
	}
	return done, fmt.Errorf("pull %s: the server says: %w", model, err)
}

func has(err error, any ...string) bool {
	text := strings.ToLower(err.Error())
	for _, s := range any {
		if strings.Contains(text, strings.ToLower(s)) {
			return true
		}
	}
	return false
}

func firstOf(a, b string) string {
	if a = strings.TrimSpace(a); a != "" {
		return a
	}
	return b
}
