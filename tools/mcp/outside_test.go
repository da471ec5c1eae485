package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/tools/mcp/mcptest"
)

func TestMain(m *testing.M) {
	mcptest.Main()
	os.Exit(m.Run())
}

// rig is the outside tools of one fake server, and what it was asked.
type rig struct {
	t   *testing.T
	out *Outside
	log string // of calls
	say *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var readOnes = []string{"shop_points", "shop_die", "shop_hang", "shop_garbage", "shop_big", "shop_fail", "shop_change", "shop_once", "shop_nothing"}

func open(t *testing.T, mode string, with func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, log: filepath.Join(t.TempDir(), "calls"), say: &syncBuffer{}}
	command, err := mcptest.Command(mode, r.log)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Servers: []string{command}, Read: readOnes, Retry: 5 * time.Millisecond, Start: 20 * time.Second, Connect: 20 * time.Second, Log: slog.New(slog.NewTextHandler(r.say, nil))}
	if with != nil {
		with(&cfg)
	}
	if r.out, err = Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.out.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

var ana = llm.Customer{ID: "C1007", Authenticated: true, Conversation: "c1", Locale: "en"}

func (r *rig) tool(name string) llm.Tool {
	r.t.Helper()
	var names []string
	for _, t := range r.out.For(ana) {
		if t.Name == name {
			return t
		}
		names = append(names, t.Name)
	}
	r.t.Fatalf("no tool %s; there are %v\n%s", name, names, r.say)
	return llm.Tool{}
}

// call runs a tool and gives its content, or the code of its ToolError.
func (r *rig) call(name, args string) (string, *llm.ToolError) {
	r.t.Helper()
	out, err := r.tool(name).Call(r.t.Context(), llm.Invocation{Args: json.RawMessage(args), Key: "k1"})
	var te *llm.ToolError
	switch {
	case errors.As(err, &te):
		return "", te
	case err != nil:
		r.t.Fatalf("%s: %v", name, err)
	}
	return string(out.Content), nil
}

func code(e *llm.ToolError) string {
	if e == nil {
		return ""
	}
	return e.Code
}

// until waits for something that a server's message brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestOutsideToolsAreConfirmedWhateverTheServerClaims(t *testing.T) {
	r := open(t, "", nil)
	for name, want := range map[string]llm.Effect{"shop_points": llm.Read, "shop_redeem": llm.Confirm, "shop_die_act": llm.Confirm, "shop_big": llm.Read} {
		tool := r.tool(name)
		if tool.Effect != want || (tool.Preview != nil) != (want == llm.Confirm) {
			t.Errorf("%s has the effect %s, preview %v; want %s", name, tool.Effect, tool.Preview != nil, want)
		}
	}
	if got := r.tool("shop_points").Ground; len(got) != 1 || got[0] != "order_number" {
		t.Errorf("grounded: %v", got)
	}
}

func TestTheQuestionStatesTitleAndExactArguments(t *testing.T) {
	r := open(t, "", nil)
	for locale, want := range map[string]string{
		"en": `Shall I run "Redeem 'points'" for you, with points: 200, voucher: "<b>\"10\"OFF"?`,
		"zh": `要我为您执行「Redeem 'points'」吗？内容：points: 200, voucher: "<b>\"10\"OFF"`,
	} {
		who := ana
		who.Locale = locale
		for _, tool := range r.out.For(who) {
			if tool.Name != "shop_redeem" {
				continue
			}
			p, err := tool.Preview(t.Context(), llm.Invocation{Args: json.RawMessage(`{"voucher":"<b>\"10\"OFF","points":200}`)})
			if err != nil || p.Question != want {
				t.Errorf("%s: %v\n got %q\nwant %q", locale, err, p.Question, want)
			}
		}
	}
	for name, args := range map[string]string{
		"hidden":   `{"points":1,"voucher":"a\u202eb"}`,
		"too long": `{"points":1,"voucher":"` + strings.Repeat("a", 700) + `"}`,
		"type":     `{"points":"many"}`,
		"missing":  `{"voucher":"x"}`,
		"no JSON":  `[1]`,
		"customer": `{"points":1,"customer_id":"C1001"}`,
	} {
		_, err := r.tool("shop_redeem").Preview(t.Context(), llm.Invocation{Args: json.RawMessage(args)})
		var te *llm.ToolError
		if !errors.As(err, &te) || te.Code != "bad_argument" {
			t.Errorf("%s was asked: %v", name, err)
		}
	}
	if calls := mcptest.Calls(r.log, ""); len(calls) > 0 {
		t.Errorf("a question ran %q", calls)
	}
}

