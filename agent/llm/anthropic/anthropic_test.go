package anthropic

import (
	"context"
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
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"golang.org/x/tools/txtar"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
)

var update = flag.Bool("update", false, "write what is got into testdata")

const secret = "sk-ant-test-0123456789-secret"

// A server takes messages.
type server struct{ *llmtest.Server }

func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *server {
	t.Helper()
	return &server{llmtest.Serve(t, "POST /v1/messages", answer)}
}

func (s *server) model(t *testing.T) *Model {
	t.Helper()
	m, err := New(Config{Model: "claude-haiku-4-5", URL: s.URL, Key: secret, Wait: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func stream(w http.ResponseWriter, events string) { llmtest.Events(w, events) }

const (
	start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"stop_reason\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\n" +
		"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
	end = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" +
		"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}\n\n" +
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
)

func saying(text string) string {
	b, _ := json.Marshal(text) // of a string: cannot fail
	return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":" + string(b) + "}}\n\n"
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	return string(a.Files[0].Data)
}

type orderIn struct {
	Order string `json:"order"`
}

func request(text string) *llm.Request {
	s, err := jsonschema.For[orderIn](nil)
	if err != nil {
		panic(err)
	}
	return &llm.Request{
		System: "You help.\n\nNow: 12:00", Stable: 9, Messages: []llm.Message{llm.Text(llm.User, text)},
		Tools: []llm.Spec{
			{Name: "get_order", Description: "Look up an order.", Parameters: s, Ground: []string{"order"}},
			{Name: "shop.list/orders", Description: "From outside.", Parameters: nil},
		},
		Situation: llm.Situation{Customer: llm.Customer{ID: "customer-4711", Name: "Ana", Conversation: "conversation-12"}},
	}
}

func TestContract(t *testing.T) {
	answering := func(events string) func(*testing.T) llmtest.Case {
		return func(t *testing.T) llmtest.Case {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, events) })
			return llmtest.Case{Model: s.model(t), Request: request("hi")}
		}
	}
	llmtest.Run(t, llmtest.Models{
		Text: answering(recorded(t, "text")),
		Call: answering(recorded(t, "tool_use")),
		Cut:  answering(recorded(t, "cut")),
		Down: func(t *testing.T) llmtest.Case {
			s := serve(t, nil)
			s.Close()
			return llmtest.Case{Model: s.model(t), Request: request("hi")}
		},
		Endless: func(t *testing.T) llmtest.Case {
			stopped := make(chan struct{})
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				defer close(stopped)
				stream(w, start)
				for r.Context().Err() == nil {
					stream(w, saying("more "))
				}
			})
			return llmtest.Case{Model: s.model(t), Request: request("hi"), Stopped: stopped}
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
	if err != nil {
		out.Error = err.Error()
	} else if reply.Usage != (llm.Usage{}) {
		out.Usage = &reply.Usage
	}
	return out
}

// Each file holds a stream as the server sends it, and the reply that is made of it.
func TestStreams(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, string(a.Files[0].Data)) })
			reply := collect(t, s.model(t), request("hi"))
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
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestAnAnswerWithoutItsEndIsNoShortSuccess(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"no body":    func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"only pings": func(w http.ResponseWriter) { stream(w, "event: ping\ndata: {\"type\": \"ping\"}\n\n: x\n\n") },
		"no stop":    func(w http.ResponseWriter) { stream(w, recorded(t, "no_stop")) },
		"dropped": func(w http.ResponseWriter) {
			stream(w, start+saying("Hel"))
			panic(http.ErrAbortHandler)
		},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w) })
		_, err := llm.Collect(s.model(t).Stream(t.Context(), request("hi")))
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, llm.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The answer ends with its last event, whatever the connection does.
func TestAConnectionThatStaysOpenHoldsNothingUp(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		stream(w, recorded(t, "text"))
		<-r.Context().Done()
	})
	if got := collect(t, s.model(t), request("hi")); got.Stop != llm.StopEnd {
		t.Errorf("got %+v", got)
	}
}

