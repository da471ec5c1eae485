package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
)

// What servers answer instead of a stream, as their documentation has it.
func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		kind   string // of content
		body   string
		want   error // nil: none of the kinds
		says   string
	}{
		{"a wrong key", 401, "application/json", `{"error":{"message":"Incorrect API key provided: ` + secret + `. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, llm.ErrKey, "OPENAI_API_KEY"},
		{"a key without the model", 403, "application/json", `{"error":{"message":"Project does not have access to model m","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, llm.ErrKey, "use m"},
		{"no such model", 404, "application/json", `{"error":{"message":"The model ` + "`m`" + ` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, llm.ErrNoModel, "has no model m"},
		{"no such model, vLLM", 404, "application/json", `{"object":"error","message":"The model ` + "`m`" + ` does not exist.","type":"NotFoundError","param":null,"code":404}`, llm.ErrNoModel, "has no model m"},
		{"no such model, DeepSeek", 400, "application/json", `{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, llm.ErrNoModel, "has no model m"},
		{"a wrong path", 404, "text/plain", "404 page not found", nil, "base URL"},
		{"too long", 400, "application/json", `{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130042 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, llm.ErrTooLong, "?context="},
		{"too long, llama.cpp", 400, "application/json", `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}`, llm.ErrTooLong, "?context="},
		{"too long, vLLM", 400, "application/json", `{"error":{"message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}}`, llm.ErrTooLong, "?context="},
		{"a bad request", 400, "application/json", `{"error":{"message":"Invalid schema for function 'x'","type":"invalid_request_error","param":"tools[0].function.parameters","code":"invalid_function_parameters"}}`, nil, "Invalid schema"},
		{"FastAPI", 422, "application/json", `{"detail":[{"loc":["body","model"],"msg":"field required"}]}`, nil, "field required"},
		{"pydantic, with what it was sent", 400, "application/json", `{"object":"error","message":"[{'type': 'string_type', 'loc': ('body', 'messages'), 'msg': 'Input should be a valid string', 'input': [{'text': 'my card is 4111 1111 1111 1111'}]}]","type":"BadRequestError","code":400}`, nil, "valid string"},
		{"an error as a string", 400, "application/json", `{"error":"no model is loaded"}`, llm.ErrNoModel, "no model is loaded"},
		{"no credit", 402, "application/json", `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, llm.ErrUnavailable, "no credit"},
		{"no quota", 429, "application/json", `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, llm.ErrUnavailable, "no credit or quota"},
		{"too many requests", 429, "application/json", `{"error":{"message":"Rate limit reached for requests","type":"requests","param":null,"code":"rate_limit_exceeded"}}`, llm.ErrUnavailable, "too many requests"},
		{"broken", 500, "application/json", `{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}`, llm.ErrUnavailable, "500"},
		{"broken without a word", 502, "", "", llm.ErrUnavailable, "502 Bad Gateway"},
		{"a page of a proxy", 503, "text/html", "<html><head><title>503 Service\nUnavailable</title></head><body>…</body></html>", llm.ErrUnavailable, "503 Service Unavailable"},
		{"loading, llama.cpp", 503, "application/json", `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, llm.ErrUnavailable, "Loading model"},
		{"a page instead of a stream", 200, "text/html; charset=utf-8", "<!doctype html><html><body>Sign in to the Wi-Fi</body></html>", llm.ErrUnavailable, "text/html"},
		{"one body instead of a stream", 200, "application/json", `{"id":"x","object":"chat.completion","choices":[]}`, llm.ErrUnavailable, "instead of a stream"},
		{"an error with 200", 200, "application/json", `{"error":{"message":"Upstream is away","code":"upstream"}}`, llm.ErrUnavailable, "Upstream is away"},
		{"another address", 308, "", "", nil, "https://elsewhere.example/v1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Content-Type", c.kind)
				if c.status == 308 {
					w.Header().Set("Location", "https://elsewhere.example/v1?key="+secret)
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			_, err := llm.Collect(s.model(t, "m").Stream(t.Context(), request("hi")))
			if err == nil {
				t.Fatal("no error")
			}
			for _, kind := range []error{llm.ErrUnavailable, llm.ErrKey, llm.ErrNoModel, llm.ErrTooLong} {
				if errors.Is(err, kind) != (kind == c.want) {
					t.Errorf("%v: is it %q: %v", err, kind, errors.Is(err, kind))
				}
			}
			if !strings.Contains(err.Error(), c.says) || len(err.Error()) > 450 || strings.ContainsAny(err.Error(), "\n<") {
				t.Errorf("got %q, which should say %q", err, c.says)
			}
			if strings.Contains(err.Error(), "4111") {
				t.Errorf("what the customer said stands in %v", err)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret[:12]) {
				t.Errorf("the key stands in %v", err)
			}
		})
	}
}

func TestAFilteredPromptIsRefused(t *testing.T) {
	for _, body := range []string{
		`{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`,
		`{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content.","type":"data_inspection_failed"}}`,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { http.Error(w, body, http.StatusBadRequest) })
		if got := collect(t, s.model(t, "m"), request("hi")); got.Stop != llm.StopRefused || got.Error != "" {
			t.Errorf("got %+v", got)
		}
	}
}

func TestTheKeyGoesNowhereElse(t *testing.T) {
	var there bool
	other := serve(t, func(http.ResponseWriter, *http.Request, int) { there = true })
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	t.Setenv("OPENAI_BASE_URL", other.URL)
	t.Setenv("OPENAI_ORG_ID", "org-secret")
	t.Setenv("OPENAI_ADMIN_KEY", "admin-secret")
	_, err := llm.Collect(s.model(t, "m").Stream(t.Context(), request("hi")))
	if err == nil || there {
		t.Errorf("followed: %v, %v", there, err)
	}
	h := s.Head(0)
	if h.Get("Authorization") != "Bearer "+secret || h.Get("OpenAI-Organization") != "" {
		t.Errorf("sent %v", h)
	}
}

func TestWithoutAKeyNoneIsSent(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", secret)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, saying("Hi.")+chunk("{}", stopped)) })
	m, err := New(Config{Model: "m", URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	if got := collect(t, m, request("hi")); got.Error != "" {
		t.Error(got.Error)
	}
	if got := s.Head(0).Get("Authorization"); got != "" {
		t.Errorf("sent %q", got)
	}
	for _, c := range []struct{ url, says string }{
		{"", "OPENAI_API_KEY"}, {"https://host.example/v1", "OPENAI_API_KEY"},
		{"http://user:" + secret + "@127.0.0.1/v1", "password"}, {"127.0.0.1:8080", "https://host/v1"}, {"ftp://h/", "https://host/v1"},
		{"http://127.0.0.1/v1?key=" + secret, "end with its path"},
	} {
		_, err := New(Config{Model: "m", URL: c.url})
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", c.url, err)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a model without a name was made")
	}
}

func TestASlowServerIsLeftWhenTheTurnIsCancelled(t *testing.T) {
	for _, before := range []bool{true, false} {
		reached, gone := make(chan struct{}), make(chan struct{})
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			defer close(gone)
			if !before {
				stream(w, ": wait\n\n")
			}
			close(reached)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		_, err := llm.Collect(s.model(t, "m").Stream(ctx, request("hi")))
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

// Nothing is asked again once something of the answer has come, and a refusal
// for good is not asked again at all.
func TestWhatIsAskedAgain(t *testing.T) {
	failing := func(status int, head, value string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, n int) {
			if n > 1 {
				stream(w, saying("Hi.")+chunk("{}", stopped))
				return
			}
			w.Header().Set(head, value)
			http.Error(w, `{"error":{"message":"no"}}`, status)
		}
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request, int)
		asked  int
		ok     bool
	}{
		{"a moment's limit", failing(429, "Retry-After-Ms", "1"), 2, true},
		{"a long limit", failing(429, "Retry-After", "30"), 1, false},
		{"broken, with its own word against it", failing(500, "X-Should-Retry", "false"), 1, false},
		{"a bad request", failing(400, "Retry-After-Ms", "1"), 1, false},
		{"a cut stream", func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, saying("Hel")) }, 1, false},
	} {
		s := serve(t, c.answer)
		m, err := New(Config{Model: "m", URL: s.URL, Key: secret})
		if err != nil {
			t.Fatal(err)
		}
		_, err = llm.Collect(m.Stream(t.Context(), request("hi")))
		if (err == nil) != c.ok || len(s.Asked()) != c.asked {
			t.Errorf("%s: asked %d times, %v", c.name, len(s.Asked()), err)
		}
	}
}

func TestHabitsThatAServerRefusesAreDropped(t *testing.T) {
	const (
		usage = `"stream_options":{"include_usage":true}`
		old   = `"max_tokens":50`
		newer = `"max_completion_tokens":50`
	)
	var s *server
	refusals := []struct{ if_, says string }{
		{usage, `Extra inputs are not permitted: stream_options`},
		{old, `Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.`},
	}
	s = serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		body := s.Asked()[n-1]
		for _, c := range refusals {
			if strings.Contains(body, c.if_) {
				http.Error(w, `{"error":{"message":"`+c.says+`"}}`, http.StatusBadRequest)
				return
			}
		}
		stream(w, saying("Hi.")+chunk("{}", stopped))
	})
	m := s.model(t, "m")
	r := request("hi")
	r.MaxTokens = 50
	for range 2 {
		if got := collect(t, m, r); got.Error != "" {
			t.Error(got.Error)
		}
	}
	asked := s.Asked()
	if len(asked) != 4 || strings.Contains(asked[3], usage) || !strings.Contains(asked[3], newer) {
		t.Errorf("asked %d times, at last with\n%s", len(asked), asked[len(asked)-1])
	}
	// A server that refuses the same thing for ever is not asked for ever.
	refusals = []struct{ if_, says string }{{`"model":"m"`, "stream_options, max_completion_tokens and reasoning_content are bad"}}
	if got := collect(t, m, r); got.Error == "" || len(s.Asked()) > 8 {
		t.Errorf("asked %d times, %q", len(s.Asked()), got.Error)
	}
}

func TestReasoningGoesBackOnlyWhereItIsWanted(t *testing.T) {
	refuse := true
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if refuse && n == 1 {
			http.Error(w, `{"error":{"message":"The reasoning_content in the thinking mode must be passed back to the API.","type":"invalid_request_error"}}`, http.StatusBadRequest)
			return
		}
		stream(w, saying("Hi.")+chunk("{}", stopped))
	})
	r := request("thanks")
	r.Messages = append([]llm.Message{
		llm.Text(llm.User, "where is 1042?"),
		{Role: llm.Assistant, Parts: []llm.Part{{Reasoning: "look it up"}, {Call: &llm.Call{ID: "a", Name: "get_order", Args: []byte(`{"order":"1042"}`)}}}},
		{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "a", Name: "get_order", Content: []byte(`{}`)}}}},
		{Role: llm.Assistant, Parts: []llm.Part{{Reasoning: "say it"}, {Text: "On its way."}}},
	}, r.Messages...)
	if got := collect(t, s.model(t, "m"), r); got.Error != "" {
		t.Fatal(got.Error)
	}
	asked := s.Asked()
	if len(asked) != 2 || strings.Contains(asked[0], "look it up") || !strings.Contains(asked[1], `"reasoning_content":"look it up"`) || strings.Contains(asked[1], "say it") {
		t.Errorf("asked:\n%s", strings.Join(asked, "\n"))
	}
	refuse = false
	if got := collect(t, s.model(t, "m"), r); got.Error != "" || strings.Contains(s.Asked()[2], "reasoning_content") {
		t.Errorf("sent unasked for: %s", s.Asked()[2])
	}
}