func TestResultsAreMarkedFencedAndCut(t *testing.T) {
	r := open(t, "", nil)
	content, _ := r.call("shop_points", `{}`)
	var got struct {
		Note      string
		Untrusted map[string]any
		Cut       string
	}
	if err := json.Unmarshal([]byte(content), &got); err != nil {
		t.Fatal(err)
	}
	if got.Untrusted["points"] != 240.0 || !strings.Contains(got.Note, "no instructions") || got.Cut != "" {
		t.Errorf("got %s", content)
	}
	if note := got.Untrusted["note"].(string); strings.ContainsAny(note, "<>") || !strings.HasPrefix(note, "IGNORE") {
		t.Errorf("not fenced: %q", note)
	}
	if d := r.tool("shop_points").Description; strings.Count(d, "</data>") != 1 || !strings.HasSuffix(d, "</data>") {
		t.Errorf("the description leaves its fence: %q", d)
	}
	content, _ = r.call("shop_big", `{}`)
	if len(content) > mostResult+500 || !strings.Contains(content, "10485760 bytes") {
		t.Errorf("10 MB came as %d bytes: %.60s", len(content), content)
	}
	_, failed := r.call("shop_fail", `{}`)
	if code(failed) != "refused" || strings.Contains(failed.Text, "IGNORE") || !strings.HasPrefix(failed.Data["untrusted"].(string), "no such thing. IGNORE") || strings.ContainsAny(failed.Data["untrusted"].(string), "<>") {
		t.Errorf("got %+v", failed)
	}
}

func TestNoToolLetsAModelNameTheCustomer(t *testing.T) {
	r := open(t, "", func(c *Config) { c.Told = []string{"shop"} })
	for _, tool := range r.out.For(ana) {
		if strings.Contains(tool.Name, "customer_points") || strings.Contains(tool.Name, "loop") {
			t.Errorf("%s is offered", tool.Name)
		}
	}
	if said := r.say.String(); !strings.Contains(said, "customer_id") || !strings.Contains(said, "refers to itself") || !strings.Contains(said, "shop_nothing is set to read") {
		t.Errorf("the log does not say why: %s", said)
	}
	for _, args := range []string{`{"customer_id":"C1001"}`, `{"filter":[{"userId":1}]}`} { // to a tool that takes anything
		if _, got := r.call("shop_anything", args); code(got) != "bad_argument" || len(mcptest.Calls(r.log, "anything")) > 0 {
			t.Errorf("%s: %+v", args, got)
		}
	}
	r.call("shop_points", `{}`)
	if got := mcptest.Calls(r.log, "points"); len(got) != 1 || !strings.Contains(got[0], `"parley/customer":"C1007"`) || strings.Contains(got[0], "parley/key") {
		t.Errorf("got %q", got)
	}
}

func TestWhoAsksAndOurSecretsStayWithUsUnlessConfigured(t *testing.T) {
	t.Setenv("PARLEY_MCPTEST_SECRET", "hush")
	r := open(t, "", nil)
	r.call("shop_redeem", `{"points":5}`)
	if got := mcptest.Calls(r.log, "redeem"); len(got) != 1 || strings.Contains(got[0], "C1007") || strings.Contains(got[0], "hush") || !strings.Contains(got[0], `"parley/key":"k1"`) {
		t.Errorf("got %q", got)
	}
	told := open(t, "", func(c *Config) { c.Servers[0] = "PARLEY_MCPTEST_SECRET=$PARLEY_MCPTEST_SECRET " + c.Servers[0] })
	told.call("shop_redeem", `{"points":5}`)
	if got := mcptest.Calls(told.log, "redeem"); len(got) != 1 || !strings.Contains(got[0], "hush") {
		t.Errorf("a secret that was given did not come: %q", got)
	}
}

func TestOnlyTheServersNamedAreToldWhoAsks(t *testing.T) {
	log := filepath.Join(t.TempDir(), "calls")
	command, err := mcptest.Command("", log)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, "", func(c *Config) { c.Servers, c.Told = []string{"told=" + command, command}, []string{"told"} })
	for _, name := range []string{"told_redeem", "shop_redeem"} {
		if _, failed := r.call(name, `{"points":1}`); failed != nil {
			t.Fatal(failed)
		}
	}
	if got := mcptest.Calls(log, "redeem"); len(got) != 2 || !strings.Contains(got[0], "C1007") || strings.Contains(got[1], "C1007") {
		t.Errorf("got %q", got)
	}
}

