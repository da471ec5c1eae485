package main

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
	"parley/memory/seal"
	"parley/memory/store"
	"parley/tools/measure"
)

// spoken is what shoppers of the benchmark say, conversation after conversation.
var spoken = [][]string{
	{"hi", "rain jackets under 80", "the second one in blue?", "what do people say about it", "compare the first two", "thanks"},
	{"有没有双人帐篷", "哪个最轻", "便宜一点的", "防水吗", "怎么退货", "谢谢"},
	{"where is my order 1042", "how long do returns take?", "do you ship to Norway and can I pay with paypal", "something for my dad who likes camping", "what's on sale", "bye"},
	{"睡袋，零下5度能用的", "第一个多重", "和第二个比较一下", "有打折的吗", "保修多久", "转人工"},
}

// How often the conversations are held.
const benchRounds = 15

// benchTurn times a turn of the builtin model, and what surrounds the model: the
// message on disk, the queue, the agent, the answer on disk. Beside it stands a
// bare write of the same size, synced, on the same disk.
func benchTurn(ctx context.Context, only []string) ([]measure.Figure, error) {
	wanted := func(name string) bool { return len(only) == 0 || slices.Contains(only, name) }
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var out []measure.Figure
	if wanted("builtin") {
		took, err := benchBuiltin(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, quantiles("builtin", "", took)...)
	}
	if wanted("durable") {
		took, err := benchDurable(ctx, filepath.Join(dir, "data"))
		if err != nil {
			return nil, err
		}
		out = append(out, quantiles("durable", "overhead_", took)...)
		bare, err := benchSync(filepath.Join(dir, "bare"), len(took))
		if err != nil {
			return nil, err
		}
		out = append(out, quantiles("durable", "bare_sync_", bare)...)
	}
	return out, nil
}

// quantiles are the median and the 99th of a hundred, in milliseconds.
func quantiles(name, prefix string, took []time.Duration) []measure.Figure {
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	return []measure.Figure{
		{Suite: "turn", Case: name, Metric: prefix + "p50_ms", Value: at(.5), N: len(took)},
		{Suite: "turn", Case: name, Metric: prefix + "p99_ms", Value: at(.99), N: len(took)},
	}
}

// benchApp is the demo shop on a store in memory, or in a folder.
func benchApp(ctx context.Context, dir string, list []agent.Named, settled func(conversation, message string)) (*app, error) {
	log := slog.New(slog.DiscardHandler)
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Config{Dir: dir, Log: log})
	if err != nil {
		return nil, err
	}
	defer roomForGarbage() // as serve does
	var ring *seal.Ring
	if dir != "" {
		if ring, err = (&keyring{}).open(ctx, st, dir, log, time.Now); err != nil {
			st.Close()
			return nil, err
		}
	}
	a, _, err := newApp(ctx, appConfig{Shop: sh, Store: st, Ring: ring, Model: "builtin", Models: list, Settled: settled, Now: time.Now, Log: log})
	if err != nil {
		st.Close()
	}
	return a, err
}

// benchBuiltin times whole turns of the agent with the builtin model: reading,
// tools, grounding, guard, words.
func benchBuiltin(ctx context.Context) ([]time.Duration, error) {
	var took []time.Duration
	for range benchRounds {
		list, err := benchRound(ctx)
		if err != nil {
			return nil, err
		}
		took = append(took, list...)
	}
	return took[len(spoken)*6:], nil // the first round warms up
}

// benchRound holds each conversation once, with a model that has read none of
// it yet.
func benchRound(ctx context.Context) ([]time.Duration, error) {
	a, err := benchApp(ctx, "", nil, nil)
	if err != nil {
		return nil, err
	}
	defer a.Store.Close()
	var took []time.Duration
	who := llm.Customer{ID: "C1007", Name: "Bench", Authenticated: true}
	for _, conversation := range spoken {
		var history []llm.Message
		for i, text := range conversation {
			begun := time.Now()
			for e, err := range a.Agent.Reply(ctx, agent.Turn{ID: fmt.Sprint("bench", i), Customer: who, Locale: "en", History: history, Text: text, Now: begun}) {
				if err != nil {
					return nil, err
				}
				if e.Done != nil {
					history = append(history, e.Done.Messages...)
				}
			}
			took = append(took, time.Since(begun))
		}
	}
	return took, nil
}

// instant is a model that costs nothing.
type instant struct{}

func (instant) Stream(context.Context, *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if yield(llm.Chunk{Text: "All well here."}, nil) {
			yield(llm.Chunk{Stop: llm.StopEnd}, nil)
		}
	}
}

// benchDurable times from a message's arrival until its answer is on disk.
func benchDurable(ctx context.Context, dir string) ([]time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan string, 1)
	a, err := benchApp(ctx, dir, []agent.Named{{Name: "instant", Model: instant{}}}, func(_, message string) { done <- message })
	if err != nil {
		return nil, err
	}
	defer a.Store.Close()
	ran := make(chan error, 1)
	go func() { ran <- a.Hub.Run(ctx) }()
	defer func() { cancel(); <-ran }()
	var took []time.Duration
	for n := range benchRounds {
		c, _, err := a.Hub.Start(ctx, channels.Visitor{Customer: llm.Customer{ID: fmt.Sprint("visitor:", n)}, Locale: "en", Transport: "bench"})
		if err != nil {
			return nil, err
		}
		for i := range 20 {
			begun := time.Now()
			if _, err := a.Hub.Post(ctx, c.ID, channels.Post{ID: fmt.Sprintf("m%d.%d", n, i), Text: "a word"}); err != nil {
				return nil, err
			}
			select {
			case <-done:
			case <-ctx.Done():
				return nil, ctx.Err()
			case err := <-ran:
				ran <- err
				return nil, fmt.Errorf("the hub stopped: %w", err)
			}
			took = append(took, time.Since(begun))
		}
	}
	return took[20:], nil
}

// benchSync times a bare write of an entry's size that is synced to disk.
func benchSync(name string, n int) ([]time.Duration, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entry := make([]byte, 600)
	var took []time.Duration
	for range n {
		begun := time.Now()
		if _, err := f.Write(entry); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}
