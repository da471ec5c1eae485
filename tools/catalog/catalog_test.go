package catalog

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hill is a small shop of our own, in two languages.
func hill(t testing.TB) *Catalog {
	t.Helper()
	mk := func(id, title, zh, category, zhCategory, text string, price Money, colors ...string) *Product {
		p := &Product{ID: id, Title: title, Description: text, Categories: []string{category}, Price: price, Locales: map[string]Words{"zh": {Title: zh, Category: zhCategory, Description: zh}}}
		for _, c := range colors {
			p.Variants = append(p.Variants, Variant{SKU: id + c, Price: price, Stock: 3, Options: map[string]string{"color": c}})
		}
		p.complete("USD")
		return p
	}
	c, err := New(&Shop{Name: "Hill", Products: []*Product{
		mk("T2", "Heath 2 Tent", "Heath 2 双人帐篷", "Camping/Tents", "帐篷", "Sleeps two people.", 159_00, "green"),
		mk("T4", "Ridge 4 Tent", "Ridge 4 四人帐篷", "Camping/Tents", "帐篷", "Sleeps four people.", 249_00, "forest", "orange"),
		mk("J1", "Alder Rain Jacket", "Alder 防雨夹克", "Clothing/Jackets", "夹克", "Waterproof with a hood.", 55_00, "black", "navy"),
		mk("J2", "Gale Windbreaker", "Gale 防风衣", "Clothing/Jackets", "夹克", "Windproof, no membrane.", 49_00, "sky"),
	}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSearchReadsTheQuery(t *testing.T) {
	c := hill(t)
	for _, q := range []struct {
		text  string
		exact []string
		first string // of what comes near, when nothing is exact
	}{
		{"tent", []string{"T2", "T4"}, ""},
		{"tents under 200", []string{"T2"}, ""},
		{"tents under 100", nil, "T2"},
		{"有没有四人帐篷", []string{"T4"}, ""},
		{"200以内的帐篷", []string{"T2"}, ""},
		{"waterproof jacket", []string{"J1"}, ""},
		{"blue jacket", []string{"J1", "J2"}, ""},
		{"green tent", []string{"T2", "T4"}, ""},
		{"jacket without hood", []string{"J2"}, ""},
		{"jaket", []string{"J1", "J2"}, ""},
		{"tents for six people", nil, "T4"},
		{"laptop computer", nil, ""},
		{"婚纱", nil, ""},
	} {
		r, err := c.Search(context.Background(), Query{Text: q.text})
		if err != nil {
			t.Fatal(err)
		}
		var exact []string
		for _, h := range r.Hits[:r.Exact] {
			exact = append(exact, h.Product.ID)
		}
		less := cmp.Transformer("set", func(s []string) map[string]bool {
			m := map[string]bool{}
			for _, x := range s {
				m[x] = true
			}
			return m
		})
		if d := cmp.Diff(q.exact, exact, less); d != "" {
			t.Errorf("%q: %s\nunderstood %+v", q.text, d, r.Understood)
		}
		first := ""
		if r.Nearest {
			first = r.Hits[0].Product.ID
		}
		if first != q.first {
			t.Errorf("%q: nearest %q, want %q (missing %v)", q.text, first, q.first, r.Missing)
		}
	}
}

func read(t *testing.T, name, text string) *importer {
	t.Helper()
	im := newImporter("USD")
	if err := im.read(strings.NewReader(text), name[strings.LastIndexByte(name, '.'):]); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	im.finish()
	return im
}

func TestGoogleFeedGroupsVariantsAndKeepsDetails(t *testing.T) {
	im := read(t, "feed.xml", `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>A-S</g:id><g:item_group_id>A</g:item_group_id><title>Tee &lt;b&gt;bold&lt;/b&gt;</title><g:price>25.00 EUR</g:price><g:sale_price>20.00 EUR</g:sale_price><g:size>S</g:size><g:availability>in stock</g:availability>
<g:product_detail><g:section_name>Fabric</g:section_name><g:attribute_name>Weight</g:attribute_name><g:attribute_value>150 g</g:attribute_value></g:product_detail><g:product_highlight>Soft</g:product_highlight></item>
<item><g:id>A-M</g:id><g:item_group_id>A</g:item_group_id><title>Tee</title><g:price>25.00 EUR</g:price><g:size>M</g:size><g:availability>out_of_stock</g:availability></item>
<item><g:id>B</g:id><title>Bad</title><g:price>-3 EUR</g:price></item>
<item><g:id>A-S</g:id><title>Twice</title><g:price>1 EUR</g:price></item>
</channel></rss>`)
	if len(im.products) != 1 || len(im.report.Rejected) != 2 {
		t.Fatalf("kept %d, rejected %+v", len(im.products), im.report.Rejected)
	}
	p := im.products[0]
	if p.Title != "Tee bold" || p.Price != 20_00 || p.ListPrice != 25_00 || len(p.Variants) != 2 || p.Variants[1].Stock != 0 {
		t.Errorf("product %+v", p)
	}
	if got := p.Attribute("Weight"); !cmp.Equal(got, []string{"150 g"}) || !cmp.Equal(p.Bullets, []string{"Soft"}) {
		t.Errorf("detail %v, highlights %v", got, p.Bullets)
	}
}

func TestEachBadRowIsNamedAndTheRestKept(t *testing.T) {
	im := read(t, "feed.tsv", "id\ttitle\tprice\tavailability\n1\tOne\t5.00 USD\tin_stock\n2\t\t5.00 USD\tin_stock\n3\tThree\tcheap\tin_stock\n4\tFour\t4.00 USD\tperhaps\n5\tFive\t5.50 USD\tin_stock\n")
	var lines []int
	for _, r := range im.report.Rejected {
		lines = append(lines, r.Line)
	}
	if len(im.products) != 2 || !cmp.Equal(lines, []int{3, 4, 5}) {
		t.Errorf("kept %d, rejected %+v", len(im.products), im.report.Rejected)
	}
}

func TestATruncatedFeedKeepsWhatCameBefore(t *testing.T) {
	im := read(t, "feed.xml", `<rss><channel><item><id>1</id><title>One</title><price>1.00 USD</price></item><item><id>2</id><title>Tw`)
	if len(im.products) != 1 || len(im.report.Rejected) != 1 || im.report.Rejected[0].Line == 0 {
		t.Errorf("kept %d, rejected %+v", len(im.products), im.report.Rejected)
	}
}

func TestUTF16IsReadAndLatin1IsNamed(t *testing.T) {
	utf16 := "\xff\xfe"
	for _, r := range "id\ttitle\tprice\n1\tÉté\t1.00 USD\n" {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	if im := read(t, "feed.tsv", utf16); len(im.products) != 1 || im.products[0].Title != "Été" {
		t.Errorf("UTF-16: %+v, rejected %+v", im.products, im.report.Rejected)
	}
	im := read(t, "feed.tsv", "id\ttitle\tprice\n1\t\xc9t\xe9\t1.00 USD\n2\tOne\t1.00 USD\n")
	if len(im.products) != 1 || len(im.report.Rejected) != 1 || !strings.Contains(im.report.Rejected[0].Reason, "UTF-8") {
		t.Errorf("Latin-1: kept %d, rejected %+v", len(im.products), im.report.Rejected)
	}
}

func TestShopifyRowsOfAHandleAreVariants(t *testing.T) {
	im := read(t, "shopify.csv", "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price\ntee,Tee,Hill,Size,S,TEE-S,20.00,25.00\ntee,,,,M,TEE-M,20.00,\n")
	if len(im.products) != 1 || len(im.products[0].Variants) != 2 || im.products[0].ListPrice != 25_00 || im.products[0].Variants[1].Options["size"] != "M" {
		t.Errorf("%+v, rejected %+v", im.products, im.report.Rejected)
	}
}

func TestTheSameFeedTwiceChangesNothing(t *testing.T) {
	text := `{"id":"1","title":"One","price":5}` + "\n"
	a, b := read(t, "p.jsonl", text), read(t, "p.jsonl", text)
	if d := Compare(a.products, b.products); d != (Diff{Same: 1}) {
		t.Errorf("%+v", d)
	}
}

func FuzzImport(f *testing.F) {
	for _, s := range []string{"<rss><item><id>1</id></item>", "id\ttitle\tprice\n1\ta\t1", `{"id":"1"}`, `[{"id":1,"discountPercentage":1}]`, "Handle,Title\n\"a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		im := newImporter("USD")
		if im.read(strings.NewReader(s), ".x") == nil {
			for _, p := range im.finish() {
				if why := p.check(); why != "" {
					t.Errorf("kept %+v: %s", p, why)
				}
			}
		}
	})
}

func TestOtherShopsJSONIsRead(t *testing.T) {
	for name, text := range map[string]string{
		"a plain array":   `[{"id":7,"title":"Red Lamp","price":12.5,"category":"home-lighting","rating":{"rate":4.1,"count":9},"image":"a.jpg","stock":3}]`,
		"a wrapped list":  `{"total":1,"products":[{"id":7,"name":"Red Lamp","price":"12.50","category":{"name":"home-lighting"},"images":[{"src":"a.jpg"}],"rating":4.1,"review_count":9,"quantity":3}]}`,
		"Shopify's API":   `{"products":[{"id":7,"title":"Red Lamp","body_html":"<p>Glows.</p>","product_type":"home-lighting","rating":4.1,"rating_count":9,"options":[{"name":"Color"}],"variants":[{"sku":"L","price":"12.50","option1":"Red","inventory_quantity":3}],"images":[{"src":"a.jpg"}]}]}`,
		"WooCommerce API": `[{"id":7,"name":"Red Lamp","price":"12.50","regular_price":"15.00","categories":[{"name":"home-lighting"}],"average_rating":"4.1","rating_count":9,"stock_quantity":3,"attributes":[{"name":"Material","options":["Brass"]}],"images":[{"src":"a.jpg"}]}]`,
	} {
		im := read(t, "products.json", text)
		if len(im.products) != 1 {
			t.Errorf("%s: kept %d, rejected %+v", name, len(im.products), im.report.Rejected)
			continue
		}
		p := im.products[0]
		if p.ID != "7" || p.Title != "Red Lamp" || p.Price != 12_50 || p.Categories[0] != "home lighting" || p.Rating != 4.1 || p.ReviewCount != 9 || p.Image != "/img/a.jpg" || p.Variants[0].Stock != 3 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
