// Package intent reads what a shopper wants from one message: finding, refining,
// a question about a product, an order, a policy, a person, and some sixty
// more, in English and Chinese. It knows no shop: products, brands and numbers
// are slots of its utterances, never words of its own, and it calls nothing.
// Start with [Reader].
//
// The utterances are files (utterances/*.yaml): one intent a block, with the
// need it serves and patterns in each language; slots.yaml says what may stand
// in a slot. Adding a language is adding patterns, no code. The model trained
// on them is shipped as intents.model; after an edit,
//
//	go test ./tools/classify/intent -run TestShippedModel -update
package intent

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"parley/tools/classify"
)

//go:embed intents.model
var shipped []byte

// A Reader reads messages. It is safe for concurrent use.
type Reader struct {
	model *classify.Model
	needs map[string]string
	masks map[string]string
}

// New opens the shipped model. It is read once a process and shared: a Reader
// holds nothing that changes.
func New() (*Reader, error) { return open() }

var open = sync.OnceValues(func() (*Reader, error) {
	m, err := classify.Open(shipped)
	if err != nil {
		return nil, fmt.Errorf("open the intent model: %w", err)
	}
	return with(m)
})

func with(m *classify.Model) (*Reader, error) {
	g, err := load()
	if err != nil {
		return nil, err
	}
	r := &Reader{model: m, needs: map[string]string{}, masks: map[string]string{}}
	for _, i := range g.intents {
		r.needs[i.Intent] = i.Need
	}
	for name, s := range g.slots {
		r.masks[name] = s.Mask
	}
	return r, nil
}

// Read gives the intents of a message, best first. A message may have been
// given its masks: see [Reader.Mask].
func (r *Reader) Read(text string) classify.Result { return r.model.Classify(text) }

// Mask is the word that stands for something found in the catalogue itself: a
// kind of product, a product, a colour. A message reads surer with its masks.
func (r *Reader) Mask(slot string) string { return r.masks[slot] }

// Need is the need that an intent serves: find, compare, size, order, return,
// complaint, price, advice, person or other.
func (r *Reader) Need(intent string) string { return r.needs[intent] }

// Names lists the intents, sorted.
func (r *Reader) Names() []string {
	var out []string
	for n := range r.needs {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Train makes the model anew from the utterance files.
func Train(ctx context.Context) (*classify.Model, error) {
	g, err := load()
	if err != nil {
		return nil, err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	return train(ctx, g.examples(each, nil))
}

// How many messages are made of one pattern.
const each = 6

func train(ctx context.Context, list []classify.Example) (*classify.Model, error) {
	return classify.Train(ctx, list, classify.Options{Seed: 1, Vectors: 1, Folds: 2})
}
