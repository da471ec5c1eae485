package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/tools/measure"
)

// A talk is one conversation of LoCoMo (Maharana et al., ACL 2024).
type talk struct {
	QA []struct {
		Question string
		Evidence []string
	} `json:"qa"`
	Conversation map[string]json.RawMessage
}

// Evaluate measures how well evidence is found on LoCoMo: for each question,
// the share of its evidence turns among the first 5, 10 and 20 over all turns
// of that conversation, and the reciprocal rank of the first one found.
func Evaluate(ctx context.Context, data fs.FS, only []string) ([]measure.Figure, error) {
	if len(only) > 0 && !slices.Contains(only, "locomo") {
		return nil, nil
	}
	talks, err := readTalks(data, "memory/locomo/locomo-dev.json.gz")
	if err != nil {
		return nil, err
	}
	from, err := newMeanings(Config{Now: time.Now})
	if err != nil {
		return nil, err
	}
	var at [3][]float64
	var mrr, took []float64
	for _, t := range talks {
		turns, ids, err := t.turns()
		if err != nil {
			return nil, err
		}
		x := newIndex(from)
		for _, turn := range turns {
			x.add(turn)
		}
		if err := x.vectors.fill(ctx, turns); err != nil {
			return nil, err
		}
		now := turns[len(turns)-1].At.AddDate(0, 0, 1)
		for _, q := range t.QA {
			gold := evidence(q.Evidence, ids)
			if len(gold) == 0 {
				continue
			}
			begun := time.Now()
			hits, err := x.rank(ctx, q.Question, "", now)
			if err != nil {
				return nil, err
			}
			took = append(took, float64(time.Since(begun).Microseconds())/1000)
			first := 0.0
			var found [3]float64
			for r, h := range hits {
				if !gold[h.Turn.Seq] {
					continue
				}
				if first == 0 {
					first = 1 / float64(r+1)
				}
				for i, k := range []int{5, 10, 20} {
					if r < k {
						found[i] += 1 / float64(len(gold))
					}
				}
			}
			mrr = append(mrr, first)
			for i := range at {
				at[i] = append(at[i], found[i])
			}
		}
	}
	slices.Sort(took)
	out := []measure.Figure{figure("recall@5", at[0]), figure("recall@10", at[1]), figure("recall@20", at[2]), figure("mrr", mrr)}
	return append(out, measure.Figure{Suite: "memory", Case: "locomo", Metric: "p50_ms", Value: took[len(took)/2], N: len(took)}), nil
}

// figure is a mean with its 95% interval by the normal approximation.
func figure(metric string, list []float64) measure.Figure {
	mean, dev := spread(list)
	half := 1.96 * dev / math.Sqrt(float64(len(list)))
	return measure.Figure{Suite: "memory", Case: "locomo", Metric: metric, Value: mean, Low: mean - half, High: mean + half, N: len(list)}
}

func readTalks(data fs.FS, name string) (talks []talk, err error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	if err := json.NewDecoder(z).Decode(&talks); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(talks) == 0 {
		return nil, errors.New(name + " holds no conversation")
	}
	return talks, nil
}

// turns are all turns of a conversation in order, with their ids as places.
func (t *talk) turns() (list []Turn, ids map[string]uint64, err error) {
	var sessions []int
	for key := range t.Conversation {
		if n, ok := strings.CutPrefix(key, "session_"); ok {
			if i, err := strconv.Atoi(n); err == nil {
				sessions = append(sessions, i)
			}
		}
	}
	slices.SortFunc(sessions, cmp.Compare[int])
	ids = map[string]uint64{}
	for _, s := range sessions {
		var said []struct {
			Speaker, Text string
			ID            string `json:"dia_id"`
			Caption       string `json:"blip_caption"`
		}
		name := "session_" + strconv.Itoa(s)
		var when string
		if err := json.Unmarshal(t.Conversation[name+"_date_time"], &when); err != nil {
			return nil, nil, fmt.Errorf("the time of %s: %w", name, err)
		}
		at, err := time.Parse("3:04 pm on 2 January, 2006", when)
		if err != nil {
			return nil, nil, fmt.Errorf("the time of %s: %w", name, err)
		}
		if err := json.Unmarshal(t.Conversation[name], &said); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, x := range said {
			if x.Caption != "" {
				x.Text += " [shares photo: " + x.Caption + "]"
			}
			ids[x.ID] = uint64(len(list) + 1)
			list = append(list, Turn{Conversation: name, Seq: uint64(len(list) + 1), Speaker: x.Speaker, Text: x.Text, At: at})
		}
	}
	return list, ids, nil
}

var evidenceID = regexp.MustCompile(`D:?(\d+):0*(\d+)`)

func evidence(texts []string, ids map[string]uint64) map[uint64]bool {
	gold := map[uint64]bool{}
	for _, t := range texts {
		for _, m := range evidenceID.FindAllStringSubmatch(t, -1) {
			if seq := ids["D"+m[1]+":"+m[2]]; seq > 0 {
				gold[seq] = true
			}
		}
	}
	return gold
}
