package catalog

import (
	"bufio"
	"context"
	"encoding/json"
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
	if !testing.Verbose() {
		return
	}
	shop, _, _ := LoadDir(os.DirFS(dir+"/catalog/luma"), LoadOptions{})
	c, _ := New(shop, Options{})
	f, _ := os.Open(dir + "/catalog/luma/queries.jsonl")
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var q struct {
			Query    string
			Relevant map[string]float64
		}
		_ = json.Unmarshal(in.Bytes(), &q)
		r, _ := c.Search(context.Background(), Query{Text: q.Query})
		if len(q.Relevant) > 0 && gain(r.Hits, q.Relevant) < .9 || len(q.Relevant) == 0 && len(r.Hits) > 0 {
			var ids []string
			for _, h := range r.Hits {
				ids = append(ids, h.Product.ID)
			}
			g, u := c.groups(r.Understood.Terms)
			t.Logf("%.2f %q exact %d %v terms %v groups %+v unknown %v", gain(r.Hits, q.Relevant), q.Query, r.Exact, ids, r.Understood, g, u)
		}
	}
}
