package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/memory/store"
)

// A heap is things by when they were last used, in no store: what a rule sees of
// two processes is the same.
type heap struct {
	mu     sync.Mutex
	used   map[string]time.Time
	held   map[string]string
	gone   []string
	before func(id string) error // called first, to fail or to stop
}

func (h *heap) rule(kind string, keep Age) Rule {
	return Rule{
		Kind: kind, Of: "entries", Keep: keep,
		Old: func(_ context.Context, before time.Time, each func(Thing) error) error {
			h.mu.Lock()
			var old []string
			for id, at := range h.used {
				if at.Before(before) {
					old = append(old, id)
				}
			}
			h.mu.Unlock()
			slices.Sort(old)
			for _, id := range old {
				if err := each(Thing{ID: id, Count: 3, Held: h.held[id]}); err != nil {
					return err
				}
			}
			return nil
		},
		Remove: func(_ context.Context, t Thing) error {
			if h.before != nil {
				if err := h.before(t.ID); err != nil {
					return err
				}
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			delete(h.used, t.ID)
			h.gone = append(h.gone, t.ID)
			return nil
		},
	}
}

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time         { return time.Unix(c.at.Load(), 0).UTC() }
func (c *clock) later(by time.Duration) { c.at.Add(int64(by / time.Second)) }

func newJob(t *testing.T, st store.Store, c *clock, rules ...Rule) *Job {
	t.Helper()
	j, err := New(t.Context(), st, rules, c.now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func memoryStore(t *testing.T) store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 31, 4, 0, 0, 0, time.UTC).Unix())
	return c
}

func heapOf(c *clock, days ...int) *heap {
	h := &heap{used: map[string]time.Time{}, held: map[string]string{}}
	for i, d := range days {
		h.used[fmt.Sprintf("t%02d", i)] = c.now().AddDate(0, 0, -d)
	}
	return h
}

func TestWhatIsOldGoesOnceADayAndTheReportSaysSo(t *testing.T) {
	c := newClock()
	h := heapOf(c, 10, 29, 31, 400, 500)
	h.held["t04"] = "a person has it"
	forever := heapOf(c, 9000)
	j := newJob(t, memoryStore(t), c, h.rule("visits", Age{Days: 30}), forever.rule("sizes", Age{}))
	dry, err := j.Dry(t.Context())
	if err != nil || dry.Kinds[0].Went != 2 || len(h.gone) > 0 {
		t.Errorf("dry: %+v, %v; gone %v", dry, err, h.gone)
	}
	r, err := j.Due(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"t02", "t03"}; !slices.Equal(h.gone, want) || len(forever.gone) > 0 {
		t.Errorf("gone %v, want %v", h.gone, want)
	}
	text := r.Text()
	for _, want := range []string{"Retention of 31 March 2026 04:00", "visits", "kept 30d", "last used before 1 March 2026: 2 went (6 entries)", "1 stay: a person has it", "sizes          kept forever", "Next: 1 April 2026 04:00"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "t02") {
		t.Errorf("the report names what went:\n%s", text)
	}
	c.later(23 * time.Hour)
	if _, err := j.Due(t.Context()); !errors.Is(err, ErrNotDue) {
		t.Errorf("23 hours later: %v", err)
	}
	if _, err := j.Run(t.Context()); err != nil {
		t.Errorf("by hand: %v", err)
	}
	c.later(24 * time.Hour)
	if _, err := j.Due(t.Context()); err != nil || !slices.Equal(h.gone, []string{"t02", "t03", "t01"}) {
		t.Errorf("the day after: gone %v, %v", h.gone, err)
	}
	if list, err := j.Reports(t.Context()); err != nil || len(list) != 3 || list[0].Kinds[0].Went != 2 || list[2].Kinds[0].Went != 1 {
		t.Errorf("the reports are %+v, %v", list, err)
	}
}

