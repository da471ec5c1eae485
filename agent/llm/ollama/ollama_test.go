package ollama

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
)

// A server answers /api/chat with lines, as Ollama does, and keeps what it was asked.
type server struct {
	*httptest.Server
	able    []string // capabilities of the model
	stopped chan struct{}

	mu    sync.Mutex
	asked []map[string]any
}

type answerer func(w http.ResponseWriter, r *http.Request, n int)

func serve(t *testing.T, chat answerer) *server {
	t.Helper()
	s := &server{stopped: make(chan struct{}, 8)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"capabilities": s.able})
	})
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Errorf("no JSON: %v", err)
		}
		s.mu.Lock()
		s.asked = append(s.asked, in)
		n := len(s.asked)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-ndjson")
		chat(w, r, n)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) model(t *testing.T, mode Mode) *Model {
	t.Helper()
	m, err := New(Config{Host: s.URL, Model: "test", Tools: mode})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func line(w http.ResponseWriter, text string) {
	fmt.Fprintln(w, text)
	w.(http.Flusher).Flush()
}

func say(text string) string {
	b, _ := json.Marshal(text) // of a string: cannot fail
	return `{"message":{"role":"assistant","content":` + string(b) + `}}`
}

const (
	done = `{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":5}`
	call = `{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_order","arguments":{"order":"5531"}}}]}}`
)

type orderIn struct {
	Order string `json:"order"`
}

func request(text string) *llm.Request {
	s, err := jsonschema.For[orderIn](nil)
	if err != nil {
		panic(err)
	}
	return &llm.Request{
		System: "You help.", Messages: []llm.Message{llm.Text(llm.User, text)},
		Tools: []llm.Spec{{Name: "get_order", Description: "Look up an order.", Parameters: s}},
	}
}

func TestContract(t *testing.T) {
	answering := func(mode Mode, chat answerer) func(*testing.T) llmtest.Case {
		return func(t *testing.T) llmtest.Case {
			return llmtest.Case{Model: serve(t, chat).model(t, mode), Request: request("hi")}
		}
	}
	endless := func(mode Mode, before string) func(*testing.T) llmtest.Case {
		return func(t *testing.T) llmtest.Case {
			stopped := make(chan struct{})
			s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if before != "" && n == 1 {
					line(w, say(before))
					line(w, done)
					return
				}
				defer close(stopped)
				line(w, say(`{"reply":"`))
				for r.Context().Err() == nil {
					line(w, say("more "))
				}
			})
			return llmtest.Case{Model: s.model(t, mode), Request: request("hi"), Stopped: stopped}
		}
	}
	down := func(t *testing.T) llmtest.Case {
		s := serve(t, nil)
		s.Close()
		return llmtest.Case{Model: s.model(t, Native), Request: request("hi")}
	}
	t.Run("native", func(t *testing.T) {
		llmtest.Run(t, llmtest.Models{
			Text: answering(Native, func(w http.ResponseWriter, _ *http.Request, _ int) {
				line(w, say("Hello "))
				line(w, say("there."))
				line(w, done)
			}),
			Call:    answering(Native, func(w http.ResponseWriter, _ *http.Request, _ int) { line(w, call); line(w, done) }),
			Cut:     answering(Native, func(w http.ResponseWriter, _ *http.Request, _ int) { line(w, say("Hel")) }),
			Endless: endless(Native, ""), Down: down,
		})
	})
	form := func(action string) answerer {
		return func(w http.ResponseWriter, r *http.Request, n int) {
			if action == answer && n%2 == 0 {
				line(w, say(`{"reply": "Hel`))
				line(w, say(`lo."}`))
			} else {
				line(w, say(`{"meaning":"x","action":"`+action+`","order":"5531"}`))
			}
			line(w, done)
		}
	}
	t.Run("structured", func(t *testing.T) {
		llmtest.Run(t, llmtest.Models{
			Text: answering(Structured, form(answer)), Call: answering(Structured, form("get_order")),
			Cut: answering(Structured, func(w http.ResponseWriter, _ *http.Request, _ int) {
				line(w, say(`{"meaning":"x","action":"get_order"}`))
			}),
			Endless: endless(Structured, `{"meaning":"greets","action":"answer"}`),
		})
	})
}

