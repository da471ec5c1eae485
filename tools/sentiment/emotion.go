package sentiment

import "math"

// feel weighs the words of emotion with the ways of writing that go with them.
// The numbers were set on the texts of ours that are not held back.
func (a *Analyzer) feel(p *page, whole judgement) Emotions {
	var sum [emotions]float64
	accused, loud, repeated := 0.0, 0.0, 0.0
	for k := range p.clauses {
		c := &p.clauses[k]
		negated := 0
		for i := c.from; i < c.to; i++ {
			if m := p.match[feeling][i].term; m != nil && m.role&negates != 0 {
				negated = 4
			} else {
				negated--
			}
			if accuses[p.tokens[i].text] {
				accused = 1
			}
			if repeats[p.tokens[i].text] && c.value < -.5 {
				repeated = 1.6
			}
			t := p.match[emotion][i].term
			if t == nil {
				continue
			}
			for e, v := range t.emotion {
				x := float64(v)
				switch {
				case v == 0:
					continue
				case e != urgency && negated > 0 && (p.match[emotion][i].n == 1 || p.tokens[i].kind == han):
					continue // not angry
				case e == joy && c.role&sarcasm != 0:
					e = anger
					x /= 3
				case e != urgency && c.role&(question|wish) != 0 && v < 3:
					x *= .3
				case e == joy && c.role&(question|wish) != 0, e == disappointment && c.role&(question|wish) != 0:
					x *= .3
				}
				sum[e] += x
			}
		}
	}
	for i := range p.tokens {
		if t := &p.tokens[i]; t.kind == emoji {
			switch t.text {
			case "😡", "😠", "🤬", "👿", "🖕", "😤":
				sum[anger] += 3
			}
		}
	}
	if p.shouted >= 3 && p.shouted*2 > p.words {
		loud++
	}
	loud += math.Min(3, float64(p.marks)) / 3
	sum[anger] += repeated
	e := Emotions{
		Anger:          sigmoid(-4 + 1.1*math.Min(sum[anger], 8) + 1.7*whole.bad + whole.bad*(.8*accused*math.Min(1, sum[anger])+1.1*loud)),
		Disappointment: sigmoid(-4 + .95*math.Min(sum[disappointment], 6) + 2*whole.bad - .5*math.Min(1, sum[anger]/3)),
		Joy:            sigmoid(-4 + .95*math.Min(sum[joy], 6) + 1.6*whole.good + whole.good*loud),
		Urgency:        sigmoid(-2.4 + 1.05*math.Min(sum[urgency], 6) + .3*loud),
	}
	return e
}

// accuses are words by which a text speaks to the shop.
var accuses = map[string]bool{"you": true, "your": true, "you've": true, "you're": true, "yall": true, "你": true, "您": true}

// repeats are words by which a text says that it went wrong before.
var repeats = map[string]bool{"again": true, "又": true, "twice": true}

// Named are the emotions that are more likely than not.
func (e Emotions) Named() (list []string) {
	for i, p := range [emotions]float64{e.Anger, e.Disappointment, e.Joy, e.Urgency} {
		if p > .5 {
			list = append(list, emotionNames[i])
		}
	}
	return list
}
