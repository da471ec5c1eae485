package spans

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"parley/agent"
	"parley/agent/llm"
)

// gathered is a collector of ours: it keeps what it is sent.
type gathered struct {
	t      *testing.T
	mu     sync.Mutex
	spans  []*otlp.Span
	about  map[string]any
	body   []byte
	status int // to answer with, 0 for 200
	asked  chan struct{}
}

func (g *gathered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		select {
		case g.asked <- struct{}{}:
		default:
		}
	}()
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			g.t.Error(err)
			return
		}
		body = z
	}
	b, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(b, &request)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		g.t.Errorf("%s: %v", r.URL, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.status != 0 {
		w.WriteHeader(g.status)
		return
	}
	g.body = append(g.body, b...)
	for _, rs := range request.ResourceSpans {
		g.about = values(rs.Resource.Attributes)
		for _, ss := range rs.ScopeSpans {
			g.spans = append(g.spans, ss.Spans...)
		}
	}
}

func values(list []*common.KeyValue) map[string]any {
	out := map[string]any{}
	for _, kv := range list {
		switch v := kv.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			out[kv.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			out[kv.Key] = v.IntValue
		case *common.AnyValue_DoubleValue:
			out[kv.Key] = v.DoubleValue
		case *common.AnyValue_BoolValue:
			out[kv.Key] = v.BoolValue
		case *common.AnyValue_ArrayValue:
			out[kv.Key] = v.ArrayValue.Values[0].GetStringValue()
		}
	}
	return out
}

func collect(t *testing.T, status int) *gathered {
	t.Helper()
	g := &gathered{t: t, status: status, asked: make(chan struct{}, 1)}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	return g
}

func turn() Turn {
	return Turn{Conversation: "c1", Message: "m1", Transport: "web", Trace: agent.Trace{
		At: time.Unix(1772359200, 0), Model: "ollama:qwen3:4b", Prompt: "5b92", Steps: 2, Took: 2 * time.Second, FirstText: time.Second,
		Usage: llm.Usage{Prompt: 300, Generated: 30}, Decisions: []string{"withheld a secret sentence"},
		Requests: []agent.RequestTrace{
			{Model: "openai:gpt-x", Step: 1, At: 0, Took: 100 * time.Millisecond, Error: "a secret of the server", Failure: "unavailable"},
			{Model: "ollama:qwen3:4b", Step: 1, At: 100 * time.Millisecond, First: 50 * time.Millisecond, Took: 400 * time.Millisecond, Usage: llm.Usage{Prompt: 300, Cached: 200, Generated: 30}, Stop: llm.StopCalls},
		},
		Calls: []agent.CallTrace{
			{ID: "k1", Name: "get_order", Args: json.RawMessage(`{"order":"secret"}`), Result: json.RawMessage(`{"a":"secret"}`), Effect: llm.Read, At: 600 * time.Millisecond, Took: time.Millisecond},
			{ID: "k2", Name: "secret_tool_of_a_model", Error: `{"error":"unknown_tool","text":"secret"}`, At: 601 * time.Millisecond},
		},
	}}
}

