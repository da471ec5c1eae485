package evaluate

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"parley/tools/classify"
	"parley/tools/classify/intent"
	"parley/tools/measure"
)

// Bench times the shipped intents, and an engine of 150 labels of 100 texts in
// made-up words with sentence vectors: training, opening, and one question at a
// time on one goroutine, warm.
func Bench(ctx context.Context, only []string, progress func(string)) ([]measure.Figure, error) {
	var out []measure.Figure
	for _, c := range []struct {
		name  string
		model func(context.Context) (*classify.Model, []string, error)
	}{{"intents", shippedIntents}, {"made_up", madeUp}} {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		progress("classify " + c.name)
		start := time.Now()
		m, texts, err := c.model(ctx)
		if err != nil {
			return out, fmt.Errorf("bench classify %s: %w", c.name, err)
		}
		add := func(metric string, value float64, n int) {
			out = append(out, measure.Figure{Suite: "classify", Case: c.name, Metric: metric, Value: value, N: n})
		}
		add("train_s", time.Since(start).Seconds(), len(texts))
		var file bytes.Buffer
		if _, err := m.WriteTo(&file); err != nil {
			return out, err
		}
		opened := make([]float64, 20)
		for i := range opened {
			start := time.Now()
			if m, err = classify.Open(file.Bytes()); err != nil {
				return out, err
			}
			opened[i] = float64(time.Since(start).Microseconds()) / 1e3
		}
		slices.Sort(opened)
		add("open_ms", opened[len(opened)/2], len(opened))
		add("size_mb", float64(file.Len())/1e6, 1)
		took := questions(m, texts)
		add("p50_us", took[len(took)/2], len(took))
		add("p99_us", took[len(took)*99/100], len(took))
	}
	return out, nil
}

// questions asks about each text, once to be warm, and gives the sorted
// microseconds of the second time.
func questions(m *classify.Model, texts []string) []float64 {
	for _, t := range texts {
		m.Classify(t)
	}
	took := make([]float64, len(texts))
	for i, t := range texts {
		start := time.Now()
		m.Classify(t)
		took[i] = float64(time.Since(start).Nanoseconds()) / 1e3
	}
	slices.Sort(took)
	return took
}

func shippedIntents(ctx context.Context) (*classify.Model, []string, error) {
	m, err := intent.Train(ctx)
	if err != nil {
		return nil, nil, err
	}
	texts := []string{"where is my order 1042", "do you have a waterproof jacket under 60 dollars", "i want to return these shoes, they are too small",
		"hi", "what do people say about the second one", "compare the first two", "300以内的防水夹克有吗", "我要退货", "第二个有蓝色的吗", "转人工"}
	return m, slices.Repeat(texts, 500), nil
}

func madeUp(ctx context.Context) (*classify.Model, []string, error) {
	draw := rand.New(rand.NewPCG(1, 150))
	word := func() string {
		var b strings.Builder
		for range 1 + draw.IntN(4) {
			b.WriteByte("bcdfghklmnprstvw"[draw.IntN(16)])
			b.WriteByte("aeiou"[draw.IntN(5)])
		}
		return b.String()
	}
	common := make([]string, 400)
	for i := range common {
		common[i] = word()
	}
	var list []classify.Example
	var texts []string
	for label := range 150 {
		own := []string{word(), word(), word(), word(), word(), word()}
		for i := range 130 {
			say := make([]string, 5+draw.IntN(8))
			for j := range say {
				if say[j] = common[draw.IntN(len(common))]; draw.IntN(3) == 0 {
					say[j] = own[draw.IntN(len(own))]
				}
			}
			if text := strings.Join(say, " "); i < 100 {
				list = append(list, classify.Example{Text: text, Label: fmt.Sprint(label)})
			} else {
				texts = append(texts, text)
			}
		}
	}
	m, err := classify.Train(ctx, list, classify.Options{Vectors: 1, Folds: -1})
	return m, texts, err
}
