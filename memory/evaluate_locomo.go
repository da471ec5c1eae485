package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/philippgille/chromem-go"

	"parley/memory/embed"
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

// A ranker gives the turns of a conversation for a question, the best first.
type ranker func(ctx context.Context, question string) ([]Turn, error)

// evaluateLocomo measures how well evidence is found on LoCoMo: for each
// question, the share of its evidence turns among the first 5, 10 and 20 over
// all turns of that conversation, and the reciprocal rank of the first one
// found. A question is asked on the day after the conversation ends.
func evaluateLocomo(ctx context.Context, data fs.FS, file, name string, index func(context.Context, []Turn) (ranker, error)) ([]measure.Figure, error) {
	talks, err := readTalks(data, "memory/locomo/"+file)
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
		rank, err := index(ctx, turns)
		if err != nil {
			return nil, err
		}
		for _, q := range t.QA {
			gold := evidence(q.Evidence, ids)
			if len(gold) == 0 {
				continue
			}
			begun := time.Now()
			hits, err := rank(ctx, q.Question)
			if err != nil {
				return nil, err
			}
			took = append(took, float64(time.Since(begun).Microseconds())/1000)
			first := 0.0
			var found [3]float64
			for r, h := range hits {
				if !gold[h.Seq] {
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
	out := []measure.Figure{figure(name, "recall@5", at[0]), figure(name, "recall@10", at[1]), figure(name, "recall@20", at[2]), figure(name, "mrr", mrr)}
	return append(out, measure.Figure{Suite: "memory", Case: name, Metric: "p50_ms", Value: took[len(took)/2], N: len(took)}), nil
}

// ours ranks as [Memory.Recall] does.
func ours(ctx context.Context, turns []Turn) (ranker, error) {
	now := turns[len(turns)-1].At.AddDate(0, 0, 1)
	from, err := newMeanings(Config{Now: time.Now})
	if err != nil {
		return nil, err
	}
	x := newIndex(from)
	for _, t := range turns {
		x.add(t)
	}
	if err := x.vectors.fill(ctx, turns); err != nil {
		return nil, err
	}
	return func(ctx context.Context, question string) ([]Turn, error) {
		hits, err := x.rank(ctx, question, "", now)
		out := make([]Turn, len(hits))
		for i, h := range hits {
			out[i] = h.Turn
		}
		return out, err
	}, nil
}

// chromemAlone ranks by chromem-go with the table in the binary, as it comes:
// the peer that recall stands beside.
func chromemAlone(ctx context.Context, turns []Turn) (ranker, error) {
	table, err := embed.Default()
	if err != nil {
		return nil, err
	}
	c, err := chromem.NewDB().CreateCollection("turns", nil, func(_ context.Context, text string) ([]float32, error) { return table.Vector(text), nil })
	if err != nil {
		return nil, err
	}
	for i, t := range turns {
		if text := t.Speaker + ": " + t.Text; table.Known(text) {
			if err := c.AddDocument(ctx, chromem.Document{ID: strconv.Itoa(i), Content: text}); err != nil {
				return nil, err
			}
		}
	}
	return func(ctx context.Context, question string) ([]Turn, error) {
		list, err := c.Query(ctx, question, min(20, c.Count()), nil, nil)
		var out []Turn
		for _, r := range list {
			i, err := strconv.Atoi(r.ID)
			if err != nil {
				return nil, err
			}
			out = append(out, turns[i])
		}
		return out, err
	}, nil
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
