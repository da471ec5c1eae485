package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/channels"
)

// Check holds what lasted against the journal.
func (c *Crowd) Check(ctx context.Context, records Records) (*Report, error) {
	r := &Report{Violations: c.wrong, Events: c.events.count(), Longest: map[string]time.Duration{}}
	took := map[[2]string]int{} // by customer and thing
	for _, t := range c.all() {
		r.Conversations++
		if err := r.talk(ctx, t, records, took); err != nil {
			return nil, fmt.Errorf("check conversation %s: %w", t.id, err)
		}
	}
	for _, l := range c.links {
		for _, e := range l.customer.Errands {
			key := [2]string{l.customer.ID, e.Of}
			want := took[key]
			got, err := records.Took(ctx, l.customer.ID, e.Of)
			if err != nil {
				return nil, err
			}
			delete(took, key)
			r.Effects += want
			r.compare(got, want, "%s of %s", e.Of, l.customer.ID)
			took[key] = want
		}
	}
	kept, err := records.Events(ctx)
	if err != nil {
		return nil, err
	}
	for id, acked := range c.events.acked {
		switch n := kept[id]; {
		case n > 1:
			r.add(Doubled, "event %s is stored %d times", id, n)
		case n == 0 && acked:
			r.add(Lost, "event %s was acknowledged and is not stored", id)
		}
	}
	return r, nil
}

func (r *Report) add(kind Kind, format string, args ...any) {
	r.Violations = append(r.Violations, Violation{kind, fmt.Sprintf(format, args...)})
}

// compare holds how often something took effect against how often it was said
// that it did.
func (r *Report) compare(got, want int, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	switch {
	case got > want:
		r.add(Doubled, "%s: it took effect %d times, and the customers were told of %d", what, got, want)
	case got < want:
		r.add(Lost, "%s: it took effect %d times, and the customers were told of %d", what, got, want)
	}
}

// talk checks one conversation.
func (r *Report) talk(ctx context.Context, t *talk, records Records, took map[[2]string]int) error {
	for _, s := range t.said {
		if s.stored > 0 {
			r.Acknowledged++
			r.Stored = append(r.Stored, s.stored)
			r.Longest[t.id] = max(r.Longest[t.id], s.stored)
		}
		if s.answered > 0 {
			r.Waits = append(r.Waits, Wait{t.id, s.begun, s.answered})
		}
	}
	if t.gone || t.forget != nil && t.forget.stored > 0 {
		r.Erased++
		left, err := records.Remains(ctx, t.id)
		for _, where := range left {
			r.add(Remains, "conversation %s was to be erased, and is still in %s", t.id, where)
		}
		return err
	}
	if t.forget != nil {
		return nil // the run ended before it was known whether it was asked for
	}
	log, err := records.Entries(ctx, t.id)
	if err != nil {
		return err
	}
	r.order(t, log)
	r.answers(t, log)
	if err := r.handOff(ctx, t, log, records); err != nil {
		return err
	}
	return r.effects(ctx, t, log, records, took)
}

// order checks that the log has no gaps, and what was acknowledged and shown
// once, where it was, as it was said.
func (r *Report) order(t *talk, log []channels.Entry) {
	at := map[string][]uint64{}
	for i, e := range log {
		if e.Seq != uint64(i)+1 {
			r.add(Reordered, "conversation %s: entry %d of its log has the number %d", t.id, i+1, e.Seq)
		}
		at[e.ID] = append(at[e.ID], e.Seq)
	}
	var before *said
	for _, s := range t.said {
		places := at[s.frame.ID]
		switch {
		case len(places) > 1:
			r.add(Doubled, "conversation %s: message %s is stored at %v", t.id, s.frame.ID, places)
		case s.stored == 0:
		case len(places) == 0:
			r.add(Lost, "conversation %s: message %s was acknowledged as %d and is not in the log", t.id, s.frame.ID, s.seq)
		case places[0] != s.seq:
			r.add(Reordered, "conversation %s: message %s was acknowledged as %d and is %d", t.id, s.frame.ID, s.seq, places[0])
		case before != nil && before.seq > s.seq && !before.refused:
			r.add(Reordered, "conversation %s: message %s was said after %s and stands before it", t.id, s.frame.ID, before.frame.ID)
		}
		if s.stored > 0 {
			before = s
		}
	}
	for _, e := range t.seen {
		if int(e.Seq) > len(log) {
			r.add(Lost, "conversation %s: entry %d was shown and the log ends before it", t.id, e.Seq)
		} else if is := log[e.Seq-1]; is.ID != e.ID {
			r.add(Reordered, "conversation %s: entry %d was shown as %s and is %s", t.id, e.Seq, e.ID, is.ID)
		}
	}
	shown := map[uint64]bool{}
	for _, e := range t.seen {
		shown[e.Seq] = true
	}
	for _, e := range log {
		if _, public := channels.Public(e); public && !shown[e.Seq] {
			r.add(Lost, "conversation %s: entry %d, %s, is in the log and was not shown", t.id, e.Seq, e.ID)
		}
	}
}

