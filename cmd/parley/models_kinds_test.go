package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/channels/script"
	"parley/memory/redact"
	"parley/tools/catalog"
)

func TestModelsAreNamed(t *testing.T) {
	const secret = "sk-secret-0815"
	for _, c := range []struct {
		chain string
		env   []string
		note  string // or
		says  string
	}{
		{chain: "builtin", note: "builtin"},
		{chain: "openai:gpt-5-mini", env: []string{"OPENAI_API_KEY", secret}, note: "openai:gpt-5-mini, builtin behind it"},
		{chain: "openai:qwen3@http://127.0.0.1:8080/v1?context=8192, builtin", note: "openai:qwen3@127.0.0.1:8080, builtin"},
		{chain: "openai:qwen3", env: []string{"OPENAI_BASE_URL", "http://localhost:8080"}, note: "openai:qwen3, builtin behind it"},
		{chain: "anthropic:claude-haiku-4-5,ollama:qwen3:4b", env: []string{"ANTHROPIC_API_KEY", secret}, note: "anthropic:claude-haiku-4-5, ollama:qwen3:4b, builtin behind it"},
		{chain: "anthropic:x", env: []string{"ANTHROPIC_BASE_URL", "http://[::1]:9"}, note: "anthropic:x, builtin behind it"},
		{chain: "cascade:builtin,ollama:qwen3:4b", note: "builtin where it is 0.75 sure, ollama:qwen3:4b, builtin behind it"},
		{chain: "cascade:builtin", says: "a cascade wants two models or more"},
		{chain: "openai:gpt-5-mini", says: "model openai:gpt-5-mini: api.openai.com wants a key: put it in OPENAI_API_KEY"},
		{chain: "openai:x@https://user:" + secret + "@host.example/v1", env: []string{"OPENAI_API_KEY", secret}, says: "must end with its path, and hold no password"},
		{chain: "openai:", env: []string{"OPENAI_API_KEY", secret}, says: "name a model"},
		{chain: "openai:x?context=12", says: "?context=8192"},
		{chain: "openai:x?temperature=0", says: "?context=8192"},
		{chain: "gpt-5-mini", says: `no model is called "gpt-5-mini"; there are: auto, builtin, ollama:NAME, openai:NAME or openai:NAME@URL, anthropic:NAME or anthropic:NAME@URL`},
	} {
		t.Run(c.chain, func(t *testing.T) {
			for _, name := range []string{"OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"} {
				t.Setenv(name, "")
			}
			if c.env != nil {
				t.Setenv(c.env[0], c.env[1])
			}
			list, note, err := models(t.Context(), c.chain, ollama.Auto, catalog.Vocabulary{})
			switch {
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret)):
				t.Errorf("got %v", err)
			case c.says == "" && !list[len(list)-1].Free:
				t.Error("the end of the chain is not free")
			case c.says == "" && (err != nil || note != c.note || list[len(list)-1].Name != "builtin" && !strings.Contains(note, "builtin")):
				t.Errorf("got %q, %v", note, err)
			}
		})
	}
}

// A model that reads little is given little history: the agent sums up the rest.
func TestHistoryFitsWhatAModelReads(t *testing.T) {
	for name, want := range map[string]int{"m": 0, "m@http://127.0.0.1:1?context=128000": 0, "m?context=8192": 8192*3 - 16_000, "m?context=4096": 1000} {
		t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
		m, err := modelOf("openai:"+name, modelNeeds{})
		if err != nil || m.History != want {
			t.Errorf("%s: %d bytes, want %d; %v", name, m.History, want, err)
		}
	}
}

