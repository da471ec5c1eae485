package evaluate

import (
	"context"
	"io/fs"
	"os"
	"testing"
)

// evaluationData finds the shared evaluation sets, or skips.
func evaluationData(t testing.TB) fs.FS {
	t.Helper()
	dir := os.Getenv("PARLEY_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	if _, err := os.Stat(dir + "/recsys"); err != nil {
		t.Skipf("evaluation data not found in %s: set PARLEY_DATA to a folder with recsys/ml-100k in it", dir)
	}
	return os.DirFS(dir)
}

// The floor is a little under what the README gives; gorse's best of fifteen
// models has .383 and .372 on this split.
func TestP2BeatsThePublishedBestOfGorse(t *testing.T) {
	figures, skips, err := Evaluate(context.Background(), evaluationData(t), []string{"p2"}, nil)
	if err != nil || len(skips) > 0 {
		t.Fatal(err, skips)
	}
	floor := map[string]float64{"recall@20": .400, "ndcg@20": .390}
	for _, f := range figures {
		t.Logf("%+v", f)
		if f.Value < floor[f.Metric] {
			t.Errorf("%s %s = %.4f, want at least %.3f", f.Case, f.Metric, f.Value, floor[f.Metric])
		}
	}
}
