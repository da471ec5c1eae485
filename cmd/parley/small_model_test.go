package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/agent/llm/ollama/ollamatest"
	"parley/memory/store"
	"parley/tools/catalog"
)

// A smallModel is a server whose model calls no tools: it says its lines one
// after another.
type smallModel struct {
	mu    sync.Mutex
	lines []string
	asked int
}

func (s *smallModel) start(t *testing.T) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"capabilities":["completion"]}`) })
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		b, _ := json.Marshal(s.lines[min(s.asked, len(s.lines)-1)]) // of a string: cannot fail
		s.asked++
		fmt.Fprintf(w, `{"message":{"role":"assistant","content":%s},"done":true}`+"\n", b)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("OLLAMA_HOST", server.URL)
}

// shopWith is the demo shop with a chain of models, the first of them wrapped.
func shopWith(t *testing.T, chain string, now func() time.Time, wrap func(llm.Model) llm.Model) *app {
	t.Helper()
	sh, err := openShop("demo", now(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(sh.Shop, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := models(t.Context(), chain, ollama.Auto, c.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	list[0].Model = wrap(list[0].Model)
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), store.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	a, _, err := newApp(t.Context(), appConfig{Shop: sh, Catalog: c, Store: st, Models: list, Now: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *app) answer(t *testing.T, text string) *agent.Outcome {
	t.Helper()
	var out *agent.Outcome
	who := llm.Customer{ID: "C1007", Name: "Jordan Lee", Authenticated: true}
	for e, err := range a.Agent.Reply(t.Context(), agent.Turn{ID: text, Customer: who, Locale: "en", Text: text, Now: time.Now()}) {
		if err != nil {
			t.Fatal(err)
		}
		out = e.Done
	}
	return out
}

func TestASmallModelChoosesAndItsRepliesAreWordedFromResults(t *testing.T) {
	const unsure = "which is lighter, the Brook 20 Daypack or the Brook 28 Backpack?" // to the builtin model, by its confidence
	compare := `{"meaning":"compares","action":"compare_products","products":["Brook 20","Brook 28"]}`
	for name, c := range map[string]struct {
		text  string
		lines []string
		asked int    // of the server
		tool  string // run first
		by    string // whose words they are
		want  string
		not   string
	}{
		"the builtin model words what the small one found":                  {unsure, []string{compare}, 1, "compare_products", "builtin", "Brook 20", "meaning"},
		"what no result carries is withheld, and builtin's sentence stands": {"the one for my trip, hm", []string{`{"meaning":"hesitates","action":"answer"}`, `{"reply":"The Brook 20 Daypack is only $12."}`, `{"reply":"It is only $12."}`}, 3, "search_products", "builtin", "", "$12"},
		"a form that is no form twice is the next model's turn":             {unsure, []string{`{"meaning":`}, 2, "compare_products", "builtin", "Brook 20", ""},
		"a form that names what nobody named comes back once":               {unsure, []string{`{"meaning":"x","action":"get_product","product":"Kelvin Fridge"}`, compare}, 2, "compare_products", "builtin", "Brook 20", "Kelvin"},
		"a greeting is read by code":                                        {"hello", []string{compare}, 0, "", "ollama:small", "", ""},
		"anger is read by code":                                             {"this is outrageous, you are the worst, I am furious!", []string{compare}, 0, "hand_off", "ollama:small", "", ""},
		"an order number is read by code":                                   {"where is order 1042?", []string{compare}, 0, "get_order", "builtin", "1042", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &smallModel{lines: c.lines}
			s.start(t)
			out := shopWith(t, "ollama:small", time.Now, func(m llm.Model) llm.Model { return m }).answer(t, c.text)
			tool := ""
			if len(out.Trace.Calls) > 0 {
				tool = out.Trace.Calls[0].Name
			}
			if s.asked != c.asked || tool != c.tool || out.Trace.Model != c.by || !strings.Contains(out.Text, c.want) || c.not != "" && strings.Contains(out.Text, c.not) || strings.TrimSpace(out.Text) == "" {
				t.Errorf("asked %d times, tool %q, by %s: %q\n%s", s.asked, tool, out.Trace.Model, out.Text, strings.Join(out.Trace.Decisions, "\n"))
			}
		})
	}
}

// cutting does something when the first word comes.
type cutting struct {
	llm.Model
	once sync.Once
	do   func()
}

func (c *cutting) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		for x, err := range c.Model.Stream(ctx, r) {
			if x.Text != "" {
				c.once.Do(c.do)
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

func TestTheNextLinkAnswersWhenTheRealServerIsKilled(t *testing.T) {
	s := ollamatest.Start(t)
	s.Create("tiny",
		ollamatest.Line{To: "Where is my order 5531?", Say: "<tool_call>\n{\"name\": \"get_order\", \"arguments\": {\"order\": \"5531\"}}\n</tool_call>"},
		ollamatest.Line{To: "hello", Say: "Good day, how may I help?"},
		ollamatest.Line{Say: "Well, that is a thing to think about, and about, and ", Endless: true},
	)
	t.Setenv("OLLAMA_HOST", s.URL)
	clock := time.Now()
	a := shopWith(t, "ollama:tiny", func() time.Time { return clock }, func(m llm.Model) llm.Model { return &cutting{Model: m, do: s.Kill} })
	out := a.answer(t, "do you have tents?")
	failed := slices.ContainsFunc(out.Trace.Decisions, func(d string) bool { return strings.HasPrefix(d, "ollama:tiny failed") })
	if out.Trace.Model != "builtin" || !failed || !strings.Contains(out.Text, "Ridge") || strings.Contains(out.Text, "think about") {
		t.Errorf("by %s: %q\n%s", out.Trace.Model, out.Text, strings.Join(out.Trace.Decisions, "\n"))
	}
	s.Run()
	clock = clock.Add(time.Minute) // a model that failed rests a while
	if out := a.answer(t, "hello"); out.Trace.Model != "ollama:tiny" || out.Text != "Good day, how may I help?" {
		t.Errorf("after the restart, by %s: %q\n%s", out.Trace.Model, out.Text, strings.Join(out.Trace.Decisions, "\n"))
	}
}
