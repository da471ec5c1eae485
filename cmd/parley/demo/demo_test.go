package demo

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/tools/catalog"
	"parley/tools/orders"
)

var now = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

func TestFernhillIsWhole(t *testing.T) {
	s, people, list, err := Fernhill(now)
	if err != nil {
		t.Fatal(err)
	}
	categories, none, few := map[string]bool{}, 0, 0
	byID := map[string]*catalog.Product{}
	for _, p := range s.Products {
		if byID[p.ID] != nil {
			t.Errorf("%s twice", p.ID)
		}
		byID[p.ID] = p
	}
	for _, p := range s.Products {
		categories[p.Categories[0]] = true
		if w := p.Locales["zh"]; w.Title == "" || w.Description == "" || w.Category == "" {
			t.Errorf("%s has no Chinese words", p.ID)
		}
		for _, other := range append(p.Related, p.BoughtTogether...) {
			if byID[other] == nil || other == p.ID {
				t.Errorf("%s is paired with %s", p.ID, other)
			}
		}
		for _, v := range p.Variants {
			if v.Image == "" || v.Price <= 0 || v.ListPrice != 0 && v.ListPrice <= v.Price {
				t.Errorf("%s: %+v", p.ID, v)
			}
			if v.Stock == 0 {
				none++
			} else if v.Stock <= 5 {
				few++
			}
		}
	}
	if len(s.Products) < 160 || len(categories) < 12 || len(people) != 300 || len(s.Reviews) < 400 || none == 0 || few == 0 {
		t.Errorf("%d products, %d categories, %d people, %d reviews, %d variants out, %d low", len(s.Products), len(categories), len(people), len(s.Reviews), none, few)
	}
	for _, o := range list {
		var sum catalog.Money
		for _, l := range o.Lines {
			sum += l.Price * catalog.Money(l.Quantity)
		}
		if sum != o.Total || o.Placed.After(now) {
			t.Errorf("order %s: lines %s, total %s, placed %s", o.ID, sum, o.Total, o.Placed)
		}
		if o.ID == "1042" && (o.Customer != "C1007" || o.Status != orders.Pending || o.Total != 84_00 || len(o.Lines) != 2 || o.PaidWith != "card ending 4421") {
			t.Errorf("order 1042 is %+v", o)
		}
	}
	again, people2, list2, _ := Fernhill(now)
	if !reflect.DeepEqual(s.Reviews, again.Reviews) || !reflect.DeepEqual(people, people2) || !reflect.DeepEqual(list, list2) {
		t.Error("the same time gave two different shops")
	}
}

func TestSuppliesAreBoughtAgainAtTheirPace(t *testing.T) {
	s, _, list, err := Fernhill(now)
	if err != nil {
		t.Fatal(err)
	}
	gas := ""
	for _, p := range s.Products {
		if p.Title == "Wisp Gas Canister 230" {
			gas = p.ID
		}
		if len(p.BoughtTogether) == 0 {
			t.Errorf("nothing stands beside the %s: source/sets.yaml", p.Title)
		}
	}
	days := map[string][]time.Time{}
	for _, o := range list {
		for _, l := range o.Lines {
			if l.Product == gas {
				days[o.Customer] = append(days[o.Customer], o.Placed)
			}
		}
	}
	again, near := 0, 0
	for _, d := range days {
		for i := 1; i < len(d); i++ {
			again++
			if gap := d[i].Sub(d[i-1]).Hours() / 24; gap > 15 && gap < 60 {
				near++
			}
		}
	}
	if again < 50 || near < again*8/10 {
		t.Errorf("gas is bought again %d times, %d of them after 15 to 60 days", again, near)
	}
	if d := days["C1007"]; len(d) != 4 || now.Sub(d[3]).Hours()/24 > 40 {
		t.Errorf("C1007 bought gas on %v", d)
	}
}

