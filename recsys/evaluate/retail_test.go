package evaluate

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"parley/recsys"
)

// retailOf reads rows of purchases, whose commas stand for tabs.
func retailOf(t *testing.T, rows ...string) (*retail, error) {
	t.Helper()
	pack := func(lines ...string) *fstest.MapFile {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(strings.ReplaceAll(strings.Join(lines, "\n"), ",", "\t"))); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b.Bytes()}
	}
	return readRetail(fstest.MapFS{
		"recsys/online-retail/purchases.tsv.gz": pack(append([]string{"user_id,time,item_id,quantity,unit_price_gbp,country,split"}, rows...)...),
		"recsys/online-retail/items.tsv.gz":     pack("item_id,name,median_unit_price_gbp,stock_code", "1,RED MUG,1.5,x"),
	})
}

var retailRows = []string{
	"7,2011-09-01 10:00,1,1,1,France,train",
	"7,2011-09-01 10:00,2,1,1,France,train",
	"8,2011-09-02 10:00,10,1,1,Spain,train",
	"7,2011-11-05 09:30,10,1,1,France,test",
	"7,2011-11-05 09:30,2,1,1,France,test",
	"7,2011-11-05 09:30,1,1,1,France,test",
	"7,2011-11-05 09:30,99,1,1,France,test", // never met before
	"7,2011-11-05 09:31,1,1,1,France,test",  // alone in its basket
	"9,2011-11-06 09:30,1,1,1,France,test",  // a customer never met before
}

func TestRetailAsksWhatComesNext(t *testing.T) {
	r, err := retailOf(t, retailRows...)
	if err != nil {
		t.Fatal(err)
	}
	d := recsys.NewDataset(r.train)
	all := r.next(d, r.test, false)
	if len(all) != 1 || all[0].Query.Customer != "000007" || all[0].Query.Segment != "France" ||
		!cmp.Equal(all[0].Relevant, []string{"000001", "000002", "000010"}) || len(all[0].Query.Exclude) > 0 {
		t.Errorf("everything: %+v, want customer 7 of France with items 1, 2 and 10", all)
	}
	fresh := r.next(d, r.test, true)
	if len(fresh) != 1 || !cmp.Equal(fresh[0].Relevant, []string{"000010"}) || len(fresh[0].Query.Exclude) != 2 {
		t.Errorf("what is new: %+v, want item 10 alone, 1 and 2 excluded", fresh)
	}
}

func TestRetailAsksForTheRestOfABasket(t *testing.T) {
	r, err := retailOf(t, retailRows...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.beside(recsys.NewDataset(r.train), r.test)
	if err != nil {
		t.Fatal(err)
	}
	// Of items 1, 2 and 10 that at (7 + 20111105) mod 3 = 0 asks for the others; the
	// baskets of one known item ask nothing, the unknown customer's among them.
	if len(got) != 1 || !cmp.Equal(got[0].Query.Recent, []string{"000001"}) || !cmp.Equal(got[0].Relevant, []string{"000002", "000010"}) {
		t.Errorf("got %+v, want 1 to ask for 2 and 10", got)
	}
}

func TestRetailNamesTheRowThatIsWrong(t *testing.T) {
	for row, want := range map[string]string{
		"7,yesterday,1,1,1,France,train":           `time "yesterday"`,
		"7,2011-09-01 10:00,1,1,1,France,tomorrow": `split "tomorrow"`,
		"7,2011-09-01 10:00,1":                     "want 7 fields",
	} {
		_, err := retailOf(t, retailRows[0], row)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "purchases.tsv.gz:3") {
			t.Errorf("%s: %v, want %s on line 3", row, err, want)
		}
	}
}
