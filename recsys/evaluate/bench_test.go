package evaluate

import (
	"context"
	"slices"
	"testing"
)

func TestTheBenchMeasuresWhatItNames(t *testing.T) {
	s := benchSize{customers: 300, items: 400, each: 8, queries: 150}
	a, b := s.events(), s.events()
	if !slices.Equal(a, b) || len(a) < 300*5 || len(a) > 300*11 {
		t.Errorf("%d events, the same again: %v", len(a), slices.Equal(a, b))
	}
	got, err := s.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range got {
		names = append(names, f.Metric)
		if f.Value <= 0 {
			t.Errorf("%s = %v", f.Metric, f.Value)
		}
	}
	want := []string{"train_s", "train_peak_mb", "artefact_mb", "load_ms", "p50_ms", "p99_ms", "fold_in_p50_ms", "fold_in_p99_ms", "bare_p50_ms", "bare_p99_ms"}
	if !slices.Equal(names, want) {
		t.Errorf("metrics %v", names)
	}
	if f, err := Bench(context.Background(), []string{"no such case"}, nil); err != nil || len(f) != 0 {
		t.Errorf("%v, %v", f, err)
	}
}
