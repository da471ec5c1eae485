package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrAway is given when the cluster has not answered for a while. What was
// asked may or may not have happened.
var ErrAway = errors.New("store: the cluster does not answer")

// A cluster that loses the leader of a stream chooses another one within four
// to nine seconds, and answers nothing meanwhile, not even with an error. So
// one try is short, and there are several.
const (
	oneTry   = 2 * time.Second
	patience = 30 * time.Second
	bulkTry  = time.Minute // of what is large
	// An embedded server answers or is broken.
	embeddedTry, embeddedPatience = 5 * time.Second, 10 * time.Second
)

// patiently does what may be done twice until the engine gives an answer that
// is not of a passing trouble.
func (s *jet) patiently(ctx context.Context, do func(context.Context) error) error {
	if s.server != nil {
		return s.within(ctx, embeddedTry, embeddedPatience, do)
	}
	return s.within(ctx, oneTry, patience, do)
}

func (s *jet) within(ctx context.Context, try, most time.Duration, do func(context.Context) error) error {
	began := time.Now()
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		once, stop := context.WithTimeout(ctx, try)
		err := do(once)
		stop()
		if err == nil || ctx.Err() != nil || !passing(err) || s.server != nil && !slow(err) {
			return err
		}
		gone := time.Since(began)
		if gone > most && s.server != nil {
			return fmt.Errorf("the store in %s has not taken it in %s; `parley doctor` looks what hinders it: a file that may not be written to, or a disk that does not answer (the last it said: %w)", s.cfg.Dir, gone.Round(time.Second), err)
		}
		if gone > most {
			return fmt.Errorf("%w: nothing in %s; look whether a majority of its servers run and reach each other (the last it said: %w)", ErrAway, gone.Round(time.Second), err)
		}
		if gone > try {
			s.cfg.Log.Debug("store: trying again", "after", gone, "error", err)
		}
		if slow(err) && gone > 2*oneTry {
			s.elsewhere()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// errBehind is of a replica that has not yet what its leader has.
var errBehind = errors.New("a replica is behind")

// slow says that no answer came, and whether it was done is not known.
func slow(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// passing says that an error is likely to be another one, or none, a little later.
func passing(err error) bool {
	var api *jetstream.APIError
	switch {
	case slow(err), errors.Is(err, errBehind), errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrConnectionReconnecting), errors.Is(err, nats.ErrReconnectBufExceeded):
		return true
	case errors.As(err, &api):
		switch api.ErrorCode {
		case 10158, // our own message of the try before is still being stored
			jetstream.JSErrCodeStreamWrongLastSequenceConstant: // somebody's is, and which way it goes is open
			return true
		case 10005: // too few servers for the replicas: others may be starting
			return true
		case 10023, 10047, 10077: // no space
			return false
		}
		return api.Code == 503
	}
	return false
}

// told maps an engine's error to the words of this package.
func (s *jet) told(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant):
		return ErrConflict
	case errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrObjectNotFound):
		return ErrNotFound
	case errors.Is(err, nats.ErrConnectionClosed):
		return ErrClosed
	case strings.Contains(err.Error(), "maximum messages exceeded"):
		return fmt.Errorf("%w: try again in a moment (%w)", ErrBusy, err)
	case strings.Contains(err.Error(), "no space left"), errors.As(err, &api) && (api.ErrorCode == 10047 || api.ErrorCode == 10023 || api.ErrorCode == 10077):
		return fmt.Errorf("%w: free some and try again (%w)", ErrFull, err)
	}
	return err
}

// elsewhere connects to another server: the one we are on may be cut off from
// the rest, and it would keep us for ever.
func (s *jet) elsewhere() {
	if s.cfg.URL == "" {
		return
	}
	s.mu.Lock()
	soon := time.Since(s.moved) < patience/6
	if !soon {
		s.moved = time.Now()
	}
	s.mu.Unlock()
	if soon || !s.conn.IsConnected() {
		return
	}
	s.cfg.Log.Warn("store: this server gives no answer; trying another one", "server", s.conn.ConnectedServerName())
	if err := s.conn.ForceReconnect(); err != nil {
		s.cfg.Log.Debug("store: reconnect", "error", err)
	}
}

// Redacted gives the URLs of a cluster without the passwords in them.
func Redacted(urls string) string {
	list := strings.Split(urls, ",")
	for i, one := range list {
		u, err := url.Parse(strings.TrimSpace(one))
		switch {
		case err != nil:
			list[i] = "(an unreadable URL)"
		case u.User == nil:
		case strings.Contains(u.User.String(), ":"):
			list[i] = u.Redacted()
		default: // a token
			u.User = url.User("xxxxx")
			list[i] = u.String()
		}
	}
	return strings.Join(list, ",")
}
