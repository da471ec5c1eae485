package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A server may say a day; a hold is never longer than this, so that a mistake
// in a header does not silence a model for good.
const longest = 5 * time.Minute

// heed keeps what the headers of an answer say about when the next request may
// come: retry-after where the server refused, and allowances that are used up.
func (l *Line) heed(h http.Header, refused bool) {
	now := l.now()
	d := spent(h, now)
	if refused {
		d = max(d, retryAfter(h, now))
	}
	if d <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := now.Add(min(d, longest)); until.After(l.until) {
		l.until = until
	}
}

// retryAfter reads how long a server wants to be left alone: milliseconds, or
// seconds or an HTTP date (RFC 9110, section 10.2.3) by the server's own clock.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return bounded(ms / 1000)
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return bounded(s)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if server, err := http.ParseTime(h.Get("Date")); err == nil {
		now = server
	}
	return max(0, at.Sub(now))
}

// The allowances that servers count, as pairs of what is left and when it is
// full again: OpenAI and those like it give a duration, Anthropic a time.
var allowances = [][2]string{
	{"X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"},
	{"X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"},
	{"Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"},
	{"Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"},
	{"Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset"},
	{"Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset"},
}

// spent is how long it takes until no allowance is at zero any more.
func spent(h http.Header, now time.Time) time.Duration {
	var most time.Duration
	for _, a := range allowances {
		if strings.TrimSpace(h.Get(a[0])) != "0" {
			continue
		}
		most = max(most, reset(h.Get(a[1]), now))
	}
	return most
}

// reset reads "6m0s", "20ms", a number of seconds, or an RFC 3339 time.
func reset(v string, now time.Time) time.Duration {
	if d, err := time.ParseDuration(v); err == nil {
		return d
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		return bounded(s)
	}
	if at, err := time.Parse(time.RFC3339, v); err == nil {
		return at.Sub(now)
	}
	return 0
}

// bounded makes a duration of seconds that may be any number.
func bounded(s float64) time.Duration {
	if !(s < 365*24*3600) { // also for what is no number
		return 365 * 24 * time.Hour
	}
	return time.Duration(s * float64(time.Second))
}

// round is a duration as people say it.
func round(d time.Duration) time.Duration {
	if d > 2*time.Second {
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}
