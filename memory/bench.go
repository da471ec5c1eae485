package memory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/tools/measure"
)

// Bench times recall for customers with 20, 200, 600 and 2,000 turns of made-up
// talk: the whole of [Memory.Recall] with its look for new turns (p50, p99), an
// index made from nothing (build), one turn more (append), the memory that an
// index holds, and beside it chromem-go alone with the same turns and the same
// vectors. Where turns come from costs nothing here.
func Bench(ctx context.Context, only []string, progress func(string)) ([]measure.Figure, error) {
	var out []measure.Figure
	for _, n := range []int{20, 200, 600, 2000} {
		name := strconv.Itoa(n)
		if len(only) > 0 && !slices.Contains(only, name) {
			continue
		}
		progress("recall over " + name + " turns")
		figures, err := benchRecall(ctx, n)
		if err != nil {
			return nil, err
		}
		out = append(out, figures...)
	}
	return out, nil
}

// Questions of a benchmark, and how often what is quick is done.
const (
	benchQuestions = 400
	benchAppends   = 50
)

func benchRecall(ctx context.Context, n int) ([]measure.Figure, error) {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	source := &madeUp{}
	for range n {
		source.say(rng)
	}
	m := &Memory{cfg: Config{Turns: source.talks, Now: source.now}, indexes: indexes{most: mostIndexes, mostBytes: mostIndexBytes}}
	var err error
	if m.meanings, err = newMeanings(m.cfg); err != nil {
		return nil, err
	}
	var build, appended, took, plain []time.Duration
	before := heap()
	const customers = 8
	for i := range customers {
		begun := time.Now()
		if _, err := m.Recall(ctx, fmt.Sprint("C", i), "", RecallOptions{}); err != nil {
			return nil, err
		}
		build = append(build, time.Since(begun))
	}
	held := (heap() - before) / customers
	counted := m.indexes.bytes / customers
	peer, err := chromemAlone(ctx, source.turns)
	if err != nil {
		return nil, err
	}
	for i := range benchQuestions {
		question := sentence(rng) + "?"
		begun := time.Now()
		if _, err := m.Recall(ctx, "C0", question, RecallOptions{}); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
		begun = time.Now()
		if _, err := peer(ctx, question); err != nil {
			return nil, err
		}
		plain = append(plain, time.Since(begun))
		if i < benchAppends {
			source.say(rng)
			begun = time.Now()
			if err := m.indexes.hold("C1").refresh(ctx, m, "C1"); err != nil {
				return nil, err
			}
			appended = append(appended, time.Since(begun))
		}
	}
	at := func(list []time.Duration, q float64) float64 {
		slices.Sort(list)
		return float64(list[int(q*float64(len(list)-1))].Nanoseconds()) / 1e6
	}
	runtime.KeepAlive(m)
	figure := func(metric string, value float64, times int) measure.Figure {
		return measure.Figure{Suite: "recall", Case: strconv.Itoa(n), Metric: metric, Value: value, N: times}
	}
	return []measure.Figure{
		figure("p50_ms", at(took, .5), len(took)),
		figure("p99_ms", at(took, .99), len(took)),
		figure("chromem_p50_ms", at(plain, .5), len(plain)),
		figure("ratio", at(took, .5)/at(plain, .5), len(took)),
		figure("build_ms", at(build, .5), len(build)),
		figure("append_ms", at(appended, .5), len(appended)),
		figure("heap_kb", float64(held)/1024, customers),
		figure("counted_kb", float64(counted)/1024, customers),
	}, nil
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// madeUp is talk that nobody held: conversations of twenty turns, a day apart.
type madeUp struct{ turns []Turn }

func (s *madeUp) now() time.Time { return s.turns[len(s.turns)-1].At.Add(time.Hour) }

func (s *madeUp) say(rng *rand.Rand) {
	i := len(s.turns)
	who := [...]string{"shopper", "assistant"}[i%2]
	s.turns = append(s.turns, Turn{
		Conversation: fmt.Sprint("c", i/20), Seq: uint64(i%20 + 1), Speaker: who, Text: sentence(rng) + ", " + sentence(rng),
		At: time.Date(2025, 1, 1+i/20, 10, i%20, 0, 0, time.UTC),
	})
}

func (s *madeUp) talks(_ context.Context, _ string, after map[string]uint64) ([]Talk, error) {
	var out []Talk
	for i, t := range s.turns {
		if i%20 == 0 {
			out = append(out, Talk{Conversation: t.Conversation})
		}
		c := &out[len(out)-1]
		c.Last = t.Seq
		if t.Seq > after[t.Conversation] {
			c.Turns = append(c.Turns, t)
		}
	}
	return out, nil
}

// sentence is one of many thousand, common words and rare ones.
func sentence(rng *rand.Rand) string {
	pick := func(words []string) string { return words[int(float64(len(words))*rng.Float64()*rng.Float64())] }
	text := pick(benchDo) + " a " + pick(benchHow) + " " + pick(benchWhat) + " for " + pick(benchFor)
	switch rng.IntN(4) {
	case 0:
		text += " number " + strconv.Itoa(rng.IntN(5000))
	case 1:
		text += " last week"
	}
	return text
}

var (
	benchDo   = strings.Split("do you have|I need|we looked at|can I return|please compare|is there|I bought|my friend recommended|how heavy is|what about|we would like|I am thinking of", "|")
	benchHow  = strings.Fields("red warm light waterproof small blue cheap green large folding wooden quiet soft thick foldable grey insulated breathable sturdy yellow")
	benchWhat = strings.Fields("tent jacket backpack stove lamp mattress bottle boots gloves hammock kettle blanket poles compass rope cooler towel knife map whistle")
	benchFor  = strings.Split("my daughter|the mountains|winter|two people|a trip to Norway|my father|the beach|camping|a long walk|the garden|cold nights|work|a wedding|our holidays|rain|the boat", "|")
)