func TestARunThatWasCutShortGoesOn(t *testing.T) {
	c := newClock()
	h := heapOf(c, 40, 41, 42, 43, 44)
	other := heapOf(c, 50)
	st := memoryStore(t)
	ctx, crash := context.WithCancel(t.Context())
	h.before = func(id string) error {
		if id == "t02" {
			crash()
			return ctx.Err()
		}
		return nil
	}
	rules := []Rule{h.rule("visits", Age{Days: 30}), other.rule("guests", Age{Days: 30})}
	if _, err := newJob(t, st, c, rules...).Due(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
	h.before = nil
	j := newJob(t, st, c, rules...) // another process
	if _, err := j.Due(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("at once: %v", err)
	}
	if list, err := j.Reports(t.Context()); err != nil || len(list) != 1 || !list[0].Ended.IsZero() || list[0].Kinds[0].Went != 2 {
		t.Errorf("meanwhile the report is %+v, %v", list, err)
	}
	c.later(silence)
	r, err := j.Due(t.Context())
	if err != nil || r.Kinds[0].Went != 5 || r.Kinds[1].Went != 1 || r.Continued != 1 || len(h.used) != 0 {
		t.Errorf("went on to %+v, %v", r, err)
	}
	if !strings.Contains(r.Text(), "cut short 1 times") {
		t.Errorf("the report does not say that it was cut short:\n%s", r.Text())
	}
}

func TestOfTwoProcessesOneDoesIt(t *testing.T) {
	c := newClock()
	h := heapOf(c, 40, 41, 42)
	st := memoryStore(t)
	var wg sync.WaitGroup
	var did, refused atomic.Int64
	for range 8 {
		wg.Go(func() {
			_, err := newJob(t, st, c, h.rule("visits", Age{Days: 30})).Due(t.Context())
			switch {
			case err == nil:
				did.Add(1)
			case errors.Is(err, ErrBusy), errors.Is(err, ErrNotDue):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if did.Load() != 1 || refused.Load() != 7 || len(h.gone) != 3 {
		t.Errorf("%d did it, %d left it, %v went", did.Load(), refused.Load(), h.gone)
	}
}

// A process that slept, while another took the run over, ends at once.
func TestAProcessThatWasNotHeardOfLosesTheRun(t *testing.T) {
	c := newClock()
	h := heapOf(c, 40, 41, 42)
	st := memoryStore(t)
	taken := false
	h.before = func(string) error {
		if !taken {
			taken = true
			c.later(time.Hour)
			if _, err := newJob(t, st, c, heapOf(c).rule("visits", Age{Days: 30})).Due(t.Context()); err != nil {
				t.Errorf("the other one: %v", err)
			}
		}
		return nil
	}
	if _, err := newJob(t, st, c, h.rule("visits", Age{Days: 30})).Due(t.Context()); !errors.Is(err, ErrBusy) || len(h.gone) != 1 {
		t.Errorf("it went on: %v, gone %v", err, h.gone)
	}
}

func TestWhatCannotBeRemovedHindersNothingElse(t *testing.T) {
	c := newClock()
	h, other := heapOf(c, 40, 41, 42), heapOf(c, 50)
	h.before = func(id string) error {
		if id == "t01" {
			return errors.New("the disk is full")
		}
		return nil
	}
	broken := Rule{Kind: "events", Keep: Age{Months: 13}, Old: func(context.Context, time.Time, func(Thing) error) error { return errors.New("no events") }}
	r, err := newJob(t, memoryStore(t), c, h.rule("visits", Age{Days: 30}), broken, other.rule("guests", Age{Days: 30})).Due(t.Context())
	if err != nil || !slices.Equal(h.gone, []string{"t00", "t02"}) || len(other.gone) != 1 {
		t.Errorf("gone %v and %v, %v", h.gone, other.gone, err)
	}
	for _, want := range []string{"1 could not be removed and are tried again: the disk is full", "cut short: no events"} {
		if !strings.Contains(r.Text(), want) {
			t.Errorf("the report does not say %q:\n%s", want, r.Text())
		}
	}
}

func TestAges(t *testing.T) {
	now := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"30d": "2026-03-01", "24mo": "2024-03-31", "13 months": "2025-03-03" /* there is no 31 February */, "2y": "2024-03-31", "forever": "", "1 month": "no", "": "no", "0d": "no", "-3d": "no", "soon": "no", "99999y": "no",
	} {
		var a Age
		err := a.UnmarshalText([]byte(text))
		got := ""
		switch {
		case err != nil:
			got = "no"
		case !a.ForGood():
			got = a.Before(now).Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("%q: things go that were last used before %s, want %s", text, got, want)
		}
		if err == nil {
			var again Age
			if err := again.UnmarshalText([]byte(a.String())); err != nil || again != a {
				t.Errorf("%q is written as %q, which reads as %v, %v", text, a, again, err)
			}
		}
	}
}
