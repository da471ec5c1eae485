package main

import (
	"context"
	"testing"
	"time"
)

// The whole size is of `parley bench start`; see memory/store/README.md.
func TestAStartOnAFullFolderReadsAnswersAndSweepsOnce(t *testing.T) {
	var all []started
	b := startBench{Entries: 5500, Customers: 1000, run: func(ctx context.Context, dir string) (started, error) {
		s, stop, err := startOn(ctx, dir)
		if err == nil {
			stop()
		}
		all = append(all, s)
		return s, err
	}}
	figures, err := b.bench(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || len(figures) != 17 {
		t.Errorf("%d starts, %d figures", len(all), len(figures))
	}
	for i, s := range all {
		if s.Readable <= 0 || s.Serving < s.Readable || s.Swept < s.Readable {
			t.Errorf("start %d: %+v", i, s)
		}
		// The machine of a test may be slow; reading all of it again would be slower.
		if s.Serving-s.Readable > 5*time.Second {
			t.Errorf("start %d answers after %s", i, s.Serving)
		}
	}
}