func TestMuchTextAndBadBytesComeThrough(t *testing.T) {
	long := strings.Repeat("Zelt für vier, 四人帐篷. ", 1<<20/30)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, start+saying(long)+strings.Replace(saying("é?"), "é?", "\xff\xfe", 1)+end)
	})
	got := collect(t, s.model(t), request("hi"))
	if len(got.Parts) != 1 || got.Parts[0].Text != long+"\uFFFD" || got.Stop != llm.StopEnd {
		t.Errorf("got %d parts, %s", len(got.Parts), got.Error)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	body := func(kind, message string) string {
		return `{"type":"error","error":{"type":"` + kind + `","message":"` + message + `"},"request_id":"req_1"}`
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   error // nil: none of the kinds
		says   string
	}{
		{"a wrong key", 401, body("authentication_error", "invalid x-api-key "+secret), llm.ErrKey, "ANTHROPIC_API_KEY"},
		{"a key without the model", 403, body("permission_error", "not for you"), llm.ErrKey, "not for you"},
		{"no such model", 404, body("not_found_error", "model: claude-haiku-4-5"), llm.ErrNoModel, "has no model claude-haiku-4-5"},
		{"a wrong path", 404, "404 page not found", nil, "base URL"},
		{"too long", 400, body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), llm.ErrTooLong, "?context="},
		{"too large", 413, body("request_too_large", "Request exceeds the maximum size"), llm.ErrTooLong, "?context="},
		{"no credit", 400, body("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), llm.ErrUnavailable, "no credit"},
		{"a bad request", 400, body("invalid_request_error", "messages.1.content: tool_use ids must be unique"), nil, "must be unique"},
		{"too many requests", 429, body("rate_limit_error", "This request would exceed your rate limit"), llm.ErrUnavailable, "too many requests"},
		{"broken", 500, body("api_error", "Internal server error"), llm.ErrUnavailable, "500"},
		{"overloaded", 529, body("overloaded_error", "Overloaded"), llm.ErrUnavailable, "overloaded"},
		{"a page of a proxy", 502, "<html><title>Bad Gateway</title></html>", llm.ErrUnavailable, "Bad Gateway"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			_, err := llm.Collect(s.model(t).Stream(t.Context(), request("hi")))
			if err == nil {
				t.Fatal("no error")
			}
			for _, kind := range []error{llm.ErrUnavailable, llm.ErrKey, llm.ErrNoModel, llm.ErrTooLong} {
				if errors.Is(err, kind) != (kind == c.want) {
					t.Errorf("%v: is it %q: %v", err, kind, errors.Is(err, kind))
				}
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, which should say %q", err, c.says)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret[:14]) {
				t.Errorf("the key stands in %v", err)
			}
		})
	}
}

func TestTheKeyGoesNowhereElse(t *testing.T) {
	var there bool
	other := serve(t, func(http.ResponseWriter, *http.Request, int) { there = true })
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
			return
		}
		stream(w, start+saying("Hi.")+end)
	})
	for name, value := range map[string]string{"ANTHROPIC_BASE_URL": other.URL, "ANTHROPIC_API_KEY": "env-key", "ANTHROPIC_AUTH_TOKEN": "env-token", "ANTHROPIC_CUSTOM_HEADERS": "X-Own: 1"} {
		t.Setenv(name, value)
	}
	_, err := llm.Collect(s.model(t).Stream(t.Context(), request("hi")))
	if err == nil || there {
		t.Errorf("followed: %v, %v", there, err)
	}
	h := s.Head(0)
	if h.Get("Authorization") != "Bearer "+secret || h.Get("X-Api-Key") != "" || h.Get("X-Own") != "" || h.Get("Anthropic-Version") == "" {
		t.Errorf("sent %v", h)
	}
	m, err := New(Config{Model: "m", URL: s.URL + "/v1/"})
	if err != nil {
		t.Fatal(err)
	}
	if got := collect(t, m, request("hi")); got.Error != "" || s.Head(1).Get("Authorization")+s.Head(1).Get("X-Api-Key") != "" {
		t.Errorf("without a key: %s, sent %v", got.Error, s.Head(1))
	}
	for _, url := range []string{"", "https://host.example"} {
		if _, err := New(Config{Model: "m", URL: url}); err == nil || !strings.Contains(err.Error(), "ANTHROPIC_API_KEY") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestASlowServerIsLeftWhenTheTurnIsCancelled(t *testing.T) {
	for _, before := range []bool{true, false} {
		reached, gone := make(chan struct{}), make(chan struct{})
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			defer close(gone)
			if !before {
				stream(w, start)
			}
			close(reached)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		_, err := llm.Collect(s.model(t).Stream(ctx, request("hi")))
		if !errors.Is(err, context.Canceled) || errors.Is(err, llm.ErrUnavailable) {
			t.Errorf("before the head %v: %v", before, err)
		}
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			t.Errorf("before the head %v: the server was not told", before)
		}
	}
}

