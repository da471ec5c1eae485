package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"parley/recsys"
)

// A Split says what of the events is kept back to score on.
type Split struct {
	By   string    // "time": what came last of all; "last": the last new item of each customer; empty: time where times are known
	Test float64   // share of the events that is scored on, by time; 0 means .2
	From time.Time // the test part begins here, instead of Test
}

// parts are events apart: what models learn from, what choices are made on, and
// what is scored at the end. All are in order of time.
type parts struct {
	by                  string
	train, valid, test  []recsys.Interaction
	validHeld, testHeld []recsys.Interaction // of valid and test, what customers are to find
	validAt, testAt     time.Time            // where the parts begin, by time
}

// divide splits events. The validation part lies between training and test as
// the test part lies behind both, so that what was chosen on it holds for it.
func divide(events []recsys.Interaction, s Split) (parts, error) {
	p, err := part(events, s)
	p.validHeld, p.testHeld = p.valid, p.test
	return p, err
}

func part(events []recsys.Interaction, s Split) (parts, error) {
	all := slices.Clone(events)
	slices.SortStableFunc(all, func(a, b recsys.Interaction) int { return a.At.Compare(b.At) })
	timed := len(all) > 0 && all[0].At.Before(all[len(all)-1].At)
	by := s.By
	if by == "" {
		if by = "last"; timed {
			by = "time"
		}
	}
	switch by {
	case "last":
		return lastOfEach(all), nil
	case "time":
		if !timed {
			return parts{}, fmt.Errorf("the events cannot be split by time: all %d have the same time or none; split by the last of each customer instead", len(all))
		}
		return byTime(all, s)
	}
	return parts{}, fmt.Errorf("no split is called %q; there are: time, last", by)
}

func byTime(all []recsys.Interaction, s Split) (parts, error) {
	share := cmp.Or(s.Test, .2)
	if share <= 0 || share >= 1 {
		return parts{}, fmt.Errorf("a test part of %v of the events; give a share between 0 and 1, or a date", share)
	}
	first := func(at time.Time) int {
		n, _ := slices.BinarySearchFunc(all, at, func(x recsys.Interaction, t time.Time) int { return x.At.Compare(t) })
		return n
	}
	cut := first(all[int(float64(len(all))*(1-share))].At)
	if !s.From.IsZero() {
		if cut = first(s.From); cut == 0 || cut == len(all) {
			return parts{}, fmt.Errorf("a split at %s leaves one side empty: the events are of %s to %s", s.From.Format(time.DateOnly), all[0].At.Format(time.DateOnly), all[len(all)-1].At.Format(time.DateOnly))
		}
		share = float64(len(all)-cut) / float64(len(all))
	}
	if cut == 0 {
		return parts{}, fmt.Errorf("more than %.0f%% of the events are of the first moment, %s: split by the last of each customer, or from a later date", 100*(1-share), all[0].At.Format(time.DateTime))
	}
	p := parts{by: "time", test: all[cut:], testAt: all[cut].At}
	fit := all[:cut]
	inner := first(fit[int(float64(len(fit))*(1-share))].At)
	p.train, p.valid = fit[:inner], fit[inner:]
	if len(p.valid) > 0 {
		p.validAt = p.valid[0].At
	}
	return p, nil
}

// lastOfEach keeps back each customer's last new item for the test and the one
// before it for validation, of customers with at least three items; of those
// with two the last. What a customer did after the item kept back is in no part:
// it was not known when that item was taken.
func lastOfEach(all []recsys.Interaction) parts {
	type met struct{ firsts []int } // places in all where an item comes the first time
	of := map[string]*met{}
	seen := map[[2]string]bool{}
	for n, x := range all {
		key := [2]string{x.Customer, x.Item}
		if seen[key] {
			continue
		}
		seen[key] = true
		if of[x.Customer] == nil {
			of[x.Customer] = &met{}
		}
		of[x.Customer].firsts = append(of[x.Customer].firsts, n)
	}
	p := parts{by: "last"}
	for n, x := range all {
		f := of[x.Customer].firsts
		test, valid := -1, -1
		if len(f) > 1 {
			test = f[len(f)-1]
		}
		if len(f) > 2 {
			valid = f[len(f)-2]
		}
		switch {
		case n == test:
			p.test = append(p.test, x)
		case test >= 0 && n > test:
		case n == valid:
			p.valid = append(p.valid, x)
		case valid < 0 || n < valid:
			p.train = append(p.train, x)
		default: // again between the two kept back: the models of the test may learn it
			p.valid = append(p.valid, x)
		}
	}
	return p
}

// An asked customer is a question with its answer.
type asked struct {
	recsys.Case
	owned []string // before the question
}

// questions asks for every customer of the dataset of whom something was held
// back that the dataset knows, in order of id: all they took before is left out
// unless again, and now is the time of the first thing held back. lost counts
// customers whom the dataset does not know, or knows nothing of the held.
func questions(d *recsys.Dataset, held []recsys.Interaction, again bool) (list []asked, lost int) {
	type want struct {
		items []string
		at    time.Time
	}
	of := map[string]*want{}
	for _, x := range held {
		w := of[x.Customer]
		if w == nil {
			w = &want{at: x.At}
			of[x.Customer] = w
		}
		w.items = append(w.items, x.Item)
	}
	known := map[string]bool{}
	for _, i := range d.Items {
		known[i] = true
	}
	for _, u := range d.Customers {
		w := of[u]
		if w == nil {
			continue
		}
		q := asked{owned: d.Owned(u)}
		q.Query = recsys.Query{Customer: u, Now: w.at}
		if !again {
			q.Query.Exclude = q.owned
		}
		slices.Sort(w.items)
		for _, i := range slices.Compact(w.items) {
			if known[i] && (again || !slices.Contains(q.owned, i)) {
				q.Relevant = append(q.Relevant, i)
			}
		}
		if len(q.Relevant) > 0 {
			list = append(list, q)
		}
	}
	return list, len(of) - len(list)
}
