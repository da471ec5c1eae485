package sentiment

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Review is a text with what is known about it.
type Review struct {
	Text, Author string
	Stars        float64 // 1..5, 0 when not given
}

// A Quote is a sentence of a review, as it was written, that says one thing of
// one aspect.
type Quote struct {
	Text, Author string
	Stars        float64 // of the review it comes from, 0 when not given
	Positive     bool
	Score        float64 // -1..1, how clearly it says so
}

// An AspectSummary counts the reviews that praise and that criticise an aspect,
// with quotes: in the asked language first, the clearest first, the side of the
// majority first.
type AspectSummary struct {
	Aspect             string
	Positive, Negative int
	Quotes             []Quote
}

// A Summary is what reviews add up to.
type Summary struct {
	Count                       int
	Stars                       float64 // mean of those given, 0 when none is
	Rated                       int     // how many gave stars
	Score                       float64 // mean, -1..1
	Positive, Neutral, Negative int
	Aspects                     []AspectSummary // the most spoken of first
}

// quotesKept are how many quotes of a side are kept.
const quotesKept = 3

// A Tally sums reviews up one by one, in memory that does not grow with them.
type Tally struct {
	analyzer *Analyzer
	locale   string
	sum      Summary
	stars    float64
	score    float64
	aspects  map[string]*AspectSummary
}

// Tally begins to sum up. Quotes in the language of the locale come first.
func (a *Analyzer) Tally(locale string) *Tally {
	return &Tally{analyzer: a, locale: locale, aspects: map[string]*AspectSummary{}}
}

// Summarize reads reviews for the aspects they speak of.
func (a *Analyzer) Summarize(reviews []Review, locale string) Summary {
	t := a.Tally(locale)
	for _, r := range reviews {
		t.Add(r)
	}
	return t.Summary()
}

// side is what one review says of one aspect on one side.
type side struct {
	aspect   int8
	positive bool
}

// Add reads one more review.
func (t *Tally) Add(r Review) {
	a := t.analyzer
	p := a.page(r.Text)
	defer a.pages.Put(p)
	whole := a.judge(p, 0, len(p.clauses))
	t.sum.Count++
	t.score += p.strength(whole)
	switch label, _ := whole.label(); label {
	case "positive":
		t.sum.Positive++
	case "negative":
		t.sum.Negative++
	default:
		t.sum.Neutral++
	}
	if r.Stars > 0 {
		t.sum.Rated++
		t.stars += r.Stars
	}
	found := a.opinions(p)
	counted := map[side]bool{}
	for _, o := range found {
		if labelOf(o.score) == "neutral" {
			continue
		}
		s := side{o.aspect, o.score > 0}
		x := t.aspect(a.lexicon.aspects[o.aspect])
		if !counted[s] {
			counted[s] = true
			if s.positive {
				x.Positive++
			} else {
				x.Negative++
			}
		}
		if text, whole := quotable(p, o); text != "" {
			q := Quote{text, r.Author, r.Stars, s.positive, o.score}
			if !whole {
				q.Score /= 2 // whole sentences are quoted first
			}
			x.keep(q, t.locale)
		}
	}
}

func (t *Tally) aspect(name string) *AspectSummary {
	x := t.aspects[name]
	if x == nil {
		x = &AspectSummary{Aspect: name}
		t.aspects[name] = x
	}
	return x
}

// The longest quote, in characters; of a longer sentence its clause is quoted.
const longestQuote = 180

// quotable gives the words that say an opinion, or "" when they cannot stand by
// themselves. A sentence that praises one thing and criticises another is
// quoted by the clause that matters; whole says that it is not.
func quotable(p *page, o opined) (text string, whole bool) {
	text, whole = p.sentence(o.clause), true
	for _, c := range p.clauses {
		if c.sentence == p.clauses[o.clause].sentence && float64(c.value)*o.score < -.5 {
			whole = false
		}
	}
	if utf8.RuneCountInString(text) > longestQuote {
		whole = false
	}
	if !whole {
		text = p.clause(o.clause)
	}
	n := utf8.RuneCountInString(text)
	if n > longestQuote || n < 4 || strings.ContainsFunc(text, isHan) && stutters(text) || p.clauses[o.clause].to-p.clauses[o.clause].from < 2 {
		return "", false
	}
	return text, whole
}

// keep holds the best quotes of each side.
func (x *AspectSummary) keep(q Quote, locale string) {
	n := 0
	for _, other := range x.Quotes {
		if other.Text == q.Text {
			return
		}
		if other.Positive == q.Positive {
			n++
		}
	}
	x.Quotes = append(x.Quotes, q)
	slices.SortStableFunc(x.Quotes, func(a, b Quote) int { return better(a, b, locale) })
	if n < quotesKept {
		return
	}
	for i := len(x.Quotes) - 1; i >= 0; i-- {
		if x.Quotes[i].Positive == q.Positive {
			x.Quotes = slices.Delete(x.Quotes, i, i+1)
			return
		}
	}
}

// better orders quotes: the reader's language, then those whose reviewer gave
// stars to match, then the clearest, a long one being less clear.
func better(a, b Quote, locale string) int {
	return cmp.Or(
		-compareBool(foreign(b.Text, locale), foreign(a.Text, locale)),
		compareBool(b.fits(), a.fits()),
		cmp.Compare(b.clarity(), a.clarity()),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func foreign(text, locale string) bool {
	return strings.ContainsFunc(text, isHan) != strings.HasPrefix(locale, "zh")
}

func (q Quote) clarity() float64 {
	return abs(q.Score) - float64(max(0, len(q.Text)-60))/600
}

// stutters says whether a text says one thing over and over.
func stutters(text string) bool {
	seen, n := map[rune]bool{}, 0
	for _, c := range text {
		n++
		seen[c] = true
	}
	return n > 12 && len(seen)*5 < n*2
}

// fits says that a reviewer's stars do not speak against a quote.
func (q Quote) fits() bool {
	return q.Stars == 0 || q.Positive && q.Stars >= 3 || !q.Positive && q.Stars <= 3
}

// Summary gives what was read so far.
func (t *Tally) Summary() Summary {
	s := t.sum
	if s.Count > 0 {
		s.Score = t.score / float64(s.Count)
	}
	if s.Rated > 0 {
		s.Stars = t.stars / float64(s.Rated)
	}
	for _, name := range t.analyzer.lexicon.aspects {
		x := t.aspects[name]
		if x == nil {
			continue
		}
		y := *x
		y.Quotes = slices.Clone(x.Quotes)
		slices.SortStableFunc(y.Quotes, func(a, b Quote) int {
			return cmp.Or(-compareBool(foreign(b.Text, t.locale), foreign(a.Text, t.locale)), compareBool(b.Positive == (y.Positive > y.Negative), a.Positive == (y.Positive > y.Negative)))
		})
		s.Aspects = append(s.Aspects, y)
	}
	slices.SortStableFunc(s.Aspects, func(x, y AspectSummary) int {
		return cmp.Compare(y.Positive+y.Negative, x.Positive+x.Negative)
	})
	return s
}
