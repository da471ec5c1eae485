package recsys

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestInteractionsAreReadFromAnyTableByTheNamesOfItsColumns(t *testing.T) {
	at := time.Date(2026, 1, 31, 8, 26, 0, 0, time.UTC)
	want := []Interaction{{Customer: "u 1", Item: "tent,2", At: at, Basket: "b1"}, {Customer: "u2", Item: "matte-ü", At: at, Basket: "b2"}}
	for name, text := range map[string]string{
		"commas":     "\ufeffUser ID,Item_ID,Time,Order\n\"u 1\",\"tent,2\",2026-01-31 08:26,b1\nu2,matte-ü,1769847960,b2\n",
		"semicolons": "order;customer;product;timestamp\nb1;u 1;tent,2;2026-01-31T08:26:00Z\nb2;u2;matte-ü;1769847960000\n",
		"tabs":       "user_id\titem_id\ttime\tinvoiceNo\r\nu 1\ttent,2\t2026-01-31 08:26:00\tb1\r\nu2\tmatte-ü\t2026-01-31 08:26\tb2\r\n",
		"objects":    `{"userId":"u 1","product_id":"tent,2","time":"2026-01-31 08:26","order_id":"b1"}` + "\n\n" + `{"user":"u2","item":"matte-ü","at":1769847960,"basket":"b2"}`,
		"events": `{"event":"Order Completed","userId":"u 1","timestamp":"2026-01-31T08:26:00Z","properties":{"order_id":"b1","products":[{"product_id":"tent,2"}]}}` + "\n" +
			`{"event":"Order Completed","userId":"u2","timestamp":"2026-01-31T08:26:00Z","properties":{"order_id":"b2","products":[{"product_id":"matte-ü"}]}}`,
	} {
		for _, packed := range []bool{false, true} {
			var b bytes.Buffer
			if b.WriteString(text); packed {
				b.Reset()
				z := gzip.NewWriter(&b)
				z.Write([]byte(text))
				z.Close()
			}
			got, err := ReadInteractions(&b, "f")
			if err != nil || got.Left != 0 || got.Rows != 2 {
				t.Errorf("%s: %v, %+v", name, err, got.Reading)
			}
			if d := cmp.Diff(want, got.Interactions); d != "" {
				t.Errorf("%s, packed %v:\n%s", name, packed, d)
			}
		}
	}
}

func TestBadRowsAreLeftOutAndToldWithTheirLine(t *testing.T) {
	got, err := ReadInteractions(strings.NewReader("user,item,time,rating,quantity,kind\n"+
		"u,i,2026-01-01,4,1,rated\n"+ // 2: sound
		",i,2026-01-01,4,1,rated\n"+
		"u,,2026-01-01,4,1,rated\n"+
		"u,i,yesterday,4,1,rated\n"+
		"u,i,2026-01-01,NaN,1,rated\n"+
		"u,i,2026-01-01,4,-1,rated\n"+
		"u,i,2026-01-01,4,1,liked\n"+
		"u,i,2026-01-01\n"+
		"u,\"i\"x,2026-01-01,4,1,rated\n"+
		"u,j,,,,\n"), "shop.csv") // 11: sound
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"shop.csv:3: it names no customer", "shop.csv:4: it names no item",
		`shop.csv:5: time "yesterday": want 2026-01-31, 2026-01-31 15:04:05, RFC 3339, or seconds since 1970`,
		`shop.csv:6: rating "NaN": want a number`, "shop.csv:7: quantity -1: it was sent back",
		`shop.csv:8: kind "liked": want bought, viewed, added or rated`, "shop.csv:9: 3 fields where the header has 6",
		`shop.csv:10: extraneous or missing " in quoted-field`,
	}
	if d := cmp.Diff(want, got.Why); d != "" {
		t.Error(d)
	}
	if got.Rows != 10 || got.Left != 8 || len(got.Interactions) != 2 {
		t.Errorf("%d rows, %d left out, %d read", got.Rows, got.Left, len(got.Interactions))
	}
}

