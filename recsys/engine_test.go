package recsys

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tastes makes interactions of customers with one taste each, in baskets.
func tastes(customers, items int) []Interaction {
	r := rand.New(rand.NewPCG(7, 7))
	var out []Interaction
	for u := range customers {
		for b := range 3 {
			for range 2 {
				item := r.IntN(items/4)*4 + u%4
				if r.IntN(5) == 0 {
					item = r.IntN(items)
				}
				out = append(out, Interaction{Customer: fmt.Sprintf("customer-%03d", u), Item: fmt.Sprintf("i%02d", item), At: day.AddDate(0, 0, u%50+b*7), Basket: fmt.Sprint(u, "/", b)})
			}
		}
	}
	return out
}

func train(t testing.TB, cfg TrainConfig) *Engine {
	t.Helper()
	e, err := Train(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func artefact(t testing.TB, e *Engine) []byte {
	t.Helper()
	b, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fullArtefact is a small artefact with every model in it that can be.
func fullArtefact(t testing.TB) []byte {
	return artefact(t, train(t, TrainConfig{
		Interactions: tastes(30, 8), Items: []Item{{ID: "i01", Title: "one of a kind"}, {ID: "i02", Title: "another of a kind"}},
		Blend: map[string]float64{"itemknn": 1, "ease": 1, "als": 1, "transitions": 1, "content": 1},
	}))
}

func TestTheSameInputsGiveTheSameBytesInAnyOrderOnAnyNumberOfCores(t *testing.T) {
	in := tastes(80, 40)
	want := artefact(t, train(t, TrainConfig{Interactions: in, Seed: 42, Items: []Item{{ID: "unmet"}, {ID: "i01", Title: "x"}}}))
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	again := train(t, TrainConfig{Interactions: in, Seed: 42, Items: []Item{{ID: "i01", Title: "x"}, {ID: "unmet"}}})
	if !bytes.Equal(want, artefact(t, again)) {
		t.Error("the same interactions in another order on one core give other bytes")
	}
	name := again.FileName()
	for what, cfg := range map[string]TrainConfig{
		"seed":         {Interactions: in, Seed: 43, Items: []Item{{ID: "i01", Title: "x"}, {ID: "unmet"}}},
		"items":        {Interactions: in, Seed: 42, Items: []Item{{ID: "i01", Title: "y"}, {ID: "unmet"}}},
		"interactions": {Interactions: in[1:], Seed: 42, Items: []Item{{ID: "i01", Title: "x"}, {ID: "unmet"}}},
	} {
		if other := train(t, cfg); other.FileName() == name {
			t.Errorf("other %s, and the artefact is still called %s", what, name)
		}
	}
}

func TestALoadedEngineRanksAsTheTrainedOne(t *testing.T) {
	in := tastes(80, 40)
	var about []Item
	for n := range 40 {
		about = append(about, Item{ID: fmt.Sprintf("i%02d", n), Title: fmt.Sprint("thing of ", n%4, " 帐篷 kind", n%3), Attributes: map[string][]string{"colour": {fmt.Sprint(n % 7)}}})
	}
	all := map[string]float64{"itemknn": 1, "ease": 2, "als": 1, "transitions": 1, "content": 1}
	cfg := TrainConfig{Interactions: in, Items: about, Blend: all}
	e := train(t, cfg)
	path := filepath.Join(t.TempDir(), "sub", e.FileName())
	if err := e.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadEngine(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(e.About, loaded.About); d != "" || len(e.Blend) != len(all) {
		t.Error(d, e.Blend)
	}
	// And as models that were never written: the same, fitted here.
	d := NewDataset(in)
	run := &training{cfg: cfg, all: d}
	run.plan()
	fresh := &Hybrid{scale: []float64{}}
	for n, b := range e.Blend {
		m, err := run.fits[n].fit(d)
		if err != nil || run.fits[n].name != b.Model {
			t.Fatal(err, b, run.fits[n].name)
		}
		fresh.parts = append(fresh.parts, Part{m, b.Weight})
		fresh.scale = append(fresh.scale, b.Scale)
	}
	for shelf, x := range map[string]struct {
		want Recommender
		pick func(*Engine) Recommender
	}{
		"also like": {Fill{fresh, NewPopular(d, PopularOptions{HalfLife: recentHalf})}, (*Engine).AlsoLike},
		"together":  {NewBasket(d, BasketOptions{}), (*Engine).Together},
		"popular":   {NewPopular(d, PopularOptions{HalfLife: recentHalf}), (*Engine).Popular},
	} {
		for u := range 80 {
			who := fmt.Sprintf("customer-%03d", u)
			q := Query{Recent: []string{"i05"}, Exclude: []string{"i05"}, Now: d.Newest()}
			known := q
			known.Customer = who
			for _, x := range in {
				if x.Customer == who {
					q.Past = append(q.Past, x)
				}
			}
			a, b, c := recommend(t, x.want, known), recommend(t, x.pick(loaded), q), recommend(t, x.pick(e), q)
			if d := cmp.Diff(a, b); d != "" || len(a) == 0 && shelf != "together" {
				t.Fatalf("%s for %s: fitted here and loaded differ:\n%s", shelf, who, d)
			}
			if d := cmp.Diff(b, c); d != "" {
				t.Fatalf("%s for %s: loaded and trained differ:\n%s", shelf, who, d)
			}
		}
	}
	if a, b := loaded.models["content"].(*Content).For("帐篷 of kind2"), NewContent(d, about, ContentOptions{}).For("帐篷 of kind2"); !cmp.Equal(recommend(t, a, Query{}), recommend(t, b, Query{})) {
		t.Error("words find other items in a loaded engine")
	}
}

func TestEveryKeptModelScoresTheSameOnceRead(t *testing.T) {
	d := NewDataset(tastes(80, 40))
	bare := itemsOnly(d.Items, d.newest)
	walks, err := NewRP3beta(d, RP3betaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bought, err := NewAgain(d, tastes(80, 40), AgainOptions{Early: -1})
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]kept{"rp3beta": walks, "again": bought, "itemknn": NewItemKNN(d, ItemKNNOptions{HalfLife: 5e15})} {
		c := &coder{}
		m.write(c)
		again, err := readers[name](bare, &decoder{name: name, b: c.b})
		if err != nil {
			t.Fatal(name, err)
		}
		for u := range d.Customers {
			h := History{Customer: int32(u), Events: d.byCustomer[u], Now: d.newest}
			a, b := make([]float64, len(d.Items)), make([]float64, len(d.Items))
			m.Score(h, a)
			again.Score(h, b)
			if !slices.Equal(a, b) || slices.Max(a) <= 0 {
				t.Fatalf("%s scores otherwise for %s", name, d.Customers[u])
			}
		}
		for n := range c.b { // cut short anywhere it is refused
			if _, err := readers[name](bare, &decoder{name: name, b: c.b[:n]}); !errors.Is(err, ErrArtefact) {
				t.Fatalf("%s cut to %d: %v", name, n, err)
			}
		}
	}
}

func TestAnArtefactNamesNoCustomerAndNoBasket(t *testing.T) {
	in := tastes(80, 40)
	for i := range in {
		in[i].Basket = "basket-" + in[i].Basket
	}
	e := train(t, TrainConfig{Interactions: in})
	if b := artefact(t, e); bytes.Contains(b, []byte("customer-")) || bytes.Contains(b, []byte("basket-")) {
		t.Error("the bytes name a customer or a basket")
	}
	for name, m := range e.models {
		if d := m.Data(); len(d.Customers) > 0 || len(d.byCustomer) > 0 || len(d.byItem) > 0 || len(d.baskets) > 0 {
			t.Errorf("%s of the trained engine still holds %d customers in memory", name, len(d.Customers))
		}
	}
	if got := recommend(t, e.Together(), Query{Customer: "customer-001"}); len(got) != 0 {
		t.Errorf("for a customer who brings no history: %v", got)
	}
}

func TestABlendIsChosenOnWhatWasHeldOut(t *testing.T) {
	e := train(t, TrainConfig{Interactions: tastes(80, 40)})
	if e.Cases < leastHeld || e.NDCG <= 0 {
		t.Fatalf("%d cases, NDCG %v", e.Cases, e.NDCG)
	}
	for _, b := range e.Blend {
		if b.Alone > e.NDCG+1e-12 || b.Alone <= 0 {
			t.Errorf("%s alone reaches %v, the blend %v", b.Model, b.Alone, e.NDCG)
		}
	}
	for _, n := range []int{0, 1, 2, 10} { // too few to choose
		e := train(t, TrainConfig{Interactions: tastes(n, 40)})
		if len(e.Notes) != 1 || e.NDCG != 0 {
			t.Errorf("%d customers: notes %q", n, e.Notes)
		}
	}
	e = train(t, TrainConfig{Interactions: tastes(80, 40), Blend: map[string]float64{"itemknn": 1}})
	if len(e.Blend) != 1 || e.models["ease"] != nil {
		t.Errorf("a given blend: %+v", e.Blend)
	}
	if _, err := Train(context.Background(), TrainConfig{Blend: map[string]float64{"nothing": 1}}); err == nil {
		t.Error("a blend of nothing was taken")
	}
}

func TestPoorDataTrainsToAnEngineThatSaysLittle(t *testing.T) {
	nan := Interaction{Customer: "a", Item: "x", Value: math.NaN(), At: day}
	for name, in := range map[string][]Interaction{
		"empty": nil, "not a number": {nan, nan}, "one": {{Customer: "a", Item: "x"}},
		"one customer":   {{Customer: "a", Item: "x"}, {Customer: "a", Item: "y"}},
		"one item":       {{Customer: "a", Item: "x", At: day}, {Customer: "b", Item: "x"}},
		"odd names":      {{Customer: "a\x00\n", Item: "ü\xff\t"}, {Customer: "b", Item: "ü\xff\t"}, {Customer: "b", Item: strings.Repeat("z", 70000)}},
		"one over again": slices.Repeat([]Interaction{{Customer: "a", Item: "x", At: day}}, 10000),
	} {
		e := train(t, TrainConfig{Interactions: in, Items: []Item{{ID: "unmet"}, {ID: ""}}})
		b := artefact(t, e)
		again, err := ReadEngine(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !e.Knows("unmet") || e.Knows("") || again.Items != e.Items {
			t.Errorf("%s: items %q", name, e.data.Items)
		}
		recommend(t, again.AlsoLike(), Query{Recent: []string{"x", "nothing"}})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Train(ctx, TrainConfig{Interactions: tastes(80, 40)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestProgressEndsWhereItSaidItWould(t *testing.T) {
	for _, cfg := range []TrainConfig{{Interactions: tastes(80, 40)}, {Interactions: tastes(2, 40)}, {Interactions: tastes(80, 40), Blend: map[string]float64{"ease": 1}}} {
		last, total := -1, 0
		cfg.Progress = func(step string, done, of int) {
			if done < last || done > of || total != 0 && of != total {
				t.Errorf("%q: %d of %d after %d of %d", step, done, of, last, total)
			}
			last, total = done, of
		}
		train(t, cfg)
		if last != total || total == 0 {
			t.Errorf("it ends at %d of %d", last, total)
		}
	}
}

func TestADamagedArtefactIsRefused(t *testing.T) {
	whole := fullArtefact(t)
	refused := func(what string, b []byte, want string) {
		t.Helper()
		e, err := ReadEngine(b)
		if !errors.Is(err, ErrArtefact) || e != nil && err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%s: %v, want %q", what, err, want)
		}
	}
	for n := range whole {
		refused(fmt.Sprint("cut to ", n), whole[:n], "")
	}
	for n := range whole {
		b := bytes.Clone(whole)
		b[n] ^= 1 << (n % 8)
		refused(fmt.Sprint("bit flipped in byte ", n), b, "")
	}
	refused("empty", nil, "it is empty")
	refused("another file", []byte("%PDF-1.7 and so on"), "it does not begin as one")
	refused("cut", whole[:len(whole)/2], "breaks off")
	refused("followed", append(bytes.Clone(whole), 0), "1 bytes follow its end")
	other := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(other[8:], 9)
	refused("another version", other, "it has version 9 and this program reads version 2; train again")
	path := filepath.Join(t.TempDir(), "x.parley")
	os.WriteFile(path, whole[:100], 0o600)
	if _, err := LoadEngine(path); !errors.Is(err, ErrArtefact) || !strings.HasPrefix(err.Error(), "x.parley: ") {
		t.Errorf("a file: %v", err)
	}
	if _, err := LoadEngine(path + "no"); err == nil || errors.Is(err, ErrArtefact) {
		t.Errorf("no file: %v", err)
	}
}

// What stands in sections is checked even where their sums are right.
func FuzzReadEngine(f *testing.F) {
	whole := fullArtefact(f)
	sections, err := unpack(whole)
	if err != nil {
		f.Fatal(err)
	}
	var names []string
	for n := range sections {
		names = append(names, n)
	}
	slices.Sort(names)
	for n := range names {
		f.Add(uint(n), uint(5), uint32(1<<30), uint(3))
	}
	f.Fuzz(func(t *testing.T, which, at uint, value uint32, cut uint) {
		var list []section
		for n, name := range names {
			body := bytes.Clone(sections[name])
			if n == int(which%uint(len(names))) && len(body) > 4 {
				binary.LittleEndian.PutUint32(body[at%uint(len(body)-3):], value)
				body = body[:len(body)-int(cut%uint(len(body)))]
			}
			list = append(list, section{name, body})
		}
		e, err := ReadEngine(pack(list))
		if err != nil {
			if !errors.Is(err, ErrArtefact) {
				t.Fatal(err)
			}
			return
		}
		q := Query{Recent: []string{"i01", "i02"}}
		for _, r := range []Recommender{e.AlsoLike(), e.Together(), e.Popular(), e.Trend()} {
			if _, err := r.Recommend(context.Background(), q); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestASectionIsCheckedInItself(t *testing.T) {
	whole := artefact(t, train(t, TrainConfig{Interactions: tastes(30, 8)}))
	change := func(name string, edit func([]byte) []byte) []byte {
		sections, err := unpack(whole)
		if err != nil {
			t.Fatal(err)
		}
		var list []section
		for n, b := range sections {
			if b = bytes.Clone(b); n == name {
				b = edit(b)
			}
			if b != nil {
				list = append(list, section{n, b})
			}
		}
		return pack(list)
	}
	for what, b := range map[string][]byte{
		"section \"basket\" is missing":  change("basket", func([]byte) []byte { return nil }),
		"its blend wants \"itemknn\"":    change("itemknn", func([]byte) []byte { return nil }),
		"section \"about\": invalid":     change("about", func([]byte) []byte { return []byte("x") }),
		"its blend is empty":             change("about", func([]byte) []byte { return []byte("{}") }),
		"section \"ease\": a list of":    change("ease", func([]byte) []byte { return (&coder{}).with(func(c *coder) { c.f32s(make([]float32, 3)) }) }),
		"section \"ease\": it is too":    change("ease", func(b []byte) []byte { return b[:9] }),
		"section \"trend\": 4 bytes too": change("trend", func(b []byte) []byte { return append(b, 0, 0, 0, 0) }),
		"section \"items\": items out of": change("items", func(b []byte) []byte {
			return (&coder{}).with(func(c *coder) { c.texts([]string{"b", "a"}); c.i64(0) })
		}),
		"section \"basket\": item 4294967295 of": change("basket", func(b []byte) []byte {
			return (&coder{}).with(func(c *coder) { c.links([][]link{{{to: -1}}}) })
		}),
		"section \"new\" is not known": func() []byte {
			s, _ := unpack(whole)
			list := []section{{"new", []byte{1}}}
			for n, b := range s {
				list = append(list, section{n, b})
			}
			return pack(list)
		}(),
	} {
		if _, err := ReadEngine(b); !errors.Is(err, ErrArtefact) || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want %q", err, what)
		}
	}
	if crc32.Checksum([]byte("123456789"), castagnoli) != 0xe3069283 {
		t.Error("not the CRC-32C that the format names")
	}
}

func (c *coder) with(f func(*coder)) []byte { f(c); return c.b }

func TestTheOldArtefactStandsUntilTheNewOneIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "recsys-1.parley")
	if err := writeWhole(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "busy"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(filepath.Join(dir, "busy"), []byte("new")); err == nil {
		t.Error("a file was written over a folder")
	}
	if err := writeWhole(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	left, _ := os.ReadDir(dir)
	if string(b) != "new" || len(left) != 2 {
		t.Errorf("%q, and %d files in the folder", b, len(left))
	}
}

func TestALiveEngineIsReplacedWhileItIsAsked(t *testing.T) {
	old := train(t, TrainConfig{Interactions: tastes(30, 8)})
	next := train(t, TrainConfig{Interactions: take([]string{"a", "tent", "mat"}, []string{"b", "tent", "mat"})})
	live := NewLive(old)
	also := live.Shelf((*Engine).AlsoLike)
	known := map[bool]string{true: "i", false: "tent mat"}
	stop := make(chan struct{})
	fail := make(chan string, 4)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					fail <- ""
					return
				default:
				}
				got, err := also.Recommend(context.Background(), Query{})
				if err != nil || len(got) == 0 {
					fail <- fmt.Sprint("no answer: ", err)
					return
				}
				fromOld := strings.HasPrefix(got[0].Item, "i")
				for _, x := range got {
					if strings.HasPrefix(x.Item, "i") != fromOld {
						fail <- fmt.Sprintf("an answer of two engines (%s): %v", known[fromOld], items(got))
						return
					}
				}
			}
		}()
	}
	for n := range 1000 {
		e := next
		if n%2 == 0 {
			e = old
		}
		live.Swap(e)
	}
	close(stop)
	for range 4 {
		if why := <-fail; why != "" {
			t.Error(why)
		}
	}
	if was := live.Swap(old); was != next || live.Engine() != old {
		t.Error("Swap does not give the one before")
	}
}

// Most of what is taken is of its own quarter of the year, over two years.
func TestATradeWithSeasonsIsSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	var in []Interaction
	for u := range 200 {
		for n := range 8 {
			at := r.IntN(720)
			if n < 2 {
				at = 640 + r.IntN(80)
			}
			quarter := at / 90 % 4
			if r.IntN(10) < 3 {
				quarter = r.IntN(4)
			}
			in = append(in, Interaction{Customer: fmt.Sprint(u), Item: fmt.Sprintf("q%d-%02d", quarter, r.IntN(20)), At: day.AddDate(0, 0, at)})
		}
	}
	e := train(t, TrainConfig{Interactions: in})
	if !e.Seasonal || e.lift == nil {
		t.Fatalf("no season in %+v", e.About)
	}
	loaded, err := ReadEngine(artefact(t, e))
	if err != nil {
		t.Fatal(err)
	}
	q := Query{Recent: []string{"q0-01", "q3-02"}, Exclude: []string{"q0-01", "q3-02"}, K: 3}
	got := recommend(t, loaded.AlsoLike(), q)
	for _, x := range got {
		if !strings.HasPrefix(x.Item, "q3-") || len(x.Reasons) == 0 {
			t.Errorf("in the last quarter: %v", items(got))
		}
	}
	if d := cmp.Diff(got, recommend(t, e.AlsoLike(), q)); d != "" {
		t.Error(d)
	}
	// Where every month sells alike there is none.
	if e := train(t, TrainConfig{Interactions: tastes(200, 40)}); e.Seasonal {
		t.Errorf("a season where nothing changes: %+v", e.About)
	}
	sections, err := unpack(artefact(t, e))
	if err != nil {
		t.Fatal(err)
	}
	var list []section
	for name, b := range sections {
		if name != "season" {
			list = append(list, section{name, b})
		}
	}
	if _, err := ReadEngine(pack(list)); !errors.Is(err, ErrArtefact) {
		t.Errorf("an artefact that lost its season: %v", err)
	}
}
