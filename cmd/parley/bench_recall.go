package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/memory"
	"parley/tools/measure"
)

// benchRecall times recall over turns that cost nothing to read, and, as the
// case stored, over conversations in a store: what a message waits for.
func benchRecall(ctx context.Context, only []string) ([]measure.Figure, error) {
	out, err := memory.Bench(ctx, only, progress)
	if err != nil || len(only) > 0 && !slices.Contains(only, "stored") {
		return out, err
	}
	progress("recall over 30 stored conversations")
	stored, err := benchStored(ctx)
	return append(out, stored...), err
}

// benchStored is a customer with 30 conversations of 20 turns each, and one
// more turn before every recall.
func benchStored(ctx context.Context) ([]measure.Figure, error) {
	a, err := benchApp(ctx, "", nil, nil)
	if err != nil {
		return nil, err
	}
	defer a.Store.Close()
	who := llm.Customer{ID: "C1007", Name: "Bench", Authenticated: true}
	texts := spoken[0]
	said := 0
	say := func(conversation string) error {
		text := fmt.Sprintf("%s, %s (%d)", texts[said%len(texts)], texts[said/7%len(texts)], said)
		said++
		body, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			return err
		}
		return a.Hub.Record(ctx, conversation, channels.Entry{ID: fmt.Sprint("b", said), From: channels.From{Role: channels.RoleShopper}, Kind: channels.KindText, Body: body})
	}
	var last string
	for range 30 {
		c, _, err := a.Hub.Start(ctx, channels.Visitor{Customer: who, Locale: "en", Transport: "bench"})
		if err != nil {
			return nil, err
		}
		for range 20 {
			if err := say(c.ID); err != nil {
				return nil, err
			}
		}
		last = c.ID
	}
	begun := time.Now()
	if _, err := a.Memory.Recall(ctx, who.ID, "rain jackets", memory.RecallOptions{}); err != nil {
		return nil, err
	}
	first := time.Since(begun)
	var took []time.Duration
	for range 200 {
		if err := say(last); err != nil {
			return nil, err
		}
		begun := time.Now()
		if _, err := a.Memory.Recall(ctx, who.ID, "what did I ask about rain jackets last week?", memory.RecallOptions{}); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	out := []measure.Figure{{Suite: "recall", Case: "stored", Metric: "first_ms", Value: float64(first.Microseconds()) / 1000, N: 1}}
	for _, f := range quantiles("stored", "", took) {
		f.Suite = "recall"
		out = append(out, f)
	}
	return out, nil
}