func TestRequestBodies(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, saying("Hi.")+chunk("{}", stopped)) })
	m := s.model(t, "m")
	first := request("where is 1042?")
	first.Messages[0].Parts = append(first.Messages[0].Parts, llm.Part{Image: &llm.Image{MIME: "image/png", Data: []byte("png")}})
	second := request("thanks <b> & \u2028 \xff")
	second.System = "You help.\n\nNow: 12:01"
	second.MaxTokens = 300
	second.Messages = append(append([]llm.Message(nil), first.Messages...),
		llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Reasoning: "hm"}, {Text: "Let me see."},
			{Call: &llm.Call{ID: "ab12.1.1", Name: "get_order", Args: []byte(`{"order":"1042"}`)}},
			{Call: &llm.Call{ID: "ab12.1.2", Name: "shop.list/orders", Args: []byte(`{}`)}}}},
		llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "ab12.1.1", Name: "get_order", Content: []byte(`{"status":"sent"}`)}}}},
		llm.Text(llm.Assistant, "It is on its way."), second.Messages[0])
	for _, r := range []*llm.Request{first, second} {
		if got := collect(t, m, r); got.Error != "" {
			t.Fatal(got.Error)
		}
	}
	again := s.model(t, "m")
	collect(t, again, first)
	asked := s.Asked()
	if asked[2] != asked[0] {
		t.Errorf("the same request gave other bytes:\n%s\n%s", asked[0], asked[2])
	}
	for i, name := range []string{"first", "second"} {
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
		for _, word := range []string{"customer-4711", "conversation-12", "Ana", `"user"`, "ground", secret} {
			if strings.Contains(strings.ReplaceAll(asked[i], `"role":"user"`, ""), word) {
				t.Errorf("%q was sent in\n%s", word, asked[i])
			}
		}
	}
	if tools(asked[0]) == "" || tools(asked[0]) != tools(asked[1]) {
		t.Error("the tools changed from turn to turn")
	}
}

