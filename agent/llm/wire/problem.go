package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/agent/llm"
)

// A Problem is what stands between a request and its answer, said for whoever
// runs the shop. It wraps llm.ErrUnavailable when another try or another model
// may help, else llm.ErrKey, llm.ErrNoModel or llm.ErrTooLong where one of them
// is the reason. It never holds the key.
type Problem struct {
	Status   int    // of HTTP; 0 for a broken connection, or an error in the middle of a stream
	Code     string // the server's own word: "context_length_exceeded", "overloaded_error"
	Said     string // the server's own sentence, shortened
	Filtered bool   // a content filter stopped the request

	text  string
	kind  error
	again bool          // the same request may succeed in a moment
	pause time.Duration // that the server asks for first; 0 when it does not say
}

func (p *Problem) Error() string {
	if p.kind != nil {
		return p.text + " (" + strings.ReplaceAll(p.kind.Error(), "\n", ", ") + ")"
	}
	return p.text
}

func (p *Problem) Unwrap() error { return p.kind }

func (l *Line) problem(status int, code, said string, kind error, format string, args ...any) *Problem {
	return &Problem{Status: status, Code: code, Said: said, kind: kind, text: fmt.Sprintf(format, args...)}
}

// judge reads an answer that is no stream and closes it.
func (l *Line) judge(res *http.Response) (*Problem, error) {
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return nil, err
	}
	status := res.StatusCode
	if status/100 == 3 {
		to := "another address"
		if u, err := url.Parse(res.Header.Get("Location")); err == nil && u.Host != "" {
			to = u.Scheme + "://" + u.Host + u.Path
		}
		return l.problem(status, "", "", nil, "%s sends requests on to %s, and a key must not follow: give that address as the base URL", l.Name, l.clean(to)), nil
	}
	code, said := Reason(body)
	if status/100 == 2 && said == "" {
		kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
		return l.problem(status, "", "", llm.ErrUnavailable, "%s answered with %s instead of a stream; see that the base URL is the API's own (most end in /v1)", l.Name, l.clean(kind)), nil
	}
	p := l.Told(status, code, said)
	if status == http.StatusNotFound && p.kind == nil {
		p.text = fmt.Sprintf("%s knows no %s; see that the base URL is right (most end in /v1)", l.Name, l.clean(res.Request.URL.Path))
	}
	p.pause = max(retryAfter(res.Header, l.now()), spent(res.Header, l.now()))
	if p.pause > 0 && status == http.StatusTooManyRequests {
		p.text += fmt.Sprintf("; it asks to be left alone for %s", round(p.pause))
	}
	if v := res.Header.Get("X-Should-Retry"); v == "false" {
		p.again = false
	}
	return p, nil
}

// Words by which servers say the same thing. Codes come first; sentences are
// for servers that have no codes.
var (
	tooLong  = regexp.MustCompile(`(?i)context_length|exceed_context_size|context length|context window|context size|prompt is too long|too many tokens|maximum.{0,20}tokens|request_too_large|string_above_max_length|input is too long|range of input length`)
	noModel  = regexp.MustCompile(`(?i)model_not_found|modelnotfound|model not (found|exist)|no model|unknown model|invalid model|not_found_error.*model|model.{0,120}(not found|does not exist|not exist)`)
	filtered = regexp.MustCompile(`(?i)content_filter|content_policy|data_inspection_failed|datainspectionfailed|responsibleaipolicyviolation`)
	noCredit = regexp.MustCompile(`(?i)insufficient_quota|insufficient balance|credit balance|billing|spend_limit|arrearage|quota`)
)

