package main

import (
	"context"
	"log/slog"

	"parley/agent"
	"parley/agent/spans"
	"parley/channels"
)

// startSpans sends traces to the collector that the environment names, if it
// names one.
func startSpans(ctx context.Context, log *slog.Logger) (*spans.Exporter, error) {
	if !spans.Wanted() {
		return nil, nil
	}
	return spans.New(ctx, spans.Config{Version: version(), Log: log})
}

func (a *app) traced(c channels.Conversation, message string, t agent.Trace) {
	if a.Spans != nil {
		a.Spans.Turn(spans.Turn{Conversation: c.ID, Message: message, Transport: c.Transport, Trace: t})
	}
}

// endSpans sends what is left, for two seconds at most.
func (a *app) endSpans() {
	if a.Spans == nil {
		return
	}
	if err := a.Spans.Close(); err != nil {
		a.Log.Warn("otel: the last traces were not sent", "error", err)
	}
}
