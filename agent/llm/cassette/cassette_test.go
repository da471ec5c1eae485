package cassette

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
	"parley/agent/llm/scripted"
)

var mail = regexp.MustCompile(`[\w.]+@[\w.]+\w`)

func hideMail(s string) string { return mail.ReplaceAllString(s, "[email]") }

// ask is a request as a turn makes it, with ids that differ from run to run.
func ask(run, text string, more ...llm.Message) *llm.Request {
	call := &llm.Call{ID: run + ".1", Name: "get_order", Args: json.RawMessage(`{ "order": "1042" }`)}
	return &llm.Request{
		System: "You are the assistant.\nThe customer is Grace, signed in.",
		Messages: append([]llm.Message{
			llm.Text(llm.User, "where is 1042? I am grace@example.com"),
			{Role: llm.Assistant, Parts: []llm.Part{{Call: call}}},
			{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: call.ID, Name: "get_order", Content: json.RawMessage(`{"fact":"f` + run + `"}`)}}}},
			llm.Text(llm.User, text),
		}, more...),
		Tools:     []llm.Spec{{Name: "get_order", Description: "Look up.", Parameters: &jsonschema.Schema{Type: "object"}, Effect: llm.Read}},
		Situation: llm.Situation{Customer: llm.Customer{ID: "C1007", Name: "Grace", Conversation: "c" + run, Authenticated: true}, Locale: "en", Now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)},
	}
}

const one, two = "0a1b2c3d4e5f0a1b", "ffee00112233445f"

// record plays a model onto a cassette and returns its path.
func record(t *testing.T, m llm.Model, requests ...*llm.Request) string {
	t.Helper()
	tape := New(Config{Script: "a test", Chain: []string{"live"}, Redact: hideMail})
	r := tape.Record("live", m)
	for _, q := range requests {
		_, _ = llm.Collect(r.Stream(t.Context(), q)) // errors are kept too
	}
	path := filepath.Join(t.TempDir(), "cassettes", "a.json")
	if err := tape.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *Tape {
	t.Helper()
	tape, err := Open(path, Config{Redact: hideMail})
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

func chunks(m llm.Model, r *llm.Request) (out []llm.Chunk, err error) {
	for c, e := range m.Stream(context.Background(), r) {
		if e != nil {
			return out, e
		}
		out = append(out, c)
	}
	return out, nil
}

func TestWhatWasRecordedPlaysChunkByChunkInAnotherRun(t *testing.T) {
	steps := []scripted.Step{
		{Text: "I look. ", Calls: []scripted.Call{{Name: "get_order", Args: map[string]any{"order": "1042", "mail": "grace@example.com", "fact": "f" + one}}}, Tokens: 7},
		{Text: "Grace, it is on its way."},
	}
	want, err := chunks(scripted.New(steps...), ask(one, "so?"))
	if err != nil {
		t.Fatal(err)
	}
	path := record(t, scripted.New(steps...), ask(one, "so?"), ask(one, "and?"))
	for range 2 {
		tape := open(t, path)
		got, err := chunks(tape.Model("live"), ask(two, "so?"))
		if err != nil {
			t.Fatal(err)
		}
		// The fact of this run stands where that of the other stood.
		for _, c := range want {
			if c.Call != nil {
				c.Call.Args = json.RawMessage(strings.ReplaceAll(string(c.Call.Args), one, two))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if second, err := llm.Collect(tape.Model("live").Stream(t.Context(), ask(two, "and?"))); err != nil || second.Message.Text() != "Grace, it is on its way." {
			t.Errorf("%q, %v", second.Message.Text(), err)
		}
		if missed := tape.Missed(); len(missed) > 0 {
			t.Error(missed)
		}
	}
}

func TestNothingPrivateIsWritten(t *testing.T) {
	m := scripted.New(scripted.Step{Text: "Hello Grace. Write to help@shop.example or to grace@example.com."}, scripted.Step{Error: "refused for grace@example.com"})
	b, err := os.ReadFile(record(t, m, ask(one, "hello"), ask(one, "again")))
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"grace@", "help@", "Grace", "C1007", one} {
		if strings.Contains(string(b), private) {
			t.Errorf("the cassette holds %q:\n%s", private, b)
		}
	}
	if !strings.Contains(string(b), "[name]") || !strings.Contains(string(b), "[email]") {
		t.Errorf("no stand-ins:\n%s", b)
	}
}

func TestARequestThatIsNotThereShowsTheNearestAndTheFirstDifference(t *testing.T) {
	path := record(t, scripted.New(scripted.Step{Text: "One."}, scripted.Step{Text: "Two."}), ask(one, "so?"), ask(one, "and what else?"))
	tape := open(t, path)
	for name, c := range map[string]struct {
		change func(*llm.Request)
		want   []string
	}{
		"other words":  {func(r *llm.Request) { r.Messages[3] = llm.Text(llm.User, "and what more?") }, []string{"answer 1", "line 4 of the messages", "user: and what more?"}},
		"a new prompt": {func(r *llm.Request) { r.System = strings.Replace(r.System, "the assistant", "an assistant", 1) }, []string{"line 1 of the prompt", "recorded: You are the assistant.", "asked:    You are an assistant."}},
		"a new tool":   {func(r *llm.Request) { r.Tools = append(r.Tools, llm.Spec{Name: "refund"}) }, []string{"of the tools", "(nothing more)", "refund"}},
		"another day":  {func(r *llm.Request) { r.Situation.Now = r.Situation.Now.Add(48 * time.Hour) }, []string{"of the prompt", "2026-03-03"}},
	} {
		r := ask(two, "so?")
		c.change(r)
		_, err := llm.Collect(tape.Model("live").Stream(t.Context(), r))
		for _, w := range c.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v; want %q", name, err, w)
			}
		}
		if len(tape.Missed()) != 1 {
			t.Errorf("%s was not kept as missed", name)
		}
	}
	if _, err := llm.Collect(tape.Model("other").Stream(t.Context(), ask(two, "so?"))); err == nil || !strings.Contains(err.Error(), "no answer of other") {
		t.Errorf("another model: %v", err)
	}
}

func TestErrorsAndRepeatsArePlayedInTurn(t *testing.T) {
	down := failing{fmt.Errorf("nobody is there: %w", llm.ErrUnavailable)}
	tape := New(Config{})
	for _, m := range []llm.Model{down, scripted.New(scripted.Step{Text: "Hel", Error: "cut"}), scripted.New(scripted.Step{Text: "Hello."})} {
		_, _ = llm.Collect(tape.Record("live", m).Stream(t.Context(), ask(one, "hi")))
	}
	path := filepath.Join(t.TempDir(), "a.json")
	if err := tape.Save(path); err != nil {
		t.Fatal(err)
	}
	tape, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	m := tape.Model("live")
	if _, err := llm.Collect(m.Stream(t.Context(), ask(two, "hi"))); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("first: %v", err)
	}
	if r, err := llm.Collect(m.Stream(t.Context(), ask(two, "hi"))); err == nil || r.Message.Text() != "Hel" {
		t.Errorf("second: %q, %v", r.Message.Text(), err)
	}
	for range 2 {
		if r, err := llm.Collect(m.Stream(t.Context(), ask(two, "hi"))); err != nil || r.Message.Text() != "Hello." {
			t.Errorf("then: %q, %v", r.Message.Text(), err)
		}
	}
}

