// Package spans sends the traces of turns to an OpenTelemetry collector, named
// by the GenAI semantic conventions (v1.41.0): a turn is invoke_agent, under it
// each request to a model is chat and each tool run execute_tool. It sends no
// word that was said, no argument and no result. It never slows a turn: spans
// wait in a queue with a bound, and what a collector does not take is dropped.
// Start with [New], then [Exporter.Turn].
package spans

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"parley/agent"
)

// A Config says who sends. Where to is said by the environment, as the
// OpenTelemetry specification names it: OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS
// and so on, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER.
type Config struct {
	Version string
	Log     *slog.Logger
	// Queue is how many spans may wait; 0 means 2,048. Every is how long they
	// wait at most; 0 means 5 s.
	Queue int
	Every time.Duration
}

// Wanted says whether the environment names a collector.
func Wanted() bool {
	return os.Getenv("OTEL_SDK_DISABLED") != "true" &&
		cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")) != ""
}

// An Exporter sends turns. It is safe for concurrent use.
type Exporter struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// How long Close waits for a collector to take what is left.
const lastWords = 2 * time.Second

// New makes an exporter. It does not wait for the collector.
func New(ctx context.Context, cfg Config) (*Exporter, error) {
	switch p := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf"); p {
	case "http/protobuf":
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q; there is http/protobuf only, which collectors take at port 4318", p)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { cfg.Log.Debug("spans: OpenTelemetry", "error", err) }))
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: 15 * time.Second,
	}))
	if err != nil {
		return nil, fmt.Errorf("send traces to OpenTelemetry: %w", err)
	}
	// What the environment says comes last, and holds.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("parley"), semconv.ServiceVersion(cmp.Or(cfg.Version, "unknown"))), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	batch := sdk.NewBatchSpanProcessor(&quiet{SpanExporter: out, log: cfg.Log}, sdk.WithMaxQueueSize(cmp.Or(cfg.Queue, 2048)),
		sdk.WithBatchTimeout(cmp.Or(cfg.Every, 5*time.Second)), sdk.WithExportTimeout(20*time.Second))
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(batch), sdk.WithResource(about))
	return &Exporter{provider, provider.Tracer("parley/agent", trace.WithInstrumentationVersion(cfg.Version), trace.WithSchemaURL(semconv.SchemaURL))}, nil
}

// Close sends what waits, for two seconds at most.
func (e *Exporter) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if err := e.provider.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// quiet says once that a collector takes nothing, and once that it does again.
type quiet struct {
	sdk.SpanExporter
	log  *slog.Logger
	down atomic.Bool
}

func (q *quiet) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := q.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && !q.down.Swap(true):
		q.log.Warn("spans: the OpenTelemetry collector takes no traces; they are dropped until it does", "error", err)
	case err == nil && q.down.Swap(false):
		q.log.Info("spans: the OpenTelemetry collector takes traces again")
	}
	return nil
}

// A Turn is a trace and whose it is. No name, address or word of the customer.
type Turn struct {
	Conversation string
	Message      string // the id of the message that was answered
	Transport    string
	Trace        agent.Trace
}

// Turn queues the spans of one turn.
func (e *Exporter) Turn(t Turn) {
	x := t.Trace
	if x.At.IsZero() { // no agent ran
		return
	}
	ctx, root := e.tracer.Start(context.Background(), "invoke_agent parley", trace.WithTimestamp(x.At), trace.WithAttributes(
		semconv.GenAIOperationNameInvokeAgent, semconv.GenAIAgentName("parley"), semconv.GenAIConversationID(t.Conversation),
		semconv.GenAIProviderNameKey.String("parley"),
		semconv.GenAIUsageInputTokens(x.Usage.Prompt), semconv.GenAIUsageOutputTokens(x.Usage.Generated),
		attribute.String("parley.message.id", t.Message), attribute.String("parley.transport", t.Transport),
		attribute.String("parley.prompt.hash", x.Prompt), attribute.Int("parley.turn.steps", x.Steps), attribute.Int("parley.turn.decisions", len(x.Decisions)),
		attribute.Int("parley.budget.steps_left", x.Left.Steps), attribute.Int("parley.budget.tokens_left", x.Left.Tokens),
	))
	if x.Model != "" {
		_, model := provider(x.Model)
		root.SetAttributes(semconv.GenAIRequestModel(model))
	}
	if x.FirstText > 0 {
		root.SetAttributes(attribute.Float64("parley.time_to_first_text", x.FirstText.Seconds()))
	}
	for _, r := range x.Requests {
		e.request(ctx, t, r)
	}
	for _, c := range x.Calls {
		e.call(ctx, t, c)
	}
	failed(root, x.Ended)
	root.End(trace.WithTimestamp(x.At.Add(x.Took)))
}

func (e *Exporter) request(ctx context.Context, t Turn, r agent.RequestTrace) {
	by, model := provider(r.Model)
	begun := t.Trace.At.Add(r.At)
	_, span := e.tracer.Start(ctx, "chat "+model, trace.WithTimestamp(begun), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.GenAIOperationNameChat, semconv.GenAIProviderNameKey.String(by), semconv.GenAIRequestModel(model), semconv.GenAIRequestStream(true),
		semconv.GenAIConversationID(t.Conversation), attribute.Int("parley.turn.step", r.Step),
	))
	if r.Usage.Prompt+r.Usage.Generated > 0 {
		span.SetAttributes(semconv.GenAIUsageInputTokens(r.Usage.Prompt), semconv.GenAIUsageOutputTokens(r.Usage.Generated))
	}
	if r.Usage.Cached > 0 {
		span.SetAttributes(semconv.GenAIUsageCacheReadInputTokens(r.Usage.Cached))
	}
	if r.First > 0 {
		span.SetAttributes(semconv.GenAIResponseTimeToFirstChunk(r.First.Seconds()))
	}
	if r.Stop != "" {
		span.SetAttributes(semconv.GenAIResponseFinishReasons(string(r.Stop)))
	}
	failed(span, r.Failure)
	span.End(trace.WithTimestamp(begun.Add(r.Took)))
}

func (e *Exporter) call(ctx context.Context, t Turn, c agent.CallTrace) {
	begun := t.Trace.At.Add(c.At)
	if c.Effect == "" { // no such tool: its name is what a model made up
		c.Name = "unknown"
	}
	_, span := e.tracer.Start(ctx, "execute_tool "+c.Name, trace.WithTimestamp(begun), trace.WithAttributes(
		semconv.GenAIOperationNameExecuteTool, semconv.GenAIToolName(c.Name), semconv.GenAIToolCallID(c.ID), semconv.GenAIToolType("function"),
		semconv.GenAIConversationID(t.Conversation), attribute.String("parley.tool.effect", string(c.Effect)),
	))
	if c.Error != "" {
		var body struct{ Error string }
		_ = json.Unmarshal([]byte(c.Error), &body)
		failed(span, cmp.Or(body.Error, "_OTHER"))
	}
	span.End(trace.WithTimestamp(begun.Add(c.Took)))
}

// failed notes the sort of a failure, "" for none. What it says is content.
func failed(span trace.Span, sort string) {
	if sort == "" {
		return
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(sort))
	span.SetStatus(codes.Error, "")
}

// provider parts "ollama:qwen3:4b" into who runs a model and what it is called.
func provider(name string) (by, model string) {
	by, model, ok := strings.Cut(name, ":")
	if !ok {
		return "parley", name
	}
	return by, model
}
