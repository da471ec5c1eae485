package retention

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"parley/memory/store"
)

// What a run may be refused for.
var (
	ErrBusy   = errors.New("retention: another process is at it")
	ErrNotDue = errors.New("retention: done today already")
)

const (
	every = 24 * time.Hour
	// A process that has not been heard of for this long has ended in the middle.
	silence = 5 * time.Minute

	runKey   = "run"
	mostKept = 31 // reports
)

// A Job runs rules on a store, where any number of processes may have one.
type Job struct {
	rules []Rule
	keys  store.Bucket
	now   func() time.Time
	log   *slog.Logger
}

// New makes a job.
func New(ctx context.Context, st store.Store, rules []Rule, now func() time.Time, log *slog.Logger) (*Job, error) {
	keys, err := st.Bucket(ctx, "retention")
	if err != nil {
		return nil, fmt.Errorf("open the bucket of retention: %w", err)
	}
	return &Job{rules, keys, now, log}, nil
}

// kept is the run that is under way, or the last one, with the reports before it.
type kept struct {
	By      string    `json:"by"` // the process
	Beat    time.Time `json:"beat"`
	Done    bool      `json:"done"`
	Report  Report    `json:"report"`
	Reports []Report  `json:"reports,omitempty"` // the newest last
}

// A turn is one process's hold of the run.
type turn struct {
	*Job
	kept
	rev uint64
}

// Loop runs when a run is due, until ctx ends: looked at every ten minutes, the
// first time after one.
func (j *Job) Loop(ctx context.Context) {
	t := time.NewTimer(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		r, err := j.Due(ctx)
		switch {
		case err == nil:
			j.log.Info("retention: done", "report", r.Text())
		case ctx.Err() == nil && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrNotDue):
			j.log.Warn("retention: cut short; tried again in ten minutes", "error", err)
		}
		t.Reset(10 * time.Minute)
	}
}

// Due runs what is due: a new run a day after the last one began, or the rest of
// one that was cut short. ErrNotDue, ErrBusy: it is not this process's turn.
func (j *Job) Due(ctx context.Context) (*Report, error) { return j.run(ctx, false) }

// Run runs now, due or not.
func (j *Job) Run(ctx context.Context) (*Report, error) { return j.run(ctx, true) }

func (j *Job) run(ctx context.Context, now bool) (*Report, error) {
	t, err := j.begin(ctx, now)
	if err != nil {
		return nil, err
	}
	for i := range j.rules {
		if err := t.apply(ctx, i); err != nil {
			return &t.Report, err
		}
	}
	t.Done, t.Report.Ended = true, j.now().UTC()
	past := append(t.kept.Reports, t.Report)
	t.kept.Reports = past[max(0, len(past)-mostKept):]
	return &t.Report, t.beat(ctx)
}

// Dry says what would go, and removes nothing.
func (j *Job) Dry(ctx context.Context) (*Report, error) {
	r := &Report{Began: j.now().UTC(), Dry: true}
	for _, rule := range j.rules {
		k := Kind{Kind: rule.Kind, Of: rule.Of, Keep: rule.Keep.String()}
		if !rule.Keep.ForGood() {
			k.Before = rule.Keep.Before(j.now()).UTC()
			err := rule.Old(ctx, k.Before, func(t Thing) error {
				k.see(t)
				return ctx.Err()
			})
			if err != nil {
				return r, fmt.Errorf("look at old %s: %w", rule.Kind, err)
			}
		}
		r.Kinds = append(r.Kinds, k)
	}
	return r, nil
}

// Reports are the last reports, the newest last, with one that is under way.
func (j *Job) Reports(ctx context.Context) ([]Report, error) {
	k, _, err := j.read(ctx)
	if err == nil && !k.Done && k.By != "" {
		k.Reports = append(k.Reports, k.Report)
	}
	return k.Reports, err
}

func (j *Job) read(ctx context.Context) (k kept, rev uint64, err error) {
	b, rev, err := j.keys.Get(ctx, runKey)
	if errors.Is(err, store.ErrNotFound) {
		return k, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err != nil {
		return k, 0, fmt.Errorf("read how far retention is: %w", err)
	}
	return k, rev, nil
}

// begin takes the run: of two processes one does.
func (j *Job) begin(ctx context.Context, now bool) (*turn, error) {
	k, rev, err := j.read(ctx)
	if err != nil {
		return nil, err
	}
	switch at := j.now(); {
	case k.By != "" && !k.Done && at.Sub(k.Beat) < silence:
		return nil, ErrBusy
	case k.By != "" && !k.Done:
		k.Report.Continued++
	case k.By != "" && !now && at.Before(k.Report.Began.Add(every)):
		return nil, ErrNotDue
	default:
		k.Report = Report{Began: at.UTC(), Next: at.Add(every).UTC()}
	}
	k.By, k.Done = rand.Text(), false
	t := &turn{j, k, rev}
	return t, t.beat(ctx)
}

// beat says that this process is at it, and how far. ErrBusy: another one took
// the run over, because this one was not heard of for too long.
func (t *turn) beat(ctx context.Context) error {
	t.Beat = t.now().UTC()
	b, err := json.Marshal(t.kept)
	if err != nil {
		return err
	}
	if t.rev == 0 {
		t.rev, err = t.keys.Create(ctx, runKey, b)
	} else {
		t.rev, err = t.keys.Update(ctx, runKey, b, t.rev)
	}
	if errors.Is(err, store.ErrConflict) {
		return ErrBusy
	}
	if err != nil {
		return fmt.Errorf("note how far retention is: %w", err)
	}
	return nil
}

// see counts a thing that goes, or that is held.
func (k *Kind) see(t Thing) {
	if t.Held == "" {
		k.Went++
		k.Count += t.Count
		return
	}
	if k.Held == nil {
		k.Held = map[string]int{}
	}
	k.Held[t.Held]++
}

// apply runs one rule. One that fails does not keep the others from running, and
// one thing that cannot be removed not the others of its kind.
func (t *turn) apply(ctx context.Context, i int) error {
	rule := t.rules[i]
	if i == len(t.Report.Kinds) {
		t.Report.Kinds = append(t.Report.Kinds, Kind{Kind: rule.Kind, Of: rule.Of, Keep: rule.Keep.String()})
	}
	k := &t.Report.Kinds[i]
	if rule.Keep.ForGood() {
		return nil
	}
	k.Before, k.Held, k.Failed, k.Error = rule.Keep.Before(t.Report.Began).UTC(), nil, 0, ""
	var stop error // not of this rule: the run ends here
	err := rule.Old(ctx, k.Before, func(x Thing) error {
		if x.Held != "" {
			k.see(x)
			return ctx.Err()
		}
		if err := rule.Remove(ctx, x); err != nil {
			if stop = ctx.Err(); stop != nil {
				return stop
			}
			k.Failed++
			k.Error = err.Error()
			t.log.Warn("retention: it could not be removed", "kind", rule.Kind, "error", err)
			return nil
		}
		k.see(x)
		stop = t.beat(ctx)
		return stop
	})
	switch {
	case stop != nil:
		return stop
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		k.Error = err.Error()
		t.log.Warn("retention: a rule was cut short", "kind", rule.Kind, "error", err)
	}
	return t.beat(ctx)
}
