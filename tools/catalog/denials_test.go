package catalog

import (
	"slices"
	"testing"
)

// said gives the terms that an index of one text claims, and those that it denies.
func said(t testing.TB, text string) (claimed, not []string) {
	t.Helper()
	l, err := loadLexicon()
	if err != nil {
		t.Fatal(err)
	}
	x := newTextIndex(l)
	x.add(0, scan(text), inBody)
	for w, id := range x.surfaces {
		if id < 0 {
			continue
		}
		if claims(x.postings[id][0].mask) {
			claimed = append(claimed, w)
		} else {
			not = append(not, w)
		}
	}
	slices.Sort(claimed)
	slices.Sort(not)
	return claimed, not
}

func TestATextsDenialsAreRead(t *testing.T) {
	for _, x := range []struct{ text, claims, denies string }{
		{"Not waterproof. Warm.", "warm", "waterproof"},
		{"No hood or zip, but pockets", "pockets", "zip"},
		{"not only light but warm", "light", ""},
		{"Fragrance-free cream", "cream", "fragrance"},
		{"free of alcohol", "", "alcohol"},
		{"Not recommended for very dry or sensitive skin; rich", "rich", "sensitive"},
		{"不防水", "", "防水"},
		{"不锈钢内胆", "锈钢", ""},
		{"不含酒精、香精，保湿", "保湿", "香精"},
		{"干皮和敏感肌慎用。清爽", "清爽", "敏感"},
		{"敏感肌不建议使用", "", "敏感"},
		{"不建议孕妇使用", "", "孕妇"},
		{"无糖饼干", "无糖", "糖"},
		{"无线充电", "充电", "线"},
		{"不仅防水", "防水", ""},
		{"不支持预约但保温", "保温", "预约"},
	} {
		claimed, not := said(t, x.text)
		if x.claims != "" && !slices.Contains(claimed, x.claims) {
			t.Errorf("%q claims %q, want %q among them", x.text, claimed, x.claims)
		}
		if x.denies != "" && !slices.Contains(not, x.denies) {
			t.Errorf("%q denies %q, want %q among them", x.text, not, x.denies)
		}
	}
}

func FuzzDenials(f *testing.F) {
	for _, s := range []string{"不含酒精、香精，敏感肌慎用", "无", "not", "free of", "- free", "不不不建议", "x不含y但z慎用", "不支持\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { said(t, text) })
}
