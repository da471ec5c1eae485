package recsys

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// rounds are customers who go round one ring of items, from different places.
func rounds(customers, items, each int) []Interaction {
	var out []Interaction
	for u := range customers {
		for k := range each {
			out = append(out, Interaction{Customer: fmt.Sprintf("c%02d", u), Item: fmt.Sprintf("i%02d", (u*7+k)%items), At: day.Add(time.Duration(k) * time.Hour)})
		}
	}
	return out
}

func fitSequence(t *testing.T, d *Dataset, opt SequenceOptions) *Sequence {
	t.Helper()
	return must(NewSequence(context.Background(), d, opt))
}

func TestSequenceLearnsWhatComesNext(t *testing.T) {
	d := NewDataset(rounds(60, 40, 8))
	for name, sample := range map[string]int{"of all": 0, "of a sample": 16} {
		m := fitSequence(t, d, SequenceOptions{Factors: 16, Sample: sample})
		right := 0
		for i := range 40 {
			recent := []string{fmt.Sprintf("i%02d", i), fmt.Sprintf("i%02d", (i+1)%40)}
			got := recommend(t, m, Query{Recent: recent, Exclude: recent, K: 1})
			if got[0].Item == fmt.Sprintf("i%02d", (i+2)%40) {
				right++
			}
			turned := recommend(t, m, Query{Recent: []string{recent[1], recent[0]}, Exclude: recent, K: 1})
			if turned[0].Score == got[0].Score {
				t.Errorf("%v scores %v in either order", recent, got[0].Score)
			}
		}
		if right < 36 {
			t.Errorf("softmax %s: the next was first for %d of 40", name, right)
		}
	}
}

func TestSequenceStepsDownTheSoftmaxLoss(t *testing.T) {
	d := NewDataset(append(rounds(5, 9, 4), Interaction{Customer: "c09", Item: "i01"}, Interaction{Customer: "c09", Item: "i05"}))
	c := NewContent(d, attired(d), ContentOptions{Words: -1, Grams: -1, Text: -1})
	fit := func() *sequenceFit {
		f := newSequenceFit(&Sequence{data: d, factors: 3, fade: .8}, c, 100, 4)
		f.rate, f.keep = .001, 1
		return f
	}
	f := fit()
	f.learn(f.examples)
	// The mean log loss over the examples, with the vectors of g.
	loss := func(g *sequenceFit) float64 {
		g.m.past, g.m.next = g.past.whole(), g.next.whole()
		sum := 0.0
		for _, x := range g.examples {
			row := d.byCustomer[x.customer]
			h := History{Events: row[:x.place]}
			if row[0].At == row[len(row)-1].At { // no order: all others come before
				h.Events = slices.Delete(slices.Clone(row), int(x.place), int(x.place)+1)
			}
			state, all := g.m.state(h, -1), 0.0
			z := func(i int) float64 {
				return float64(dot32(state, g.m.next[i*3:i*3+3]) + g.bias.own.x[i])
			}
			for i := range d.Items {
				all += math.Exp(z(i))
			}
			sum += math.Log(all) - z(int(row[x.place].Item))
		}
		return sum / float64(len(g.examples))
	}
	for name, of := range map[string]func(*sequenceFit) *adam{
		"past": func(f *sequenceFit) *adam { return &f.past.own }, "past's traits": func(f *sequenceFit) *adam { return &f.past.of },
		"next": func(f *sequenceFit) *adam { return &f.next.own }, "next's traits": func(f *sequenceFit) *adam { return &f.next.of },
		"bias": func(f *sequenceFit) *adam { return &f.bias.own },
	} {
		got, largest := of(f).mean, 0.0
		for n := range got {
			up, down := fit(), fit()
			of(up).x[n] += .05
			of(down).x[n] -= .05
			want := (loss(up) - loss(down)) / .1
			largest = max(largest, math.Abs(want))
			// A first step of Adam leaves a tenth of the gradient as its mean.
			if g := float64(got[n]) * 10; math.Abs(g-want) > 2e-4+.01*math.Abs(want) {
				t.Errorf("%s, number %d: gradient %.6f, the loss says %.6f", name, n, g, want)
			}
		}
		if largest < 1e-3 {
			t.Errorf("%s: no gradient to compare", name)
		}
	}
}

