package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/channels"
)

// kept is what lasted, as a test wants it.
type kept struct {
	log     []channels.Entry
	handOff channels.HandOffPhase
	took    int
	facts   map[string]int
	events  map[string]int
	remains []string
}

func (k kept) Entries(context.Context, string) ([]channels.Entry, error)      { return k.log, nil }
func (k kept) HandOff(context.Context, string) (channels.HandOffPhase, error) { return k.handOff, nil }
func (k kept) Took(context.Context, string, string) (int, error)              { return k.took, nil }
func (k kept) Kept(_ context.Context, _, word string) (int, error)            { return k.facts[word], nil }
func (k kept) Events(context.Context) (map[string]int, error)                 { return k.events, nil }
func (k kept) Remains(context.Context, string) ([]string, error)              { return k.remains, nil }
func body(format string, args ...any) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(format, args...))
}
func asked(id string, kind channels.Kind) channels.Entry {
	return channels.Entry{ID: id, From: channels.From{Role: channels.RoleShopper}, Kind: kind, Body: body(`{}`)}
}

func answer(to string, part int, kind channels.Kind, b json.RawMessage) channels.Entry {
	return channels.Entry{ID: fmt.Sprintf("%s/%d", to, part), From: channels.From{Role: channels.RoleAssistant}, Kind: kind, Answers: to, Body: b}
}