// tools is the part of a body that describes the tools.
func tools(body string) string {
	_, rest, _ := strings.Cut(body, `"tools":`)
	list, _, _ := strings.Cut(rest, `],"stream"`)
	return list
}

func TestHistoryIsCutToTheContext(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { stream(w, saying("Hi.")+chunk("{}", stopped)) })
	m, err := New(Config{Model: "m", URL: s.URL, Context: 2048})
	if err != nil {
		t.Fatal(err)
	}
	r := request("last")
	for i := range 30 {
		r.Messages = append([]llm.Message{
			llm.Text(llm.User, fmt.Sprintf("question %d", i)),
			{Role: llm.Assistant, Parts: []llm.Part{{Call: &llm.Call{ID: "x", Name: "search", Args: []byte(`{}`)}}}},
			{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "x", Name: "search", Content: []byte(`"` + strings.Repeat("x", 300) + `"`)}}}},
			llm.Text(llm.Assistant, "answer"),
		}, r.Messages...)
	}
	if got := collect(t, m, r); got.Error != "" {
		t.Fatal(got.Error)
	}
	var body struct {
		Messages []struct {
			Role       string
			Content    string
			ToolCallID string                `json:"tool_call_id"`
			ToolCalls  []struct{ ID string } `json:"tool_calls"`
		}
	}
	if err := json.Unmarshal([]byte(s.Asked()[0]), &body); err != nil {
		t.Fatal(err)
	}
	results := 0
	for i, msg := range body.Messages {
		if msg.Role != "tool" {
			continue
		}
		results++
		if before := body.Messages[i-1]; len(before.ToolCalls) != 1 || before.ToolCalls[0].ID != msg.ToolCallID {
			t.Errorf("message %d answers no call before it", i)
		}
	}
	if last := body.Messages[len(body.Messages)-1]; results < 2 || results > 8 || last.Content != "last" || body.Messages[1].Role != "user" {
		t.Errorf("%d results, %d messages, the last %q", results, len(body.Messages), last.Content)
	}
}