func TestTheSampleStandsForAllItems(t *testing.T) {
	d := NewDataset(crowd(60, 200, 6, 3))
	f := newSequenceFit(&Sequence{data: d, factors: 1}, nil, 20, 1)
	mean := make([]float64, len(d.Items))
	const draws = 20000
	for range draws {
		cand := newPicked()
		cand.add(7)
		for j, w := range f.others(cand) {
			mean[cand.items[j]] += w / draws
		}
	}
	for i, x := range mean {
		if math.Abs(x-1) > .15 {
			t.Errorf("%s stands for %.2f items on the mean, want 1", d.Items[i], x)
		}
	}
}

func TestSequenceIsTheSameOnAnyNumberOfCores(t *testing.T) {
	d := NewDataset(crowd(80, 300, 9, 2))
	c := NewContent(d, attired(d), ContentOptions{})
	opt := SequenceOptions{Factors: 24, Sample: 100, Epochs: 3, Content: c, Seed: 5}
	many := fitSequence(t, d, opt)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := fitSequence(t, d, opt)
	if !slices.Equal(one.past, many.past) || !slices.Equal(one.next, many.next) || !slices.Equal(one.bias, many.bias) {
		t.Error("one core and many fit different vectors")
	}
	opt.Seed = 6
	if other := fitSequence(t, d, opt); slices.Equal(one.next, other.next) {
		t.Error("another seed fits the same vectors")
	}
}

func TestSequenceKnowsANewItemByItsAttributes(t *testing.T) {
	in := rounds(40, 20, 6)
	for n := range in { // two rings that do not meet, told apart by colour
		if in[n].Customer > "c19" {
			in[n].Item = "r" + in[n].Item[1:]
		}
	}
	d := NewDataset(in, "new blue", "new red")
	var about []Item
	for _, id := range d.Items {
		about = append(about, Item{ID: id, Attributes: map[string][]string{"colour": {map[bool]string{true: "red", false: "blue"}[id[0] == 'r' || id == "new red"]}}})
	}
	m := fitSequence(t, d, SequenceOptions{Factors: 8, Content: NewContent(d, about, ContentOptions{})})
	got := scored(recommend(t, m, Query{Recent: []string{"r03", "r04"}, K: 50}))
	if got["new red"] < 1.2*got["new blue"] {
		t.Errorf("after red things a new red one scores %v, a blue one %v", got["new red"], got["new blue"])
	}
}

func TestSequenceStandsWhatIsOdd(t *testing.T) {
	untimed := visits("a x y z", "b x y")
	for n := range untimed {
		untimed[n].At = time.Time{}
	}
	for name, in := range map[string][]Interaction{"nothing": nil, "one": {{Customer: "a", Item: "x"}}, "one customer": visits("a x y zß"), "no times": untimed} {
		d := NewDataset(in)
		m := fitSequence(t, d, SequenceOptions{Factors: 4, Epochs: 2})
		for _, q := range []Query{{}, {Customer: "a"}, {Customer: "nobody"}, {Recent: []string{"x", "no such"}}} {
			got := recommend(t, m, q)
			for _, s := range got {
				if !(s.Score > 0) || math.IsInf(s.Score, 0) {
					t.Errorf("%s, %+v: %s scored %v", name, q, s.Item, s.Score)
				}
			}
			if q.Customer == "nobody" && len(got) > 0 {
				t.Errorf("%s: nothing is known, yet got %v", name, got)
			}
		}
	}
	d := NewDataset(camp())
	other := NewContent(NewDataset(camp()), nil, ContentOptions{})
	for _, opt := range []SequenceOptions{
		{Factors: -1}, {Epochs: -1}, {Sample: -1}, {Fade: 1.5}, {Fade: math.NaN()}, {Dropout: 1}, {Rate: -1}, {Rate: math.NaN()}, {Content: other},
	} {
		if _, err := NewSequence(context.Background(), d, opt); err == nil || !strings.HasPrefix(err.Error(), "recsys: a sequence model") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := NewSequence(ctx, d, SequenceOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
