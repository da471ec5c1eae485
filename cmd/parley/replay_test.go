package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm/scripted"
	"parley/channels/script"
)

// said runs a command and returns what it printed.
func said(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	done := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		done <- string(b)
	}()
	code = run(t.Context(), args)
	os.Stdout = stdout
	w.Close()
	return <-done, code
}

func writeScript(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func playText(t *testing.T, text string, change ...func(*script.Config)) *script.Result {
	t.Helper()
	s, err := script.Parse("a.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := &worlds{log: slog.New(slog.DiscardHandler)}
	cfg := script.Config{Open: w.open}
	for _, c := range change {
		c(&cfg)
	}
	r, err := script.Play(t.Context(), s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARecordedConversationPlaysExactlyUntilThePromptChanges(t *testing.T) {
	dir := t.TempDir()
	const text = `version: 1
now: 2026-03-01T10:00:00Z
customer: {id: C1007, authenticated: true, locale: en}
turns:
  - user: "I wear size M"
    expect: {pending: {name: remember}}
  - user: "yes"
    expect: {writes: {remember: 1}}
  - restart: true
  - user: "where is order 1041? mail me at grace.c@example.org"
    interrupt: {after: first_call, user: "and what do you know about me?"}
    expect: {calls: [{name: memory_show}], history: valid, reply: {any: ["size M"]}}
`
	writeScript(t, dir, "a.yaml", text)
	if out, code := said(t, "replay", "--record", dir); code != 0 || !strings.Contains(out, "recorded") {
		t.Fatalf("%d\n%s", code, out)
	}
	file := filepath.Join(dir, "cassettes", "a.json")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"grace.c@", "Grace"} {
		if strings.Contains(string(b), private) {
			t.Errorf("the cassette holds %s", private)
		}
	}
	for range 2 {
		if out, code := said(t, "replay", "--model", "cassette", dir); code != 0 {
			t.Errorf("%d\n%s", code, out)
		}
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(b) {
		t.Errorf("playing changed the cassette: %v", err)
	}
	writeScript(t, dir, "a.yaml", strings.Replace(text, "2026-03-01T10", "2026-03-02T10", 1))
	out, code := said(t, "replay", "--model", "cassette", dir)
	for _, want := range []string{"nearest is answer 1", "of the prompt", "recorded:", "Sunday, 1 March 2026", "Monday, 2 March 2026", "record it again"} {
		if code != 1 || !strings.Contains(out, want) {
			t.Errorf("a stale cassette: exit %d, no %q in\n%s", code, want, out)
		}
	}
}

func TestALiveModelIsRecordedWithItsErrorsAndPlayedWithoutIt(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/show":
			fmt.Fprint(w, `{"capabilities":["completion","tools"],"model_info":{}}`)
		case "/api/chat":
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "5531") { // how does it call tools?
				fmt.Fprintln(w, `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_order","arguments":{"order":"5531"}}}]},"done":true,"done_reason":"stop"}`)
				return
			}
			if asked++; asked == 1 {
				http.Error(w, `{"error":"the model runner has stopped"}`, http.StatusInternalServerError)
				return
			}
			for _, word := range []string{"Hello ", "from ", "the ", "server."} {
				fmt.Fprintf(w, `{"message":{"role":"assistant","content":%q},"done":false}`+"\n", word)
			}
			fmt.Fprintln(w, `{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":4}`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Setenv("OLLAMA_HOST", server.URL)
	dir := t.TempDir()
	writeScript(t, dir, "a.yaml", "version: 1\nturns:\n  - user: hello\n    expect: {silent: false}\n  - user: hello again\n    expect: {silent: false}\n")
	if out, code := said(t, "replay", "-v", "--record", "--model", "ollama:tiny", dir); code != 0 {
		t.Fatalf("%d\n%s", code, out)
	}
	server.Close()
	live := asked
	out, code := said(t, "replay", "-v", "--model", "cassette", dir)
	if code != 0 || asked != live || !strings.Contains(out, "model ollama:tiny") || !strings.Contains(out, "Hello from the server.") {
		t.Errorf("exit %d, asked %d more times\n%s", code, asked-live, out)
	}
}

func TestACassetteThatIsNotThereSaysHowToMakeOne(t *testing.T) {
	dir := t.TempDir()
	writeScript(t, dir, "a.yaml", "version: 1\nturns: [{user: hello, expect: {silent: false}}]\n")
	if out, code := said(t, "replay", "--model", "cassette", dir); code != 1 || !strings.Contains(out, "record it first") {
		t.Errorf("%d\n%s", code, out)
	}
	for _, args := range [][]string{{"--record", "--runs", "2"}, {"--record", "--model", "cassette"}, {"--record", "--update"}} {
		if _, code := said(t, append(append([]string{"replay"}, args...), dir)...); code == 0 {
			t.Errorf("%v was let through", args)
		}
	}
}

func TestScriptsWithTheirOwnAnswersAreSkippedForAnotherModel(t *testing.T) {
	dir := t.TempDir()
	writeScript(t, dir, "a.yaml", "version: 1\nmodel: scripted\nturns: [{user: hello, model: [{text: Hi.}], expect: {silent: false}}]\n")
	writeScript(t, dir, "b.yaml", "version: 1\nturns: [{user: hello, expect: {silent: false}}]\n")
	junit := filepath.Join(dir, "out.xml")
	out, code := said(t, "replay", "--model", "builtin", "--runs", "2", "--junit", junit, dir)
	if code != 0 || !strings.Contains(out, "2 of 2 passed, 2 skipped") || !strings.Contains(out, "pass^1 1.00, pass^2 1.00") {
		t.Errorf("%d\n%s", code, out)
	}
	if b, err := os.ReadFile(junit); err != nil || !strings.Contains(string(b), `tests="4" failures="0" errors="0" skipped="2"`) {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestAJudgeIsReportedApart(t *testing.T) {
	const text = "version: 1\nturns:\n  - user: hello\n    expect: {silent: false, judge: \"is the answer friendly?\"}\n"
	r := playText(t, text)
	if !r.OK() || r.Turns[0].Judged == nil || r.Turns[0].Judged.Answer != "" {
		t.Errorf("without a judge: %+v", r.Turns[0].Judged)
	}
	judge := scripted.New(scripted.Step{Text: "No, it is curt."})
	r = playText(t, text, func(c *script.Config) { c.Judge = judge })
	if v := r.Turns[0].Judged; !r.OK() || v.Answer != "no" || v.Why != "it is curt." {
		t.Errorf("%v, %+v", r.OK(), v)
	}
	if q := judge.Seen[0].Messages[0].Text(); !strings.Contains(q, "shopper: hello") || !strings.Contains(q, "is the answer friendly?") {
		t.Errorf("the judge was shown %q", q)
	}
	rep := &script.Report{Results: []*script.Result{r}}
	if yes, put, skipped := rep.Judged(); yes != 0 || put != 1 || skipped != 0 {
		t.Errorf("%d of %d, %d skipped", yes, put, skipped)
	}
	if _, err := script.Parse("a.yaml", []byte("version: 1\nturns: [{user: hello, expect: {judge: fine?}}]")); err == nil || !strings.Contains(err.Error(), "never the only check") {
		t.Errorf("a judge alone: %v", err)
	}
	if _, err := judgeModel(t.Context(), "builtin"); err == nil {
		t.Error("builtin may not judge")
	}
}

func TestFaultsAndInterruptsThatNeverCameAreTold(t *testing.T) {
	r := playText(t, `
version: 1
turns:
  - user: hello
    faults: [{tool: get_order, error: timeout}]
    interrupt: {after: first_call, user: stop}
`)
	var told []string
	for _, f := range r.Turns[0].Failures {
		told = append(told, f.Expectation+": "+f.Got)
	}
	all := strings.Join(told, "\n")
	if !strings.Contains(all, "the fault of get_order: it was not called") || !strings.Contains(all, "the interrupt after first_call") {
		t.Errorf("%s", all)
	}
}

func TestWhatJourneysSentIsCounted(t *testing.T) {
	const text = "version: 1\nturns:\n  - wait: 26h\n    expect: {sent: [{journey: abandoned-basket, times: 1}, {journey: win-back, times: 0}]}\n"
	for sent, ok := range map[int]bool{0: false, 1: true, 2: false} {
		r := playText(t, text, func(c *script.Config) {
			open := c.Open
			c.Open = func(ctx context.Context, s script.Setup) (*script.World, error) {
				w, err := open(ctx, s)
				if err == nil {
					w.Sent = func(context.Context, string) (map[string]int, error) {
						return map[string]int{"abandoned-basket": sent}, nil
					}
				}
				return w, err
			}
		})
		if r.OK() != ok {
			t.Errorf("%d sent: holds %v", sent, r.OK())
		}
	}
}

func TestEachFaultDoesWhatItSays(t *testing.T) {
	for fault, want := range map[string]string{
		"timeout": "not available", "panic": "not available", "garbage": "not available", "flood": "not available", "late": "not available", "the till is on fire": "not available",
	} {
		r := playText(t, fmt.Sprintf(`
version: 1
model: scripted
customer: {id: C1007, authenticated: true}
turns:
  - user: where is 1041
    model:
      - calls: [{name: get_order, args: {order: "1041"}}]
      - text: I can't see it.
    faults: [{tool: get_order, error: %q}]
    expect: {calls: [{name: get_order, ok: false, result: [%q]}], history: valid, reply: {none: [fire, 502, spam]}}
`, fault, want))
		for _, f := range r.Turns[0].Failures {
			t.Errorf("%s: %+v", fault, f)
		}
	}
}

func TestTheSchemaHoldsForEveryScriptOfOurs(t *testing.T) {
	b, err := script.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(data []byte) error {
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		return resolved.Validate(v)
	}
	n := 0
	for _, dir := range []string{"scripts", "corner"} {
		files, err := filepath.Glob("../../testdata/" + dir + "/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data, err := yaml.YAMLToJSON(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := valid(data); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			n++
		}
	}
	if n < 120 {
		t.Errorf("%d scripts, and at least 120 are promised", n)
	}
	for _, wrong := range []string{`{"version": 1, "turns": [{"usr": "hi"}]}`, `{"version": 1, "turns": [{"user": "hi", "interrupt": {"after": "lunch"}}]}`, `{"version": 1}`} {
		if valid([]byte(wrong)) == nil {
			t.Errorf("the schema lets through %s", wrong)
		}
	}
}

func TestAFailureIsOneScreen(t *testing.T) {
	r := playText(t, `
version: 1
model: scripted
turns:
  - user: tents
    model: [{text: "We have many fine tents of all kinds. ", repeat: 200}]
    expect: {reply: {any: [a], all: [b1, b2, b3, b4, b5, b6, b7, b8, b9]}, language: zh, sentiment: negative, intent: bye, from: Ana}
`)
	var b strings.Builder
	r.Print(&b, false)
	if lines := strings.Count(b.String(), "\n"); lines > 50 || len(b.String()) > 12_000 {
		t.Errorf("%d lines, %d bytes", lines, len(b.String()))
	}
	for _, want := range []string{"turn 1: tents", "prompt ", "reply.all", "want b1", "more"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
