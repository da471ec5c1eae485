package script

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMistakesAreToldWithTheirPlaceAndTheRightName(t *testing.T) {
	for _, c := range []struct{ name, text, line, want string }{
		{"unknown key", "version: 1\nturns:\n  - user: hi\n    expect: {repply: {any: [x]}}", "4:", `did you mean "reply"`},
		{"unknown key at the top", "version: 1\ncustommer: {id: C1}\nturns: [{user: hi}]", "2:1", `did you mean "customer"`},
		{"wrong type", "version: 1\nturns:\n  - user: hi\n    expect: {steps_max: many}", "4:", "type int"},
		{"no kind", "version: 1\nturns:\n  - expect: {silent: true}", "3:", "of no kind"},
		{"two kinds", "version: 1\nturns:\n  - user: hi\n    wait: 1h", "3:", "make it two turns"},
		{"bad duration", "version: 1\nturns: [{wait: soon}]", "2:", "26h"},
		{"bad expression", "version: 1\nturns: [{user: hi, expect: {reply: {any: ['/(/']}}}]", "2:", "missing closing"},
		{"version", "version: 2\nturns: [{user: hi}]", "1:", "version 1"},
		{"empty", "", "1:1", "empty"},
		{"answers without a scripted model", "version: 1\nturns: [{user: hi, model: [{text: x}]}]", "2:", "scripted"},
		{"bad thumb", "version: 1\nturns: [{feedback: {rating: meh}}]", "2:", "up, down"},
		{"bad moment", "version: 1\nturns: [{user: hi, interrupt: {after: lunch, user: stop}}]", "2:", "first_call"},
		{"bad act", "version: 1\nturns: [{act: steal}]", "2:", "confirm, decline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("a.yaml", []byte(c.text))
			var m *Mistake
			if !errors.As(err, &m) || !strings.HasPrefix(err.Error(), "a.yaml:"+c.line) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want line %s and %q", err, c.line, c.want)
			}
		})
	}
}

func TestAToolThatDoesNotExistIsToldWithTheNearest(t *testing.T) {
	s, err := Parse("a.yaml", []byte("version: 1\nturns:\n  - user: hi\n    expect:\n      calls: [{name: get_ordr}]"))
	if err != nil {
		t.Fatal(err)
	}
	err = s.tools([]string{"get_order", "search_products"}, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "a.yaml:5:") || !strings.Contains(err.Error(), `"get_order"`) {
		t.Errorf("got %v", err)
	}
}

func TestAnIntentThatDoesNotExistIsToldWithTheNearest(t *testing.T) {
	s, err := Parse("a.yaml", []byte("version: 1\nturns:\n  - user: hi\n    expect: {intent: greating}"))
	if err != nil {
		t.Fatal(err)
	}
	err = s.tools(nil, []string{"greeting", "bye"})
	if err == nil || !strings.HasPrefix(err.Error(), "a.yaml:4:") || !strings.Contains(err.Error(), `"greeting"`) {
		t.Errorf("got %v", err)
	}
}

func TestArchivesAndFoldersAreRead(t *testing.T) {
	fsys := fstest.MapFS{
		"b.txtar":        {Data: []byte("two in one\n-- x.yaml --\nversion: 1\nturns: [{user: hi}]\n-- y.yaml --\nversion: 1\nname: why\nturns: [{user: hi}]\n")},
		"deep/a.yaml":    {Data: []byte("version: 1\nturns: [{user: hi}]")},
		"shops/s.yaml":   {Data: []byte("not a script")},
		"deep/notes.txt": {Data: []byte("nothing")},
	}
	scripts, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range scripts {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "x why a" {
		t.Errorf("read %q", got)
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("an empty folder is no suite")
	}
}

func TestValuesFit(t *testing.T) {
	for _, c := range []struct {
		want, got any
		fits      bool
	}{
		{map[string]any{"order": "1042"}, map[string]any{"order": "1042", "reason": "x"}, true},
		{map[string]any{"order": "1042"}, map[string]any{"order": 1042.0}, true},
		{map[string]any{"price_max": uint64(60)}, map[string]any{"price_max": 60.0}, true},
		{map[string]any{"price_max": nil}, map[string]any{"price_max": 60.0}, false},
		{map[string]any{"price_max": nil}, map[string]any{}, true},
		{"/^ship/", "shipped", true},
		{"ship", "shipped", false},
		{[]any{"a"}, []any{"a", "b"}, false},
	} {
		if fits(c.want, c.got) != c.fits {
			t.Errorf("fits(%v, %v) is not %v", c.want, c.got, c.fits)
		}
	}
}

func TestPrivateThingsAreSeen(t *testing.T) {
	for text, want := range map[string]bool{
		"Write to ana@example.org":             true,
		"Your card 4111 1111 1111 1111":        true,
		"Tracking 4111 1111 1111 1112":         false,
		"Call +44 20 7946 0958":                true,
		"Order 1042, $84.00, card ending 4421": false,
		"It belongs to Ben Okafor":             true,
	} {
		if got := private(text, []string{"Ben Okafor"}) != ""; got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestTheSchemaNamesEveryKey(t *testing.T) {
	b, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys() {
		if !strings.Contains(string(b), `"`+k+`"`) {
			t.Errorf("the schema does not know %s", k)
		}
	}
}

func TestTheRateHasWilsonsInterval(t *testing.T) {
	r := Report{Runs: 2}
	for _, ok := range []bool{true, true, true, false} {
		res := &Result{Script: &Script{}}
		if !ok {
			res.Err = errors.New("x")
		}
		r.Results = append(r.Results, res)
	}
	rate, low, high := r.Rate()
	every := r.Every()
	// 3 of 4: Wilson's interval is .301 to .954 (hand computed).
	if rate != .75 || low < .300 || low > .302 || high < .953 || high > .955 {
		t.Errorf("got %v [%v, %v]", rate, low, high)
	}
	// One script passed twice of two, the other once: pass^1 is (1 + 1/2) / 2, pass^2 (1 + 0) / 2.
	if len(every) != 2 || every[0] != .75 || every[1] != .5 {
		t.Errorf("pass^k %v", every)
	}
}
