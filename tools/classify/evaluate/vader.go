package evaluate

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"parley/tools/classify"
)

// rated is a text with the mean of what people thought of it, from -4 to 4.
type rated struct {
	review, text string
	rating       float64
}

// vader predicts mean ratings, five folds held out in turn by review, and
// compares by Pearson's r. The engine learns for each of a few ratings whether a
// text is above it; a linear regression puts its answers, given by models that
// did not see the text, beside the features of the lexicon.
func vader(r *run) error {
	name := strings.TrimPrefix(r.name, "vader_")
	cells, err := rows(r.data, "sentiment/vader-gold/"+name+".tsv.gz", "id", "mean_rating", "text")
	if err != nil {
		return err
	}
	lex, err := readLexicon(r.data, "sentiment/vader-gold/vader_lexicon.txt.gz")
	if err != nil {
		return err
	}
	list := make([]rated, len(cells))
	features := make([][]float64, len(cells))
	plain := make([][2]float64, len(cells))
	for i, c := range cells {
		rating, err := strconv.ParseFloat(c[1], 64)
		if err != nil {
			return fmt.Errorf("sentiment/vader-gold/%s.tsv.gz:%d: the rating: %w", name, i+2, err)
		}
		review, _, _ := strings.Cut(c[0], "_")
		list[i] = rated{review, c[2], rating}
		features[i] = lex.features(c[2])
		plain[i] = [2]float64{rating, features[i][1]}
	}
	const folds = 5
	pairs := make([][2]float64, 0, len(list))
	for held := range folds {
		var in, out []int
		for i, x := range list {
			if x.fold(folds) == held {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		p, err := r.predict(list, features, in, out)
		if err != nil {
			return err
		}
		for j, i := range out {
			pairs = append(pairs, [2]float64{list[i].rating, p[j]})
		}
	}
	low, high := interval(pairs, pearson)
	r.add("pearson", pearson(pairs), low, high, len(pairs))
	low, high = interval(plain, pearson)
	r.add("pearson_lexicon", pearson(plain), low, high, len(plain))
	return nil
}

func (x rated) fold(n int) int {
	h := fnv.New64a()
	h.Write([]byte(x.review))
	return int(h.Sum64() >> 8 % uint64(n))
}

func pearson(pairs [][2]float64) float64 {
	x, y := make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, p := range pairs {
		x[i], y[i] = p[0], p[1]
	}
	return stat.Correlation(x, y, nil)
}

// predict rates the texts of out by those of in.
func (r *run) predict(list []rated, features [][]float64, in, out []int) ([]float64, error) {
	// Answers about in, each by a model that learned from the other parts.
	const inner = 3
	seen := map[int][]float64{}
	for part := range inner {
		var learn, ask []int
		for j, i := range in {
			if j%inner == part {
				ask = append(ask, i)
			} else {
				learn = append(learn, i)
			}
		}
		m, err := r.above(list, learn)
		if err != nil {
			return nil, err
		}
		for _, i := range ask {
			seen[i] = append(steps(m, list[i].text), features[i]...)
		}
	}
	k := len(features[0]) + len(seen[in[0]]) - len(features[in[0]])
	normal, side := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for a := range k {
		normal.SetSym(a, a, 3) // the ridge
	}
	for _, i := range in {
		for a, x := range seen[i] {
			side.SetVec(a, side.AtVec(a)+x*list[i].rating)
			for b := a; b < k; b++ {
				normal.SetSym(a, b, normal.At(a, b)+x*seen[i][b])
			}
		}
	}
	var chol mat.Cholesky
	var w mat.VecDense
	if !chol.Factorize(normal) {
		return nil, fmt.Errorf("the regression of %s has no solution", r.name)
	}
	if err := chol.SolveVecTo(&w, side); err != nil {
		return nil, err
	}
	m, err := r.above(list, in)
	if err != nil {
		return nil, err
	}
	p := make([]float64, len(out))
	for j, i := range out {
		for a, x := range append(steps(m, list[i].text), features[i]...) {
			p[j] += x * w.AtVec(a)
		}
	}
	return p, nil
}

var levels = []float64{-2, -1.2, -.6, -.2, .2, .6, 1.2, 2}

// above learns for each level whether a text is rated above it.
func (r *run) above(list []rated, learn []int) (*classify.Model, error) {
	o := opinions
	o.Folds = -1
	var examples []classify.Example
	for _, i := range learn {
		if list[i].rating <= levels[0] {
			o.Negatives = append(o.Negatives, list[i].text)
		}
		for j, l := range levels {
			if list[i].rating > l {
				examples = append(examples, classify.Example{Text: list[i].text, Label: strconv.Itoa(j)})
			}
		}
	}
	return classify.Train(r.ctx, examples, o)
}

// steps are the chances that a text is above each level.
func steps(m *classify.Model, text string) []float64 {
	x := make([]float64, len(levels))
	for _, s := range m.Classify(text).Ranked {
		if j, err := strconv.Atoi(s.Label); err == nil {
			x[j] = math.Log(max(1e-6, s.Probability) / max(1e-6, 1-s.Probability))
		}
	}
	return x
}
