package sentiment

import (
	"slices"
	"strings"
)

// opined is what a clause says of an aspect.
type opined struct {
	aspect int8
	score  float64
	clause int
}

// speaksOf finds the aspects of a text with what is said of each.
func (a *Analyzer) speaksOf(p *page) []Aspect {
	var out []Aspect
	for _, o := range a.opinions(p) {
		name := a.lexicon.aspects[o.aspect]
		text := p.clause(o.clause)
		i := slices.IndexFunc(out, func(x Aspect) bool { return x.Name == name })
		switch {
		case i < 0:
			out = append(out, Aspect{Name: name, Score: o.score, Text: text})
		case abs(o.score) > abs(out[i].Score): // the clearest clause speaks
			out[i].Score, out[i].Text = o.score, text
		}
	}
	for i := range out {
		out[i].Label = labelOf(out[i].Score)
	}
	return out
}

func labelOf(score float64) string {
	switch {
	case score > .2:
		return "positive"
	case score < -.2:
		return "negative"
	}
	return "neutral"
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// opinions are what each clause says of each aspect it names. A clause that
// names one and judges nothing hands it on to the next of its sentence that
// judges and names none: "The zip, it just broke".
func (a *Analyzer) opinions(p *page) []opined {
	var out []opined
	var waiting []int8
	sentence := -1
	for k := range p.clauses {
		c := &p.clauses[k]
		if c.sentence != sentence {
			waiting, sentence = waiting[:0], c.sentence
		}
		var named []int8         // by a noun, or by a word that judges
		var nouns, judged uint32 // bits of aspects
		for i := c.from; i < c.to; i++ {
			t := p.match[topic][i].term
			if t == nil {
				continue
			}
			for _, x := range t.about {
				if !slices.Contains(named, x.aspect) {
					named = append(named, x.aspect)
				}
				if x.sign == 0 {
					nouns |= 1 << x.aspect
				} else {
					judged |= 1 << x.aspect
				}
			}
		}
		if nouns != 0 && c.hits < 2 { // a torn package is about the package
			named = slices.DeleteFunc(named, func(x int8) bool { return nouns&(1<<x) == 0 })
		}
		score := a.clauseScore(p, k)
		if len(named) == 0 {
			if abs(score) > .2 {
				for _, x := range waiting {
					out = replace(out, opined{x, score, k})
				}
				waiting = waiting[:0]
			}
			continue
		}
		// A clause that judges one aspect by a word of its own, and names another
		// without, is about the one.
		own := judged & nouns
		for _, x := range named {
			s := score
			if own != 0 && own&(1<<x) == 0 && c.hits < 2 {
				s = 0
			}
			out = append(out, opined{x, s, k})
			if abs(s) <= .2 {
				waiting = append(waiting, x)
			}
		}
	}
	return out
}

// replace gives an aspect that was only named the judgement that follows it.
func replace(list []opined, o opined) []opined {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].aspect == o.aspect {
			list[i] = o
			return list
		}
	}
	return append(list, o)
}

// clauseScore is -1..1 for one clause: by the lexicon where it says something,
// else by the model if that is sure.
func (a *Analyzer) clauseScore(p *page, k int) float64 {
	c := &p.clauses[k]
	if c.role&(question|wish) != 0 {
		return 0
	}
	var sum float64
	for _, h := range p.of(c) {
		sum += float64(h.value)
	}
	if c.role&sarcasm != 0 {
		sum -= .5
	}
	j := a.judge(p, k, k+1)
	model := j.good - j.bad
	if abs(sum) >= .8 {
		lexical := squash(sum * 1.8)
		if lexical*model > 0 {
			return (lexical + model) / 2
		}
		return lexical
	}
	if abs(model) > .6 {
		return model * .7
	}
	return 0
}

// clause is a clause as it was written, without the "but" before it.
func (p *page) clause(k int) string {
	c := &p.clauses[k]
	from := c.from
	if m := p.match[mode][from]; m.term != nil && m.term.role&(contrast|concession) != 0 && from+m.n < c.to {
		from += m.n
	}
	return strings.TrimSpace(p.text[p.tokens[from].start:p.tokens[c.to-1].end])
}

// sentence gives the sentence of a clause as it was written.
func (p *page) sentence(k int) string {
	from, to := k, k
	for from > 0 && p.clauses[from-1].sentence == p.clauses[k].sentence {
		from--
	}
	for to+1 < len(p.clauses) && p.clauses[to+1].sentence == p.clauses[k].sentence {
		to++
	}
	return strings.TrimSpace(p.text[p.tokens[p.clauses[from].from].start:p.tokens[p.clauses[to].to-1].end])
}