// Two servers in one chain: each sees its own key and no other's.
func TestEachServerSeesItsOwnKey(t *testing.T) {
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, `data: {"choices":[{"index":0,"delta":{"content":"Hi."},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	t.Setenv("OPENAI_API_KEY", "general")
	ask := func() {
		m, err := modelOf("openai:m@"+s.URL+"/v1", modelNeeds{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := llm.Collect(m.Model.Stream(t.Context(), &llm.Request{Messages: []llm.Message{llm.Text(llm.User, "hi")}})); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	t.Setenv("OPENAI_API_KEY_127_0_0_1", "own")
	ask()
	if got := strings.Join(seen, ", "); got != "Bearer general, Bearer own" {
		t.Errorf("sent %s", got)
	}
}

// hostedReply lets a model on a server of ours answer one message of a customer
// of the demo shop, with builtin behind it.
func hostedReply(t *testing.T, text string, answer func(w http.ResponseWriter, body string, n int)) (*agent.Outcome, []string) {
	t.Helper()
	var bodies []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, string(b))
		w.Header().Set("Content-Type", "text/event-stream")
		answer(w, string(b), len(bodies))
	}))
	t.Cleanup(s.Close)
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(sh.Shop, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := models(t.Context(), "openai:m@"+s.URL+"/v1", ollama.Auto, c.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	a, err := benchApp(t.Context(), "", list, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Store.Close() })
	var out *agent.Outcome
	who := llm.Customer{ID: "C1007", Name: "Ana", Authenticated: true}
	for e, err := range a.Agent.Reply(t.Context(), agent.Turn{ID: "t1", Customer: who, Locale: "en", Text: text, Now: time.Now()}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Done != nil {
			out = e.Done
		}
	}
	return out, bodies
}

// pieceOf writes a stream of one piece.
func pieceOf(w http.ResponseWriter, delta, finish string) {
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%q}]}\n\ndata: [DONE]\n\n", delta, finish)
}

func callOf(name, args string) string {
	b, _ := json.Marshal(args) // of a string: cannot fail
	return `{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"` + name + `","arguments":` + string(b) + `}}]}`
}

// A hosted model through the whole agent: it calls a tool of the shop, and words
// the answer from the result.
func TestAHostedModelAnswersThroughTheAgent(t *testing.T) {
	out, bodies := hostedReply(t, "show me tents", func(w http.ResponseWriter, body string, _ int) {
		if strings.Contains(body, `"role":"tool"`) {
			pieceOf(w, `{"content":"Here you are."}`, "stop")
			return
		}
		pieceOf(w, callOf("search_products", `{"query":"tent"}`), "tool_calls")
	})
	if out.Text != "Here you are." || !strings.HasPrefix(out.Trace.Model, "openai:m@127.0.0.1:") || len(out.Trace.Calls) != 1 || out.Trace.Calls[0].Error != "" {
		t.Errorf("got %q by %s with %+v", out.Text, out.Trace.Model, out.Trace.Calls)
	}
	if len(bodies) != 2 {
		t.Fatalf("asked %d times", len(bodies))
	}
	var first, second struct {
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
		Tools json.RawMessage
	}
	if json.Unmarshal([]byte(bodies[0]), &first) != nil || json.Unmarshal([]byte(bodies[1]), &second) != nil {
		t.Fatal("no JSON was sent")
	}
	if string(first.Messages[0].Content) != string(second.Messages[0].Content) || strings.Contains(bodies[0]+bodies[1], "C1007") || string(first.Tools) != string(second.Tools) || len(first.Tools) < 500 {
		t.Error("the prefix changed between two steps of one turn, or says who asks")
	}
}

// Arguments that are no JSON go back to the model, and the turn goes on.
func TestAHostedModelThatWritesNoJSONIsCorrected(t *testing.T) {
	out, bodies := hostedReply(t, "show me tents", func(w http.ResponseWriter, body string, n int) {
		switch n {
		case 1:
			pieceOf(w, callOf("search_products", `{query: tent`), "tool_calls")
		case 2:
			pieceOf(w, callOf("search_products", `{"query":"tent"}`), "tool_calls")
		default:
			pieceOf(w, `{"content":"Here you are."}`, "stop")
		}
	})
	if out.Text != "Here you are." || len(out.Trace.Calls) != 2 || len(bodies) != 3 {
		t.Fatalf("got %q with %+v after %d requests", out.Text, out.Trace.Calls, len(bodies))
	}
	if !strings.Contains(bodies[1], "do not fit the schema") || !strings.Contains(bodies[1], "{query: tent") {
		t.Errorf("the model was not told what was wrong:\n%s", bodies[1])
	}
}

// A server that asks to be left alone for long is, and the next model answers.
func TestAHostedModelAtItsLimitLeavesTheTurnToTheNext(t *testing.T) {
	out, bodies := hostedReply(t, "show me tents", func(w http.ResponseWriter, _ string, _ int) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if out.Trace.Model != "builtin" || out.Text == "" || len(bodies) != 1 {
		t.Errorf("%q by %s, asked %d times", out.Text, out.Trace.Model, len(bodies))
	}
	if told := strings.Join(out.Trace.Decisions, "\n"); !strings.Contains(told, "too many requests") || !strings.Contains(told, "1m0s") {
		t.Errorf("the trace does not say why:\n%s", told)
	}
}

// What leaves the machine holds no way to reach a person; what stays is whole.
func TestHostedModelsAreDiscreet(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "k")
	t.Setenv("ANTHROPIC_API_KEY", "k")
	for name, want := range map[string]bool{
		"openai:m": true, "openai:m@https://host.example/v1": true, "openai:m@http://10.0.0.7:8000/v1": true, "anthropic:m": true,
		"openai:m@http://127.0.0.1:8000/v1": false, "anthropic:m@http://localhost:1": false, "builtin": false,
	} {
		list, _, err := models(t.Context(), name, ollama.Auto, catalog.Vocabulary{})
		if err != nil {
			t.Fatal(err)
		}
		if got := discreetly(list, redact.Public{})[0].Model != list[0].Model; got != want {
			t.Errorf("%s wrapped: %v", name, got)
		}
	}
	list, _, err := models(t.Context(), "openai:m", ollama.Auto, catalog.Vocabulary{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := benchApp(t.Context(), "", list, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Store.Close()
	if a.Models[0].Model == list[0].Model {
		t.Error("the agent asks the model itself")
	}
}

func TestACascadeAsksTheSecondModelWhatTheFirstDoesNotReadSurely(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/event-stream")
		for _, chunk := range []string{
			`{"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"From the other one."}}]}`,
			`{"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
			`{"id":"1","object":"chat.completion.chunk","model":"m","choices":[],"usage":{"prompt_tokens":900,"completion_tokens":5,"total_tokens":905}}`, `[DONE]`,
		} {
			fmt.Fprintf(w, "data: %s\n\n", chunk)
		}
	}))
	defer server.Close()
	w := &worlds{log: slog.New(slog.DiscardHandler)}
	play := func(user string) *script.Report {
		s, err := script.Parse("cascade.yaml", fmt.Appendf(nil, "version: 1\nname: c\ncustomer: {id: C1007, authenticated: true, locale: en}\nturns:\n  - user: %q\n", user))
		if err != nil {
			t.Fatal(err)
		}
		r, err := script.PlayAll(t.Context(), []*script.Script{s}, script.Config{Open: w.open, Model: "cascade:builtin,openai:m@" + server.URL + "/v1"}, func(*script.Result) {})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if shares, _ := play("where is my order 1042?").Shares(); asked != 0 || len(shares) != 1 || shares[0].Model != "builtin" || shares[0].Tokens != 0 {
		t.Errorf("what is read surely: %+v, the other one asked %d times", shares, asked)
	}
	shares, saved := play("qwx the zorp of it").Shares()
	if asked == 0 || len(shares) != 1 || !strings.HasPrefix(shares[0].Model, "openai:m") || shares[0].Tokens != 905 || saved != 0 {
		t.Errorf("what is not read surely: %+v, saved %d, the other one asked %d times", shares, saved, asked)
	}
}