func TestALimitIsWaitedForOnceTheServerSaysHowLong(t *testing.T) {
	for _, c := range []struct {
		head, value string
		asked       int
	}{{"Retry-After-Ms", "1", 2}, {"Retry-After", "60", 1}} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 1 {
				w.Header().Set(c.head, c.value)
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			stream(w, start+saying("Hi.")+end)
		})
		m, err := New(Config{Model: "m", URL: s.URL, Key: secret})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second is not even sent while the limit holds
			_, err = llm.Collect(m.Stream(t.Context(), request("hi")))
			if c.asked == 1 && !errors.Is(err, llm.ErrUnavailable) || c.asked == 2 && err != nil {
				t.Errorf("%s %s: %v", c.head, c.value, err)
			}
			if c.asked == 2 {
				break
			}
		}
		if got := len(s.Asked()); got != c.asked {
			t.Errorf("%s %s: asked %d times", c.head, c.value, got)
		}
	}
}

func history() []llm.Message {
	call := func(id, name, args string) llm.Part {
		return llm.Part{Call: &llm.Call{ID: id, Name: name, Args: json.RawMessage(args)}}
	}
	result := func(id, name, content string, failed bool) llm.Part {
		return llm.Part{Result: &llm.Result{ID: id, Name: name, Content: json.RawMessage(content), Failed: failed}}
	}
	return []llm.Message{
		{Role: llm.User, Parts: []llm.Part{{Text: "where are 1042 and 1043?"}, {Image: &llm.Image{MIME: "image/png", Data: []byte("png")}}}},
		{Role: llm.Assistant, Parts: []llm.Part{{Reasoning: "hm"}, call("ab12.1.1", "get_order", `{"order":"1042"}`), {Text: "Let me see."}, call("ab12.1.2", "get_order", `{"order":"1043"}`)}},
		{Role: llm.ToolRole, Parts: []llm.Part{result("ab12.1.1", "get_order", `{"status":"sent"}`, false)}},
		{Role: llm.ToolRole, Parts: []llm.Part{result("ab12.1.2", "get_order", `{"error":"not_found"}`, true)}},
		llm.Text(llm.Assistant, "  The first is on its way.  "),
		llm.Text(llm.User, "and all of them?"),
		{Role: llm.Assistant, Parts: []llm.Part{call("ab12.1.1", "shop.list/orders", `{}`)}}, // an id that comes again
		llm.Text(llm.User, "never mind, thanks <b> & \xff"),
	}
}