func TestAFileThatIsNoTableIsRefusedWithWhatWouldDo(t *testing.T) {
	var cut bytes.Buffer
	z := gzip.NewWriter(&cut)
	z.Write([]byte("user,item\n" + strings.Repeat("u,i\n", 1000)))
	z.Close()
	for text, want := range map[string]string{
		"":               "it is empty",
		" \n ":           "it is empty",
		"196\t242\t3\n":  "no column names the customer: call it one of customer, customerid, user, userid (the header has 196, 242, 3)",
		"user,what\n":    "no column names the item",
		"user,item\n,\n": "none of its 1 rows can be used",
		"{\"a\":1}\n":    "none of its 1 rows can be used; the first: f:1: it names no customer",
		"{\n":            "no JSON object",
		"user\titem\n" + strings.Repeat("x", 2e6): "f:2: the line is longer",
		cut.String()[:cut.Len()-9]:                "it breaks off or is damaged",
		"\x1f\x8b":                                "f: unpack",
	} {
		_, err := ReadInteractions(strings.NewReader(text), "f")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
	got, err := ReadInteractions(strings.NewReader("user,item\n"), "f")
	if err != nil || len(got.Interactions) != 0 {
		t.Errorf("a header alone: %v, %+v", err, got)
	}
}

func TestWhatOneCustomerBuysAtOneTimeIsABasket(t *testing.T) {
	got, err := ReadInteractions(strings.NewReader("user,item,time,country\nu,a,2026-01-01 10:00,NO\nu,b,2026-01-01 10:00,NO\nu,c,2026-01-01 10:01,SE\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDataset(got.Interactions)
	if b := items(recommend(t, NewBasket(d, BasketOptions{Min: 1}), Query{Recent: []string{"a"}})); !cmp.Equal(b, []string{"b"}) {
		t.Errorf("in one basket with a: %v", b)
	}
	if got.Segments["u"] != "SE" {
		t.Errorf("segments %v", got.Segments)
	}
}

func TestItemsAreReadWithWhatIsKnownOfThem(t *testing.T) {
	lines := `{"id":"a","title":"Tent","description":"for two","category":"Tents","price":199.5,"margin":0.3,"in_stock":false,"brand":"Fjord","attributes":{"colour":["red","white"]},"pairs":["b"],"picture":[0.5,1],"article":true}` + "\n" +
		`{"id":"a"}` + "\n" + `{"id":"b","picture":["x"]}` + "\n" + `{"id":"c","price":-1}` + "\n" + `{"title":"nameless"}`
	got, err := ReadItems(strings.NewReader(lines), "f")
	if err != nil {
		t.Fatal(err)
	}
	want := []Item{{ID: "a", Title: "Tent", Text: "for two", Category: "Tents", Price: 199.5, Margin: .3, Article: true, Pairs: []string{"b"}, Picture: []float32{.5, 1},
		Attributes: map[string][]string{"brand": {"Fjord"}, "colour": {"red", "white"}}}}
	if d := cmp.Diff(want, got.Items); d != "" {
		t.Error(d)
	}
	why := []string{`f:2: item "a" stands in line 1 already`, "f:3: picture: want a list of numbers", `f:4: price "-1": want a number from 0`, "f:5: it has no id"}
	if d := cmp.Diff(why, got.Why); d != "" {
		t.Error(d)
	}
	got, err = ReadItems(strings.NewReader("item_id\tname\tmedian_unit_price_gbp\tcolor\n1\t10 \"COLOUR\" PEN\t0.85\tRed/White\n"), "f")
	want = []Item{{ID: "1", Title: `10 "COLOUR" PEN`, Price: .85, InStock: true, Attributes: map[string][]string{"colour": {"Red", "White"}}}}
	if d := cmp.Diff(want, got.Items, cmpopts.EquateEmpty()); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestTheOnlineRetailFilesAreRead(t *testing.T) {
	dir := "../../shared/data/recsys/online-retail"
	f, err := os.Open(dir + "/purchases.tsv.gz")
	if err != nil {
		t.Skip("put online-retail into ", dir)
	}
	defer f.Close()
	got, err := ReadInteractions(f, "purchases.tsv.gz")
	if err != nil || len(got.Interactions) != 385962 || got.Left != 0 {
		t.Errorf("%v, %d interactions, %+v", err, len(got.Interactions), got.Reading)
	}
	baskets := map[string]bool{}
	for _, x := range got.Interactions {
		baskets[x.Basket] = true
	}
	if len(baskets) != 18310 {
		t.Errorf("%d baskets, want 18310", len(baskets))
	}
	i, err := os.Open(dir + "/items.tsv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if list, err := ReadItems(i, "items.tsv.gz"); err != nil || len(list.Items) != 3851 || list.Items[0].Title != "10 COLOUR SPACEBOY PEN" {
		t.Errorf("%v, %d items", err, len(list.Items))
	}
}

func FuzzReadingNeverPanics(f *testing.F) {
	for _, s := range []string{"user,item\na,b\n", "user\titem\na\tb", `{"user":"a","item":"b"}`, "\x1f\x8b\x08", "user;item\n\"", `{"properties":{"products":[1]}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ReadInteractions(strings.NewReader(s), "f")
		if err == nil && e.Rows > 0 && len(e.Interactions) == 0 {
			t.Errorf("%d rows, nothing read, and no error", e.Rows)
		}
		ReadItems(strings.NewReader(s), "f")
	})
}
