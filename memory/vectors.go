package memory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/philippgille/chromem-go"
)

// vectors are one customer's turns by their meaning, in a collection of
// chromem-go, which is what the field uses for a few thousand vectors without a
// server. It is held in memory alone: the library's files, which a kill can
// break, are never used. A turn's id is its number in the index.
//
// All vectors of a collection come from one space and are of one length. Where
// the space has to change, the collection is made anew.
type vectors struct {
	from    *meanings
	space   string // of the collection
	dim     int
	kept    *chromem.Collection // nil while it would be empty
	waiting []int               // turns whose vectors are not made yet, the oldest first
}

// Vectors of an embedder outside that one recall waits for; the newest turns
// come first, the rest with the next recalls.
const atOnce = 64

// fill makes what vectors are missing, in the space that is to be used now.
func (v *vectors) fill(ctx context.Context, turns []Turn) error {
	if space := v.from.space(); space != v.space {
		v.reset(space, len(turns))
	}
	for len(v.waiting) > 0 {
		n := len(v.waiting)
		batch := v.waiting[max(0, n-atOnce):]
		texts := make([]string, len(batch))
		for i, t := range batch {
			texts[i] = turns[t].Text
		}
		made, err := v.from.embed(ctx, v.space, texts)
		if err != nil {
			if space := v.from.space(); space != v.space {
				v.reset(space, len(turns))
				continue
			}
			return fmt.Errorf("recall: %w", err)
		}
		v.waiting = v.waiting[:n-len(batch)]
		for i, t := range batch {
			if err := v.keep(ctx, t, made[i]); errors.Is(err, errLength) { // another model goes by the name now
				v.reset(v.space, len(turns))
				break
			} else if err != nil {
				return err
			}
		}
		if v.space != tableSpace {
			break
		}
	}
	return nil
}

func (v *vectors) reset(space string, turns int) {
	v.space, v.dim, v.kept, v.waiting = space, 0, nil, v.waiting[:0]
	for i := range turns {
		v.waiting = append(v.waiting, i)
	}
}

var errLength = errors.New("recall: a vector of another length")

// keep stores a turn's vector. One without direction is left out: every
// similarity to it would be NaN. One of another length would be taken, and
// then fail every query.
func (v *vectors) keep(ctx context.Context, turn int, vector []float32) error {
	if !directed(vector) {
		return nil
	}
	if v.kept == nil {
		// One database a customer: the library hashes the names of collections
		// to 32 bits, and would let two customers share one. Without a function
		// of ours it would send texts to OpenAI.
		c, err := chromem.NewDB().CreateCollection("turns", nil, func(context.Context, string) ([]float32, error) {
			return nil, errors.New("recall: a text came without its vector")
		})
		if err != nil {
			return fmt.Errorf("recall: %w", err)
		}
		v.kept, v.dim = c, len(vector)
	}
	if len(vector) != v.dim {
		return errLength
	}
	if err := v.kept.AddDocument(ctx, chromem.Document{ID: strconv.Itoa(turn), Embedding: vector, Content: "-"}); err != nil {
		return fmt.Errorf("recall: keep a vector: %w", err)
	}
	return nil
}

// directed says that a vector has a direction.
func directed(v []float32) bool {
	sum := 0.0
	for _, f := range v {
		sum += float64(f) * float64(f)
	}
	return sum > 0 && !math.IsInf(sum, 0) && !math.IsNaN(sum)
}

// near is the cosine of each of n turns to a text; 0 where there is none.
func (v *vectors) near(ctx context.Context, text string, turns []Turn) ([]float64, error) {
	out := make([]float64, len(turns))
	if v.kept == nil {
		return out, nil
	}
	made, err := v.from.embed(ctx, v.space, []string{text})
	if err != nil && ctx.Err() == nil && v.from.space() != v.space { // it went away just now
		if err = v.fill(ctx, turns); err == nil {
			made, err = v.from.embed(ctx, v.space, []string{text})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("recall: %w", err)
	}
	if v.kept == nil || !directed(made[0]) || len(made[0]) != v.dim {
		return out, nil
	}
	list, err := v.kept.QueryEmbedding(ctx, made[0], v.kept.Count(), nil, nil) // more than there are is an error
	if err != nil {
		return nil, fmt.Errorf("recall: %w", err)
	}
	for _, r := range list {
		i, err := strconv.Atoi(r.ID)
		if err != nil {
			return nil, fmt.Errorf("recall: %w", err)
		}
		out[i] = float64(r.Similarity)
	}
	return out, nil
}

// meant says that a turn means what a text does, whatever its words. How near
// that is, only the table is known to tell: a model outside, whose cosines have
// a measure of their own, has to find it far nearer than most, and the table near.
func (v *vectors) meant(text, turn string, near, mean, dev float64) bool {
	if v.space == tableSpace {
		return near >= nearEnough
	}
	if near < mean+2*dev || near == 0 {
		return false
	}
	a, b := v.from.table.Vector(text), v.from.table.Vector(turn)
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum >= nearEnough
}

// size is about how many bytes the vectors take.
func (v *vectors) size() int64 {
	if v.kept == nil {
		return 0
	}
	return int64(v.kept.Count()) * int64(4*v.dim+240)
}