func TestGuidesNameWhatIsSoldInBothLanguages(t *testing.T) {
	s, _, _, err := Fernhill(now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(s, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := Storefront(Config{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]map[string]int{}
	for _, g := range s.Guides {
		if by[g.ID] == nil {
			by[g.ID] = map[string]int{}
		}
		by[g.ID][g.Locale] = len(g.Picks)
		for _, x := range g.Picks {
			if c.Product(x.Product) == nil || x.For == "" {
				t.Errorf("guide %s names %q", g.ID, x.Product)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", g.URL+"?lang="+g.Locale, nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), g.Title) || !strings.Contains(w.Body.String(), g.Parts[0].Text[:12]) {
			t.Errorf("%s in %s: %d", g.URL, g.Locale, w.Code)
		}
	}
	for id, n := range by {
		if n["en"] == 0 || n["en"] != n["zh"] {
			t.Errorf("guide %s has %v picks by language", id, n)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/guides/none", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("a guide that there is not: %d", w.Code)
	}
}

func TestTastesDriveWhatIsBought(t *testing.T) {
	_, people, list, err := Fernhill(now)
	if err != nil {
		t.Fatal(err)
	}
	climbs := map[string]bool{}
	for _, p := range people {
		climbs[p.ID] = p.Tastes[0] == "cycling"
	}
	bought, lines := map[bool]float64{}, map[bool]float64{}
	for _, o := range list {
		for _, l := range o.Lines {
			lines[climbs[o.Customer]]++
			if strings.HasPrefix(l.Product, "FH-1") && strings.Contains(l.Title, "Bike") || strings.Contains(l.Title, "Carry") || strings.Contains(l.Title, "Signal") || strings.Contains(l.Title, "Fix") {
				bought[climbs[o.Customer]]++
			}
		}
	}
	if with, without := bought[true]/lines[true], bought[false]/lines[false]; with < 3*without {
		t.Errorf("cyclists buy cycling things in %.3f of lines, others in %.3f: want three times as much", with, without)
	}
}

func TestEveryPictureIsSoundXML(t *testing.T) {
	d, err := newDrawer()
	if err != nil {
		t.Fatal(err)
	}
	for shape := range d.Shapes {
		for color := range d.Colors {
			dec := xml.NewDecoder(strings.NewReader(string(d.picture(shape, color, "x"))))
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s in %s: %v", shape, color, err)
				}
			}
		}
	}
	s, _, _, _ := Fernhill(now)
	for _, p := range s.Products {
		if d.Shapes[p.Shape] == "" {
			t.Errorf("%s (%s) has no drawing of the shape %q", p.ID, p.Title, p.Shape)
		}
		for _, c := range p.Colors() {
			if d.Colors[c] == "" {
				t.Errorf("%s comes in %q, which has no ink", p.ID, c)
			}
		}
	}
}

func TestPicturesAndReviewsFitTheThing(t *testing.T) {
	s, _, _, err := Fernhill(now)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Tussock Merino Tee": "tshirt", "Cape Poncho": "poncho", "Carry Saddle Bag": "saddle_bag", "Heron Down Vest": "vest", "Sprint Running Vest 8": "backpack", "Camp Coffee Press": "press"}
	byID := map[string]*catalog.Product{}
	for _, p := range s.Products {
		if shape := want[p.Title]; shape != "" && p.Shape != shape {
			t.Errorf("%s is drawn as %s, want %s", p.Title, p.Shape, shape)
		}
		byID[p.ID] = p
	}
	for _, r := range s.Reviews {
		if p := byID[r.Product]; len(p.Sizes()) == 0 && (strings.Contains(r.Text, "true to size") || strings.Contains(r.Text, "shoulders") || strings.Contains(r.Text, "尺码")) {
			t.Errorf("of %s, which nobody wears, is said: %s", p.Title, r.Text)
		}
	}
}

func TestPagesEscapeWhatAFeedSays(t *testing.T) {
	p := &catalog.Product{ID: "1", Title: `<script>alert(1)</script>`, Description: `"><img onerror=x>`, URL: "javascript:alert(1)", Currency: "USD", Variants: []catalog.Variant{{SKU: "1", Stock: 1, Options: map[string]string{}}}}
	c, err := catalog.New(&catalog.Shop{Name: "Hill", Products: []*catalog.Product{p}}, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := Storefront(Config{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	for _, path := range []string{"/", "/p/1", "/?q=" + "script"} {
		w := get(path)
		if b := w.Body.String(); w.Code != 200 || strings.Contains(b, `src=""`) || strings.Contains(b, "<script>alert") || strings.Contains(b, "<img onerror") || strings.Contains(b, `href="javascript:`) {
			t.Errorf("%s: %d\n%s", path, w.Code, b)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	for _, path := range []string{"/?page=99999999999999999999", "/?page=-3", "/?max=-1&sort=price", "/?max=9223372036854775807", "/?q=" + strings.Repeat("%E5%B8%90", 300), "/?q=%ff%fe&color=%00", "/?lang=xx&category=none"} {
		if w := get(path); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if b := get("/?max=9223372036854775807").Body.String(); !strings.Contains(b, `data-click="1"`) {
		t.Error("a limit past all prices leaves nothing")
	}
	if b := get("/?q=" + strings.Repeat("%E5%B8%90", 150)).Body.String(); !strings.Contains(b, "帐帐帐") {
		t.Error("150 Chinese characters were dropped")
	}
	if w := get("/p/none"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `href="/"`) {
		t.Errorf("a missing product: %d", w.Code)
	}
}

func TestEventsAreCheckedBeforeAnyIsKept(t *testing.T) {
	s := &storefront{}
	for body, want := range map[string]int{
		`{"batch":[{"event":"Product Viewed","messageId":"1"}]}`: 204, `{"batch":[{"event":"Nonsense","messageId":"1"}]}`: 400,
		`{"batch":[{"event":"Product Viewed"}]}`: 400, `nonsense`: 400, `{"batch":["` + strings.Repeat("a", 70<<10) + `"]}`: 400,
	} {
		w := httptest.NewRecorder()
		s.events(w, httptest.NewRequest("POST", "/v1/events", strings.NewReader(body)))
		if w.Code != want {
			t.Errorf("%.50s: %d, want %d", body, w.Code, want)
		}
	}
}

func TestEveryFactHasItsChinese(t *testing.T) {
	s, _, _, err := Fernhill(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`^[-\d.,× ]+ ?(kg|g|ml|cm|mm|°C|m|g/m²|g/m²/24 h)?$|^UPF`)
	for _, p := range s.Products {
		for _, a := range p.Attributes {
			for _, w := range append([]string{a.Name}, a.Values...) {
				if p.TermIn("zh", w) == w && !plain.MatchString(w) {
					t.Errorf("%s: %q has no Chinese in source/terms_zh.yaml", p.ID, w)
				}
			}
		}
	}
}
