package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"parley/memory/retention"
	"parley/memory/store"
)

// retentionSettings say how long what is kept outlives its last use.
type retentionSettings struct {
	KeepConversations retention.Age `default:"24mo" env:"PARLEY_KEEP_CONVERSATIONS" placeholder:"AGE" help:"How long conversations of customers are kept after the last message: 24mo, 90d, 2y, or forever."`
	KeepGuests        retention.Age `default:"30d" env:"PARLEY_KEEP_GUESTS" placeholder:"AGE" help:"How long guests are known after their last visit, and all that is kept of them."`
	KeepEvents        retention.Age `default:"13mo" env:"PARLEY_KEEP_EVENTS" placeholder:"AGE" help:"How long shop events are kept."`
	KeepFacts         retention.Age `default:"24mo" env:"PARLEY_KEEP_FACTS" placeholder:"AGE" help:"How long facts that fade, as a taste, are kept unused. A size or an allergy stays until it is forgotten."`
}

// guestLife is the life of guests for the hub, whose tokens die with it.
func (s retentionSettings) guestLife(now time.Time) time.Duration {
	if s.KeepGuests.ForGood() {
		return 100 * 365 * 24 * time.Hour
	}
	return now.Sub(s.KeepGuests.Before(now))
}

// retention is the job that lets go of what is old.
func (a *app) retention(ctx context.Context) (*retention.Job, error) {
	rules := a.Hub.Retain(a.Keep.KeepConversations, a.Keep.KeepGuests, a.forgetGuest)
	rules = append(rules, a.Memory.Retain(a.Keep.KeepFacts), oldEvents(a.Store, a.Keep.KeepEvents))
	return retention.New(ctx, a.Store, rules, a.Now, a.Log)
}

func (a *app) forgetGuest(ctx context.Context, guest string) error {
	return a.Memory.Erase(ctx, guest)
}

// Events are removed in groups of this many.
const eventsAtOnce = 500

// oldEvents lets go of shop events. They stand in the order they came in, so the
// first that is young ends the search.
func oldEvents(st store.Store, keep retention.Age) retention.Rule {
	return retention.Rule{
		Kind: "events", Of: "events", Keep: keep,
		Old: func(ctx context.Context, before time.Time, each func(retention.Thing) error) error {
			var group []uint64
			tell := func() error {
				if len(group) == 0 {
					return nil
				}
				t := retention.Thing{Count: len(group), More: group}
				group = nil
				return each(t)
			}
			young := errors.New("young")
			err := st.Events(ctx, 0, func(i store.Item) error {
				if !i.At.Before(before) {
					return young
				}
				if group = append(group, i.Seq); len(group) == eventsAtOnce {
					return tell()
				}
				return nil
			})
			if err != nil && !errors.Is(err, young) {
				return err
			}
			return tell()
		},
		Remove: func(ctx context.Context, t retention.Thing) error {
			return st.DeleteEvents(ctx, t.More.([]uint64)...)
		},
	}
}

type retentionCmd struct {
	Run    retentionRunCmd    `cmd:"" help:"Let go now of what was kept long enough. serve does so once a day."`
	Report retentionReportCmd `cmd:"" help:"Show what the last run let go of, and when the next one is due."`
}

type retentionRunCmd struct {
	DryRun bool `help:"Only say what would go."`
	dataSettings
	retentionSettings
}

type retentionReportCmd struct {
	All bool `help:"All reports that are kept, the newest last."`
	dataSettings
	retentionSettings
}

// A retentionQuery is what the operator's door is asked.
type retentionQuery struct {
	Do string `json:"do"` // run, dry, report, all
}

type retained struct {
	Reports []retention.Report `json:"reports"`
}

// Run lets go of what is old; when a server has the data folder, that one does,
// by its own settings.
func (c *retentionRunCmd) Run(ctx context.Context) error {
	q := retentionQuery{Do: "run"}
	if c.DryRun {
		q.Do = "dry"
	}
	return q.show(ctx, c.dataSettings, c.retentionSettings, os.Stdout)
}

// Run shows the reports.
func (c *retentionReportCmd) Run(ctx context.Context) error {
	q := retentionQuery{Do: "report"}
	if c.All {
		q.Do = "all"
	}
	return q.show(ctx, c.dataSettings, c.retentionSettings, os.Stdout)
}

func (q retentionQuery) show(ctx context.Context, data dataSettings, keep retentionSettings, w io.Writer) error {
	r, err := inData(ctx, data, "retention", q, func(a *app) (*retained, error) {
		a.Keep = keep
		return q.answer(ctx, a)
	})
	if err != nil {
		return err
	}
	if len(r.Reports) == 0 {
		_, err = fmt.Fprintln(w, "retention has not run yet; serve runs it once a day, and `parley retention run` now")
		return err
	}
	for _, x := range r.Reports {
		if _, err := io.WriteString(w, x.Text()); err != nil {
			return err
		}
	}
	return nil
}

func (q retentionQuery) answer(ctx context.Context, a *app) (*retained, error) {
	job, err := a.retention(ctx)
	if err != nil {
		return nil, err
	}
	var r *retention.Report
	switch q.Do {
	case "dry":
		r, err = job.Dry(ctx)
	case "run":
		r, err = job.Run(ctx)
	default:
		list, err := job.Reports(ctx)
		if q.Do == "report" {
			list = list[max(0, len(list)-1):]
		}
		return &retained{list}, err
	}
	if err != nil {
		return nil, err
	}
	return &retained{[]retention.Report{*r}}, nil
}
