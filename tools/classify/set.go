package classify

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// A text is one distinct text of a training set with the labels it stands under;
// none for a negative.
type text struct {
	text   string
	labels []int
	weight float64
}

type set struct {
	labels []string // sorted
	texts  []text
}

// gather brings examples of the same text together and sorts the labels.
func gather(examples []Example, negatives []string) (*set, error) {
	s := &set{}
	for i, e := range examples {
		if e.Label == "" {
			return nil, fmt.Errorf("classify: example %d (%.40q) has no label; texts that belong to none are Options.Negatives", i, e.Text)
		}
		s.labels = append(s.labels, e.Label)
	}
	slices.Sort(s.labels)
	s.labels = slices.Clip(slices.Compact(s.labels))
	if len(s.labels) < 2 {
		return nil, fmt.Errorf("classify: there are %d labels in %d examples; two are needed to tell one from the other", len(s.labels), len(examples))
	}
	if len(s.labels) > 1<<16-1 {
		return nil, errors.New("classify: more than 65,535 labels")
	}
	at := map[string]int{}
	for _, e := range examples {
		weight := e.Weight
		if weight == 0 {
			weight = 1
		}
		if !(weight > 0) || weight > 1e6 {
			return nil, fmt.Errorf("classify: the example %.40q has the weight %v: it must be above 0 and at most a million", e.Text, e.Weight)
		}
		label, _ := slices.BinarySearch(s.labels, e.Label)
		i, seen := at[e.Text]
		if !seen {
			at[e.Text] = len(s.texts)
			s.texts = append(s.texts, text{e.Text, []int{label}, weight})
			continue
		}
		t := &s.texts[i]
		if t.weight = max(t.weight, weight); !slices.Contains(t.labels, label) {
			t.labels = append(t.labels, label)
		}
	}
	for _, n := range negatives {
		if _, seen := at[n]; seen {
			continue
		}
		at[n] = len(s.texts)
		s.texts = append(s.texts, text{n, nil, 1})
	}
	return s, nil
}

// folds deals the texts of every label out in turn, in an order drawn by seed.
func (s *set) folds(n int, seed uint64) []int {
	order := rand.New(rand.NewPCG(seed, 0xf01d)).Perm(len(s.texts))
	next := make([]int, len(s.labels)+1)
	fold := make([]int, len(s.texts))
	for _, i := range order {
		label := len(s.labels)
		if l := s.texts[i].labels; len(l) > 0 {
			label = l[0]
		}
		fold[i] = next[label] % n
		next[label]++
	}
	return fold
}

// part is the set without one fold, and the texts of that fold.
func (s *set) part(fold []int, held int) (rest *set, out []text) {
	rest = &set{labels: s.labels}
	for i, t := range s.texts {
		if fold[i] == held {
			out = append(out, t)
		} else {
			rest.texts = append(rest.texts, t)
		}
	}
	return rest, out
}

// without is the set without every n-th label, and the texts of those.
func (s *set) without(n, held int) (rest *set, out []text) {
	rest = &set{}
	at := make([]int, len(s.labels))
	for i, label := range s.labels {
		if at[i] = -1; i%n != held {
			at[i] = len(rest.labels)
			rest.labels = append(rest.labels, label)
		}
	}
	for _, t := range s.texts {
		kept := slices.Clone(t.labels)
		for i, l := range t.labels {
			kept[i] = at[l]
		}
		if !slices.Contains(kept, -1) {
			t.labels = kept
			rest.texts = append(rest.texts, t)
		} else if len(kept) == 1 {
			out = append(out, t)
		}
	}
	return rest, out
}
