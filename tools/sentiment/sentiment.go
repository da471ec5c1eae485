// Package sentiment reads how a text feels, about what, and what its writer
// needs, in English and Chinese. It judges words, never people, calls no model
// over a network, and is no part of a decision that a shopper did not ask for.
// Start with [New], [Analyzer.Analyze] and [Analyzer.Summarize].
//
// A lexicon kept as data (lexicon.yaml, and VADER's) is read by the grammar of
// negation, degree, contrast, question and sarcasm; a small linear model over
// that and hashed n-grams, trained on texts that may be shipped, decides. What
// it scores on public sets it has never seen stands in README.md.
package sentiment

import (
	"math"
	"sync"
)

// An Analyzer reads texts. It is safe for concurrent use.
type Analyzer struct {
	lexicon *lexicon
	model   *model
	needs   *needs
	pages   sync.Pool // of *page
}

// A Reading is what a text says about how its writer feels.
type Reading struct {
	Score      float64 // -1 complaint .. 1 praise
	Label      string  // positive, neutral, negative
	Confidence float64 // calibrated probability that Label is right
	Emotions   Emotions
	Aspects    []Aspect // what it speaks of, in the order it does
	Sarcasm    bool     // praise was taken for its opposite
	Angry      bool     // not only unhappy: Emotions.Anger is above a half

	Need           string  // find, compare, size, order, return, complaint, price, advice, person, other
	NeedConfidence float64 // calibrated probability that Need is right
}

// Emotions are probabilities, each its own.
type Emotions struct {
	Anger, Disappointment, Joy, Urgency float64
}

// An Aspect is one thing that a text speaks of.
type Aspect struct {
	Name  string  // delivery, quality, size, price, service, comfort, looks, performance, taste
	Score float64 // -1..1; near 0 when it is only named
	Label string  // positive, neutral, negative
	Text  string  // the clause that says so, as it was written
}

// New loads lexicon and model.
func New() (*Analyzer, error) {
	l, err := loadLexicon()
	if err != nil {
		return nil, err
	}
	m, err := openModel(weightsFile)
	if err != nil {
		return nil, err
	}
	n, err := loadNeeds(l)
	if err != nil {
		return nil, err
	}
	return &Analyzer{lexicon: l, model: m, needs: n}, nil
}

// Analyze reads a text. It shows its language itself, mixed or not: both
// lexicons are tried, and the locale is not looked at. Of a text longer than
// 12 kB the head is read.
func (a *Analyzer) Analyze(text, _ string) Reading {
	p := a.page(text)
	defer a.pages.Put(p)
	whole := a.judge(p, 0, len(p.clauses))
	r := Reading{Score: p.strength(whole), Sarcasm: p.sarcasm}
	r.Label, r.Confidence = whole.label()
	r.Emotions = a.feel(p, whole)
	r.Angry = r.Emotions.Anger > .5
	r.Aspects = a.speaksOf(p)
	r.Need, r.NeedConfidence = a.needs.read(p, whole)
	return r
}

func (a *Analyzer) page(text string) *page {
	p, ok := a.pages.Get().(*page)
	if !ok {
		p = &page{}
	}
	a.lexicon.read(p, text)
	return p
}

// strength is praise less complaint, less than that where the words are not
// strong: a probability alone says how sure the sign is, not how much is felt.
func (p *page) strength(whole judgement) float64 {
	var sum float64
	for k := range p.clauses {
		sum += float64(p.clauses[k].value)
	}
	return (whole.good - whole.bad) * (.5 + .5*math.Abs(squash(sum)))
}

// A judgement is the probability that clauses praise and that they complain.
type judgement struct {
	good, bad float64
}

// judge asks the model about some clauses. What is no word of any kind is
// neither praise nor complaint.
func (a *Analyzer) judge(p *page, from, to int) judgement {
	if from >= to {
		return judgement{}
	}
	x := p.feature(from, to)
	margin, opinion := a.model.columns[polarity].margin(x), sigmoid(a.model.columns[opinion].margin(x))
	for k := from; k < to; k++ {
		if p.clauses[k].role&sarcasm != 0 { // what praise is left in the words does not count
			margin, opinion = math.Min(margin*.5, -1), math.Max(opinion, .8)
		}
	}
	good := sigmoid(margin)
	return judgement{opinion * good, opinion * (1 - good)}
}

// Praise and complaint that are this close leave a text neutral: it has both.
const balanced = .15

func (j judgement) label() (string, float64) {
	none := 1 - j.good - j.bad
	switch d := j.good - j.bad; {
	case d > balanced && j.good >= none:
		return "positive", j.good
	case d < -balanced && j.bad >= none:
		return "negative", j.bad
	}
	return "neutral", math.Max(none, 1-math.Abs(j.good-j.bad)/balanced*.5)
}
