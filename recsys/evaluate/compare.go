package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"parley/recsys"
)

// Options say how a shop's events are compared. The zero value is sensible.
type Options struct {
	Split    Split
	K        int      // places in a list; 0 means 10
	Again    bool     // what a customer has already counts as well, as with groceries
	Models   []string // of the line-up, and "blend"; empty means all
	Most     int      // customers asked at most, drawn by seed; 0 means 5000
	Seed     uint64   // of draws; 0 means 42
	Groups   []Group  // of customers, to be compared for fairness
	Progress func(string)
}

// A Group is a column that customers differ by, such as their country.
type Group struct {
	Name string
	Of   map[string]string // by customer
}

// A Report is what came out of a comparison.
type Report struct {
	Data        Data
	K           int
	Again       bool
	Seed        uint64
	Results     []Result // popularity first, then the best NDCG first
	Ratings     []Result // of what predicts ratings; empty where the events have none
	Blend       []Weight // what the blend is made of
	Recommended string
	Equals      []string // as good as it where the choice was made
	Why         string   // for the owner of the shop
	Warnings    []string
	Groups      []Grouping
	Swap        Swap

	shown map[string][][]int32 // what each model showed
	known popularity
}

// A Data says what was compared on.
type Data struct {
	Events, Customers, Items int
	Dropped                  int // events without customer or item, or with a value that is no number
	From, To                 time.Time
	Hash                     string // of events and items
	Split                    string // "time" or "last"
	ValidAt, TestAt          time.Time
	Train, Valid, Test       int // events
	Asked                    int // customers whose lists were scored
	Lost                     int // customers of the test who are new, or took nothing that was known
	Described                int // items that something is written about
	Liking                   string
}

// A Result is one model's metrics.
type Result struct {
	Model, About string
	Left         string // why it was left out; then there are no metrics
	Fit          time.Duration
	Ask          time.Duration // mean of one list
	Metrics      []Metric
}

// A Metric is a number with its 95% interval over customers, and how far it is
// above popularity's on the same customers.
type Metric struct {
	Name                    string
	Value, Low, High        float64
	Over, OverLow, OverHigh float64
	N                       int
	estimate                estimate
}

// Metric finds a metric by its name.
func (r Result) Metric(name string) Metric {
	for _, m := range r.Metrics {
		if m.Name == name {
			return m
		}
	}
	return Metric{Name: name, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
}

// Result finds the metrics of a model.
func (r *Report) Result(model string) Result {
	for _, x := range r.Results {
		if x.Model == model {
			return x
		}
	}
	return Result{Model: model, Left: "it was not in the comparison"}
}

// A Weight is one model's share of the blend.
type Weight struct {
	Model string
	Share float64
}

// Compare fits the line-up on a shop's events, chooses on a validation part, and
// reports on a test part that nothing was chosen on.
//
// The models are fitted on the training part; the blend's weights are found on
// a third of the validation customers and the model to recommend is chosen on
// the others. Then all are fitted anew on training and validation together, with
// the weights as they are, and scored on the test part. Nothing of the test part
// is ever fitted on.
func Compare(ctx context.Context, events []recsys.Interaction, items []recsys.Item, opt Options) (*Report, error) {
	if opt.Progress == nil {
		opt.Progress = func(string) {}
	}
	opt.K, opt.Most, opt.Seed = cmp.Or(opt.K, 10), cmp.Or(opt.Most, 5000), cmp.Or(opt.Seed, seed)
	if opt.K < 1 {
		return nil, fmt.Errorf("lists of %d places; give a number from 1", opt.K)
	}
	list, err := pick(opt.Models)
	if err != nil {
		return nil, err
	}
	c := &comparison{Options: opt, ctx: ctx, list: list, items: items}
	if err := c.split(events); err != nil {
		return nil, err
	}
	if err := c.choose(); err != nil {
		return nil, err
	}
	if err := c.score(); err != nil {
		return nil, err
	}
	if err := c.rate(); err != nil {
		return nil, err
	}
	if err := c.fairness(); err != nil {
		return nil, err
	}
	return c.report, ctx.Err()
}

type comparison struct {
	Options
	ctx    context.Context
	list   []entrant
	items  []recsys.Item
	parts  parts
	rated  parts // the same with the values of ratings; empty where there are none
	report *Report

	fit   *recsys.Dataset // of training and validation
	asked []asked
	final []fitted
}

func (c *comparison) split(events []recsys.Interaction) error {
	sound, dropped := usable(events)
	if len(sound) == 0 {
		return fmt.Errorf("there is nothing to compare on: %d events, none with a customer, an item and a sound value", len(events))
	}
	p, err := divide(sound, c.Split)
	if err != nil {
		return err
	}
	r := &Report{K: c.K, Again: c.Again, Seed: c.Seed, Data: describe(sound, c.items)}
	r.Data.Dropped, r.Data.Split, r.Data.ValidAt, r.Data.TestAt = dropped, p.by, p.validAt, p.testAt
	r.Data.Train, r.Data.Valid, r.Data.Test = len(p.train), len(p.valid), len(p.test)
	c.report = r
	if ratings(sound) {
		c.rated = p
		var from float64
		p, from = liked(p)
		r.Data.Liking = fmt.Sprintf("ratings of %.3g and more, the mean of the training part", from)
	}
	c.parts = p
	return nil
}

// usable leaves out what no dataset would take.
func usable(events []recsys.Interaction) (sound []recsys.Interaction, dropped int) {
	sound = make([]recsys.Interaction, 0, len(events))
	for _, x := range events {
		if x.Customer == "" || x.Item == "" || math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
			dropped++
			continue
		}
		sound = append(sound, x)
	}
	return sound, dropped
}