// Told judges an error that a server told: by its HTTP status, or in the middle
// of a stream (status 0) by its own words alone.
func (l *Line) Told(status int, code, said string) *Problem {
	code, said = l.clean(code), l.clean(said)
	words := code + " " + said
	if said == "" {
		said = "no reason given"
	}
	p := func(kind error, format string, args ...any) *Problem {
		return l.problem(status, code, said, kind, format, args...)
	}
	again := func(p *Problem) *Problem { p.again = true; return p }
	is := func(codes ...string) bool { return slices.Contains(codes, strings.ToLower(code)) }
	request := status == 0 || status/100 == 2 || status == 400 || status == 404 || status == 413 || status == 422
	switch {
	case request && filtered.MatchString(words):
		f := p(nil, "%s filtered the request: %s", l.Name, said)
		f.Filtered = true
		return f
	case status == 401 || is("authentication_error", "invalid_api_key"):
		if l.Key == "" {
			return p(llm.ErrKey, "%s wants a key: put it in %s", l.Name, l.KeyEnv)
		}
		return p(llm.ErrKey, "%s does not take the key in %s: see that it is whole, not revoked, and of this server", l.Name, l.KeyEnv)
	case status == 403 || is("permission_error"):
		return p(llm.ErrKey, "%s does not let the key in %s use %s: %s", l.Name, l.KeyEnv, l.Model, said)
	case status == 402 || noCredit.MatchString(code) || status == 400 && noCredit.MatchString(said):
		return p(llm.ErrUnavailable, "%s has no credit or quota left for this key: %s", l.Name, said)
	case request && tooLong.MatchString(words):
		return p(llm.ErrTooLong, "the conversation is longer than %s on %s can read: name its context as in %s?context=8192 so that it is cut to fit (%s)", l.Model, l.Name, l.Model, said)
	case request && noModel.MatchString(words):
		return p(llm.ErrNoModel, "%s has no model %s: %s", l.Name, l.Model, said)
	case status == 429 || is("rate_limit_error", "rate_limit_exceeded"):
		return again(p(llm.ErrUnavailable, "%s has had too many requests: %s", l.Name, said))
	case status == 529 || is("overloaded_error", "overloaded"):
		return again(p(llm.ErrUnavailable, "%s is overloaded: %s", l.Name, said))
	case status == 408 || status == 409 || status == 425 || status >= 500:
		return again(p(llm.ErrUnavailable, "%s failed with %d %s: %s", l.Name, status, http.StatusText(status), said))
	case status == 0 && !is("invalid_request_error", "not_found_error", "badrequesterror"):
		return p(llm.ErrUnavailable, "%s broke its answer off: %s", l.Name, said)
	case status/100 == 2:
		return p(llm.ErrUnavailable, "%s answered with an error: %s", l.Name, said)
	}
	return p(nil, "%s does not take the request: %s", l.Name, said)
}

// Reason finds the code and the sentence in the shapes that servers use:
// {"error":{"message","type","code"}}, {"error":"..."}, {"message"}, {"detail"},
// and pages of HTML, of which the title is taken. It takes events of a stream too.
func Reason(body []byte) (code, said string) {
	type told struct {
		Message, Type string
		Code          any
		Error, Detail json.RawMessage
	}
	var t told
	if json.Unmarshal(body, &t) != nil {
		return "", title(string(body))
	}
	var text string
	switch {
	case len(t.Error) > 0 && json.Unmarshal(t.Error, &text) == nil && text != "":
		return "", text
	case len(t.Error) > 0:
		var inner told
		if json.Unmarshal(t.Error, &inner) == nil {
			t = inner
		}
	case len(t.Detail) > 0:
		if json.Unmarshal(t.Detail, &text) != nil {
			text = string(t.Detail)
		}
		return "", text
	}
	if c, ok := t.Code.(string); ok && c != "" {
		return c, t.Message
	}
	return t.Type, t.Message
}

var titled = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

func title(body string) string {
	if m := titled.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	if strings.HasPrefix(strings.TrimSpace(body), "<") {
		return ""
	}
	return body
}

// echoed is where servers begin to repeat what they were sent: the customer's
// words have no place in a log.
var echoed = regexp.MustCompile(`(?i)['"]input['"]\s*:`)

// clean makes a server's words fit for a log: one short line without the key
// and without what it was sent.
func (l *Line) clean(s string) string {
	if at := echoed.FindStringIndex(s); at != nil {
		s = s[:at[0]] + "…"
	}
	if l.Key != "" {
		s = strings.ReplaceAll(s, l.Key, "…")
	}
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}