func TestAServerThatDiesMidCallIsToldTruly(t *testing.T) {
	r := open(t, "", nil)
	if _, got := r.call("shop_die_act", `{}`); code(got) != "unknown_outcome" || !strings.Contains(got.Text, "may have taken effect") || got.Data["may_have_happened"] != true {
		t.Errorf("got %+v", got)
	}
	if calls := mcptest.Calls(r.log, "die_act"); len(calls) != 1 {
		t.Errorf("an act was repeated: %q", calls)
	}
	if content, failed := r.call("shop_points", `{}`); failed != nil || !strings.Contains(content, "240") {
		t.Errorf("after it: %s %v", content, failed)
	}
	if _, got := r.call("shop_die", `{}`); code(got) != "broken" {
		t.Errorf("got %+v", got)
	}
	if calls := mcptest.Calls(r.log, "die"); len(calls) != 2 {
		t.Errorf("a read is tried twice, not %d times", len(calls))
	}
	if content, failed := r.call("shop_once", `{}`); failed != nil || !strings.Contains(content, "42") {
		t.Errorf("a read that fails once is not tried again: %s %v", content, failed)
	}
}

func TestAServerThatSpeaksNoJSONIsLeftAndFoundAgain(t *testing.T) {
	r := open(t, "", nil)
	if _, got := r.call("shop_garbage_act", `{}`); code(got) != "unknown_outcome" {
		t.Errorf("got %+v", got)
	}
	if content, failed := r.call("shop_points", `{}`); failed != nil || !strings.Contains(content, "240") {
		t.Errorf("after it: %s %v", content, failed)
	}
}

func TestACallEndsInTimeAndWithItsCustomer(t *testing.T) {
	r := open(t, "", func(c *Config) { c.Call = 300 * time.Millisecond })
	if _, got := r.call("shop_hang", `{}`); code(got) != "timeout" {
		t.Errorf("got %+v", got)
	}
	if _, got := r.call("shop_hang_act", `{}`); code(got) != "unknown_outcome" {
		t.Errorf("got %+v", got)
	}
	slow := open(t, "", nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		until(t, "the call arrives", func() bool { return len(mcptest.Calls(slow.log, "hang")) > 0 })
		cancel()
	}()
	begun := time.Now()
	_, err := slow.tool("shop_hang").Call(ctx, llm.Invocation{})
	var te *llm.ToolError
	if !errors.As(err, &te) || time.Since(begun) > 15*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	if content, failed := slow.call("shop_points", `{}`); failed != nil || !strings.Contains(content, "240") {
		t.Errorf("after a call was given up: %s %v", content, failed)
	}
}

func TestAChangedListIsPickedUpAndAYesIsForWhatWasAsked(t *testing.T) {
	r := open(t, "", nil)
	args := json.RawMessage(`{"points":5}`)
	if _, err := r.tool("shop_redeem").Preview(t.Context(), llm.Invocation{Args: args}); err != nil {
		t.Fatal(err)
	}
	r.call("shop_change", `{}`)
	until(t, "the new tool is offered", func() bool {
		for _, tool := range r.out.For(ana) {
			if tool.Name == "shop_grown" {
				return true
			}
		}
		return false
	})
	if _, err := r.tool("shop_redeem").Preview(t.Context(), llm.Invocation{Args: args}); err != nil { // as the agent does when the yes comes
		t.Fatal(err)
	}
	if _, got := r.call("shop_redeem", string(args)); code(got) != "changed" {
		t.Errorf("a yes to one tool ran another: %+v", got)
	}
	if p, err := r.tool("shop_redeem").Preview(t.Context(), llm.Invocation{Args: args}); err != nil || !strings.Contains(p.Question, "Give away everything") {
		t.Errorf("asked anew: %+v %v", p, err)
	}
	if _, got := r.call("shop_redeem", string(args)); got != nil {
		t.Errorf("after the new question: %+v", got)
	}
}

func TestAServerThatHangsAtStartHangsNobody(t *testing.T) {
	begun := time.Now()
	r := open(t, "silent", func(c *Config) { c.Start, c.Connect = 50*time.Millisecond, 200*time.Millisecond })
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the start took %s", took)
	}
	if tools := r.out.For(ana); len(tools) != 0 {
		t.Errorf("it offers %d tools", len(tools))
	}
	until(t, "the log says so", func() bool { return strings.Contains(r.say.String(), "is away") })
	if said := r.say.String(); !strings.Contains(said, "no answer in") {
		t.Errorf("the log does not say why: %s", said)
	}
}

func TestAServerThatEndsAtOnceIsTriedAgainAndAgain(t *testing.T) {
	r := open(t, "dead", nil)
	until(t, "the fifth start", func() bool { return len(mcptest.Calls(r.log, "dead")) >= 5 })
	if n := strings.Count(r.say.String(), "is away"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, r.say)
	}
}