// answers checks that each message has one whole answer, or a newer message
// that takes its place.
func (r *Report) answers(t *talk, log []channels.Entry) {
	parts := map[string][]channels.Entry{}
	asked := map[string]uint64{}
	newest := uint64(0)
	for _, e := range log {
		if e.Answers != "" {
			parts[e.Answers] = append(parts[e.Answers], e)
		}
		if e.From.Role == channels.RoleShopper && (e.Kind == channels.KindText || e.Kind == channels.KindAct) {
			asked[e.ID], newest = e.Seq, e.Seq
		}
	}
	for id, seq := range asked {
		answer := parts[id]
		if len(answer) == 0 {
			if seq == newest {
				r.add(Unanswered, "conversation %s: message %s at %d", t.id, id, seq)
			}
			continue
		}
		r.Answered++
		inside, ids := 0, map[string]bool{}
		for i, e := range answer {
			if e.Seq != answer[0].Seq+uint64(i) {
				r.add(Half, "conversation %s: the answer to %s is torn at %d", t.id, id, e.Seq)
			}
			if ids[e.ID] {
				r.add(Doubled, "conversation %s: message %s is answered again at %d", t.id, id, e.Seq)
			}
			ids[e.ID] = true
			if e.Inside != nil {
				inside++
			}
		}
		if inside != 1 {
			r.add(Half, "conversation %s: the answer to %s has %d ends", t.id, id, inside)
		}
	}
	for id := range parts {
		if asked[id] == 0 {
			r.add(Half, "conversation %s: the answer to %s has no message", t.id, id)
		}
	}
}

// handOff checks that a person who was promised is also asked for.
func (r *Report) handOff(ctx context.Context, t *talk, log []channels.Entry, records Records) error {
	want := channels.NotHandedOff
	for _, e := range log {
		var body channels.HandOffBody
		if e.Kind == channels.KindHandOff && json.Unmarshal(e.Body, &body) == nil {
			want = channels.HandOffPhase(body.State)
		}
	}
	got, err := records.HandOff(ctx, t.id)
	if err == nil && got != want {
		r.add(Half, "conversation %s: its log says that the hand-off is %q, its record %q", t.id, want, got)
	}
	return err
}

// effects counts what the customer was told is done, each question once.
func (r *Report) effects(ctx context.Context, t *talk, log []channels.Entry, records Records, took map[[2]string]int) error {
	done := map[string]bool{}
	for _, e := range log {
		var body channels.ConfirmBody
		if e.Kind != channels.KindConfirm || json.Unmarshal(e.Body, &body) != nil || body.State == "open" {
			continue
		}
		if _, twice := done[body.ID]; twice {
			r.add(Doubled, "conversation %s: question %s is closed again at %d", t.id, body.ID, e.Seq)
		}
		done[body.ID] = body.State == "done"
	}
	counted := map[string]bool{}
	facts := map[string]bool{}
	for _, s := range t.said {
		question := s.frame.Of
		if s.errand == "" || counted[question] {
			continue
		}
		counted[question] = true
		if _, closed := done[question]; !closed && s.stored > 0 {
			r.add(Half, "conversation %s: the yes %s to question %s came to nothing", t.id, s.frame.ID, question)
		}
		switch {
		case s.fact:
			if done[question] {
				facts[s.errand] = s.keeps
			} else if _, known := facts[s.errand]; !known {
				facts[s.errand] = false
			}
		case done[question]:
			took[[2]string{t.customer, s.errand}]++
		}
	}
	for word, kept := range facts {
		n, err := records.Kept(ctx, t.id, word)
		if err != nil {
			return err
		}
		want := 0
		if kept {
			want = 1
			r.Effects++
		}
		r.compare(n, want, "conversation %s: the fact %s", t.id, word)
	}
	return nil
}
