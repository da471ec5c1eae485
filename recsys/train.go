package recsys

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"time"
)

// TrainConfig says what an Engine is trained on.
type TrainConfig struct {
	Interactions []Interaction
	Items        []Item // what is known of them; those nobody took yet are known then as well
	Seed         uint64 // of the customers that are held out to choose the blend
	// Blend gives weights to use, by model, instead of choosing them on customers
	// held out: for a start that must be quick. It fits every model once, not twice.
	Blend map[string]float64
	// Progress is told the step that begins and how many of all are done; nil for not.
	Progress func(step string, done, of int)
}

// Bounds of what is tried. EASE keeps items² numbers of 4 bytes and takes time
// of the order of items³; ALS scores every item for every query.
const (
	mostEASE     = 4000
	mostLinks    = 2_500_000 // of a model of neighbours, 12 bytes each: fewer an item where there are many items
	trendDays    = 30 * 24 * time.Hour
	trendLeast   = 3
	seasonHalf   = 7 * 24 * time.Hour // see [SeasonOptions]
	seasonShrink = 5
	seasonGain   = 1.02 // what a season must bring to be believed: less is noise
	recentHalf   = 120 * 24 * time.Hour
)

// Train fits an engine. Its blend is chosen inside: what customers took last is
// held out, every model is fitted on the rest, and the weights, and whether there
// is a season, are those of the best NDCG at 10 on what was held out; then every
// model is fitted on everything. The same interactions in any order, items and seed give the
// same engine, to the byte, on any number of cores.
func Train(ctx context.Context, cfg TrainConfig) (*Engine, error) {
	in := slices.Clone(cfg.Interactions)
	sortCanonical(in)
	cfg.Items = slices.Clone(cfg.Items)
	slices.SortStableFunc(cfg.Items, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
	t := &training{cfg: cfg, ids: make([]string, len(cfg.Items))}
	for n, it := range cfg.Items {
		t.ids[n] = it.ID
	}
	t.all = NewDataset(in, t.ids...)
	t.plan()
	t.step("look through the data")
	t.engine = &Engine{data: t.all, models: map[string]Model{}, About: About{
		Hash: hashOf(in, cfg), Seed: cfg.Seed, Interactions: len(in) - t.all.Dropped, Dropped: t.all.Dropped,
		Customers: len(t.all.Customers), Items: len(t.all.Items), Until: t.all.Newest(), From: oldest(in, t.all.Newest()),
	}}
	weights, alone, err := t.choose(ctx, in)
	if err != nil {
		return nil, err
	}
	e := t.engine
	if e.Seasonal {
		e.lift = lifts(t.all, seasonHalf, seasonShrink)
	}
	for n, f := range t.fits {
		t.step("fit " + f.name)
		if weights[n] <= 0 {
			continue
		}
		m, err := f.fit(t.all)
		if err != nil {
			return nil, err
		}
		e.models[f.name] = m
		if e.Seasonal {
			m = &Season{m, e.lift}
		}
		e.Blend = append(e.Blend, Blended{Model: f.name, Weight: weights[n], Scale: meanHighest(m), Alone: alone[n]})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	t.step("count baskets, repeats and what is popular")
	e.models["popular"] = NewPopular(t.all, PopularOptions{HalfLife: recentHalf})
	e.models["trend"] = NewPopular(t.all, PopularOptions{Window: trendDays, Least: trendLeast})
	e.models["basket"] = NewBasket(t.all, BasketOptions{})
	bought := slices.DeleteFunc(in, func(x Interaction) bool { return x.Kind != Bought })
	if e.models["again"], err = NewAgain(NewDataset(bought, t.all.Items...), bought, AgainOptions{Items: cfg.Items}); err != nil {
		return nil, err
	}
	t.step("leave the customers out")
	// What was fitted still points at the customers. What is read back does not.
	b, err := e.Bytes()
	if err != nil {
		return nil, err
	}
	e, err = ReadEngine(b)
	t.step("")
	return e, err
}

// training is one run of Train.
type training struct {
	cfg         TrainConfig
	ids         []string
	all         *Dataset
	fits        []fitting
	engine      *Engine
	done, steps int
}

// A fitting is a model that can be part of the blend.
type fitting struct {
	name string
	fit  func(*Dataset) (Model, error)
}

// plan lists the models that this dataset's size and items allow.
func (t *training) plan() {
	n, met := len(t.all.Items), len(t.all.Customers) > 0
	described := slices.ContainsFunc(t.cfg.Items, func(it Item) bool { return it.Title != "" || it.Text != "" || len(it.Attributes) > 0 })
	near := min(100, max(40, mostLinks/max(1, n)))
	for _, f := range []struct {
		fitting
		fits bool
	}{
		{fitting{"itemknn", func(d *Dataset) (Model, error) { return NewItemKNN(d, ItemKNNOptions{Neighbours: near}), nil }}, true},
		{fitting{"ease", func(d *Dataset) (Model, error) { return NewEASE(d, EASEOptions{}) }}, met && n <= mostEASE},
		{fitting{"als", func(d *Dataset) (Model, error) { return NewALS(d, ALSOptions{Seed: t.cfg.Seed, Steps: 3}) }}, met && n <= mostEASE},
		{fitting{"rp3beta", func(d *Dataset) (Model, error) { return NewRP3beta(d, RP3betaOptions{Neighbours: near}) }}, met && n > mostEASE},
		{fitting{"transitions", func(d *Dataset) (Model, error) { return NewTransitions(d, TransitionsOptions{Neighbours: near}) }}, met},
		{fitting{"content", func(d *Dataset) (Model, error) {
			return NewContent(d, t.cfg.Items, ContentOptions{Neighbours: near}), nil
		}}, met && described},
	} {
		if w, given := t.cfg.Blend[f.name]; f.fits && (t.cfg.Blend == nil || given && w > 0) {
			t.fits = append(t.fits, f.fitting)
		}
	}
	t.steps = len(t.fits) + 3
	if t.cfg.Blend == nil {
		t.steps += len(t.fits) + 1
	}
}

func (t *training) step(name string) {
	if t.cfg.Progress != nil {
		t.cfg.Progress(name, min(t.done, t.steps), t.steps)
	}
	t.done++
}

// choose gives the weight of each model, and its NDCG alone.
func (t *training) choose(ctx context.Context, in []Interaction) (weights, alone []float64, err error) {
	weights, alone = make([]float64, len(t.fits)), make([]float64, len(t.fits))
	for n, f := range t.fits {
		weights[n] = 1 / float64(len(t.fits))
		if t.cfg.Blend != nil {
			weights[n] = t.cfg.Blend[f.name]
		}
	}
	if t.cfg.Blend != nil {
		if len(t.fits) == 0 {
			return nil, nil, fmt.Errorf("recsys: train with a blend of %v: none of its models fits %d items", t.cfg.Blend, len(t.all.Items))
		}
		return weights, alone, nil
	}
	rest, cases, byTime := t.holdOut(in)
	if len(cases) < leastHeld {
		t.done += len(t.fits) + 1
		t.engine.Notes = append(t.engine.Notes, fmt.Sprintf("the models weigh the same: only %d customers came twice, and %d are needed to choose", len(cases), leastHeld))
		return weights, alone, nil
	}
	d := NewDataset(rest, t.ids...)
	models := make([]Model, len(t.fits))
	for n, f := range t.fits {
		t.step("try " + f.name)
		if models[n], err = f.fit(d); err != nil {
			return nil, nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
	}
	t.step("choose the blend")
	best, err := Tune(ctx, models, cases, TuneOptions{K: 10, Scaling: ScaleFixed})
	if err != nil {
		return nil, nil, err
	}
	t.engine.Cases, t.engine.NDCG = len(cases), best.NDCG
	if byTime {
		lift := lifts(d, seasonHalf, seasonShrink)
		for n, m := range models {
			models[n] = &Season{m, lift}
		}
		lifted, err := Tune(ctx, models, cases, TuneOptions{K: 10, Scaling: ScaleFixed})
		if err != nil {
			return nil, nil, err
		}
		if lifted.NDCG > best.NDCG*seasonGain {
			best = lifted
			t.engine.NDCG, t.engine.Seasonal = lifted.NDCG, true
		}
	}
	return best.Weights, best.Alone, nil
}

func oldest(in []Interaction, newest time.Time) time.Time {
	out := newest
	for _, x := range in {
		if !x.At.IsZero() && x.At.Before(out) {
			out = x.At
		}
	}
	return out.UTC().Truncate(time.Second)
}

func sortCanonical(in []Interaction) {
	slices.SortFunc(in, func(a, b Interaction) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), a.At.Compare(b.At), cmp.Compare(a.Item, b.Item),
			cmp.Compare(a.Basket, b.Basket), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
}

// hashOf is over interactions in their canonical order, items by id, and the
// settings. A second is the finest time that counts.
func hashOf(in []Interaction, cfg TrainConfig) string {
	h := sha256.New()
	c := &coder{}
	c.text(fmt.Sprintf("parley recsys %d", artefactVersion))
	c.i64(int64(cfg.Seed))
	for _, name := range slices.Sorted(maps.Keys(cfg.Blend)) {
		c.text(name)
		c.f64(cfg.Blend[name])
	}
	c.u32(len(in))
	for _, x := range in {
		c.text(x.Customer)
		c.text(x.Item)
		c.text(x.Basket)
		c.f64(x.Value)
		at := int64(0)
		if !x.At.IsZero() {
			at = x.At.Unix()
		}
		c.i64(at)
		c.u32(int(x.Kind))
		c.flush(h)
	}
	for _, it := range cfg.Items {
		c.item(it)
		c.flush(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (c *coder) flush(h hash.Hash) {
	h.Write(c.b)
	c.b = c.b[:0]
}

func (c *coder) item(it Item) {
	c.texts([]string{it.ID, it.Title, it.Text, it.Category})
	c.texts(it.Pairs)
	c.f64s([]float64{it.Price, it.Margin})
	c.f32s(it.Picture)
	c.text(fmt.Sprint(it.InStock, it.Article))
	for _, name := range slices.Sorted(maps.Keys(it.Attributes)) {
		c.text(name)
		c.texts(it.Attributes[name])
	}
}
