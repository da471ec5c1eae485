package main

import "testing"

// A small `parley bench crash --cluster`: a server killed, and the leader.
func TestAClusterLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("strikes at six processes")
	}
	t.Setenv("PARLEY_TEST_MAIN", "1")
	figures, err := crashFlags{Kills: 2, Seed: 1, Cluster: true}.benchCluster(t.Context())
	if err != nil {
		t.Error(err)
	}
	said := map[string]float64{}
	for _, f := range figures {
		said[f.Metric] = f.Value
		t.Logf("%s, %s: %g", f.Case, f.Metric, f.Value)
	}
	if said["blows"] != 2 || said["acknowledged"] < 100 || said["answered"] < 20 {
		t.Error("nothing much was said")
	}
}
