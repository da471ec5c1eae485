package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestAFullQueueRefusesAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, Config{Dir: dir, Limits: &Limits{Queue: 3}})
	for i := range 3 {
		if err := s.Enqueue(t.Context(), "k", fmt.Sprint(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Enqueue(t.Context(), "k", "3", nil); !errors.Is(err, ErrBusy) || errors.Is(err, ErrFull) {
		t.Errorf("a fourth: %v", err)
	}
	s.Close()
	// A command that says nothing of limits leaves them.
	s = opened(t, Config{Dir: dir})
	if err := s.Enqueue(t.Context(), "k", "3", nil); !errors.Is(err, ErrBusy) {
		t.Errorf("a fourth, opened without limits: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var got []string
	_ = s.Work(ctx, 1, func(_ context.Context, w Work) error {
		if got = append(got, w.ID); len(got) == 3 {
			stop()
		}
		return nil
	})
	if strings.Join(got, " ") != "0 1 2" {
		t.Errorf("handed out: %v", got)
	}
	if err := s.Enqueue(t.Context(), "k", "3", nil); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestABucketAndTheWholeHaveTheirLimits(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, Config{Dir: dir, Limits: &Limits{Buckets: map[string]int64{"small": 4000}}})
	value := make([]byte, 1000)
	fill := func(name string) (err error) {
		b, err := s.Bucket(t.Context(), name)
		for i := 0; i < 10 && err == nil; i++ {
			_, err = b.Put(t.Context(), fmt.Sprint(i), value)
		}
		return err
	}
	if err := fill("small"); !errors.Is(err, ErrFull) {
		t.Errorf("beyond the limit of its bucket: %v", err)
	}
	if err := fill("other"); err != nil {
		t.Errorf("another bucket: %v", err)
	}
	s.Close()
	s = opened(t, Config{Dir: dir, Limits: &Limits{}}) // the limit is lifted
	if err := fill("small"); err != nil {
		t.Errorf("with the limit lifted: %v", err)
	}
	s.Close()
	s = opened(t, Config{Dir: dir, Limits: &Limits{Size: 10_000}})
	_, err := s.Append(t.Context(), "a", 0, json.RawMessage("1"))
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "--store-limit") {
		t.Errorf("beyond the limit of all: %v", err)
	}
	if err := fill("other"); !errors.Is(err, ErrFull) {
		t.Errorf("a key beyond the limit of all: %v", err)
	}
	if _, err := s.Last(t.Context(), "a"); err != nil {
		t.Errorf("reading then: %v", err)
	}
}
