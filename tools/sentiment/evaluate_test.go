package sentiment

import (
	"bytes"
	"compress/gzip"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func packed(t *testing.T, text string) *fstest.MapFile {
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

func TestPublicSetsAreScored(t *testing.T) {
	a := analyzer(t)
	data := fstest.MapFS{
		"sentiment/airline/train.tsv.gz":      packed(t, "label\ttext\npositive\tI love it\nnegative\tthe worst flight ever\nneutral\twhen is my flight\nnegative\tI love it\n"),
		"sentiment/waimai-zh/test.tsv.gz":     packed(t, "label\ttext\n1\t很好吃\n0\t太差了\n"),
		"sentiment/shopping10-zh/test.tsv.gz": packed(t, "label\ttext\tcategory\n1\t很好\t衣服\n0\t很好\t书籍\n"),
		"sentiment/vader-gold/tweets.tsv.gz":  packed(t, "id\tmean_rating\ttext\n1\t3\tI love it\n2\t-3\tI hate it\n3\t0\tit is a car\n4\t2\tnice\n"),
		"nlu/bitext/all.tsv.gz":               packed(t, "intent\ttext\tcategory\tflags\ncomplaint\tI want to file a complaint\tF\tB\ncancel_order\tcancel my order\tO\tB\nget_refund\tI want a refund\tR\tB\nrecover_password\tI forgot my password\tA\tB\ntrack_order\twhere is my parcel\tO\tB\ntrack_order\ttrack my parcel\tO\tB\ntrack_order\ttrack my package\tO\tB\n"),
		"nlu/abcd/abcd_sample.json.gz": packed(t, `[{"scenario":{"flow":"product_defect","subflow":"return_size_2"},"original":[["agent","Hi"],["customer","I want to return a shirt"],["action","pulled up"],["customer","cancel my order"]]},
			{"scenario":{"flow":"storewide_query","subflow":"pricing_1"},"original":[["customer","what does the jacket cost"]]}]`),
		"nlu/tau2-retail/tasks_train.json.gz": packed(t, `[{"user_scenario":{"instructions":{"reason_for_call":"You want to exchange your kettle. If the agent asks, you like red."}},"evaluation_criteria":{"actions":[{"name":"get_order"},{"name":"exchange_delivered_order_items"}]}},
			{"user_scenario":{"instructions":{"reason_for_call":"Both."}},"evaluation_criteria":{"actions":[{"name":"cancel_pending_order"},{"name":"return_delivered_order_items"}]}}]`),
	}
	figures, skips, err := a.Evaluate(t.Context(), data, nil, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range figures {
		if f.Suite != "language" || f.N == 0 {
			t.Errorf("%+v", f)
		}
		got[f.Case+" "+f.Metric] = f.Value
	}
	want := map[string]float64{
		"shipped_airline acc": 75, "shipped_waimai acc": 100, "shipped_shopping10 acc": 100,
		"abcd_need macro_f1": 100, "abcd_need acc": 100, "tau2_need macro_f1": 100, "tau2_need acc": 100, "bitext_need shipped_macro_f1": 100, "bitext_need shipped_acc": 100,
	}
	for name, v := range want {
		if diff := cmp.Diff(v, got[name], cmpopts.EquateApprox(0, .01)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if r := got["shipped_vader_tweets pearson"]; r < .8 || r > 1 {
		t.Errorf("pearson %v", r)
	}
	var missing []string
	for _, s := range skips {
		missing = append(missing, s.Case)
	}
	if !slices.Contains(missing, "shipped_uci") || slices.Contains(missing, "shipped_waimai") {
		t.Errorf("skipped: %v", missing)
	}
	one, _, err := a.Evaluate(t.Context(), data, []string{"tau2_need"}, func(string) {})
	if err != nil || len(one) != 2 {
		t.Errorf("one case gives %v, %v", one, err)
	}
	data["sentiment/waimai-zh/test.tsv.gz"] = packed(t, "nothing\n")
	if _, _, err := a.Evaluate(t.Context(), data, []string{"shipped_waimai"}, func(string) {}); err == nil || !strings.Contains(err.Error(), "waimai-zh/test") {
		t.Errorf("a file of another form: %v", err)
	}
}

func TestScoresOfNeeds(t *testing.T) {
	// F1 of a: 2*1/(2+1), of b: 2*1/(1+2); c is true of nothing and does not count.
	table := map[string]map[string]int{"a": {"a": 1, "b": 1}, "b": {"b": 1}}
	if got := f1OfTruths(table); math.Abs(got-2.0/3) > 1e-9 {
		t.Errorf("macro-F1 %v", got)
	}
	if got := firstPerson("You want your kettle. If the agent asks, say yes. You're happy."); got != "I want my kettle. I'm happy." {
		t.Errorf("%q", got)
	}
}
