// Package classify learns from labelled texts to name the label of another one,
// how sure it is, and how likely it is that none fits. It never calls a model,
// a network or a clock, and the same examples give the same bytes. Start with
// [Train] and [Model.Classify]; a model is its file ([Open], [Model.WriteTo]).
//
// The features are hashed n-grams of words and characters (Chinese needs no
// segmentation), optionally beside the static sentence vector of memory/embed;
// above them stand linear one-vs-rest models. What it scores on the public sets
// of the field, and the command, stand in README.md.
package classify

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// An Example is a text and its label. The same text with several labels has them
// all: each label is learned apart from the others.
type Example struct {
	Text, Label string
	Weight      float64 // how many examples this one counts for; 0 means 1
}

// Options say how to train. The zero value is good for intents in English and
// Chinese. A negative number switches a part off where 0 means a default.
type Options struct {
	Words int // longest n-gram of words; 0 means 2
	Chars int // longest n-gram of characters within a word, from 2; 0 means 5
	Han   int // longest n-gram of Chinese characters, from 1; 0 means 2

	// Vectors is the weight of the text's static sentence vector (memory/embed)
	// beside the n-grams, and counts up to double where labels have ten examples
	// or fewer. 1 is good for intents; 0, for sentiment, leaves it out.
	Vectors float64

	// Ratio, from 0 to 1, is how much an n-gram that alone tells a label from the
	// others counts for more (naive Bayes ratios): 1 is good for sentiment.
	Ratio float64

	// Cost is how much a mistake on an example costs beside the size of the
	// weights (C of a support vector machine); 0 means 1.
	Cost float64

	// Negatives are texts that belong to no label: what shoppers say and this
	// classifier is not for. They teach the out-of-scope decision; without any,
	// whole labels are held out in turn to learn it from.
	Negatives []string

	// Folds are held out in turn to calibrate the confidences; 0 means 5, or 3
	// from 10,000 examples on. Negative: no calibration, a rough rule instead.
	Folds int

	Seed uint64 // of the order of examples in training
}

func (o Options) grammar() grammar {
	or := func(n, standard int) int {
		if n == 0 {
			return standard
		}
		return max(n, 0)
	}
	return grammar{words: or(o.Words, 2), chars: or(o.Chars, 5), han: or(o.Han, 2)}
}

func (o Options) check() error {
	g := o.grammar()
	if g.words > 3 || g.chars > 8 || g.han > 4 {
		return fmt.Errorf("classify: n-grams of %d words, %d characters, %d Chinese characters: at most 3, 8 and 4 are taken", g.words, g.chars, g.han)
	}
	if g.words+g.chars+g.han == 0 {
		return errors.New("classify: no n-grams are asked for: leave Words, Chars and Han 0 for the usual ones")
	}
	if !(o.Cost >= 0) || math.IsInf(o.Cost, 0) {
		return fmt.Errorf("classify: Cost is %v: it must be a number from 0 on, and 0 means 1", o.Cost)
	}
	if !(o.Ratio >= 0 && o.Ratio <= 1) {
		return fmt.Errorf("classify: Ratio is %v: it must be from 0 to 1", o.Ratio)
	}
	if !(o.Vectors >= 0) || o.Vectors > 100 {
		return fmt.Errorf("classify: Vectors is %v: it must be from 0 to 100, and 1 is usual", o.Vectors)
	}
	return nil
}

// A Result is what is thought of one text.
type Result struct {
	Label string // the best; "" when nothing of the text is known

	// Confidence is the calibrated probability that Label is right: a fifth of
	// the answers given with .8 is wrong, on texts like the examples.
	Confidence float64

	// Ranked has every label, best first, each with its own probability: they
	// stand apart and do not add up to one, since a message may want several
	// things. Take all above a half for those.
	Ranked []Score

	// Outside is the probability that no label fits.
	Outside float64
}

// A Score is one label's own probability.
type Score struct {
	Label       string
	Probability float64
}

// A Gram is an n-gram of a text and what it adds to a label's score.
type Gram struct {
	Text   string
	Weight float64
}

// Meaning is the text of the Gram that stands for a text's sentence vector.
const Meaning = "(meaning)"

// Train learns from examples of two labels or more. It returns an error when the
// examples cannot be learned from, or when the context ends.
func Train(ctx context.Context, examples []Example, o Options) (*Model, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	set, err := gather(examples, o.Negatives)
	if err != nil {
		return nil, err
	}
	w, err := fit(ctx, set, o)
	if err != nil {
		return nil, err
	}
	cal := roughly
	if o.Folds >= 0 {
		if cal, err = calibrate(ctx, set, o); err != nil {
			return nil, err
		}
	}
	return Open(encode(set.labels, o.grammar(), w, cal))
}
