package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/channels/script"
)

// A suite is the scripts of one folder with the shops they name.
type suite struct {
	scripts []*script.Script
	worlds  *worlds
}

func openSuites(paths []string) ([]suite, error) {
	var out []suite
	for _, p := range paths {
		list, base, err := loadScripts(p)
		if err != nil {
			return nil, err
		}
		out = append(out, suite{list, &worlds{base: base, log: slog.New(slog.DiscardHandler)}})
	}
	return out, nil
}

// A hunt plays scripts against mutants.
type hunt struct {
	suites []suite
	// onlyLikely plays no script but those that a mutant names: what a small
	// test has time for.
	onlyLikely bool
	tell       func(format string, args ...any)
}

// How long one turn of a mutant may take: one that hangs is noticed.
const mutantPatience = 5 * time.Second

// A noticed mutant is one that a script failed on.
type noticed struct {
	mutant *mutant
	script string // that failed, "" if none did
	why    string
	played int
}

// whole plays all scripts with no rule dropped, and says which do not hold:
// nothing can be learned from a suite that fails by itself.
func (h *hunt) whole(ctx context.Context) error {
	type job struct {
		s suite
		x *script.Script
	}
	var jobs []job
	for _, s := range h.suites {
		for _, x := range s.scripts {
			jobs = append(jobs, job{s, x})
		}
	}
	var mu sync.Mutex
	var errs []error
	sideBySide(len(jobs), func(i int) {
		ok, why := plays(ctx, jobs[i].s.worlds, jobs[i].x, 0)
		if !ok {
			mu.Lock()
			errs = append(errs, fmt.Errorf("%s: %s", jobs[i].x.File(), why))
			mu.Unlock()
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(errs) > 0 {
		return fmt.Errorf("the scripts must hold before rules are dropped: %w", errors.Join(errs...))
	}
	h.tell("%d scripts hold with every rule in force", len(jobs))
	return nil
}

// run plays each mutant until the first script that notices it.
func (h *hunt) run(ctx context.Context, list []*mutant) ([]noticed, error) {
	out := make([]noticed, len(list))
	var done atomic.Int32
	sideBySide(len(list), func(i int) {
		out[i] = h.one(ctx, list[i])
		n := out[i]
		if n.script == "" {
			h.tell("%3d/%d SURVIVED %s (%d scripts)", done.Add(1), len(list), n.mutant.name, n.played)
		} else {
			h.tell("%3d/%d noticed  %s: %s, %s", done.Add(1), len(list), n.mutant.name, n.script, n.why)
		}
	})
	return out, ctx.Err()
}

func (h *hunt) one(ctx context.Context, m *mutant) noticed {
	n := noticed{mutant: m}
	for _, likely := range []bool{true, false} {
		if !likely && h.onlyLikely {
			break
		}
		for _, s := range h.suites {
			w := &worlds{base: s.worlds.base, log: s.worlds.log, mutant: m, stock: s.worlds}
			for _, x := range s.scripts {
				name := strings.TrimSuffix(path.Base(x.File()), path.Ext(x.File()))
				if slices.Contains(m.likely, name) != likely {
					continue
				}
				if ctx.Err() != nil {
					return n
				}
				n.played++
				if ok, why := plays(ctx, w, x, mutantPatience); !ok && ctx.Err() == nil {
					n.script, n.why = x.File(), why
					return n
				}
			}
		}
	}
	return n
}

// plays says whether a script holds, and what did not.
func plays(ctx context.Context, w *worlds, s *script.Script, patience time.Duration) (ok bool, why string) {
	r, err := script.Play(ctx, s, script.Config{Open: w.open, Patience: patience})
	if err != nil {
		return false, err.Error()
	}
	return r.OK(), r.FirstFailure()
}

// sideBySide calls fn for 0 to n-1, as many at once as there are cores.
func sideBySide(n int, fn func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int32
	for range min(n, max(2, runtime.GOMAXPROCS(0))) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(i)
			}
		})
	}
	wg.Wait()
}

// mutate is `parley replay --mutate`: it says which mutants no script noticed.
func mutate(ctx context.Context, paths []string, filter string, w io.Writer) error {
	list := slices.DeleteFunc(mutants(), func(m *mutant) bool { return !strings.Contains(m.name, filter) })
	all, err := openSuites(paths)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("no mutant's name holds %q", filter)
	}
	var mu sync.Mutex
	h := &hunt{suites: all, tell: func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		line := []rune(strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
		fmt.Fprintln(w, string(line[:min(len(line), 200)]))
	}}
	begun := time.Now()
	if err := h.whole(ctx); err != nil {
		return err
	}
	out, err := h.run(ctx, list)
	if err != nil {
		return err
	}
	survived := slices.DeleteFunc(slices.Clone(out), func(n noticed) bool { return n.script != "" })
	fmt.Fprintf(w, "%d mutants, %d noticed, %d survived (%s)\n", len(out), len(out)-len(survived), len(survived), time.Since(begun).Round(time.Second))
	for _, n := range survived {
		fmt.Fprintf(w, "  no script noticed: %s\n", n.mutant.name)
	}
	if len(survived) > 0 {
		return errQuiet(1)
	}
	return nil
}
