package evaluate

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/recsys"
)

// Two customers in the north find one of two things each, one in the south
// finds none; the tent gets three of four places.
func TestGroupsMatchHandComputedRecallAndExposure(t *testing.T) {
	d := recsys.NewDataset(on("x tent 0", "x mug 0", "x map 0"))
	tent, maps := int32(2), int32(0)
	question := func(u string, want ...string) asked {
		return asked{Case: recsys.Case{Query: recsys.Query{Customer: u}, Relevant: want}}
	}
	c := &comparison{
		Options: Options{K: 2, Seed: 1}, fit: d,
		asked: []asked{question("a", "tent", "map"), question("b", "tent", "mug"), question("c", "map")},
		report: &Report{shown: map[string][][]int32{"m": {{tent}, {tent, maps}, {tent}}},
			known: popularity{[]float64{1, 2, 9}, 9}},
	}
	g := c.customers("m", "region", []string{"north", "north", "south"})
	if len(g.Rows) != 2 || g.Rows[0].Name != "north" || !near(g.Rows[0].Recall.Value, .5) || !near(g.Rows[1].Recall.Value, 0) || !near(g.Rows[0].Share, 2./3) {
		t.Errorf("customers: %+v", g.Rows)
	}
	// the tent is the popular third: b's list is half beyond it, a's and c's none
	if !near(g.Rows[0].Exposure.Value, .25) || !near(g.Rows[1].Exposure.Value, 0) {
		t.Errorf("beyond the popular third: %+v", g.Rows)
	}
	if g.Gap.Most != "north" || g.Gap.Least != "south" || !near(g.Gap.Value, .5) || g.Gap.Beyond {
		t.Errorf("gap %+v; three customers are no proof", g.Gap)
	}
	g = c.itemsOf("m", "kind", []string{"paper", "kitchen", "shelter"})
	got := map[string][]float64{}
	for _, r := range g.Rows {
		got[r.Name] = []float64{r.Recall.Value, r.Exposure.Value, r.Share}
	}
	want := map[string][]float64{"shelter": {1, .75, .4}, "paper": {0, .25, .4}, "kitchen": {0, 0, .2}}
	if diff := cmp.Diff(want, got, cmp.Comparer(near)); diff != "" {
		t.Error(diff)
	}
}

// The widest of many gaps between groups that do not differ is within chance; a
// group that is really served worse is not.
func TestGapsAreHeldAgainstChance(t *testing.T) {
	xs, names := make([]float64, 400), make([]string, 400)
	for n := range xs {
		xs[n] = float64(n * 7919 % 10 / 5)
		names[n] = fmt.Sprint("g", n*31%8)
	}
	gap := func() float64 {
		low, high := math.Inf(1), math.Inf(-1)
		for _, name := range inOrder(names) {
			sum, n := 0.0, 0.0
			for k := range xs {
				if names[k] == name {
					sum, n = sum+xs[k], n+1
				}
			}
			low, high = min(low, sum/n), max(high, sum/n)
		}
		return high - low
	}
	limit := chance(1, xs, names)
	if g := gap(); g > limit || limit > .4 || limit < .1 {
		t.Errorf("groups at random differ by %.3f, chance gives %.3f", g, limit)
	}
	for n := range xs {
		if names[n] == "g3" {
			xs[n] = 0
		}
	}
	if g, limit := gap(), chance(1, xs, names); g <= limit {
		t.Errorf("a group that finds nothing differs by %.3f, chance gives %.3f", g, limit)
	}
}

func TestSmallGroupsArePutTogether(t *testing.T) {
	got := pooled([]string{"a", "a", "a", "b", "c", "c"}, 2)
	if d := cmp.Diff([]string{"a", "a", "a", rest, "c", "c"}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"under 5", "5 to under 9", "9 and more", rest}, inOrder([]string{"9 and more", rest, rest, "5 to under 9", "9 and more", "under 5"})); d != "" {
		t.Error(d)
	}
}

func TestGroupsAreReadFromATable(t *testing.T) {
	got, err := ReadGroups(strings.NewReader("id;country; letters\nZoë 1;Chile;\n\"b;2\";Ghana;paper\n"), "customers.csv")
	want := []Group{{"country", map[string]string{"Zoë 1": "Chile", "b;2": "Ghana"}}, {"letters", map[string]string{"b;2": "paper"}}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	for in, want := range map[string]string{"": "empty", "id\n1\n": "at least one of groups", "id,a\n1\n": "wrong number of fields"} {
		if _, err := ReadGroups(strings.NewReader(in), "c.csv"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}
