package evaluate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"parley/recsys"
	"parley/tools/measure"
)

// A benchSize is a made-up shop to time the engine on.
type benchSize struct {
	customers, items, each int // each: mean items of a customer
	queries                int
}

// The case of the name is what the goals are set for.
var benchSizes = []struct {
	name string
	benchSize
}{
	{"10k", benchSize{20_000, 10_000, 12, 2000}},
	{"100k", benchSize{100_000, 50_000, 12, 2000}},
}

// Bench times training, loading, answering and folding in on made-up shops of
// two sizes: customers with a few tastes among a hundred, popularity by Zipf's
// law, the same at every run. It needs no data.
func Bench(ctx context.Context, only []string, progress func(string)) ([]measure.Figure, error) {
	if progress == nil {
		progress = func(string) {}
	}
	var out []measure.Figure
	for _, s := range benchSizes {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		progress(fmt.Sprintf("recommend %s: %d customers, %d items", s.name, s.customers, s.items))
		got, err := s.run(ctx)
		if err != nil {
			return out, fmt.Errorf("bench recommend %s: %w", s.name, err)
		}
		for _, f := range got {
			f.Suite, f.Case = "recommend", s.name
			out = append(out, f)
		}
	}
	return out, nil
}

func (s benchSize) run(ctx context.Context) ([]measure.Figure, error) {
	in := s.events()
	n := len(in)
	past, looks := s.questions(in)
	peak := watchHeap()
	begun := time.Now()
	e, err := recsys.Train(ctx, recsys.TrainConfig{Interactions: in, Seed: 42})
	took, top := time.Since(begun), peak()
	if err != nil {
		return nil, err
	}
	in = nil // a server that loads an artefact holds none of it
	runtime.GC()
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, e.FileName())
	if err := e.Save(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var loads []time.Duration
	for range 9 {
		begun := time.Now()
		if e, err = recsys.LoadEngine(path); err != nil {
			return nil, err
		}
		loads = append(loads, time.Since(begun))
	}
	out := []measure.Figure{
		{Metric: "train_s", Value: took.Seconds(), N: n}, {Metric: "train_peak_mb", Value: float64(top) / 1e6, N: n},
		{Metric: "artefact_mb", Value: float64(info.Size()) / 1e6, N: s.items}, {Metric: "load_ms", Value: ms(quantile(loads, .5)), High: ms(slices.Max(loads)), N: len(loads)},
	}
	known, fresh, bare, err := s.ask(ctx, e, past, looks)
	if err != nil {
		return nil, err
	}
	for _, x := range []struct {
		name string
		took []time.Duration
	}{{"", known}, {"fold_in_", fresh}, {"bare_", bare}} {
		out = append(out, measure.Figure{Metric: x.name + "p50_ms", Value: ms(quantile(x.took, .5)), N: len(x.took)},
			measure.Figure{Metric: x.name + "p99_ms", Value: ms(quantile(x.took, .99)), N: len(x.took)})
	}
	return out, nil
}

// ask times answers for customers with their history, of what is in stock and
// not theirs; and answers to someone met this minute after each of five looks.
// Between them it times a bare loop of about as long as an answer takes, which
// tells what of the slowest is the machine's.
func (s benchSize) ask(ctx context.Context, e *recsys.Engine, past map[string][]recsys.Interaction, looks []string) (known, fresh, bare []time.Duration, err error) {
	ids := e.ItemIDs()
	stock := make(map[string]bool, len(ids))
	for n, id := range ids {
		stock[id] = n%10 > 0
	}
	also := e.AlsoLike()
	time1 := func(q recsys.Query) (time.Duration, error) {
		begun := time.Now()
		got, err := also.Recommend(ctx, q)
		took := time.Since(begun)
		if err == nil && len(got) == 0 {
			err = fmt.Errorf("nothing for a history of %d", len(q.Past)+len(q.Recent))
		}
		return took, err
	}
	who := make([]string, 0, len(past))
	for u := range past {
		who = append(who, u)
	}
	slices.Sort(who)
	spins := 1000
	for n, u := range who {
		q := recsys.Query{Past: past[u], Filter: func(id string) bool { return stock[id] }}
		for _, x := range past[u] {
			q.Exclude = append(q.Exclude, x.Item)
		}
		took, err := time1(q)
		if err != nil {
			return nil, nil, nil, err
		}
		known = append(known, took)
		idle := spin(spins)
		if n < 100 { // find how long the loop must be
			spins = max(100, min(1e7, int(float64(spins)*float64(quantile(known, .5))/float64(max(idle, 1)))))
		} else {
			bare = append(bare, idle)
		}
		if n%5 > 0 {
			continue
		}
		q = recsys.Query{Filter: q.Filter}
		for k := range 5 {
			q.Recent = append(q.Recent, looks[(n+k)%len(looks)])
			if took, err = time1(q); err != nil {
				return nil, nil, nil, err
			}
			fresh = append(fresh, took)
		}
	}
	return known, fresh, bare, nil
}

// questions are the histories of some customers, and what somebody looks at.
func (s benchSize) questions(in []recsys.Interaction) (past map[string][]recsys.Interaction, looks []string) {
	past = map[string][]recsys.Interaction{}
	for _, x := range in {
		if len(past) < s.queries || past[x.Customer] != nil {
			past[x.Customer] = append(past[x.Customer], x)
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	for range s.queries {
		looks = append(looks, in[r.IntN(len(in))].Item)
	}
	return past, looks
}

var spun float64 // so that the loop is not left out

// spin times n rounds of a loop that does nothing of use.
func spin(n int) time.Duration {
	begun := time.Now()
	x := spun
	for i := range n {
		x = x*.999 + float64(i)
	}
	spun = x
	return time.Since(begun)
}

// events makes what customers took over two years.
func (s benchSize) events() []recsys.Interaction {
	const groups = 100
	r := rand.New(rand.NewPCG(42, uint64(s.items)))
	of := s.items / groups
	within := rand.NewZipf(r, 1.1, 4, uint64(of-1))
	group := rand.NewZipf(r, 1.2, 20, groups-1)
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	items := make([]string, s.items)
	for i := range items {
		items[i] = fmt.Sprintf("item-%06d", i)
	}
	var out []recsys.Interaction
	for u := range s.customers {
		who := fmt.Sprintf("customer-%06d", u)
		tastes := [3]uint64{group.Uint64(), group.Uint64(), group.Uint64()}
		at, basket := start.Add(time.Duration(r.IntN(700*24))*time.Hour), 0
		for range 2 + r.IntN(2*s.each-3) {
			if r.IntN(3) == 0 {
				at, basket = at.Add(time.Duration(r.IntN(20*24))*time.Hour), basket+1
			}
			item := int(tastes[r.IntN(3)])*of + int(within.Uint64())
			if r.IntN(5) == 0 {
				item = r.IntN(s.items)
			}
			out = append(out, recsys.Interaction{Customer: who, Item: items[item], At: at, Basket: fmt.Sprint(who, "/", basket)})
		}
	}
	return out
}

// watchHeap looks at the heap every 20 ms until it is asked how far it went.
func watchHeap() (peak func() uint64) {
	stop := make(chan struct{})
	var top uint64
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse)
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	return func() uint64 { close(stop); wg.Wait(); return top }
}

func quantile(list []time.Duration, q float64) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[int(q*float64(len(list)-1))]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
