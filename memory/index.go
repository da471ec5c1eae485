package memory

import (
	"math"
	"slices"
	"strings"
	"time"
)

// BM25's constants for short turns, and how much the words of the two turns to
// either side count: measured on the development half of LoCoMo (README.md).
const (
	k1, b      = .9, .4
	neighbours = 2
	neighbour  = .3
)

// An index holds one customer's turns for ranking, in the order in which they
// came to be known: a new turn is added, and nothing that stands is counted
// again. What the turns around one say is put together only when asked.
//
// Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and
// Beyond".
type index struct {
	turns    []Turn
	conv     []int32 // the conversation of each, by number
	prev     []int32 // the turn before in its conversation; -1 for none
	next     []int32
	own      []float64 // words
	around   []float64 // words, with those of the neighbours
	total    float64   // of around
	said     []told
	postings map[string][]posting
	talks    map[string]*talked // by conversation
	order    []*talked          // by number
	vectors  vectors
	bytes    int64 // about
}

// told is what a turn says beside its words.
type told struct {
	question bool // it ends in one
	number   bool
	dates    []span
}

// talked is what is known of one conversation.
type talked struct {
	number      int32
	held        uint64 // its last sequence, in the store's numbers
	last        int32  // its last turn here; -1 for none
	words       float64
	begun, done time.Time
}

type posting struct {
	turn  int32
	count float32
}

func newIndex(from *meanings) *index {
	return &index{postings: map[string][]posting{}, talks: map[string]*talked{}, vectors: vectors{from: from, space: from.space()}}
}

// talk is a conversation's record.
func (x *index) talk(conversation string) *talked {
	t := x.talks[conversation]
	if t == nil {
		t = &talked{number: int32(len(x.order)), last: -1}
		x.talks[conversation] = t
		x.order = append(x.order, t)
	}
	return t
}

// add puts a turn behind those of its conversation.
func (x *index) add(t Turn) {
	c := x.talk(t.Conversation)
	i := int32(len(x.turns))
	words := terms(t.Speaker + " " + t.Text)
	n := float64(len(words))
	x.turns, x.conv, x.prev, x.next = append(x.turns, t), append(x.conv, c.number), append(x.prev, c.last), append(x.next, -1)
	x.own, x.around, x.total = append(x.own, n), append(x.around, n), x.total+n
	x.vectors.waiting = append(x.vectors.waiting, int(i))
	text := strings.TrimRight(t.Text, " \n)」”\"")
	x.said = append(x.said, told{
		question: strings.HasSuffix(text, "?") || strings.HasSuffix(text, "？"),
		number:   number(t.Text),
		dates:    dates(t.Text, t.At),
	})
	if c.last >= 0 {
		x.next[c.last] = i
	}
	for j, step := c.last, 0; j >= 0 && step < neighbours; j, step = x.prev[j], step+1 {
		x.around[j] += neighbour * n
		x.around[i] += neighbour * x.own[j]
		x.total += neighbour * (n + x.own[j])
	}
	slices.Sort(words)
	for len(words) > 0 {
		w, k := words[0], 1
		for k < len(words) && words[k] == w {
			k++
		}
		if x.postings[w] == nil {
			w = strings.Clone(w) // not the whole turn with it
			x.bytes += int64(len(w)) + 64
		}
		x.postings[w] = append(x.postings[w], posting{i, float32(k)})
		x.bytes += 12 // with the room that growing leaves
		words = words[k:]
	}
	if c.last < 0 {
		c.begun = t.At
	}
	c.last, c.words, c.done = i, c.words+n, t.At
	x.bytes += int64(len(t.Text)+len(t.Conversation)+len(t.Speaker)+len(x.said[i].dates)*64) + 220
}

// A match is how well each turn's words fit a question.
type match struct {
	around []float64 // BM25 with the neighbours
	own    []float64 // BM25 of the turn alone
	talk   []float64 // BM25 of the whole conversation, by its number
	share  []float64 // of what the question's words tell, how much stands in the turn or around it
}

// match scores every turn; each word of the question counts once. A word is as
// telling as it is rare; one that nobody said tells most, and is found nowhere.
func (x *index) match(query []string) match {
	n, c := len(x.turns), len(x.order)
	m := match{make([]float64, n), make([]float64, n), make([]float64, c), make([]float64, n)}
	mean, words := x.total/float64(n), 0.0
	for _, t := range x.order {
		words += t.words
	}
	meanOwn, meanTalk := words/float64(n), words/float64(c)
	tf, talks := make([]float64, n), make([]float64, c)
	var touched []int32
	whole := 0.0
	for _, w := range query {
		list := x.postings[w]
		if len(list) == 0 {
			whole += rarity(0, n)
			continue
		}
		touched = touched[:0]
		plus := func(i int32, k float64) {
			if tf[i] == 0 {
				touched = append(touched, i)
			}
			tf[i] += k
		}
		for _, p := range list {
			k := float64(p.count)
			plus(p.turn, k)
			talks[x.conv[p.turn]] += k
			for j, step := x.prev[p.turn], 0; j >= 0 && step < neighbours; j, step = x.prev[j], step+1 {
				plus(j, neighbour*k)
			}
			for j, step := x.next[p.turn], 0; j >= 0 && step < neighbours; j, step = x.next[j], step+1 {
				plus(j, neighbour*k)
			}
		}
		df := 0
		for _, i := range touched {
			if tf[i] >= 1-1e-9 {
				df++
			}
		}
		idf := rarity(df, n)
		whole += idf
		for _, i := range touched {
			m.around[i] += idf * saturated(tf[i], x.around[i], mean)
			m.share[i] += idf
			tf[i] = 0
		}
		idf = rarity(len(list), n)
		for _, p := range list {
			m.own[p.turn] += idf * saturated(float64(p.count), x.own[p.turn], meanOwn)
		}
		df = 0
		for _, k := range talks {
			if k > 0 {
				df++
			}
		}
		idf = rarity(df, c)
		for i, k := range talks {
			if k > 0 {
				m.talk[i] += idf * saturated(k, x.order[i].words, meanTalk)
				talks[i] = 0
			}
		}
	}
	for i := range m.share {
		m.share[i] /= max(whole, 1e-9)
	}
	return m
}

// rarity is the inverse document frequency of a word that n of all have.
func rarity(n, all int) float64 {
	return math.Log(1 + (float64(all)-float64(n)+.5)/(float64(n)+.5))
}

func saturated(tf, length, mean float64) float64 {
	return tf * (k1 + 1) / (tf + k1*(1-b+b*length/mean))
}
