package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/agent/llm"
	"parley/tools/catalog"
)

func TestTheJudgeSeesWhatNobodySaid(t *testing.T) {
	v := catalog.Vocabulary{
		Colors:   []catalog.Term{{ID: "red", Names: map[string][]string{"en": {"red"}, "zh": {"红色"}}}},
		Products: []catalog.Term{{ID: "P-7", Names: map[string][]string{"en": {"Brook 20 Daypack"}, "zh": {"Brook 20 日用背包"}}}},
	}
	for _, c := range []struct {
		said, tool, args string
		made             string
	}{
		{"red hats under 40", "search_products", `{"query":"red hats","price_max":40}`, ""},
		{"hats", "search_products", `{"query":"hats","price_max":40}`, "price_max"},
		{"hats under 140", "search_products", `{"query":"hats","price_max":40}`, "price_max"},
		{"有红色的帽子吗", "search_products", `{"query":"红色帽子","color":"red"}`, ""},
		{"有帽子吗", "search_products", `{"query":"帽子","color":"red"}`, "color"},
		{"红色毛线帽", "search_products", `{"query":"red wool cap"}`, "query"},
		{"is the Brook 20 light?", "get_product", `{"product":"P-7"}`, ""},
		{"is the Brook 28 light?", "get_product", `{"product":"P-7"}`, "product"},
		{"is the Brook 28 light?", "get_product", `{"product":"Brook 20"}`, "product"},
		{"Brook 20 and Brook 28", "compare_products", `{"products":["Brook 20","Ridge 2"]}`, "products"},
		{"hi", "get_order", `{"order":"1042"}`, "order"},
		{"where is #1042", "get_order", `{"order":"1042"}`, ""},
		{"any hats?", "search_products", `{"query":"hats","in_stock":true}`, "in_stock"},
		{"forget my data", "forget", `{"what":"all"}`, ""},
		{"I take size L", "remember", `{"kind":"size","value":"XL"}`, "value"},
		{"get me a manager", "hand_off", `{"reason":"requested"}`, ""},
	} {
		got := madeUp(llm.Call{Name: c.tool, Args: []byte(c.args)}, c.said, v)
		if name, _, _ := strings.Cut(got, " "); name != c.made {
			t.Errorf("%q, %s: got %q, want %q", c.said, c.args, got, c.made)
		}
	}
}

func TestMessagesForToolChoiceAreManySoundAndApart(t *testing.T) {
	test, err := readToolChoices("../../testdata/toolchoice.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	tune, err := readToolChoices("../../testdata/toolchoice_tune.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if len(test) < 100 {
		t.Errorf("%d messages", len(test))
	}
	b, err := newChoiceBench(t.Context(), "builtin")
	if err != nil {
		t.Fatal(err)
	}
	defer b.app.Store.Close()
	offered := []string{"none"}
	for _, tool := range b.app.Tools.For(llm.Customer{ID: "C1007", Authenticated: true}) {
		offered = append(offered, tool.Name)
	}
	seen := map[string]bool{}
	for _, x := range append(test, tune...) {
		if seen[x.Text] {
			t.Errorf("%q stands twice", x.Text)
		}
		seen[x.Text] = true
		for _, w := range x.Want {
			if !slices.Contains(offered, w) {
				t.Errorf("%q wants %q, which is no tool", x.Text, w)
			}
		}
	}
}

func TestToolChoiceScoresAModelAsTheAgentAsksIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "few.jsonl")
	if err := os.WriteFile(file, []byte(`{"text":"hm, the thing for the thing","want":["get_product"],"locale":"en"}
{"text":"do you have tents under 90","want":["search_products"],"locale":"en"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &smallModel{lines: []string{ // a limit that was not given, and one that was
		`{"meaning":"x","action":"search_products","query":"thing","price_max":12}`, `{"meaning":"x","action":"search_products","query":"tents","price_max":90}`,
	}}
	s.start(t)
	figures, err := evalToolChoice(t.Context(), nil, &evalCmd{Model: "ollama:small", File: file})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range figures {
		got[f.Metric] = f.Value
	}
	if got["right_tool"] != .5 || got["invented_args"] != 0 || figures[0].Low <= 0 || figures[0].High >= 1 {
		t.Errorf("got %+v", figures)
	}
	if _, err := readToolChoices("main.go"); err == nil || !strings.Contains(err.Error(), "main.go:1") {
		t.Errorf("a file of another kind: %v", err)
	}
}
