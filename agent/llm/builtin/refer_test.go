package builtin

import "testing"

func TestAProductIsCalledByAPartOfItsName(t *testing.T) {
	zh := func(id, title string) Term { return Term{ID: id, Names: map[string][]string{"zh": {title}}} }
	en := func(id, title string) Term { return Term{ID: id, Names: map[string][]string{"en": {title}}} }
	made, err := New(Config{Vocabulary: Vocabulary{
		Categories: []Term{{ID: "cookers", Names: map[string][]string{"zh": {"电饭煲"}}}, {ID: "games", Names: map[string][]string{"en": {"Games"}}}},
		Products: []Term{
			zh("C1", "小筑 迷你电饭煲 1.5升"), zh("C2", "小筑 智能电饭煲 4升"), zh("C3", "灶台 IH电饭煲 5升"), zh("M1", "素白 补水面膜 10片"), zh("M2", "素白 清洁泥膜 120克"),
			en("G1", "Tides & Towers"), en("G2", "The Great Turnip Auction"), en("G3", "Ashes of the Third Moon"), en("G4", "Winter Party Game"),
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := made.(*model)
	games := []ref{{ID: "G1", Title: "Tides & Towers", Price: 18.5}, {ID: "G2", Title: "The Great Turnip Auction", Price: 24}, {ID: "G4", Title: "Winter Party Game", Price: 9}}
	for _, x := range []struct {
		text  string
		shown []ref
		want  string
	}{
		{"小筑那个4升的能预约吗", nil, "C2"},
		{"灶台那个ih的多少钱", nil, "C3"},
		{"泥膜能天天用吗", nil, "M2"},
		{"电饭煲能预约吗", nil, ""}, // three are
		{"素白的好用吗", nil, ""},  // two are
		{"is the turnip one reduced?", games, "G2"},
		{"tides and towers, is it for two?", nil, "G1"},
		{"the $24 one please", games, "G2"},
		{"how long does a game take?", games, ""},       // a kind is no name
		{"what's the size of the bottle?", nil, ""},     // "of the" calls nothing
		{"do you have something for a party?", nil, ""}, // a search
	} {
		c := m.read(request(nil, x.text, "")).clauses[0]
		c.shown = x.shown
		got := ""
		if list := c.products(); len(list) == 1 {
			got = list[0]
		} else if len(list) > 1 {
			t.Errorf("%q: %v", x.text, list)
		}
		if got != x.want {
			t.Errorf("%q is about %q, want %q (read as %s)", x.text, got, x.want, c.top)
		}
	}
}