func TestATurnIsSentByTheNamesOfTheConventions(t *testing.T) {
	g := collect(t, 0)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	if !Wanted() {
		t.Error("a collector is named, and none is wanted")
	}
	e, err := New(t.Context(), Config{Version: "v1", Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	e.Turn(turn())
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(g.body, []byte("secret")) {
		t.Error("content was sent")
	}
	got := map[string]map[string]any{}
	var root *otlp.Span
	for _, s := range g.spans {
		got[s.Name] = values(s.Attributes)
		got[s.Name]["took"] = time.Duration(s.EndTimeUnixNano - s.StartTimeUnixNano).String()
		got[s.Name]["kind"] = s.Kind.String()[len("SPAN_KIND_"):]
		if s.Status.GetCode() == otlp.Status_STATUS_CODE_ERROR {
			got[s.Name]["status"] = "error"
		}
		if len(s.ParentSpanId) == 0 {
			root = s
		}
	}
	want := map[string]map[string]any{
		"invoke_agent parley": {
			"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "parley", "gen_ai.conversation.id": "c1", "gen_ai.provider.name": "parley", "gen_ai.request.model": "qwen3:4b",
			"gen_ai.usage.input_tokens": int64(300), "gen_ai.usage.output_tokens": int64(30), "parley.message.id": "m1", "parley.transport": "web", "parley.prompt.hash": "5b92",
			"parley.turn.steps": int64(2), "parley.turn.decisions": int64(1), "parley.budget.steps_left": int64(0), "parley.budget.tokens_left": int64(0), "parley.time_to_first_text": 1.0, "took": "2s", "kind": "INTERNAL",
		},
		"chat gpt-x": {
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-x", "gen_ai.request.stream": true, "gen_ai.conversation.id": "c1", "parley.turn.step": int64(1),
			"error.type": "unavailable", "status": "error", "took": "100ms", "kind": "CLIENT",
		},
		"chat qwen3:4b": {
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "ollama", "gen_ai.request.model": "qwen3:4b", "gen_ai.request.stream": true, "gen_ai.conversation.id": "c1", "parley.turn.step": int64(1),
			"gen_ai.usage.input_tokens": int64(300), "gen_ai.usage.output_tokens": int64(30), "gen_ai.usage.cache_read.input_tokens": int64(200),
			"gen_ai.response.time_to_first_chunk": .05, "gen_ai.response.finish_reasons": "calls", "took": "400ms", "kind": "CLIENT",
		},
		"execute_tool get_order": {
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_order", "gen_ai.tool.call.id": "k1", "gen_ai.tool.type": "function", "gen_ai.conversation.id": "c1", "parley.tool.effect": "read", "took": "1ms", "kind": "INTERNAL",
		},
		"execute_tool unknown": {
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "unknown", "gen_ai.tool.call.id": "k2", "gen_ai.tool.type": "function", "gen_ai.conversation.id": "c1", "parley.tool.effect": "",
			"error.type": "unknown_tool", "status": "error", "took": "0s", "kind": "INTERNAL",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if root == nil || root.Name != "invoke_agent parley" {
		t.Fatalf("the root is %v", root)
	}
	for _, s := range g.spans {
		if s != root && (!bytes.Equal(s.ParentSpanId, root.SpanId) || !bytes.Equal(s.TraceId, root.TraceId)) {
			t.Errorf("%s stands under %s", s.Name, hex.EncodeToString(s.ParentSpanId))
		}
	}
	if g.about["service.name"] != "parley" || g.about["service.version"] != "v1" || g.about["deployment.environment.name"] != "test" {
		t.Errorf("sent by %v", g.about)
	}
}

// lines counts what a log says.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *lines) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func TestADeadCollectorSlowsNobodyAndIsToldOnce(t *testing.T) {
	g := collect(t, http.StatusBadRequest) // which is not tried again
	log := &lines{}
	e, err := New(context.Background(), Config{Queue: 64, Every: time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for range 2000 {
		e.Turn(turn())
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("2,000 turns waited %s", took)
	}
	for range 3 {
		e.Turn(turn())
		<-g.asked
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "takes no traces") {
		t.Errorf("%d lines in the log:\n%s", n, log.String())
	}
}

func TestClosingWaitsTwoSecondsAtMost(t *testing.T) {
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-gone }))
	defer server.Close()
	defer close(gone)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	e, err := New(context.Background(), Config{Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	e.Turn(turn())
	begun := time.Now()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > lastWords+time.Second {
		t.Errorf("closing took %s", took)
	}
}

func TestWithoutACollectorNoneIsWantedAndAnotherProtocolIsRefused(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
	if Wanted() {
		t.Error("a collector is wanted, and none is named")
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	if _, err := New(t.Context(), Config{}); err == nil || !strings.Contains(err.Error(), "4318") {
		t.Errorf("got %v", err)
	}
}
