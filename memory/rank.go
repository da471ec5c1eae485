package memory

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// What counts beside the words of a turn and its neighbours, whose best score is
// 1: chosen in rounded steps by leaving out one conversation of the development
// half of LoCoMo at a time (README.md says what each is worth).
const (
	weightSpeaker = .25 // the customer's own words, or those of one the question names
	weightVector  = .1  // of the standardised cosine
	weightTalk    = .3  // the whole conversation fits
	weightAnswer  = .4  // it answers a question that fits
	weightExpects = .4  // it tells a time or a number, and one is asked for
	weightSaid    = .4  // it was said at the time that the question names
	weightTells   = .3  // it tells of that time
	weightAsks    = .15 // taken off a question of somebody else: it tells little
)

// What a turn must have to do with a question to be recalled at all: a share of
// what its words tell, or a meaning this near.
const (
	enoughWords = .2
	nearEnough  = .35
)

// rank orders the turns that have to do with a text, the best first, leaving
// out those of one conversation. Where the text is about what was said at a
// time, only what was said then is left, if anything was.
func (x *index) rank(ctx context.Context, text, skip string, now time.Time) ([]Hit, error) {
	skipped := int32(-1)
	if t := x.talks[skip]; t != nil {
		skipped = t.number
	}
	q := x.read(text, skipped, now)
	if len(x.turns) == 0 || len(q.words) == 0 && len(q.spans) == 0 {
		return nil, nil
	}
	m := x.match(q.words)
	near, err := x.vectors.near(ctx, text, x.turns)
	if err != nil {
		return nil, err
	}
	var top, topOwn, topTalk float64
	for i, c := range x.conv {
		if c != skipped {
			top, topOwn, topTalk = max(top, m.around[i]), max(topOwn, m.own[i]), max(topTalk, m.talk[c])
		}
	}
	mean, dev := spread(near)
	var hits, then []Hit
	for i, t := range x.turns {
		if x.conv[i] == skipped {
			continue
		}
		at, of := q.when(t.At, x.said[i].dates)
		timely := len(q.words) == 0 && at == 1
		spoken := m.share[i] >= enoughWords && m.around[i] > 0
		if !timely && !spoken && (len(q.words) == 0 || !x.vectors.meant(text, t.Text, near[i], mean, dev)) {
			continue
		}
		s := part(m.around[i], top) + weightTalk*part(m.talk[x.conv[i]], topTalk) + weightSaid*at + weightTells*of
		if t.Speaker == "shopper" || q.names(t.Speaker) {
			s += weightSpeaker
		}
		if dev > 0 {
			s += weightVector * (near[i] - mean) / dev
		}
		if p := x.prev[i]; p >= 0 && x.said[p].question && x.turns[p].Speaker != t.Speaker {
			s += weightAnswer * part(m.own[p], topOwn)
		}
		if q.time && len(x.said[i].dates) > 0 || q.number && x.said[i].number {
			s += weightExpects
		}
		if x.said[i].question && t.Speaker != "shopper" {
			s -= weightAsks
		}
		hits = append(hits, Hit{t, s})
		if q.spoken && at > .5 {
			then = append(then, Hit{t, s})
		}
	}
	if len(then) > 0 {
		hits = then
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits, nil
}

func part(v, top float64) float64 {
	if top <= 0 {
		return 0
	}
	return v / top
}

// A question is a text as recall reads it.
type question struct {
	lower        string
	words        []string
	spans        []span
	spoken       bool // it is about what was said
	time, number bool // it asks for one
}

func (x *index) read(text string, skipped int32, now time.Time) question {
	q := question{lower: strings.ToLower(text), spans: dates(text, now)}
	q.time, q.number = contains(q.lower, askTime), contains(q.lower, askNumber)
	rest := []byte(text)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			rest[i] = ' '
		}
	}
	for _, s := range q.spans { // the words of a time are looked for as a time
		blank(s.Start, s.End)
	}
	if from, to := x.lastTalk(skipped); to.After(from) && len(q.lower) == len(text) {
		for _, p := range lastTime {
			if i := strings.Index(q.lower, p); i >= 0 {
				q.spans = append(q.spans, span{from, to, i, i + len(p)})
				blank(i, i+len(p))
				break
			}
		}
	}
	for _, p := range spokenPhrases {
		for i := strings.Index(string(rest), p); i >= 0; i = strings.Index(string(rest), p) {
			q.spoken = true
			blank(i, i+len(p))
		}
	}
	q.words = slices.DeleteFunc(distinct(string(rest)), func(w string) bool {
		q.spoken = q.spoken || spokenWords[w]
		return spokenWords[w]
	})
	return q
}

// lastTalk is when the latest conversation was, but for one.
func (x *index) lastTalk(skipped int32) (from, to time.Time) {
	for i, t := range x.order {
		if int32(i) != skipped && t.last >= 0 && !t.done.Before(to) {
			from, to = t.begun, t.done.Add(time.Second)
		}
	}
	return from, to
}

// when is how well a turn fits the times that the question names: said then, or
// telling of it.
func (q *question) when(at time.Time, dates []span) (said, tells float64) {
	for _, s := range q.spans {
		said = max(said, s.near(at))
		if s.To.Sub(s.From) > longest {
			continue
		}
		for _, d := range dates {
			if d.To.Sub(d.From) <= longest && d.From.Before(s.To) && s.From.Before(d.To) {
				tells = 1
			}
		}
	}
	return said, tells
}

// longest is the longest span that two can meet in and mean the same.
const longest = 93 * 24 * time.Hour

// names says whether the question names a speaker.
func (q *question) names(speaker string) bool {
	return speaker != "" && strings.Contains(q.lower, strings.ToLower(speaker))
}

func contains(text string, any []string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(text, s) })
}

// number says whether a text tells one, in digits or in words.
func number(text string) bool {
	for _, w := range split(text) {
		if w.text[0] >= '0' && w.text[0] <= '9' || numbers[w.text] > 0 || w.han && strings.Contains("一二两三四五六七八九十百千", w.text) {
			return true
		}
	}
	return false
}

// What a question expects to be told, by how it asks.
var (
	askTime   = []string{"when ", "what year", "which year", "what month", "which month", "what date", "what day", "which day", "how long ago", "什么时候", "哪天", "哪一天", "几号", "几月", "哪年", "哪一年", "何时"}
	askNumber = []string{"how many", "how much", "how long", "how often", "how old", "how far", "how big", "多少", "几个", "几件", "几天", "几次", "多久", "多大", "多长", "几岁"}
	lastTime  = []string{"last time", "上次", "上一次", "上回"}
)

// What says that a question is about what was said, and not what about:
// Chinese by phrases, English by words.
var (
	spokenPhrases = []string{"我说", "说的", "说过", "我问", "问的", "问过", "提到", "提过", "聊到", "聊过", "聊的", "说了", "问了", "聊了", "之前", "以前", "记得", "提醒"}
	spokenWords   = func() map[string]bool {
		m := map[string]bool{}
		for _, w := range terms("ask asked say said tell told mention mentioned talk talked discuss discussed remember remind earlier before") {
			m[w] = true
		}
		return m
	}()
)

// spread is the mean and the standard deviation.
func spread(list []float64) (mean, dev float64) {
	for _, v := range list {
		mean += v / float64(len(list))
	}
	for _, v := range list {
		dev += (v - mean) * (v - mean) / float64(len(list))
	}
	return mean, math.Sqrt(dev)
}
