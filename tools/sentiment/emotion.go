package sentiment

import (
	"math"
	"slices"
)

// feel weighs the words of emotion with the ways of writing that go with them.
// The numbers were set on the texts of ours that are not held back.
func (a *Analyzer) feel(p *page, whole judgement) Emotions {
	l := a.lexicon
	var sum [emotions]float64
	accused, loud, repeated := 0.0, 0.0, 0.0
	for k := range p.clauses {
		c := &p.clauses[k]
		negated, past := 0, false
		for i := c.from; i < c.to; i++ {
			if m := p.match[feeling][i].term; m != nil && m.role&negates != 0 {
				negated = 4
			} else {
				negated--
			}
			t := &p.tokens[i]
			switch {
			case l.accusing[t.text]:
				accused = 1
			case a.serves(p.match[topic][i].term):
				accused = max(accused, .5)
			}
			if t.shouted && p.shouted < p.words && l.insisting[t.text] {
				loud = 1
			}
			if i > c.from && l.earlier[t.text] && p.tokens[i-1].text == "my" {
				past = true
			}
			if l.repeating[t.text] && c.value < -.5 {
				repeated = 1.6
			}
			felt := p.match[emotion][i].term
			if felt == nil {
				continue
			}
			for e, v := range felt.emotion {
				x := float64(v)
				switch {
				case v == 0:
					continue
				case e != urgency && negated > 0 && (p.match[emotion][i].n == 1 || p.tokens[i].kind == han):
					continue // not angry
				case e == anger && past:
					x *= .3
				case e == joy && c.role&sarcasm != 0:
					e = anger
					x /= 3
				case e == anger && c.role&(question|wish) != 0 && v >= 3:
					if v < 4 { // what is asked in anger is asked in words of its own
						x *= .7
					}
				case e != urgency && c.role&(question|wish) != 0 && v < 3:
					x *= .3
				case e == joy && c.role&(question|wish) != 0, e == disappointment && c.role&(question|wish) != 0:
					x *= .3
				}
				sum[e] += x
			}
		}
	}
	if len(p.tokens) <= 3 {
		accused = 1 // a bare word of anger is meant for who reads it
	}
	if p.shouted >= 3 && p.shouted*2 > p.words {
		loud++
	}
	loud += math.Min(3, float64(p.marks)) / 3
	sum[anger] += repeated
	bad := whole.bad
	if sum[anger] >= 3 && whole.good < .5 {
		bad = math.Max(bad, .5) // such words complain, whatever else is said
	}
	e := Emotions{
		Anger:          sigmoid(-4 + 1.1*math.Min(sum[anger], 8) + 1.7*bad + bad*(.8*accused*math.Min(1, sum[anger]/2.5)+1.1*loud)),
		Disappointment: sigmoid(-4 + .95*math.Min(sum[disappointment], 6) + 2*whole.bad - .5*math.Min(1, sum[anger]/3)),
		Joy:            sigmoid(-4 + .95*math.Min(sum[joy], 6) + 1.6*whole.good + whole.good*loud),
		Urgency:        sigmoid(-2.4 + 1.05*math.Min(sum[urgency], 6) + .3*loud),
	}
	return e
}

// serves says whether a term speaks of service.
func (a *Analyzer) serves(t *term) bool {
	return t != nil && slices.ContainsFunc(t.about, func(x about) bool { return a.lexicon.aspects[x.aspect] == "service" })
}

// Named are the emotions that are more likely than not.
func (e Emotions) Named() (list []string) {
	for i, p := range [emotions]float64{e.Anger, e.Disappointment, e.Joy, e.Urgency} {
		if p > .5 {
			list = append(list, emotionNames[i])
		}
	}
	return list
}