type failing struct{ err error }

func (f failing) Stream(context.Context, *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) { yield(llm.Chunk{}, f.err) }
}

func TestAnAnswerThatWasLeftIsNotPlayedAsAWholeOne(t *testing.T) {
	tape := New(Config{})
	for range tape.Record("live", scripted.New(scripted.Step{Text: "one two three"})).Stream(t.Context(), ask(one, "hi")) {
		break
	}
	path := filepath.Join(t.TempDir(), "a.json")
	if err := tape.Save(path); err != nil {
		t.Fatal(err)
	}
	tape, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := llm.Collect(tape.Model("live").Stream(t.Context(), ask(two, "hi")))
	if r.Message.Text() != "one " || err == nil || !strings.Contains(err.Error(), "nobody read on") || len(tape.Missed()) != 1 {
		t.Errorf("%q, %v", r.Message.Text(), err)
	}
}

func TestARecordingThatIsBrokenOffLeavesTheOldCassette(t *testing.T) {
	path := record(t, scripted.New(scripted.Step{Text: "Old."}), ask(one, "hi"))
	tape := New(Config{})
	_, _ = llm.Collect(tape.Record("live", scripted.New(scripted.Step{Text: "New."})).Stream(t.Context(), ask(one, "hi")))
	// It ends here, before Save.
	if r, err := llm.Collect(open(t, path).Model("live").Stream(t.Context(), ask(one, "hi"))); err != nil || r.Message.Text() != "Old." {
		t.Errorf("%q, %v", r.Message.Text(), err)
	}
	if err := New(Config{}).Save(path); err == nil {
		t.Error("an empty tape was saved over a cassette")
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the cassette: %v, %v", left, err)
	}
}

func TestACassetteThatIsNoneIsTold(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"torn.json": `{"cassette": 1, "answers": [{"key": "a`, "newer.json": `{"cassette": 9}`, "bent.json": `{"cassette": 1, "answers": [{"same": 4, "messages": []}]}`} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Config{}); err == nil || !strings.Contains(err.Error(), "record it again") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "none.json"), Config{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}

func TestContract(t *testing.T) {
	played := func(m llm.Model) func(*testing.T) llmtest.Case {
		return func(t *testing.T) llmtest.Case {
			q := ask(one, "hi")
			return llmtest.Case{Model: open(t, record(t, m, q)).Model("live"), Request: q}
		}
	}
	llmtest.Run(t, llmtest.Models{
		Text: played(scripted.New(scripted.Step{Text: "Hello there."}, scripted.Step{Text: "Hello there."}, scripted.Step{Text: "Hello there."})),
		Call: played(scripted.New(scripted.Step{Calls: []scripted.Call{{Name: "a"}, {Name: "b", Args: map[string]any{"x": 1}}}})),
		Cut:  played(scripted.New(scripted.Step{Text: "Hel", Cut: true})),
		Down: played(failing{fmt.Errorf("nobody: %w", llm.ErrUnavailable)}),
		Endless: func(t *testing.T) llmtest.Case {
			tape := New(Config{Redact: hideMail})
			ctx, cancel := context.WithCancel(t.Context())
			q := ask(one, "hi")
			for range tape.Record("live", scripted.New(scripted.Step{Text: "and so on ", Hang: true})).Stream(ctx, q) {
				cancel()
			}
			cancel()
			path := filepath.Join(t.TempDir(), "a.json")
			if err := tape.Save(path); err != nil {
				t.Fatal(err)
			}
			return llmtest.Case{Model: open(t, path).Model("live"), Request: q}
		},
	})
}