// ground holds events with a place for every item of the catalogue.
func (c *comparison) ground(events ...[]recsys.Interaction) ground {
	ids := make([]string, len(c.items))
	for n, x := range c.items {
		ids[n] = x.ID
	}
	all := slices.Concat(events...)
	return ground{Dataset: recsys.NewDataset(all, ids...), events: all, items: c.items, again: c.Again}
}

// ask gives the questions that a part answers, at most as many as asked for.
func (c *comparison) ask(d *recsys.Dataset, held []recsys.Interaction) ([]asked, int) {
	list, lost := questions(d, held, c.Again)
	if len(list) > c.Most {
		r := rand.New(rand.NewPCG(c.Seed, 1))
		r.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		list = list[:c.Most]
		slices.SortFunc(list, func(a, b asked) int { return cmp.Compare(a.Query.Customer, b.Query.Customer) })
	}
	return list, lost
}

// fewest customers that a validation part needs for a choice to mean anything.
const fewest = 10

// mostTuned bounds the customers that the blend is tuned on, for time.
const mostTuned = 800

// choose finds the blend's weights and the model to recommend on validation.
func (c *comparison) choose() error {
	g := c.ground(c.parts.train)
	all, _ := c.ask(g.Dataset, c.parts.validHeld)
	if len(all) < fewest {
		c.report.Warnings = append(c.report.Warnings, fmt.Sprintf("only %d customers of the validation part can be asked: nothing is chosen on them, and there is no blend", len(all)))
		c.report.Recommended = popular
		return nil
	}
	models := sound(fitAll(c.list, g, c.Progress))
	var tuning []recsys.Case
	var deciding []asked
	for n, q := range all { // in order of id: both parts are alike
		if n%3 > 0 {
			deciding = append(deciding, q)
		} else if len(tuning) < mostTuned {
			tuning = append(tuning, q.Case)
		}
	}
	if len(models) > 1 && (len(c.Models) == 0 || slices.Contains(c.Models, blend)) {
		c.Progress("blend")
		parts := make([]recsys.Model, len(models))
		for n, f := range models {
			parts[n] = f.model
		}
		tuned, err := recsys.Tune(c.ctx, parts, tuning, recsys.TuneOptions{K: c.K, Keep: 5 * c.K})
		if err != nil {
			return err
		}
		for n, w := range tuned.Weights {
			if w > 0 {
				c.report.Blend = append(c.report.Blend, Weight{models[n].name, w})
			}
		}
		if models, err = c.withBlend(models); err != nil {
			return err
		}
	}
	measured, err := c.measure(g.Dataset, models, deciding, "validation")
	if err != nil {
		return err
	}
	c.report.recommend(measured)
	return nil
}

// withBlend adds the blend to what was fitted, where it is more than one model.
func (c *comparison) withBlend(list []fitted) ([]fitted, error) {
	var parts []recsys.Part
	for _, w := range c.report.Blend {
		for _, f := range list {
			if f.name == w.Model && f.model != nil {
				parts = append(parts, recsys.Part{Model: f.model, Weight: w.Share})
			}
		}
	}
	if len(parts) < 2 {
		return list, nil
	}
	h, err := recsys.NewHybrid(recsys.ScaleQuery, parts...)
	if err != nil {
		return nil, err
	}
	return append(list, fitted{entrant: entrant{name: blend, about: "several of the others together, weighed on the validation part"}, model: h}), nil
}

// score fits on all but the test part and measures on that.
func (c *comparison) score() error {
	g := c.ground(c.parts.train, c.parts.valid)
	c.fit = g.Dataset
	c.asked, c.report.Data.Lost = c.ask(c.fit, c.parts.testHeld)
	c.report.Data.Asked = len(c.asked)
	if len(c.asked) == 0 {
		return fmt.Errorf("nobody can be asked: of %d customers in the test part none is known from before and took something new that is known; give more events, or split by the last of each customer", c.report.Data.Lost)
	}
	if len(c.asked) < fewest {
		c.report.Warnings = append(c.report.Warnings, fmt.Sprintf("only %d customers can be asked: the intervals say little", len(c.asked)))
	}
	all := fitAll(c.list, g, c.Progress)
	models, err := c.withBlend(sound(all))
	if err != nil {
		return err
	}
	c.final = models
	if !slices.ContainsFunc(models, func(f fitted) bool { return f.name == c.report.Recommended }) {
		c.report.Warnings = append(c.report.Warnings, fmt.Sprintf("%s was chosen, but cannot be fitted on all events", c.report.Recommended))
		c.report.Recommended, c.report.Equals = popular, nil
	}
	if c.report.Results, err = c.measure(c.fit, models, c.asked, "test"); err != nil {
		return err
	}
	if c.report.Recommended == popular {
		if c.report.recommend(c.report.Results); c.report.Recommended != popular {
			c.report.Warnings = append(c.report.Warnings, "the validation part is too small to tell the models apart; the choice was made on the test part itself, which flatters it a little")
		}
	}
	slices.SortStableFunc(c.report.Results[1:], func(a, b Result) int {
		return cmp.Compare(b.Metric("ndcg").Value, a.Metric("ndcg").Value)
	})
	for _, f := range all {
		if f.model == nil {
			c.report.Results = append(c.report.Results, Result{Model: f.name, About: f.about, Left: f.why})
		}
	}
	c.report.explain()
	return nil
}
