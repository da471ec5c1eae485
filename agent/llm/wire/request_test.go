package wire

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm"
)

func call(id string) llm.Part {
	return llm.Part{Call: &llm.Call{ID: id, Name: "n", Args: json.RawMessage(`{}`)}}
}

func result(id string) llm.Part {
	return llm.Part{Result: &llm.Result{ID: id, Name: "n", Content: json.RawMessage(`"` + id + `"`)}}
}

func msg(role llm.Role, parts ...llm.Part) llm.Message { return llm.Message{Role: role, Parts: parts} }

// shape writes a history in a line a message.
func shape(list []llm.Message) string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString(string(m.Role))
		for _, p := range m.Parts {
			switch {
			case p.Call != nil:
				b.WriteString(" call:" + p.Call.ID)
			case p.Result != nil:
				b.WriteString(" " + p.Result.ID + "=" + string(p.Result.Content))
			case p.Reasoning != "":
				b.WriteString(" (" + p.Reasoning + ")")
			default:
				b.WriteString(" " + strings.ReplaceAll(p.Text, "\n", "|"))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestAHistoryIsMadeSound(t *testing.T) {
	text := func(s string) llm.Part { return llm.Part{Text: s} }
	for _, c := range []struct {
		name string
		in   []llm.Message
		want string
	}{
		{"as it should be", []llm.Message{
			msg(llm.User, text("a")), msg(llm.Assistant, text("b"), call("x"), call("y")), msg(llm.ToolRole, result("x"), result("y")), msg(llm.Assistant, text("c")), msg(llm.User, text("d")),
		}, "user a\nassistant b call:call00001 call:call00002\ntool call00001=\"x\" call00002=\"y\"\nassistant c\nuser d\n"},
		{"results in another order, and in two messages", []llm.Message{
			msg(llm.User, text("a")), msg(llm.Assistant, call("x"), call("y")), msg(llm.ToolRole, result("y")), msg(llm.ToolRole, result("x")),
		}, "user a\nassistant call:call00001 call:call00002\ntool call00001=\"x\" call00002=\"y\"\n"},
		{"an id that comes again", []llm.Message{
			msg(llm.User, text("a")), msg(llm.Assistant, call("x")), msg(llm.ToolRole, result("x")), msg(llm.User, text("b")), msg(llm.Assistant, call("x")), msg(llm.ToolRole, result("x")),
		}, "user a\nassistant call:call00001\ntool call00001=\"x\"\nuser b\nassistant call:call00002\ntool call00002=\"x\"\n"},
		{"an id that comes again after a call without a result", []llm.Message{
			msg(llm.User, text("a")), msg(llm.Assistant, call("x")), msg(llm.User, text("b")), msg(llm.Assistant, call("x")), msg(llm.ToolRole, result("x")),
		}, "user a\nassistant call:call00001\ntool call00001={\"error\":\"cancelled\"}\nuser b\nassistant call:call00002\ntool call00002=\"x\"\n"},
		{"one id for two calls side by side", []llm.Message{
			msg(llm.User, text("a")), msg(llm.Assistant, call("x"), call("x")),
			msg(llm.ToolRole, llm.Part{Result: &llm.Result{ID: "x", Content: json.RawMessage(`1`)}}, llm.Part{Result: &llm.Result{ID: "x", Content: json.RawMessage(`2`)}}),
		}, "user a\nassistant call:call00001 call:call00002\ntool call00001=1 call00002=2\n"},
		{"a call without a result, a result without a call", []llm.Message{
			msg(llm.User, text("a")), msg(llm.ToolRole, result("z")), msg(llm.Assistant, call("x")), msg(llm.User, text("b")),
		}, "user a\nassistant call:call00001\ntool call00001={\"error\":\"cancelled\"}\nuser b\n"},
		{"nothing to read", []llm.Message{
			msg(llm.User, text("a")), msg(llm.Assistant, text(" \n")), msg(llm.Assistant, llm.Part{Reasoning: "hm"}), msg(llm.Assistant), msg(llm.User, text("b")),
		}, "user a||b\n"},
		{"the assistant at both ends", []llm.Message{msg(llm.Assistant, text("hello")), msg(llm.User, text("a")), msg(llm.Assistant, text("b")), msg(llm.Assistant, text("c"))},
			"user …\nassistant hello\nuser a\nassistant b||c\nuser …\n"},
		{"a system message in a history", []llm.Message{msg(llm.System, text("obey")), msg(llm.User, text("a"))}, "user obey||a\n"},
		{"bytes that are no text", []llm.Message{msg(llm.User, text("a\xff\x00b"))}, "user a\uFFFD\x00b\n"},
		{"none", nil, ""},
	} {
		before, _ := json.Marshal(c.in) // of our own types: cannot fail
		if d := cmp.Diff(c.want, shape(Sound(c.in))); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if after, _ := json.Marshal(c.in); string(before) != string(after) {
			t.Errorf("%s: the history itself changed", c.name)
		}
	}
}

func FuzzSoundHistoriesAreValid(f *testing.F) {
	f.Add("uatcx")
	f.Add("acdrsuuatcr")
	f.Fuzz(func(t *testing.T, script string) {
		var in []llm.Message
		for i, r := range script {
			id := string('a' + rune(i%3))
			switch r {
			case 'u':
				in = append(in, llm.Text(llm.User, "u"))
			case 'a':
				in = append(in, llm.Text(llm.Assistant, "a"))
			case 'c':
				in = append(in, msg(llm.Assistant, call(id), call("b")))
			case 'r':
				in = append(in, msg(llm.ToolRole, result(id), result("b")))
			case 's':
				in = append(in, msg(llm.System, llm.Part{Text: "s"}))
			case 'x':
				in = append(in, msg(llm.User))
			}
		}
		out := Sound(in)
		seen := map[string]bool{}
		for i, m := range out {
			calls := m.Calls()
			for _, c := range calls {
				if seen[c.ID] || len(c.ID) != 9 {
					t.Fatalf("call %q in %s", c.ID, shape(out))
				}
				seen[c.ID] = true
			}
			if len(calls) > 0 && (i+1 == len(out) || out[i+1].Role != llm.ToolRole || len(out[i+1].Parts) != len(calls)) {
				t.Fatalf("no results behind message %d of %s", i, shape(out))
			}
			if i > 0 && out[i-1].Role == m.Role || i == 0 && m.Role != llm.User || len(m.Parts) == 0 {
				t.Fatalf("message %d of %s", i, shape(out))
			}
		}
		if n := len(out); n > 0 && out[n-1].Role == llm.Assistant {
			t.Fatalf("the assistant speaks last: %s", shape(out))
		}
	})
}

func TestArgsAreAlwaysAnObject(t *testing.T) {
	long := `"` + strings.Repeat("x", 1<<20) + `"`
	for in, want := range map[string]string{
		"": "{}", "  ": "{}", "null": "{}", "{}": "{}", ` {"a": 1} `: `{"a": 1}`, `"{\"a\":1}"`: `{"a":1}`, `""`: "{}",
		"{\"a\":\"\xff\"}": "{\"a\":\"\uFFFD\"}",
		`{"a":`:            `{"arguments_that_are_no_json_object":"{\"a\":"}`,
		`[1]`:              `{"arguments_that_are_no_json_object":"[1]"}`,
		`{"a":1}{"b":2}`:   `{"arguments_that_are_no_json_object":"{\"a\":1}{\"b\":2}"}`,
	} {
		if got := string(Args(in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := Args(`{"a":` + long + `}`); len(got) > 1000 {
		t.Errorf("kept %d bytes", len(got))
	}
}

func FuzzArgs(f *testing.F) {
	f.Add(`{"a":1}`)
	f.Add(`"\"{}\""`)
	f.Fuzz(func(t *testing.T, s string) {
		var v map[string]any
		if err := json.Unmarshal(Args(s), &v); err != nil || v == nil {
			t.Errorf("%q became %s: %v", s, Args(s), err)
		}
	})
}

func TestNamesAreTakenByEveryServer(t *testing.T) {
	long := strings.Repeat("x", 70)
	specs := []llm.Spec{{Name: "a.b"}, {Name: "a/b"}, {Name: "a_b"}, {Name: long}, {Name: long + "y"}, {Name: "搜索"}, {Name: ""}}
	n := NamesOf(specs)
	seen := map[string]bool{}
	for _, s := range specs {
		out := n.Out(s.Name)
		if !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`).MatchString(out) || seen[out] || n.In(out) != s.Name {
			t.Errorf("%q became %q and %q again", s.Name, out, n.In(out))
		}
		seen[out] = true
	}
	if n.Out("a_b") != "a_b" || n.In("made_up") != "made_up" || n.Out("gone.tool") != "gone_tool" {
		t.Errorf("%q %q %q", n.Out("a_b"), n.In("made_up"), n.Out("gone.tool"))
	}
}

func TestSchemasAreTakenByEveryServer(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", `{}`, `{"type":"object","properties":{}}`},
		{"null beside a type", `{"type":"object","properties":{"a":{"type":["null","array"],"items":{"type":["string","null"],"enum":["x",null]}}}}`,
			`{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","enum":["x"]}}}}`},
		{"what servers refuse", `{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"x","type":"object","properties":{"a":{"type":"string","$comment":"c","examples":["e"],"x-own":1}}}`,
			`{"type":"object","properties":{"a":{"type":"string"}}}`},
		{"alternatives at the root", `{"anyOf":[{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]},{"type":"object","properties":{"mail":{"type":"string"}},"required":["mail"]}],"properties":{"n":{"type":"integer"}},"required":["n"]}`,
			`{"type":"object","properties":{"n":{"type":"integer"},"id":{"type":"string"},"mail":{"type":"string"}},"required":["n"]}`},
		{"all of them at the root", `{"allOf":[{"properties":{"id":{"type":"string"}},"required":["id"]}]}`, `{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}`},
		{"a reference at the root", `{"$ref":"#/$defs/in","$defs":{"in":{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}}},"b":{"type":["integer","null"]}}}`,
			`{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"in":{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}}},"b":{"type":"integer"}}}`},
	} {
		var s jsonschema.Schema
		if err := json.Unmarshal([]byte(c.in), &s); err != nil {
			t.Fatal(err)
		}
		before, err := json.Marshal(&s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Schema(llm.Spec{Name: "t", Parameters: &s})
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(c.want), &b) != nil {
			t.Fatalf("%s: no JSON: %s", c.name, got)
		}
		if d := cmp.Diff(b, a); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if again, err := Schema(llm.Spec{Name: "t", Parameters: &s}); err != nil || string(again) != string(got) {
			t.Errorf("%s: other bytes the second time: %v", c.name, err)
		}
		if after, err := json.Marshal(&s); err != nil || string(after) != string(before) {
			t.Errorf("%s: the tool's own schema changed: %v\n%s", c.name, err, after)
		}
	}
}

// Schemas of Go types have no order of properties of their own where they are
// joined, and may share memory with others.
func TestASchemaIsTheSameEveryTimeAndLeavesItsMakersAlone(t *testing.T) {
	plainOf := func(names ...string) *jsonschema.Schema {
		s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, Required: names}
		for _, n := range names {
			s.Properties[n] = &jsonschema.Schema{Type: "string"}
		}
		return s
	}
	order, required := append(make([]string, 0, 8), "n"), append(make([]string, 0, 8), "n")
	s := plainOf("n")
	s.PropertyOrder, s.Required, s.AllOf = order, required, []*jsonschema.Schema{plainOf("e", "d", "c", "b", "a", "f", "g")}
	first, err := Schema(llm.Spec{Name: "t", Parameters: s})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := Schema(llm.Spec{Name: "t", Parameters: s}); err != nil || string(again) != string(first) {
			t.Fatalf("%v: %s\n%s", err, first, again)
		}
	}
	if order[:2][1] != "" || required[:2][1] != "" {
		t.Errorf("wrote into %q and %q", order[:2], required[:2])
	}
}
