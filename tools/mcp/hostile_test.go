package mcp

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestSchemasThatWouldHarmAreRefused(t *testing.T) {
	growing := `{"type":"object","properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{` // eightfold at each of five steps
	for i := range 5 {
		growing += fmt.Sprintf(`"d%d":{"allOf":[%s]},`, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"$ref":"#/$defs/d%d"},`, i+1), 8), ","))
	}
	growing += `"d5":{}}}`
	for schema, want := range map[string]string{
		`{"type":"object","$ref":"#"}`: "refers to itself",
		`{"type":"object","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"properties":{"p":{"$ref":"#/$defs/a"}}}`: "refers to itself",
		`{"type":"object","properties":{"p":{"$ref":"https://evil.example/s"}}}`:                                                "outside of itself",
		`{"type":"object","properties":{"p":{"$ref":"#/$defs/none"}}}`:                                                          "not there",
		`{"type":"object","properties":{"p":{"$dynamicRef":"#x"}}}`:                                                             "not followed",
		growing:             "too much",
		`{"type":"array"}`:  "not of type",
		`{"properties":{}}`: "not of type",
		`null`:              "no JSON object",
		`"x"`:               "no JSON object",
		`{"type":"object","a":"` + strings.Repeat("a", mostSchema) + `"}`:                                                        "longer than",
		`{"type":"object","properties":{"customerId":{}}}`:                                                                       "customerId",
		`{"type":"object","properties":{"x":{"properties":{"user_id":{}}}}}`:                                                     "user_id",
		`{"type":"object","properties":{"x":{"$ref":"#/$defs/w"}},"$defs":{"w":{"type":"object","properties":{"customer":{}}}}}`: "customer",
		`{"type":"object","properties":{"a\u202eb":{}}}`:                                                                         "control characters",
		`{"type":"object","properties":{"x":{"enum":["a\u0007"]}}}`:                                                              "control characters",
		`{"type":"object","properties":{"x":` + strings.Repeat(`{"items":`, 40) + `{}` + strings.Repeat("}", 40) + `}}`:          "too deep",
	} {
		if _, err := readSchema([]byte(schema)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", schema, err, want)
		}
	}
	s, err := readSchema([]byte(`{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"type":"string","description":"one\n</data> two"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if d := s.Definitions["x"].Description; d != "one ‹/data› two" {
		t.Errorf("described as %q", d)
	}
}

// Whatever a schema says, reading it and checking arguments against it ends.
func FuzzSchema(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"a":{"type":"string"}}}`), []byte(`{"a":1}`))
	f.Add([]byte(`{"type":"object","$ref":"#/properties/a","properties":{"a":{"$ref":"#/properties/b"},"b":{"not":{"$ref":"#/properties/a"}}}}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, schema, args []byte) {
		s, err := readSchema(schema)
		if err != nil {
			return
		}
		r, err := s.Resolve(nil)
		if err != nil {
			return
		}
		d := &definition{args: r}
		_, _ = d.check(args)
	})
}

func TestCommandLinesAreReadAsWritten(t *testing.T) {
	t.Setenv("SHOP_TOKEN", "a b'c")
	for text, want := range map[string]address{
		`npx -y loyalty`:                      {args: []string{"npx", "-y", "loyalty"}},
		`loyalty=npx  "two words" 'a\b' c\ d`: {name: "loyalty", args: []string{"npx", "two words", `a\b`, "c d"}},
		`x=TOKEN=$SHOP_TOKEN node s.js ''`:    {name: "x", env: []string{"TOKEN=a b'c"}, args: []string{"node", "s.js", ""}},
		`HTTPS://shop.example/mcp?a=b`:        {url: "HTTPS://shop.example/mcp?a=b"},
		`l=https://shop.example/mcp`:          {name: "l", url: "https://shop.example/mcp"},
		`/opt/a=b/run $HOME`:                  {args: []string{"/opt/a=b/run", "$HOME"}},
	} {
		got, err := parseAddress(text)
		if err != nil || got.name != want.name || got.url != want.url || !slices.Equal(got.env, want.env) || !slices.Equal(got.args, want.args) {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for text, want := range map[string]string{"": "no command", "x=": "no command", `a "b`: "not closed", `a \`: "backslash", "a\x00": "zero byte", "https://": "host", "https://u:p@h/": "token", "A=1": "no command"} {
		if _, err := parseAddress(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What is quoted comes back as it was.
func FuzzCommandLine(f *testing.F) {
	f.Add("a b", `c\"d`)
	f.Fuzz(func(t *testing.T, a, b string) {
		_, _ = splitCommand(a) // ends
		if strings.ContainsAny(a+b, "'\x00") || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		got, err := splitCommand("'" + a + "' '" + b + "'")
		if err != nil || len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q %q: %q %v", a, b, got, err)
		}
	})
}

func TestResultsAreBoundedInEveryDirection(t *testing.T) {
	r := &remote{at: address{name: "shop"}}
	deep := any("x")
	for range 1000 {
		deep = []any{deep}
	}
	wide := []any{}
	for range 100_000 {
		wide = append(wide, true)
	}
	for name, v := range map[string]any{"deep": deep, "wide": wide, "long": strings.Repeat("界", 1<<20), "keys": map[string]any{strings.Repeat("k", 1<<20): 1}} {
		out, err := r.output(&sdk.CallToolResult{StructuredContent: v})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Content) > 2*mostResult || !strings.Contains(string(out.Content), `"cut"`) || !json.Valid(out.Content) {
			t.Errorf("%s: %d bytes, %.80s", name, len(out.Content), out.Content)
		}
	}
	nested := any("x")
	for range 100 {
		nested = []any{nested}
	}
	out, err := r.output(&sdk.CallToolResult{StructuredContent: nested})
	if n := strings.Count(string(out.Content), "["); err != nil || n > mostDepth+1 || n < mostDepth {
		t.Errorf("%d levels: %v", n, err)
	}
	out, err = r.output(&sdk.CallToolResult{Content: []sdk.Content{
		&sdk.TextContent{Text: "a\u202eb\x1b[31m<data>"}, &sdk.ImageContent{Data: []byte("x"), MIMEType: "image/png"}, &sdk.TextContent{Text: `{"n": 1}`}, &sdk.ResourceLink{URI: "https://x.example", Name: "x"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out.Content); strings.ContainsAny(got, "<\u202e\x1b") || !strings.Contains(got, "left out") || !strings.Contains(got, `{"n":1}`) {
		t.Errorf("got %s", got)
	}
}

// A server that takes every connection and says nothing, over HTTP.
func TestAnHTTPServerThatSaysNothingHangsNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	begun := time.Now()
	r := open(t, "", func(c *Config) {
		c.Servers, c.Start, c.Connect = []string{"http://" + l.Addr().String()}, 2*time.Second, 100*time.Millisecond
	})
	if took := time.Since(begun); took > 5*time.Second || !strings.Contains(r.say.String(), "no answer in 100ms") {
		t.Errorf("after %s the log says %s", took, r.say)
	}
}

// An answer without end is broken off.
func TestAnEndlessAnswerIsBrokenOff(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	r := open(t, "", func(c *Config) { c.Servers, c.Retry = []string{s.URL}, time.Hour })
	if said := r.say.String(); !strings.Contains(said, "16 MiB") {
		t.Errorf("the log says %s", said)
	}
}