func TestRequestBodies(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, start+saying("Hi.")+end) })
	first, second, third := request("where is 1042?"), request(""), request("")
	second.System, second.Messages, second.MaxTokens = "You help.\n\nNow: 12:01", history(), 300
	third.Messages, third.Tools, third.Stable = history(), nil, 0
	for _, r := range []*llm.Request{first, second, third, first} {
		if got := collect(t, s.model(t), r); got.Error != "" {
			t.Fatal(got.Error)
		}
	}
	asked := s.Asked()
	if asked[3] != asked[0] {
		t.Errorf("the same request gave other bytes:\n%s\n%s", asked[0], asked[3])
	}
	for i, name := range []string{"first", "history", "no_tools"} {
		file := "testdata/request_" + name + ".json"
		if *update {
			if err := os.WriteFile(file, []byte(asked[i]+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || strings.TrimSpace(string(want)) != strings.TrimSpace(asked[i]) {
			t.Errorf("%s (%v): got\n%s", file, err, asked[i])
		}
		for _, word := range []string{"customer-4711", "conversation-12", "Ana", "user_id", "ground", secret} {
			if strings.Contains(asked[i], word) {
				t.Errorf("%q was sent in\n%s", word, asked[i])
			}
		}
	}
	for _, part := range []string{"tools", "system"} {
		a, b := cached(t, asked[0], part), cached(t, asked[1], part)
		if a == "" || a != b {
			t.Errorf("what is cached of the %s changed from turn to turn:\n%s\n%s", part, a, b)
		}
	}
}

// cached gives a list of a body up to its cache mark, as sent.
func cached(t *testing.T, body, part string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(fields[part]), `"cache_control":{"type":"ephemeral"}`)
	if !ok {
		return ""
	}
	return before
}

// Thinking goes back only with its signature, which a message cannot carry.
// Where a server insists, the model answers without thinking.
func TestAServerThatWantsItsThoughtsBackIsAskedWithoutThem(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			http.Error(w, `{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0.type: Expected thinking or redacted_thinking, but found tool_use."}}`, http.StatusBadRequest)
			return
		}
		stream(w, start+saying("Hi.")+end)
	})
	m := s.model(t)
	for range 2 {
		if got := collect(t, m, request("hi")); got.Error != "" {
			t.Fatal(got.Error)
		}
	}
	asked := s.Asked()
	off := `"thinking":{"type":"disabled"}`
	if len(asked) != 3 || strings.Contains(asked[0], off) || !strings.Contains(asked[1], off) || !strings.Contains(asked[2], off) {
		t.Errorf("asked:\n%s", strings.Join(asked, "\n"))
	}
}

func TestAPromptThatWasChangedOnItsWayIsSentWhole(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, start+saying("Hi.")+end) })
	for _, c := range []struct {
		system string
		stable int
		want   string
	}{
		{"You help.", 9, `[{"text":"You help.","cache_control":{"type":"ephemeral"},"type":"text"}]`},
		{"You help.\n", 9, `[{"text":"You help.","cache_control":{"type":"ephemeral"},"type":"text"}]`},
		{"You", 9, `[{"text":"You","type":"text"}]`},
		{"帮忙", 1, `[{"text":"帮忙","type":"text"}]`},
		{"", 0, ""},
	} {
		r := request("hi")
		r.System, r.Stable = c.system, c.stable
		if got := collect(t, s.model(t), r); got.Error != "" {
			t.Fatal(got.Error)
		}
		asked := s.Asked()
		var body struct{ System json.RawMessage }
		if err := json.Unmarshal([]byte(asked[len(asked)-1]), &body); err != nil || string(body.System) != c.want {
			t.Errorf("%q, %d: sent %s, %v", c.system, c.stable, body.System, err)
		}
	}
}

func TestHistoryIsCutToTheContext(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, start+saying("Hi.")+end) })
	m, err := New(Config{Model: "m", URL: s.URL, Context: 8192})
	if err != nil {
		t.Fatal(err)
	}
	r := request("last")
	for range 60 {
		r.Messages = append([]llm.Message{
			llm.Text(llm.User, "question"),
			{Role: llm.Assistant, Parts: []llm.Part{{Call: &llm.Call{ID: "x", Name: "get_order", Args: []byte(`{}`)}}}},
			{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "x", Name: "get_order", Content: []byte(`"` + strings.Repeat("x", 900) + `"`)}}}},
			llm.Text(llm.Assistant, "answer"),
		}, r.Messages...)
	}
	if got := collect(t, m, r); got.Error != "" {
		t.Fatal(got.Error)
	}
	body := s.Asked()[0]
	calls, results := strings.Count(body, `"type":"tool_use"`), strings.Count(body, `"type":"tool_result"`)
	if calls != results || calls < 10 || calls > 20 || !strings.Contains(body, `"text":"last"`) || !strings.Contains(body, `"max_tokens":2048`) {
		t.Errorf("%d calls, %d results in %d bytes", calls, results, len(body))
	}
}