func TestTheProbeFindsOutHowAModelCallsTools(t *testing.T) {
	for _, c := range []struct {
		name string
		able []string
		says string
		want Mode
	}{
		{"no tools in its template", []string{"completion"}, "", Structured},
		{"calls", []string{"completion", "tools"}, call, Native},
		{"writes the call as prose", []string{"tools"}, say(`{"name": "get_order", "order": "5531"}`), Structured},
		{"invents the number", []string{"tools"}, strings.Replace(call, "5531", "1", 1), Structured},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { line(w, c.says); line(w, done) })
		s.able = c.able
		got, err := s.model(t, Auto).Probe(t.Context())
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v", c.name, got, err)
		}
	}
}

func TestTheStructuredFormHasMeaningFirstAndAStablePrefix(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		line(w, say(`{"meaning":"asks where order 1042 is","action":"get_order","order":"1042","query":"made up"}`))
		line(w, done)
	})
	m := s.model(t, Structured)
	first := request("where is 1042?")
	second := request("and now?")
	second.Messages = append([]llm.Message{
		llm.Text(llm.User, "where is 1042?"),
		{Role: llm.Assistant, Parts: []llm.Part{{Call: &llm.Call{ID: "1", Name: "get_order", Args: json.RawMessage(`{"order":"1042"}`)}}}},
		{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "1", Name: "get_order", Content: json.RawMessage(`{}`)}}}},
		llm.Text(llm.Assistant, "On its way."),
	}, second.Messages...)
	for _, r := range []*llm.Request{first, second} {
		reply, err := llm.Collect(m.Stream(t.Context(), r))
		if err != nil {
			t.Fatal(err)
		}
		if c := reply.Message.Calls(); len(c) != 1 || string(c[0].Args) != `{"order":"1042"}` || reply.Meaning != "asks where order 1042 is" || reply.Usage.Prompt != 10 {
			t.Errorf("got %+v, meaning %q", c, reply.Meaning)
		}
	}
	format, err := json.Marshal(s.asked[0]["format"])
	if err != nil {
		t.Fatal(err)
	}
	c, err := choosing()
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.form(first.Tools)
	if err != nil {
		t.Fatal(err)
	}
	if i, j := strings.Index(string(text), `"meaning":{`), strings.Index(string(text), `"action":{`); i < 0 || j < i {
		t.Errorf("meaning is not first in %s (sent %s)", text, format)
	}
	a, b := s.asked[0]["messages"].([]any), s.asked[1]["messages"].([]any)
	for i := range len(a) - 1 {
		if fmt.Sprint(a[i]) != fmt.Sprint(b[i]) {
			t.Errorf("message %d of the prefix changed: %v, %v", i, a[i], b[i])
		}
	}
	if got := fmt.Sprint(b[len(b)-2]); !strings.Contains(got, `"action":"get_order","order":"1042"`) {
		t.Errorf("the earlier choice was given as %s", got)
	}
	if s.asked[0]["options"].(map[string]any)["num_ctx"] == nil {
		t.Error("num_ctx was not sent")
	}
}

func TestAMissingModelIsNamedWithWhatToDo(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"model not found"}`)
	})
	_, err := llm.Collect(s.model(t, Native).Stream(t.Context(), request("hi")))
	if err == nil || !strings.Contains(err.Error(), "ollama pull test") {
		t.Errorf("got %v", err)
	}
}

func TestTheReplyIsTakenOutOfItsFormAsItComes(t *testing.T) {
	for _, text := range []string{`Hello "there"`, "四人帐篷，$249。\n好", "a\\b", "tab\tend", "\U0001F600 smile", ""} {
		b, err := json.Marshal(map[string]string{"reply": text})
		if err != nil {
			t.Fatal(err)
		}
		escaped := strings.ReplaceAll(string(b), "\U0001F600", `\ud83d\ude00`)
		for size := 1; size < 9; size++ {
			var u unwrap
			got := ""
			for i := 0; i < len(escaped); i += size {
				got += u.add(escaped[i:min(i+size, len(escaped))])
			}
			if got != text {
				t.Errorf("in pieces of %d: got %q, want %q", size, got, text)
			}
		}
	}
}

func TestAFormThatIsNoReplyIsNeverShown(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		line(w, say(`{"meaning":"greets","action":"answer"}`)) // again instead of a reply
		line(w, done)
	})
	reply, err := llm.Collect(s.model(t, Structured).Stream(t.Context(), request("hi")))
	if !errors.Is(err, llm.ErrUnavailable) || reply.Message.Text() != "" {
		t.Errorf("got %q, %v", reply.Message.Text(), err)
	}
}
