package evaluate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/recsys"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// on makes events of "customer item day" each.
func on(lines ...string) []recsys.Interaction {
	var out []recsys.Interaction
	for _, l := range lines {
		x := recsys.Interaction{}
		n := 0
		fmt.Sscan(l, &x.Customer, &x.Item, &n)
		x.At = start.AddDate(0, 0, n)
		out = append(out, x)
	}
	return out
}

func words(list []recsys.Interaction) (out []string) {
	for _, x := range list {
		out = append(out, x.Customer+x.Item)
	}
	return out
}

func TestSplitByTimeKeepsTheNewestBackInWhateverOrderTheyCome(t *testing.T) {
	in := on("a t 9", "a p 0", "b q 1", "b u 8", "c r 2", "a s 3", "c x 4", "b y 5", "c z 6", "a w 7")
	p, err := divide(in, Split{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		part string
		got  []recsys.Interaction
		want string
	}{{"train", p.train, "ap bq cr as cx by"}, {"valid", p.valid, "cz aw"}, {"test", p.test, "bu at"}} {
		if got := strings.Join(words(c.got), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.part, got, c.want)
		}
	}
	if p.by != "time" || !p.testAt.Equal(start.AddDate(0, 0, 8)) || !p.validAt.Equal(start.AddDate(0, 0, 6)) {
		t.Errorf("%s, from %v and %v", p.by, p.validAt, p.testAt)
	}
	if p, err = divide(in, Split{By: "time", From: start.AddDate(0, 0, 6)}); err != nil || len(p.test) != 4 {
		t.Errorf("from the sixth day: %d events, %v", len(p.test), err)
	}
}

// What happened at one moment is never on both sides.
func TestSplitByTimeDoesNotPartAMoment(t *testing.T) {
	p, err := divide(on("a p 0", "a q 1", "b p 1", "c p 1", "d p 2"), Split{Test: .6})
	if err != nil || len(p.train)+len(p.valid) != 1 || len(p.test) != 4 {
		t.Errorf("%v | %v | %v, %v", words(p.train), words(p.valid), words(p.test), err)
	}
}

func TestLastOfEachKeepsOneBackForEitherPart(t *testing.T) {
	// a repeats p between what is kept back, and r after the last new item.
	in := on("a p 0", "a q 1", "a r 2", "a p 3", "a s 4", "a r 5", "b p 0", "b q 9", "c p 3")
	p, err := divide(in, Split{By: "last"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ap bp aq cp", "ar ap", "as bq"}
	got := []string{strings.Join(words(p.train), " "), strings.Join(words(p.valid), " "), strings.Join(words(p.test), " ")}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if p, _ := divide(on("a p 1", "a q 1"), Split{}); p.by != "last" {
		t.Errorf("events of one moment are split by %q", p.by)
	}
}

func TestQuestionsLeaveOutWhatWasOwnedOrIsUnknown(t *testing.T) {
	d := recsys.NewDataset(on("a p 0", "a q 1", "b p 0", "c r 0"), "new")
	held := on("a p 5", "a r 6", "a r 7", "a nowhere 6", "a new 8", "b p 5", "stranger p 5")
	list, lost := questions(d, held, false)
	if len(list) != 1 || lost != 2 || !cmp.Equal(list[0].Relevant, []string{"new", "r"}) || !cmp.Equal(list[0].Query.Exclude, []string{"p", "q"}) {
		t.Errorf("asked %+v, lost %d; want a for new and r alone", list, lost)
	}
	if !list[0].Query.Now.Equal(start.AddDate(0, 0, 5)) {
		t.Errorf("asked at %v", list[0].Query.Now)
	}
	if list, lost = questions(d, held, true); len(list) != 2 || lost != 1 || len(list[0].Query.Exclude) > 0 || !cmp.Equal(list[0].Relevant, []string{"new", "p", "r"}) {
		t.Errorf("with what they have: %+v, lost %d", list, lost)
	}
}

func TestSplitsThatCannotBeSayWhatWould(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []recsys.Interaction
		of   Split
		want string
	}{
		{"one moment", on("a p 1", "b q 1"), Split{By: "time"}, "by the last of each customer"},
		{"no such way", on("a p 1"), Split{By: "luck"}, "there are: time, last"},
		{"a date too late", on("a p 1", "b q 2"), Split{By: "time", From: start.AddDate(1, 0, 0)}, "2026-01-02 to 2026-01-03"},
		{"a share of two", on("a p 1", "b q 2"), Split{Test: 2}, "between 0 and 1"},
		{"nearly all at once", on("a p 1", "b p 1", "c p 1", "d p 1", "e p 1", "f p 1", "a q 2"), Split{}, "later date"},
	} {
		if _, err := divide(c.in, c.of); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
