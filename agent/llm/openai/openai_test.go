package openai

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"golang.org/x/tools/txtar"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
)

var update = flag.Bool("update", false, "write what is got into testdata")

const secret = "sk-test-0123456789-secret"

// A server takes chat completions.
type server struct{ *llmtest.Server }

func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *server {
	t.Helper()
	return &server{llmtest.Serve(t, "POST /v1/chat/completions", answer)}
}

func (s *server) model(t *testing.T, name string) *Model {
	t.Helper()
	m, err := New(Config{Model: name, URL: s.URL, Key: secret, Wait: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func stream(w http.ResponseWriter, events string) { llmtest.Events(w, events) }

func chunk(delta, finish string) string {
	if finish == "" {
		finish = "null"
	}
	return `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + "}]}\n\n"
}

func saying(text string) string {
	b, _ := json.Marshal(text) // of a string: cannot fail
	return chunk(`{"content":`+string(b)+`}`, "")
}

const (
	stopped = `"stop"`
	done    = "data: [DONE]\n\n"
)

type orderIn struct {
	Order string `json:"order"`
}

type searchIn struct {
	Query  string   `json:"query,omitempty" jsonschema:"what is looked for"`
	Colors []string `json:"colors,omitempty"`
	Under  *float64 `json:"under,omitempty"`
}

func schema[T any]() *jsonschema.Schema {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		panic(err)
	}
	return s
}

func request(text string) *llm.Request {
	return &llm.Request{
		System: "You help.\n\nNow: 12:00", Stable: 9, Messages: []llm.Message{llm.Text(llm.User, text)},
		Tools: []llm.Spec{
			{Name: "get_order", Description: "Look up an order.", Parameters: schema[orderIn](), Ground: []string{"order"}},
			{Name: "search", Description: "Search the catalogue.", Parameters: schema[searchIn]()},
			{Name: "shop.list/orders", Description: "From outside.", Parameters: nil},
		},
		Situation: llm.Situation{Customer: llm.Customer{ID: "customer-4711", Name: "Ana", Conversation: "conversation-12"}},
	}
}

func TestContract(t *testing.T) {
	answering := func(events string) func(*testing.T) llmtest.Case {
		return func(t *testing.T) llmtest.Case {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, events) })
			return llmtest.Case{Model: s.model(t, "m"), Request: request("hi")}
		}
	}
	call := chunk(`{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"get_order","arguments":"{\"order\":\"1\"}"}}]}`, "")
	llmtest.Run(t, llmtest.Models{
		Text: answering(saying("Hello ") + saying("there.") + chunk("{}", stopped) + done),
		Call: answering(call + chunk("{}", `"tool_calls"`) + done),
		Cut:  answering(saying("Hel")),
		Down: func(t *testing.T) llmtest.Case {
			s := serve(t, nil)
			s.Close()
			return llmtest.Case{Model: s.model(t, "m"), Request: request("hi")}
		},
		Endless: func(t *testing.T) llmtest.Case {
			stopped := make(chan struct{})
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				defer close(stopped)
				for r.Context().Err() == nil {
					stream(w, saying("more "))
				}
			})
			return llmtest.Case{Model: s.model(t, "m"), Request: request("hi"), Stopped: stopped}
		},
	})
}

// told is a reply as the cases write it down.
type told struct {
	Parts []llm.Part `json:"parts,omitempty"`
	Stop  llm.Stop   `json:"stop,omitempty"`
	Usage *llm.Usage `json:"usage,omitempty"`
	Error string     `json:"error,omitempty"`
}

func collect(t *testing.T, m *Model, r *llm.Request) told {
	t.Helper()
	reply, err := llm.Collect(m.Stream(t.Context(), r))
	out := told{Parts: reply.Message.Parts, Stop: reply.Stop}
	if reply.Usage != (llm.Usage{}) {
		out.Usage = &reply.Usage
	}
	if err != nil {
		out.Error = err.Error()
		out.Usage = nil
	}
	return out
}

// Each file holds a stream as servers send it, and the reply that is made of it.
func TestStreams(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			events := string(a.Files[0].Data)
			for name, events := range map[string]string{"as it is": events, "with CRLF": strings.ReplaceAll(events, "\n", "\r\n")} {
				s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, events) })
				reply := collect(t, s.model(t, "m"), request("hi"))
				reply.Error = strings.ReplaceAll(reply.Error, strings.TrimPrefix(s.URL, "http://"), "HOST")
				got, err := json.MarshalIndent(reply, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				if *update {
					a.Files = append(a.Files[:1], txtar.File{Name: "reply", Data: append(got, '\n')})
					if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				if len(a.Files) != 2 {
					t.Fatal("there is no reply to compare with; -update writes it")
				}
				if d := cmp.Diff(strings.TrimSpace(string(a.Files[1].Data)), string(got)); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
			}
		})
	}
}

func TestAnEmptyAnswerIsNoShortSuccess(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"no body":       func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"only comments": func(w http.ResponseWriter) { stream(w, ": ping\n\n: ping\n\n") },
		"cut": func(w http.ResponseWriter) {
			stream(w, saying("Hel"))
			panic(http.ErrAbortHandler)
		},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w) })
		_, err := llm.Collect(s.model(t, "m").Stream(t.Context(), request("hi")))
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, llm.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestMuchTextAndBadBytesComeThrough(t *testing.T) {
	long := strings.Repeat("Zelt für vier, 四人帐篷. ", 1<<20/30)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, saying(long))
		// A character cut in two by the server, then bytes that are no character.
		io.WriteString(w, strings.Replace(saying("é?"), "é?", "\xc3", 1)+strings.Replace(saying("é?"), "é?", "\xa9", 1))
		io.WriteString(w, strings.Replace(saying("é?"), "é?", "\xff\xfe", 1)+chunk("{}", stopped))
	})
	got := collect(t, s.model(t, "m"), request("hi"))
	if len(got.Parts) != 1 || got.Parts[0].Text != long+"é\uFFFD" || got.Stop != llm.StopEnd {
		text := fmt.Sprint(got.Error)
		if len(got.Parts) > 0 {
			text += got.Parts[0].Text[max(0, len(got.Parts[0].Text)-20):]
		}
		t.Errorf("got %q at the end", text)
	}
}

func TestReasoningIsFoundWhereverTheTagsAreCut(t *testing.T) {
	for _, c := range []struct {
		name, text, reasoning, said string
		cut                         bool
	}{
		{name: "m", text: "<think>a</think>\n\nb</b>", reasoning: "a", said: "b</b>"},
		{name: "m", text: "<think></think>b", reasoning: "", said: "b"},
		{name: "m", text: "  b <think>c", reasoning: "", said: "  b <think>c"},
		{name: "m", text: "<thin", reasoning: "", said: "<thin"},
		{name: "m", text: "<think>never ends", reasoning: "never ends", said: ""},
		{name: "deepseek-r1:7b", text: "a\n</think>\n\nb", reasoning: "a\n", said: "b"},
		{name: "deepseek-r1:7b", text: "<think>a</think>b", reasoning: "a", said: "b"},
		{name: "deepseek-r1:7b", text: "no reasoning", reasoning: "", said: "no reasoning"},
		{name: "deepseek-r1:7b", text: "cut in the reasoning", reasoning: "cut in the reasoning", cut: true},
	} {
		for size := 1; size <= len(c.text); size++ {
			th := think{opened: (&Model{cfg: Config{Model: c.name}}).opened()}
			var reasoning, said string
			for i := 0; i < len(c.text); i += size {
				r, s := th.add(c.text[i:min(i+size, len(c.text))])
				reasoning, said = reasoning+r, said+s
			}
			r, s := th.rest(c.cut)
			if reasoning+r != c.reasoning || said+s != c.said {
				t.Errorf("%s, %q in pieces of %d: %q and %q", c.name, c.text, size, reasoning+r, said+s)
			}
		}
	}
}

// A server that parts the reasoning itself has its text given as it comes, also
// when the model's name makes one expect otherwise.
func TestTextIsNotHeldBackWhereTheServerPartsTheReasoning(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		stream(w, chunk(`{"reasoning_content":"hm"}`, "")+saying("Hel")+saying("lo")+chunk("{}", stopped))
	})
	var got []string
	for c, err := range s.model(t, "deepseek-r1:7b").Stream(t.Context(), request("hi")) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.Reasoning+c.Text+string(c.Stop))
	}
	if d := cmp.Diff([]string{"hm", "Hel", "lo", "end"}, got); d != "" {
		t.Error(d)
	}
}

// The answer ends with its last event, whatever the connection does.
func TestAConnectionThatStaysOpenHoldsNothingUp(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		stream(w, saying("Hi.")+chunk("{}", stopped)+`data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}`+"\n\n")
		<-r.Context().Done()
	})
	if got := collect(t, s.model(t, "m"), request("hi")); got.Stop != llm.StopEnd {
		t.Errorf("got %+v", got)
	}
}

// A model whose template opens the reasoning is known by the first answer, and
// forgotten by one that has none.
func TestReasoningThatBeginsNowhereIsLearned(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		text := "hm\n</think>\n\nHello."
		if n == 3 {
			text = "Plain."
		}
		stream(w, saying(text[:3])+saying(text[3:])+chunk("{}", stopped))
	})
	m := s.model(t, "somebody's model")
	collect(t, m, request("hi")) // too late for this one
	for i, want := range []told{
		{Parts: []llm.Part{{Reasoning: "hm\n"}, {Text: "Hello."}}, Stop: llm.StopEnd},
		{Parts: []llm.Part{{Text: "Plain."}}, Stop: llm.StopEnd},
	} {
		if d := cmp.Diff(want, collect(t, m, request("hi"))); d != "" {
			t.Errorf("answer %d: %s", i+2, d)
		}
	}
	if m.unopened.Load() {
		t.Error("still held back after an answer without reasoning")
	}
}
