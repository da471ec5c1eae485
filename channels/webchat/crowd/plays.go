package crowd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// words are what shoppers say of which nothing more is expected than an answer.
var words = map[string][]string{
	"en": {"hi", "rain jackets under 80", "the second one in blue?", "compare the first two", "how long do returns take?", "do you ship to Norway?", "what's on sale", "something for my dad who likes camping", "what do you know about me?", "can I talk to a person please", "thanks"},
	"zh": {"你好", "有没有双人帐篷", "哪个最轻", "便宜一点的", "防水吗", "怎么退货", "有打折的吗", "保修多久", "你记得我什么", "转人工", "谢谢"},
}

// facts, and what has them forgotten.
var facts = map[string][2]string{
	"en": {"please remember that my dog is called %s", "forget that my dog is called %s"},
	"zh": {"please remember that my cat is called %s", "forget that my cat is called %s"},
}

var forgetAll = map[string]string{"en": "forget everything about me", "zh": "forget everything about me"}

// How long a shopper waits for a question that follows an answer, and for an
// answer that another message may have taken the place of.
const briefly = 2 * time.Second

// play has one shopper do one thing after another until the crowd rests.
func (l *link) play(ctx context.Context) {
	errands := slices.Clone(l.customer.Errands)
	var kept []string // facts that were kept, so far as we know
	begun := 0
	for ctx.Err() == nil && !l.crowd.rests() {
		t := l.current(ctx)
		if t == nil {
			return
		}
		switch x := l.rng.IntN(100); {
		case x < 25 && len(errands) > 0:
			i := l.rng.IntN(len(errands))
			e := errands[i]
			if e.Last && l.rng.IntN(10) > 0 { // these are few
				continue
			}
			text := e.Say
			if strings.Contains(text, "%d") {
				text = fmt.Sprintf(text, l.crowd.next())
			}
			pressed := l.ask(ctx, t, text, said{errand: e.Of})
			if e.Last && pressed {
				errands = slices.DeleteFunc(errands, func(o Errand) bool { return o.Of == e.Of })
			}
		case x < 40:
			name := fmt.Sprintf("rex%d", l.crowd.next())
			if l.ask(ctx, t, fmt.Sprintf(facts[l.locale][0], name), said{errand: name, fact: true, keeps: true}) {
				kept = append(kept, name)
			}
		case x < 47 && len(kept) > 0:
			name := kept[0]
			kept = kept[1:]
			l.ask(ctx, t, fmt.Sprintf(facts[l.locale][1], name), said{errand: name, fact: true})
		case x < 55:
			l.say(ctx, t, "act", "", "rating", []string{"up", "down"}[l.rng.IntN(2)])
		case x < 70 && l.customer.ID == "" && begun > 1:
			kept, begun = nil, 0
			l.forget(ctx, t)
		case x < 80: // one on the other's heels
			l.say(ctx, t, "send", l.pick(words[l.locale]), "", "")
			fallthrough
		default:
			begun++
			s := l.say(ctx, t, "send", l.pick(words[l.locale]), "", "")
			l.answer(ctx, t, s)
		}
	}
}

func (l *link) pick(list []string) string { return list[l.rng.IntN(len(list))] }

// current is the conversation that the link is in, nil when ctx has ended.
func (l *link) current(ctx context.Context) *talk {
	var t *talk
	_ = l.await(ctx, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		t = l.talk
		return t != nil && !t.left()
	})
	if ctx.Err() != nil {
		return nil
	}
	return t
}

func (t *talk) left() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.gone
}

// say says or presses something and waits until it is acknowledged.
func (l *link) say(ctx context.Context, t *talk, kind, text, of, value string) *said {
	s := &said{frame: frame{Type: kind, ID: fmt.Sprintf("m%d.%d", l.n, l.crowd.next()), Text: text, Of: of, Value: value}, asks: of != "rating"}
	l.put(t, s)
	if l.rng.IntN(4) > 0 { // else it goes on at once
		_ = l.await(ctx, func() bool { return t.is(func() bool { return s.stored > 0 || t.gone }) })
	}
	return s
}

func (t *talk) is(so func() bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return so()
}

// answer waits for the answer to the newest message.
func (l *link) answer(ctx context.Context, t *talk, s *said) {
	_ = l.await(ctx, func() bool { return t.is(func() bool { return s.answered > 0 || t.gone }) })
}

// ask brings a question and presses yes, or sometimes no, or yes twice, and
// waits for what comes of it. It says whether yes was pressed.
func (l *link) ask(ctx context.Context, t *talk, text string, yes said) bool {
	s := l.say(ctx, t, "send", text, "", "")
	l.answer(ctx, t, s)
	question := ""
	short, cancel := context.WithTimeout(ctx, briefly)
	defer cancel()
	_ = l.await(short, func() bool { question, _ = t.question(s.frame.ID); return question != "" || t.left() })
	if question == "" {
		return false // it was answered otherwise
	}
	value, times := "confirm", 1
	switch l.rng.IntN(10) {
	case 0:
		value = "decline"
	case 1:
		times = 2
	}
	var last *said
	for range times {
		last = &said{}
		if value == "confirm" {
			*last = yes
		}
		last.frame, last.asks = frame{Type: "act", ID: fmt.Sprintf("a%d.%d", l.n, l.crowd.next()), Of: question, Value: value}, true
		l.put(t, last)
	}
	l.answer(ctx, t, last)
	return value == "confirm"
}

// forget has everything forgotten and waits until the conversation is gone.
func (l *link) forget(ctx context.Context, t *talk) {
	s := l.say(ctx, t, "send", forgetAll[l.locale], "", "")
	l.answer(ctx, t, s)
	question := ""
	short, cancel := context.WithTimeout(ctx, briefly)
	defer cancel()
	_ = l.await(short, func() bool { question, _ = t.question(s.frame.ID); return question != "" })
	if question == "" {
		return
	}
	yes := &said{frame: frame{Type: "act", ID: fmt.Sprintf("f%d.%d", l.n, l.crowd.next()), Of: question, Value: "confirm"}, asks: true}
	t.mu.Lock()
	t.forget = yes
	t.mu.Unlock()
	l.put(t, yes)
	_ = l.await(ctx, func() bool { return t.left() })
}

// settled says that nothing waits any more: all is acknowledged, and what was
// said last is answered, or the conversation is gone as it should be.
func (l *link) settled() bool {
	l.mu.Lock()
	t := l.talk
	l.mu.Unlock()
	return t == nil || t.waits() == ""
}

func (l *link) waiting() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return "conversation " + l.talk.id + ": " + l.talk.waits()
}

func (t *talk) waits() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone {
		return ""
	}
	var newest *said
	for _, s := range t.said {
		if s.stored == 0 {
			return "message " + s.frame.ID + " is not acknowledged"
		}
		if s.asks && (newest == nil || s.seq > newest.seq) {
			newest = s
		}
	}
	if newest != nil && newest.answered == 0 {
		return "message " + newest.frame.ID + " is not answered"
	}
	return ""
}