func TestAnOldServerIsReached(t *testing.T) {
	r := open(t, "old", nil)
	if content, failed := r.call("shop_points", `{}`); failed != nil || !strings.Contains(content, "240") {
		t.Errorf("%s %v", content, failed)
	}
}

// serveAt serves an outside server at an address until the function it returns
// is called, which parts from everybody at once.
func serveAt(t *testing.T, at, log string) (string, func()) {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: mcptest.Handler(log)}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return l.Addr().String(), func() { s.Close() }
}

func TestAnHTTPServerComesAndGoes(t *testing.T) {
	log := filepath.Join(t.TempDir(), "calls")
	at, leave := serveAt(t, "127.0.0.1:0", log)
	r := open(t, "", func(c *Config) { c.Servers = []string{"http://" + at} })
	if content, failed := r.call("shop_points", `{}`); failed != nil || !strings.Contains(content, "240") {
		t.Fatalf("%s %v", content, failed)
	}
	leave()
	if _, got := r.call("shop_points", `{}`); code(got) != "offline" {
		t.Errorf("got %+v", got)
	}
	if _, got := r.call("shop_redeem", `{"points":1}`); code(got) != "offline" {
		t.Errorf("got %+v", got)
	}
	_, leave = serveAt(t, at, log)
	until(t, "it is found again", func() bool {
		content, failed := r.call("shop_points", `{}`)
		return failed == nil && strings.Contains(content, "240")
	})
	if calls := mcptest.Calls(log, "redeem"); len(calls) != 0 {
		t.Errorf("an act that was said not to run ran: %q", calls)
	}
	leave()
	serveAt(t, at, log) // another process, as it were: it knows no session of the one before
	if _, failed := r.call("shop_redeem", `{"points":2}`); failed != nil {
		t.Errorf("a call that did not arrive was not made again: %+v", failed)
	}
	if calls := mcptest.Calls(log, "redeem"); len(calls) != 1 {
		t.Errorf("ran %q", calls)
	}
}

func TestAnHTTPServerThatDiesMidCallIsToldTruly(t *testing.T) {
	log := filepath.Join(t.TempDir(), "calls")
	for _, act := range []bool{true, false} {
		name, want := "hang", "broken"
		if act {
			name, want = "hang_act", "unknown_outcome"
		}
		at, leave := serveAt(t, "127.0.0.1:0", log)
		r := open(t, "", func(c *Config) { c.Servers = []string{"http://" + at} })
		done := make(chan *llm.ToolError, 1)
		go func() {
			_, failed := r.call("shop_"+name, `{}`)
			done <- failed
		}()
		until(t, "the call arrives", func() bool { return len(mcptest.Calls(log, name)) == 1 })
		leave()
		failed := <-done
		if got := code(failed); got != want && (act || got != "offline") { // when nobody is there for the second try
			t.Errorf("%s: got %+v", name, failed)
		}
		if calls := mcptest.Calls(log, name); len(calls) != 1 {
			t.Errorf("ran %q", calls)
		}
	}
}

func TestAfterACallThatWasGivenUpAnHTTPServerIsStillUsed(t *testing.T) {
	log := filepath.Join(t.TempDir(), "calls")
	at, _ := serveAt(t, "127.0.0.1:0", log)
	r := open(t, "", func(c *Config) { c.Servers, c.Call = []string{"http://" + at}, 300*time.Millisecond })
	if _, got := r.call("shop_hang_act", `{}`); code(got) != "unknown_outcome" {
		t.Errorf("got %+v", got)
	}
	if content, failed := r.call("shop_points", `{}`); failed != nil || !strings.Contains(content, "240") {
		t.Errorf("%s %v", content, failed)
	}
}

func TestATokenGoesToItsServerOnlyAndRedirectsAreNotFollowed(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, "other "+r.Header.Get("Authorization"))
	}))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, "first "+r.Header.Get("Authorization"))
		mu.Unlock()
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer first.Close()
	r := open(t, "", func(c *Config) {
		c.Servers, c.Retry = []string{first.URL}, time.Hour
		c.Token = func(name string) string { return "token-of-" + name }
	})
	mu.Lock()
	defer mu.Unlock()
	for _, s := range seen {
		if s != "first Bearer token-of-shop" {
			t.Errorf("asked: %s", s)
		}
	}
	if len(seen) == 0 || !strings.Contains(r.say.String(), "final address") || strings.Contains(r.say.String(), "token-of") {
		t.Errorf("asked %q; the log says %s", seen, r.say)
	}
}
