package evaluate

import "math"

// An outcome is what one customer was shown and how it turned out.
type outcome struct {
	list     []int32 // places in the dataset's Items, best first; k at most
	hit      []bool  // of each of the list: was it relevant
	relevant int     // items that were, in the list or not; at least one
}

// hits counts what was relevant of the list.
func (o outcome) hits() float64 {
	n := 0.0
	for _, h := range o.hit {
		if h {
			n++
		}
	}
	return n
}

// recall is the share of what was relevant that the list holds.
func recall(o outcome, _, _ int) float64 { return o.hits() / float64(o.relevant) }

// precision is the share of the k places that hold something relevant; places
// left empty count as wrong.
func precision(o outcome, k, _ int) float64 { return o.hits() / float64(k) }

// f1 is the harmonic mean of precision and recall: 2·hits/(k+relevant).
func f1(o outcome, k, _ int) float64 { return 2 * o.hits() / float64(k+o.relevant) }

// accuracy is the share of the whole catalogue that the list puts on the right
// side: shown and relevant, or neither. It is near 1 for any list, since nearly
// nothing of a catalogue is relevant to one customer.
func accuracy(o outcome, _, catalogue int) float64 {
	wrong := float64(len(o.list)) - o.hits() + float64(o.relevant) - o.hits()
	return 1 - wrong/float64(catalogue)
}

// ndcg is the discounted gain 1/log2(rank+1) of what was relevant, as a share
// of the best that k places can have.
//
// Source: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR
// techniques", with binary gains.
func ndcg(o outcome, k, _ int) float64 {
	var gain, ideal float64
	for r, h := range o.hit {
		if h {
			gain += 1 / math.Log2(float64(r)+2)
		}
	}
	for r := range min(k, o.relevant) {
		ideal += 1 / math.Log2(float64(r)+2)
	}
	return gain / ideal
}

// averagePrecision is the precision down to each relevant item's rank, summed
// and divided by the most that could be in k places: the mean over customers is
// MAP@k.
//
// Source: Manning, Raghavan and Schütze 2008, "Introduction to information
// retrieval", section 8.4, cut at k.
func averagePrecision(o outcome, k, _ int) float64 {
	var sum, hits float64
	for r, h := range o.hit {
		if h {
			hits++
			sum += hits / float64(r+1)
		}
	}
	return sum / float64(min(k, o.relevant))
}

// reciprocalRank is 1 over the rank of the first relevant item, 0 without one:
// the mean over customers is MRR.
//
// Source: Voorhees 1999, "The TREC-8 question answering track report".
func reciprocalRank(o outcome, _, _ int) float64 {
	for r, h := range o.hit {
		if h {
			return 1 / float64(r+1)
		}
	}
	return 0
}

// hitRate is 1 where anything shown was relevant.
func hitRate(o outcome, _, _ int) float64 { return min(1, o.hits()) }

// aboutHits are the metrics that look only at what was hit, in the order they
// are shown in.
var aboutHits = []struct {
	name string
	of   func(o outcome, k, catalogue int) float64
}{
	{"ndcg", ndcg}, {"recall", recall}, {"precision", precision}, {"f1", f1}, {"map", averagePrecision},
	{"mrr", reciprocalRank}, {"hit_rate", hitRate}, {"accuracy", accuracy},
}
