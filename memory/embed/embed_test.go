package embed

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
)

func open(t testing.TB) *Table {
	t.Helper()
	tab, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// testdata/reference.json holds the first numbers of vectors, and a weighted
// sum of all, as the program computes them that the table was checked with.
func TestVectorsAreThoseOfTheReference(t *testing.T) {
	tab := open(t)
	b, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Text  string
		First []float32
		Sum   float32
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		v := tab.Vector(r.Text)
		var sum float32
		for i, x := range v {
			sum += x * float32(i%7)
		}
		for i, want := range r.First {
			if math.Abs(float64(v[i]-want)) > 1e-5 {
				t.Errorf("%q: number %d is %v, want %v", r.Text, i, v[i], want)
			}
		}
		if math.Abs(float64(sum-r.Sum)) > 1e-3 {
			t.Errorf("%q: the sum is %v, want %v", r.Text, sum, r.Sum)
		}
	}
}

func TestWhatMeansTheSameIsNear(t *testing.T) {
	tab := open(t)
	dot := func(a, b string) (sum float32) {
		x, y := tab.Vector(a), tab.Vector(b)
		for i := range x {
			sum += x[i] * y[i]
		}
		return sum
	}
	for _, c := range [][3]string{
		{"rain jacket", "防雨夹克", "冰淇淋"},
		{"where is my parcel", "track my package", "pink socks"},
		{"我要退货", "I want to return it", "tent for two"},
	} {
		if near, far := dot(c[0], c[1]), dot(c[0], c[2]); near <= far {
			t.Errorf("%s is nearer to %s (%.2f) than to %s (%.2f)", c[0], c[2], far, c[1], near)
		}
	}
}

func TestADamagedTableIsRefused(t *testing.T) {
	open(t)
	short := append([]byte(nil), table[:1000]...)
	huge := append([]byte(nil), table[:1000]...)
	copy(huge[4:], "\xff\xff\xff\x7f\xff\xff\xff\x7f")
	for name, b := range map[string][]byte{"empty": nil, "other": []byte(strings.Repeat("x", 100)), "cut": short, "huge": huge, "long": append(append([]byte(nil), table...), 'x')} {
		if _, err := Open(b); err == nil {
			t.Errorf("a table that is %s was opened", name)
		}
	}
}

func FuzzVector(f *testing.F) {
	for _, s := range []string{"", "tent", "帐篷 tent", "\xff\xfe", "ＡＢＣ", strings.Repeat("a", 40), "'", "##x"} {
		f.Add(s)
	}
	tab := open(f)
	f.Fuzz(func(t *testing.T, text string) {
		var sum float64
		for _, x := range tab.Vector(text) {
			sum += float64(x) * float64(x)
		}
		if known := tab.Known(text); known && math.Abs(sum-1) > 1e-3 && sum != 0 || !known && sum != 0 {
			t.Errorf("%q has the length %v", text, sum)
		}
	})
}

func BenchmarkVector(b *testing.B) {
	tab := open(b)
	for b.Loop() {
		tab.Vector("do you have a waterproof jacket under 60 dollars")
	}
}
