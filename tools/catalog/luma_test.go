package catalog

import (
	"os"
	"testing"
)

func evaluationData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PARLEY_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	if _, err := os.Stat(dir + "/catalog/luma"); err != nil {
		t.Skipf("evaluation data not found in %s: set PARLEY_DATA to a folder with catalog/luma in it", dir)
	}
	return dir
}

func TestLumaSearchHoldsItsFigure(t *testing.T) {
	dir := evaluationData(t)
	figures, err := EvaluateSearch(os.DirFS(dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	floor := map[string]float64{"ndcg@10": .85, "nohit": .9}
	for _, f := range figures {
		t.Logf("%s %.4f [%.3f, %.3f] n=%d", f.Metric, f.Value, f.Low, f.High, f.N)
		if f.Value < floor[f.Metric] {
			t.Errorf("%s = %.4f, want at least %.2f", f.Metric, f.Value, floor[f.Metric])
		}
	}
}
