package evaluate

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"parley/recsys"
)

func zipped(t *testing.T, text string) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

// ring is customers who go round the same ring of items, each from another
// place: what comes next is sure, and only from the order.
func ring(t *testing.T, customers, items, each int) fstest.MapFS {
	t.Helper()
	var rows, attributes strings.Builder
	for u := range customers {
		fmt.Fprintf(&rows, "u%d", u)
		for k := range each {
			fmt.Fprintf(&rows, " %d", 100+(u*7+k)%items)
		}
		rows.WriteString("\n")
	}
	for i := range items {
		fmt.Fprintf(&attributes, ", \"%d\": [%d]", 100+i, i%3)
	}
	return fstest.MapFS{
		"recsys/amazon-beauty/Beauty.txt.gz":                  zipped(t, rows.String()),
		"recsys/amazon-beauty/Beauty_item2attributes.json.gz": zipped(t, "{"+strings.TrimPrefix(attributes.String(), ", ")+"}"),
	}
}

func TestP3AsksForTheLastAndLearnsFromAllButTwo(t *testing.T) {
	rows := []row{{"a", []string{"1", "2", "3", "4"}}, {"b", []string{"5"}}}
	got := nextCases(rows, 2, 1)
	want := []recsys.Case{{
		Query:    recsys.Query{Customer: "a", Past: past("a", []string{"3"}, 2), Exclude: []string{"1", "2", "3"}},
		Relevant: []string{"4"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := nextCases(rows, 2, 2); len(got) != 1 || len(got[0].Query.Past) != 0 || got[0].Relevant[0] != "3" {
		t.Errorf("to tune on: %+v, want the 3 after what was learned from", got)
	}
}

func TestP3FindsWhatTheOrderGivesAway(t *testing.T) {
	figures, skips, err := Evaluate(context.Background(), ring(t, 120, 60, 9), []string{"p3"}, nil)
	if err != nil || len(skips) > 0 || len(figures) != 2 {
		t.Fatal(figures, skips, err)
	}
	for _, f := range figures {
		if f.N != 120 || f.Value < .8 {
			t.Errorf("%s = %.3f of %d, want nearly all of 120 found first", f.Metric, f.Value, f.N)
		}
	}
}

func TestP3TellsWhatIsWrongWithAFile(t *testing.T) {
	good := ring(t, 5, 20, 6)
	for name, text := range map[string]string{"recsys/amazon-beauty/Beauty.txt.gz": "u1 2 3\nu2\n", "recsys/amazon-beauty/Beauty_item2attributes.json.gz": `{"1": "red"}`} {
		bad := fstest.MapFS{name: zipped(t, text)}
		for n, f := range good {
			if n != name {
				bad[n] = f
			}
		}
		if _, _, err := Evaluate(context.Background(), fs.FS(bad), []string{"p3"}, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one that names %s", err, name)
		}
	}
	_, skips, err := Evaluate(context.Background(), fstest.MapFS{}, []string{"p3"}, nil)
	if err != nil || len(skips) != 1 {
		t.Errorf("without the set: %v, %v; want one skipped", skips, err)
	}
}
