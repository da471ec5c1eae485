package evaluate

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"parley/tools/measure"
)

func gz(text string) *fstest.MapFile {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, text)
	z.Close()
	return &fstest.MapFile{Data: b.Bytes()}
}

// things are labels' own words, in two languages, for sets of ours.
var things = map[string][]string{
	"tea": {"tea", "kettle", "茶"}, "rain": {"rain", "umbrella", "雨"}, "train": {"train", "ticket", "火车"},
	"music": {"song", "piano", "歌"}, "bread": {"bread", "oven", "面包"}, "sleep": {"bed", "pillow", "睡觉"},
}

func tsv(header string, n int, row func(label, text string, i int) string) *fstest.MapFile {
	var b strings.Builder
	fmt.Fprintln(&b, header)
	for _, label := range []string{"tea", "rain", "train", "music", "bread", "sleep"} {
		for i := range n {
			word := things[label][i%3]
			fmt.Fprintln(&b, row(label, fmt.Sprintf([]string{"i want %s number %d", "tell me about %s please %d", "what about the %s of %d"}[i/3%3], word, i), i))
		}
	}
	return gz(b.String())
}

func plain(label, text string, _ int) string { return label + "\t" + text }

// opinion is 1 for half of the labels.
func opinion(label, text string, i int) string {
	if label < "r" {
		return "1\tgreat " + text + "\tx"
	}
	return "0\tawful " + text + "\tx"
}

func foreign(label string) *fstest.MapFile {
	return gz("label\ttext\n" + label + "\tquantum physics lecture\n" + label + "\tthe king of spain\n" + label + "\tzebra crossing\n" + label + "\tdivide six by two\n" + label + "\tfootball results\n")
}

// ours is a folder with every name that the evaluation opens.
func ours() fstest.MapFS {
	data := fstest.MapFS{}
	for _, bot := range []string{"curekart", "powerplay11", "sofmattress"} {
		data["nlu/hint3/v1_"+bot+"_train.tsv.gz"] = tsv("label\ttext", 9, plain)
		data["nlu/hint3/v1_"+bot+"_test.tsv.gz"] = tsv("label\ttext", 4, func(label, text string, i int) string {
			if i == 3 {
				return noNodes + "\tquantum physics of " + label[:1]
			}
			return label + "\t" + text
		})
	}
	for _, name := range []string{"banking77/train", "banking77/test", "clinc150/train", "clinc150/val", "clinc150/test", "smp2017-zh/train", "smp2017-zh/dev", "smp2017-zh/test"} {
		data["nlu/"+name+".tsv.gz"] = tsv("label\ttext", 12, plain)
	}
	for _, name := range []string{"oos_train", "oos_val", "oos_test"} {
		data["nlu/clinc150/"+name+".tsv.gz"] = foreign("oos")
	}
	data["nlu/bitext/all.tsv.gz"] = tsv("intent\ttext\tcategory\tflags", 30, func(label, text string, i int) string {
		return map[string]string{"tea": "cancel_order", "rain": "get_refund", "train": "complaint", "music": "contact_human_agent", "bread": "track_order", "sleep": "create_account"}[label] + "\t" + text + "\tX\tB"
	})
	for _, name := range []string{"sst/sst2_train", "sst/sst2_dev", "sst/sst2_test", "uci/yelp", "uci/imdb", "uci/amazon_cells", "cr/all", "waimai-zh/train", "waimai-zh/test",
		"chnsenticorp-zh/train", "chnsenticorp-zh/dev", "chnsenticorp-zh/test", "shopping10-zh/train", "shopping10-zh/test", "airline/train", "airline/test"} {
		data["sentiment/"+name+".tsv.gz"] = tsv("label\ttext\tcategory", 9, opinion)
	}
	data["sentiment/sst/sst_trees_train.txt.gz"] = gz("(3 (2 it) (4 (4 great) (2 fun)))\n(1 (0 awful) (2 (2 stuff) (2 here)))\n")
	data["sentiment/vader-gold/vader_lexicon.txt.gz"] = gz("great\t3.1\t0.7\t[3]\nawful\t-2.0\t0.9\t[-2]\n:)\t2.0\t0.9\t[2]\n")
	for _, name := range []string{"tweets", "amazon"} {
		n := 0
		data["sentiment/vader-gold/"+name+".tsv.gz"] = tsv("id\tmean_rating\ttext", 12, func(label, text string, i int) string {
			n++
			o := strings.Split(opinion(label, text, i), "\t")
			return fmt.Sprintf("%d_1\t%v\t%s", n, map[string]float64{"1": 2.5, "0": -2.5}[o[0]]+float64(i)/20, o[1])
		})
	}
	return data
}

// want is what must be measured: each case and its metrics of the design's table.
var want = map[string][]string{
	"curekart": {"acc", "oscr", "mcc"}, "powerplay11": {"acc", "oscr", "mcc"}, "sofmattress": {"acc", "oscr", "mcc"},
	"few_shot": {"banking_acc", "clinc_acc"}, "clinc150": {"acc", "oos_recall"}, "banking77": {"acc"}, "smp2017": {"macro_f1"},
	"sst2": {"acc"}, "airline": {"acc"}, "uci": {"acc"}, "vader_tweets": {"pearson"}, "vader_amazon": {"pearson"},
	"chnsenticorp": {"acc"}, "waimai": {"acc"}, "shopping10": {"acc"}, "bitext_need": {"macro_f1"}, "latency": {"p50_us", "p99_us"},
}