// whole is a run in which all was kept: two questions answered, the second with
// a yes to an order, a fact, a rating, an event.
func whole(t *testing.T) (*Crowd, *talk, *kept) {
	t.Helper()
	c, err := New(Config{Addresses: func() []string { return nil }, Sign: func(string) (string, error) { return "", nil },
		Customers: []Customer{{ID: "ana", Errands: []Errand{{Of: "order 1", Say: "cancel order 1"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	last := func(e channels.Entry) channels.Entry { e.Inside = &channels.Inside{}; return e }
	k := &kept{took: 1, facts: map[string]int{"rex": 1}, events: map[string]int{"e1": 1}, log: []channels.Entry{
		asked("m1", channels.KindText),
		answer("m1", 1, channels.KindText, body(`{"text":"Cancel it?"}`)),
		last(answer("m1", 2, channels.KindConfirm, body(`{"id":"q1","state":"open"}`))),
		asked("a1", channels.KindAct),
		answer("a1", 1, channels.KindConfirm, body(`{"id":"q1","state":"done"}`)),
		last(answer("a1", 2, channels.KindText, body(`{"text":"Cancelled."}`))),
		asked("r1", channels.KindRating),
		asked("a2", channels.KindAct),
		last(answer("a2", 1, channels.KindConfirm, body(`{"id":"q2","state":"done"}`))),
	}}
	t1 := &talk{id: "c1", customer: "ana", said: []*said{
		{frame: frame{ID: "m1"}, asks: true, stored: 1, seq: 1},
		{frame: frame{ID: "a1", Of: "q1"}, asks: true, errand: "order 1", stored: 1, seq: 4},
		{frame: frame{ID: "r1"}, stored: 1, seq: 7},
		{frame: frame{ID: "a2", Of: "q2"}, asks: true, errand: "rex", fact: true, keeps: true, stored: 1, seq: 8},
	}}
	for i := range k.log {
		k.log[i].Seq = uint64(i) + 1
		if wrong := t1.show(k.log[i]); wrong != "" {
			t.Fatal(wrong)
		}
	}
	c.begin(t1)
	c.events.acked["e1"] = true
	return c, t1, k
}

func TestWhatWasKeptHasNoViolations(t *testing.T) {
	c, _, k := whole(t)
	r, err := c.Check(t.Context(), k)
	if err != nil || len(r.Violations) > 0 {
		t.Errorf("%v, %v", r.Violations, err)
	}
	if r.Acknowledged != 4 || r.Answered != 3 || r.Effects != 2 || r.Events != 1 || r.Conversations != 1 {
		t.Errorf("it counted %+v", r)
	}
}

func TestEachBrokenPromiseIsSeen(t *testing.T) {
	for name, x := range map[string]struct {
		harm func(*talk, *kept)
		kind Kind
		says string
	}{
		"the end of the log is gone":    {func(_ *talk, k *kept) { k.log = k.log[:7] }, Lost, "a2"},
		"a message is stored twice":     {func(_ *talk, k *kept) { k.log = append(k.log, k.log[6]); k.log[9].Seq = 10 }, Doubled, "r1"},
		"a gap":                         {func(_ *talk, k *kept) { k.log[8].Seq = 10 }, Reordered, "has the number 10"},
		"two changed places":            {func(t *talk, _ *kept) { t.said[0], t.said[2] = t.said[2], t.said[0] }, Reordered, "stands before it"},
		"it was shown as another":       {func(t *talk, _ *kept) { t.seen[6].ID = "other" }, Reordered, "shown as other"},
		"it was not shown":              {func(t *talk, _ *kept) { t.seen = t.seen[:8] }, Lost, "was not shown"},
		"it was acknowledged elsewhere": {func(t *talk, _ *kept) { t.said[2].seq = 6 }, Reordered, "acknowledged as 6"},
		"no answer":                     {func(t *talk, k *kept) { k.log = k.log[:8]; t.seen = t.seen[:8] }, Unanswered, "a2"},
		"two answers":                   {func(_ *talk, k *kept) { k.log[5].ID = "a1/1" }, Doubled, "answered again"},
		"a torn answer":                 {func(_ *talk, k *kept) { k.log[2].Answers, k.log[2].Kind = "a1", channels.KindText }, Half, "torn"},
		"an answer without its end":     {func(_ *talk, k *kept) { k.log[5].Inside = nil }, Half, "0 ends"},
		"an order changed twice":        {func(_ *talk, k *kept) { k.took = 2 }, Doubled, "order 1"},
		"an order not changed":          {func(_ *talk, k *kept) { k.took = 0 }, Lost, "order 1"},
		"a fact not kept":               {func(_ *talk, k *kept) { k.facts = nil }, Lost, "rex"},
		"a fact kept twice":             {func(_ *talk, k *kept) { k.facts["rex"] = 2 }, Doubled, "rex"},
		"a yes that came to nothing":    {func(_ *talk, k *kept) { k.log[4].Kind = channels.KindText }, Half, "came to nothing"},
		"a promised person not asked": {func(_ *talk, k *kept) {
			k.log[8].Kind, k.log[8].Body = channels.KindHandOff, body(`{"state":"requested"}`)
		}, Half, "hand-off"},
		"an event lost":                   {func(_ *talk, k *kept) { k.events = nil }, Lost, "e1"},
		"an event twice":                  {func(_ *talk, k *kept) { k.events["e1"] = 2 }, Doubled, "e1"},
		"something left after an erasure": {func(t *talk, k *kept) { t.gone, k.remains = true, []string{"the log"} }, Remains, "the log"},
	} {
		t.Run(name, func(t *testing.T) {
			c, t1, k := whole(t)
			x.harm(t1, k)
			r, err := c.Check(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Violations, func(v Violation) bool { return v.Kind == x.kind && strings.Contains(v.What, x.says) }) {
				t.Errorf("no %s with %q among %v", x.kind, x.says, r.Violations)
			}
		})
	}
}

func TestWhatIsShownTwiceOrAcknowledgedTwiceIsSeen(t *testing.T) {
	_, t1, k := whole(t)
	if t1.show(k.log[3]) == "" {
		t.Error("an old entry is shown again, and nothing is said")
	}
	if t1.store("m1", 9) == "" || t1.store("never", 1) == "" || t1.store("m1", 1) != "" {
		t.Error("acknowledgements are not looked at")
	}
}
