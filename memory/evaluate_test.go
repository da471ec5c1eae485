package memory

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"parley/tools/measure"
)

func value(t *testing.T, list []measure.Figure, name, metric string) float64 {
	t.Helper()
	for _, f := range list {
		if f.Case == name && f.Metric == metric {
			return f.Value
		}
	}
	t.Fatalf("no figure %s %s in %+v", name, metric, list)
	return 0
}

func TestEvidenceIsCountedByTheProtocol(t *testing.T) {
	const talks = `[{"qa": [
		{"question": "what colour is Ann's tent", "evidence": ["D1:1", "D2:01; D9:9"]},
		{"question": "zebra", "evidence": ["D1:2"]},
		{"question": "no evidence", "evidence": ["D"]}
	], "conversation": {
		"session_1": [{"speaker": "Ann", "text": "my tent has the colour green", "dia_id": "D1:1"}, {"speaker": "Bob", "text": "nice", "dia_id": "D1:2"}],
		"session_1_date_time": "1:56 pm on 8 May, 2023",
		"session_2": [{"speaker": "Ann", "text": "the weather", "dia_id": "D2:1", "blip_caption": "a tent of a colour"}],
		"session_2_date_time": "1:00 pm on 9 May, 2023"
	}}]`
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(talks))
	w.Close()
	data := fstest.MapFS{"memory/locomo/locomo-dev.json.gz": {Data: z.Bytes()}}
	list, err := Evaluate(t.Context(), data, nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the sets that are missing are told as %v", err)
	}
	if got := value(t, list, "locomo", "recall@5"); got != .5 { // both of the first, none of the second
		t.Errorf("recall@5 is %v", got)
	}
	if got := value(t, list, "locomo", "mrr"); got != .5 {
		t.Errorf("mrr is %v", got)
	}
	if _, err := Evaluate(t.Context(), data, []string{"other"}); err != nil {
		t.Error(err)
	}
}

func TestAnAnswerIsHeldInWholeWords(t *testing.T) {
	for _, c := range []struct {
		text, truth string
		want        bool
	}{
		{"I had 3 of them.", "3", true}, {"about 30", "3", false}, {"it costs 1.35", "35", false}, {"I'm 35.", "35", true},
		{"two corner dents here", "corner dent", true}, {"a latte-art contest", "art contest", true}, {"around $49.99...", "49.99", true}, {"Portland", "port", false},
	} {
		if got := holds(c.text, []string{c.truth}); got != c.want {
			t.Errorf("%q in %q: %v", c.truth, c.text, got)
		}
	}
}