func TestEveryCaseIsScoredOnAnotherFolder(t *testing.T) {
	plots := t.TempDir()
	figures, skips, err := Language(context.Background(), ours(), Options{Plots: plots})
	if err != nil || len(skips) > 0 {
		t.Fatal(skips, err)
	}
	got := map[string]measure.Figure{}
	for _, f := range figures {
		got[f.Case+" "+f.Metric] = f
		if f.Suite != "language" || f.N == 0 || math.IsNaN(f.Value) || f.Low > f.Value || f.High < f.Value && f.High != 0 {
			t.Errorf("%+v", f)
		}
	}
	for name, metrics := range want {
		for _, m := range metrics {
			f, ok := got[name+" "+m]
			least := map[string]float64{"pearson": .9, "p50_us": 0, "p99_us": 0, "oos_recall": 40, "mcc": 60}[m]
			if m == "acc" || m == "macro_f1" || m == "oscr" || strings.HasSuffix(m, "_acc") {
				least = 80
			}
			if !ok || f.Value < least {
				t.Errorf("%s %s is %.2f (there: %v), on a set as easy as this", name, m, f.Value, ok)
			}
		}
	}
	for _, name := range []string{"curekart", "clinc150", "waimai"} {
		for _, kind := range []string{"confusion", "reliability"} {
			b, err := os.ReadFile(filepath.Join(plots, name+"-"+kind+".svg"))
			if err != nil || !bytes.Contains(b, []byte("<svg")) || !bytes.Contains(b, []byte(name)) {
				t.Errorf("no plot of %s, %s: %v", name, kind, err)
			}
		}
	}
}

// Without the held-out files, the named metrics are absent, others take their
// place, and what is missing is told.
func TestWithoutATestNothingIsCalledOne(t *testing.T) {
	data := ours()
	for _, name := range []string{"nlu/hint3/v1_sofmattress_test", "nlu/smp2017-zh/test", "sentiment/airline/test", "sentiment/uci/amazon_cells", "sentiment/chnsenticorp-zh/test", "sentiment/shopping10-zh/test"} {
		delete(data, name+".tsv.gz")
	}
	only := []string{"sofmattress", "smp2017", "airline", "uci", "chnsenticorp", "shopping10"}
	figures, skips, err := Language(context.Background(), data, Options{Only: only})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		if !strings.HasSuffix(f.Metric, "_cv") && !strings.HasSuffix(f.Metric, "_dev") {
			t.Errorf("%s has %s without its test", f.Case, f.Metric)
		}
	}
	for _, c := range only {
		if !slices.ContainsFunc(skips, func(s measure.Skip) bool { return s.Case == c && strings.Contains(s.Reason, ".tsv.gz") }) {
			t.Errorf("%s is not told to lack its test: %v", c, skips)
		}
		if !slices.ContainsFunc(figures, func(f measure.Figure) bool { return f.Case == c }) {
			t.Errorf("%s has no figure in place of its test", c)
		}
	}
}

func TestAnEmptyFolderIsSkippedWhole(t *testing.T) {
	figures, skips, err := Language(context.Background(), fstest.MapFS{}, Options{})
	if err != nil || len(figures) > 0 || len(skips) != len(cases) {
		t.Errorf("%d figures, %d skips of %d cases, %v", len(figures), len(skips), len(cases), err)
	}
}

func TestBadRowsAreNamed(t *testing.T) {
	for want, file := range map[string]string{
		`no column is named "text"`: "label\twords\na\tb\n", "x.tsv.gz:3": "label\ttext\na\tb\nc\n",
	} {
		if _, err := rows(fstest.MapFS{"x.tsv.gz": gz(file)}, "x.tsv.gz", "label", "text"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := rows(fstest.MapFS{"x": &fstest.MapFile{Data: []byte("text")}}, "x", "label"); err == nil {
		t.Error("a file that is not gzipped was read")
	}
}

func TestPhrasesOfATree(t *testing.T) {
	list, err := phrases(ours(), "sentiment/sst/sst_trees_train.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range list {
		got[e.Text] = e.Label
	}
	for text, label := range map[string]string{"it great fun": "1", "great fun": "1", "great": "1", "awful stuff here": "0", "awful": "0"} {
		if got[text] != label {
			t.Errorf("%q has %q, want %q", text, got[text], label)
		}
	}
	if len(got) != 5 {
		t.Errorf("%v: five phrases are not neutral", got)
	}
}

func FuzzPhrases(f *testing.F) {
	f.Add("(3 (2 it) (4 (4 great) (2 fun)))")
	f.Add("((((")
	f.Add(")(")
	f.Fuzz(func(t *testing.T, line string) {
		_, _ = phrases(fstest.MapFS{"x": gz(line)}, "x") // must come back, with whatever
	})
}

func FuzzRows(f *testing.F) {
	f.Add("label\ttext\na\tb\n")
	f.Fuzz(func(t *testing.T, file string) {
		r, err := rows(fstest.MapFS{"x": gz(file)}, "x", "label", "text")
		for _, c := range r {
			if err == nil && len(c) != 2 {
				t.Error(c)
			}
		}
	})
}
