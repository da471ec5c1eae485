package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"parley/tools/catalog"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// shelf is the catalogue of testdata/shop.
func shelf(t *testing.T, dir string, with func(*CatalogConfig)) *Catalog {
	t.Helper()
	s, _, err := catalog.LoadDir(os.DirFS(dir), catalog.LoadOptions{Name: "Corner"})
	if err != nil {
		t.Fatal(err)
	}
	index, err := catalog.New(s, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := CatalogConfig{Catalog: index, Site: "https://fir.example/"}
	if with != nil {
		with(&cfg)
	}
	c, err := NewCatalog(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// client connects the SDK's own client to a server in memory.
func client(t *testing.T, c *Catalog) *sdk.ClientSession {
	t.Helper()
	here, there := sdk.NewInMemoryTransports()
	server, err := c.server.Connect(t.Context(), there, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); server.Wait() })
	return s
}

// askFor calls a tool with a request as UCP's MCP binding wraps it.
func askFor(ctx context.Context, s *sdk.ClientSession, tool, request string) (json.RawMessage, error) {
	res, err := s.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: map[string]any{
		"meta":    map[string]any{"ucp-agent": map[string]any{"profile": "https://platform.example/agent.json"}},
		"catalog": json.RawMessage(request),
	}})
	if err != nil {
		return nil, err
	}
	return json.Marshal(res.StructuredContent)
}

func answered(t *testing.T, s *sdk.ClientSession, tool, request string) productsAnswer {
	t.Helper()
	b, err := askFor(t.Context(), s, tool, request)
	if err != nil {
		t.Fatalf("%s %s: %v", tool, request, err)
	}
	var a productsAnswer
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func ids(list []product) string {
	var out []string
	for _, p := range list {
		out = append(out, p.ID)
	}
	return strings.Join(out, " ")
}

// conversations with the catalogue, each with its golden answer.
var requests = []struct{ name, tool, request string }{
	{"search", "search_catalog", `{"query":"blue t-shirt"}`},
	{"search-zh", "search_catalog", `{"query":"防雨帽"}`},
	{"search-language", "search_catalog", `{"query":"hat","context":{"language":"zh-Hans"}}`},
	{"search-nearest", "search_catalog", `{"query":"waterproof mug"}`},
	{"search-none", "search_catalog", `{"query":"spaceship"}`},
	{"search-price", "search_catalog", `{"query":"mug","filters":{"price":{"min":100,"max":1000}},"context":{"currency":"EUR"}}`},
	{"search-other-currency", "search_catalog", `{"query":"mug","filters":{"price":{"max":1}},"context":{"currency":"USD"}}`},
	{"search-page", "search_catalog", `{"filters":{"categories":["kitchen > cups"]},"pagination":{"limit":2}}`},
	{"search-empty", "search_catalog", `{"query":"  "}`},
	{"search-purpose", "search_catalog", `{"query":"hat","purpose":"swap","reference_ids":["HAT"]}`},
	{"lookup", "lookup_catalog", `{"ids":["TEE","tee-b-l","TEE-R-M","HAT","HAT","4006381333931","nothing\u202e","MYSTERY"]}`},
	{"lookup-none", "lookup_catalog", `{"ids":["nothing"]}`},
	{"lookup-price", "lookup_catalog", `{"ids":["TEE","HAT"],"filters":{"price":{"min":2000}}}`},
	{"product", "get_product", `{"id":"TEE"}`},
	{"product-zh", "get_product", `{"id":"TEE","context":{"language":"zh"}}`},
	{"product-variant", "get_product", `{"id":"TEE-B-L","selected":[{"name":"color","label":"red"}]}`},
	{"product-selected", "get_product", `{"id":"TEE","selected":[{"name":"Color","label":"Blue"}]}`},
	{"product-relaxed", "get_product", `{"id":"TEE","selected":[{"name":"color","label":"blue"},{"name":"size","label":"S"}],"preferences":["color","size"]}`},
	{"product-relaxed-to-none", "get_product", `{"id":"TEE","selected":[{"name":"color","label":"mauve"}]}`},
	{"product-not-found", "get_product", `{"id":"nothing"}`},
	{"product-no-price", "get_product", `{"id":"MYSTERY"}`},
	{"product-filtered", "get_product", `{"id":"TEE","filters":{"price":{"max":100}}}`},
}

func TestAnswersAreTheGoldenOnes(t *testing.T) {
	s := client(t, shelf(t, "testdata/shop", nil))
	for _, r := range requests {
		got, err := askFor(t.Context(), s, r.tool, r.request)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		file := filepath.Join("testdata/golden", r.name+".json")
		if *update {
			var v any
			if err := json.Unmarshal(got, &v); err != nil {
				t.Fatal(err)
			}
			b, _ := json.MarshalIndent(v, "", " ")
			if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var g, w any
		if json.Unmarshal(got, &g) != nil || json.Unmarshal(want, &w) != nil {
			t.Fatalf("%s is no JSON", r.name)
		}
		if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.name, diff)
		}
	}
}

// specs compiles a schema of UCP, and skips where they are not at hand.
func specs(t *testing.T) func(ref string) *jsonschema.Schema {
	t.Helper()
	const dir = "../../../shared/data/catalog/specs/ucp"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("UCP's schemas are not beside the project (shared/data/catalog/specs/ucp)")
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(specLoader(dir))
	return func(ref string) *jsonschema.Schema {
		s, err := c.Compile("https://ucp.dev/schemas/" + ref)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

type specLoader string

func (dir specLoader) Load(url string) (any, error) {
	f, err := os.Open(filepath.Join(string(dir), strings.TrimPrefix(url, "https://ucp.dev/schemas/")))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jsonschema.UnmarshalJSON(f)
}

func parsed(t *testing.T, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The answers of two shops are held against UCP's own schemas, with a validator
// that is not ours; so is the profile. An answer that is an error has no product.
func TestAnswersFitUCP(t *testing.T) {
	schema := specs(t)
	of := map[string]*jsonschema.Schema{
		"search_catalog": schema("shopping/catalog_search.json#/$defs/search_response"),
		"lookup_catalog": schema("shopping/catalog_lookup.json#/$defs/lookup_response"),
		"get_product":    schema("shopping/catalog_lookup.json#/$defs/get_product_response"),
	}
	failed, message := schema("ucp.json#/$defs/error"), schema("common/types/message_error.json")
	check := func(s *sdk.ClientSession, tool, request string) {
		b, err := askFor(t.Context(), s, tool, request)
		if err != nil {
			t.Errorf("%s %s: %v", tool, request, err)
			return
		}
		v := parsed(t, b)
		if m := v.(map[string]any); tool == "get_product" && m["product"] == nil {
			if err := failed.Validate(m["ucp"]); err != nil {
				t.Errorf("%s: %v", request, err)
			}
			if err := message.Validate(m["messages"].([]any)[0]); err != nil {
				t.Errorf("%s: %v", request, err)
			}
			return
		}
		if err := of[tool].Validate(v); err != nil {
			t.Errorf("%s %s\n%s\n%v", tool, request, b, err)
		}
	}
	fir := client(t, shelf(t, "testdata/shop", nil))
	for _, r := range requests {
		check(fir, r.tool, r.request)
	}
	corner := shelf(t, "../../testdata/cornershop", nil)
	s := client(t, corner)
	for _, q := range []string{"board game", "fountain pen", "电饭煲", "面膜", "books under 9", "最便宜的加湿器"} {
		b, _ := json.Marshal(map[string]any{"query": q, "pagination": map[string]any{"limit": 50}})
		check(s, "search_catalog", string(b))
	}
	for _, p := range corner.cfg.Catalog.All() {
		check(s, "get_product", `{"id":"`+p.ID+`"}`)
		check(s, "lookup_catalog", `{"ids":["`+p.ID+`","`+p.Variants[0].SKU+`"]}`)
	}
	front := httptest.NewServer(corner.Handler())
	defer front.Close()
	resp, err := http.Get(front.URL + "/.well-known/ucp")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema("ucp.json#/$defs/business_schema").Validate(parsed(t, b).(map[string]any)["ucp"]); err != nil {
		t.Errorf("the profile: %v", err)
	}
}

// Our own schemas of requests take what UCP's take and refuse what they refuse.
func TestRequestsAreCheckedAsUCPDoes(t *testing.T) {
	schema := specs(t)
	of := map[string]*jsonschema.Schema{
		"search_catalog": schema("shopping/catalog_search.json#/$defs/search_request"),
		"lookup_catalog": schema("shopping/catalog_lookup.json#/$defs/lookup_request"),
		"get_product":    schema("shopping/catalog_lookup.json#/$defs/get_product_request"),
	}
	s := client(t, shelf(t, "testdata/shop", nil))
	cases := []struct{ tool, request string }{
		{"search_catalog", `{"query":5}`}, {"search_catalog", `{"query":"hat","pagination":{"limit":0}}`}, {"search_catalog", `{"query":"hat","pagination":{"limit":2.5}}`},
		{"search_catalog", `{"query":"hat","filters":{"price":{"min":-1}}}`}, {"search_catalog", `{"query":"hat","filters":{"price":{"min":1.5}}}`}, {"search_catalog", `{"query":"hat","filters":{"categories":"Hats"}}`},
		{"search_catalog", `{"query":"hat","filters":{"com.example.size":["M"]},"context":{"anything":[1]}}`}, {"search_catalog", `{"query":"hat","signals":{"ip":"1.2.3.4"}}`},
		{"search_catalog", `{"query":"hat","signals":{"dev.ucp.buyer_ip":"1.2.3.4"}}`}, {"search_catalog", `{"query":"hat","attribution":{"utm_source":5}}`}, {"search_catalog", `{"query":"hat","attribution":{"utm_source":"x"}}`},
		{"search_catalog", `{"query":"hat","context":{"eligibility":["com.example.gold"],"payment":[{"handler":"com.example.pay"}]}}`}, {"search_catalog", `{"query":"hat","context":{"eligibility":["gold"]}}`},
		{"search_catalog", `{"query":"hat","context":{"eligibility":["com.a.b","com.a.b"]}}`}, {"search_catalog", `{"query":"hat","context":{"payment":[{}]}}`}, {"search_catalog", `{"query":"hat","context":{"language":7}}`},
		{"lookup_catalog", `{}`}, {"lookup_catalog", `{"ids":[]}`}, {"lookup_catalog", `{"ids":[1]}`}, {"lookup_catalog", `{"ids":"TEE"}`}, {"lookup_catalog", `{"ids":["TEE"],"extra":{"a":1}}`},
		{"get_product", `{}`}, {"get_product", `{"id":1}`}, {"get_product", `{"id":"TEE","selected":[{"name":"color"}]}`}, {"get_product", `{"id":"TEE","preferences":"color"}`}, {"get_product", `{"id":"TEE","selected":[{"name":"color","id":"c1","label":"red"}]}`},
	}
	for _, r := range requests {
		cases = append(cases, struct{ tool, request string }{r.tool, r.request})
	}
	refused := 0
	for _, c := range cases {
		theirs := of[c.tool].Validate(parsed(t, []byte(c.request)))
		_, ours := askFor(t.Context(), s, c.tool, c.request)
		if (theirs == nil) != (ours == nil) {
			t.Errorf("%s %s: UCP says %v, we say %v", c.tool, c.request, theirs, ours)
		}
		var wire *jsonrpc.Error
		if ours != nil {
			if refused++; !errors.As(ours, &wire) || wire.Code != jsonrpc.CodeInvalidParams {
				t.Errorf("%s: refused with %v, not as invalid params", c.request, ours)
			}
		}
	}
	if refused < 10 {
		t.Errorf("only %d were refused: this looked at nothing", refused)
	}
}

func TestPagesHaveEveryProductOnce(t *testing.T) {
	s := client(t, shelf(t, "testdata/shop", nil))
	seen := map[string]int{}
	at, pages := "", 0
	for {
		b, _ := json.Marshal(map[string]any{"query": "tea cup", "pagination": map[string]any{"limit": 7, "cursor": at}})
		a := answered(t, s, "search_catalog", string(b))
		for _, p := range a.Products {
			seen[p.ID]++
		}
		if pages++; !a.Pagination.HasNext {
			break
		}
		at = a.Pagination.Cursor
	}
	if len(seen) != 30 || pages != 5 {
		t.Errorf("%d products on %d pages, not 30 on 5", len(seen), pages)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	for name, bad := range map[string]string{"of another search": at, "invented": "bm9uc2Vuc2U", "not base64": "%%%", "negative": "eyJvIjotNX0"} {
		a := answered(t, s, "search_catalog", `{"query":"hat","pagination":{"cursor":"`+bad+`"}}`)
		if a.UCP.Status != "error" || len(a.Products) > 0 || a.Messages[0].Code != "invalid_cursor" {
			t.Errorf("a cursor %s gave %+v", name, a)
		}
	}
}

func TestLimitsOfRequests(t *testing.T) {
	s := client(t, shelf(t, "testdata/shop", nil))
	if a := answered(t, s, "search_catalog", `{"query":"tea cup","pagination":{"limit":100000}}`); len(a.Products) != 30 { // the cups: no page is longer than 50
		t.Errorf("%d products", len(a.Products))
	}
	if a := answered(t, s, "search_catalog", `{"query":"`+strings.Repeat("very ", 200)+`long"}`); a.UCP.Status != "error" || a.Messages[0].Code != "query_too_long" {
		t.Errorf("got %+v", a)
	}
	many := `{"ids":["` + strings.Repeat(`x","`, mostIDs) + `y"]}`
	var wire *jsonrpc.Error
	if _, err := askFor(t.Context(), s, "lookup_catalog", many); !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInvalidParams {
		t.Errorf("%d ids: %v", mostIDs+1, err)
	}
	if _, err := askFor(t.Context(), s, "get_product", `{"id":"TEE","selected":[{"name":"size","label":"M"},{"name":"Size","label":"L"}]}`); !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInvalidParams {
		t.Errorf("an option twice: %v", err)
	}
	if _, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "cancel_order", Arguments: map[string]any{"order": "1042"}}); err == nil {
		t.Error("there is a tool that cancels orders")
	}
	list, err := s.ListTools(t.Context(), nil)
	if err != nil || len(list.Tools) != 3 {
		t.Fatalf("%d tools: %v", len(list.Tools), err)
	}
	for _, tool := range list.Tools {
		if tool.Annotations == nil || !tool.Annotations.ReadOnlyHint {
			t.Errorf("%s does not say that it only reads", tool.Name)
		}
	}
}

func TestPricesInEachCurrencysOwnMinorUnits(t *testing.T) {
	for _, c := range []struct {
		m    catalog.Money
		cur  string
		want int64
	}{{5200, "USD", 5200}, {5200, "JPY", 52}, {5250, "JPY", 53}, {5200, "KWD", 52000}, {1, "CNY", 1}, {100, "CLF", 10000}} {
		if got := minor(c.m, c.cur); got != (amount{c.want, c.cur}) {
			t.Errorf("%d hundredths of %s are %+v", c.m, c.cur, got)
		}
		if back := hundredths(c.want, c.cur); back != c.m && c.m%100 == 0 {
			t.Errorf("%d of %s are %d hundredths", c.want, c.cur, back)
		}
	}
}

// A shop with prices in two currencies: a filter holds for one of them, and says
// so when it does not know which.
func TestAPriceFilterIsOfOneCurrency(t *testing.T) {
	s := client(t, shelf(t, "../../testdata/cornershop", nil))
	for context, want := range map[string]string{`{"currency":"CNY"}`: "HF-2 HF-1", `{"currency":"gbp"}`: "", `{}`: "HF-2 HF-1 price_filter_ignored", `{"currency":"USD"}`: "HF-2 HF-1 price_filter_ignored"} {
		a := answered(t, s, "search_catalog", `{"query":"面膜","context":`+context+`,"filters":{"price":{"max":9900}}}`)
		got := ids(a.Products)
		if strings.HasPrefix(got, "HF-1") {
			got = strings.Replace(got, "HF-1 HF-2", "HF-2 HF-1", 1)
		}
		for _, m := range a.Messages {
			got += " " + m.Code
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%s: %q, want %q", context, got, want)
		}
	}
}

func TestTheSDKsClientOverHTTP(t *testing.T) {
	c := shelf(t, "testdata/shop", nil)
	front := httptest.NewServer(c.Handler())
	defer front.Close()
	for _, version := range []string{"", "2025-06-18"} {
		s, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: front.URL + "/mcp"}, &sdk.ClientSessionOptions{ProtocolVersion: version})
		if err != nil {
			t.Fatalf("%q: %v", version, err)
		}
		if a := answered(t, s, "search_catalog", `{"query":"搪瓷杯"}`); ids(a.Products) != "MUG" {
			t.Errorf("%q: found %q", version, ids(a.Products))
		}
		s.Close()
	}
}

func TestHTTPRefusesWhatIsNotForIt(t *testing.T) {
	clock := time.Unix(1e9, 0)
	c := shelf(t, "testdata/shop", func(c *CatalogConfig) {
		c.Origins, c.Now, c.Burst = []string{"https://partner.example"}, func() time.Time { return clock }, 8
	})
	front := httptest.NewServer(c.Handler())
	defer front.Close()
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"lookup_catalog","arguments":{"catalog":{"ids":["HAT"]}}}}`
	send := func(body string, change func(*http.Request)) int {
		r, err := http.NewRequest(http.MethodPost, front.URL+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		if change != nil {
			change(r)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	for _, x := range []struct {
		name string
		code int
		body string
		with func(*http.Request)
	}{
		{"a call", 200, call, nil},
		{"an origin that is allowed", 200, call, func(r *http.Request) { r.Header.Set("Origin", "https://partner.example") }},
		{"a foreign page", 403, call, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }},
		{"a page without a name", 403, call, func(r *http.Request) { r.Header.Set("Origin", "null") }},
		{"a name rebound to this machine", 403, call, func(r *http.Request) { r.Host = "evil.example" }},
		{"a body that is too long", 413, call + strings.Repeat(" ", mostBody), nil},
		{"a form", 415, call, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{"no JSON", 400, "{", nil},
	} {
		if got := send(x.body, x.with); got != x.code {
			t.Errorf("%s: %d, want %d", x.name, got, x.code)
		}
	}
	for range 8 {
		send(call, nil)
	}
	if got := send(call, nil); got != http.StatusTooManyRequests {
		t.Errorf("after the burst: %d", got)
	}
	clock = clock.Add(time.Second)
	if got := send(call, nil); got != 200 {
		t.Errorf("a second later: %d", got)
	}
}

func TestTheLimiterForgetsAndIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	l := &limiter{rate: 1, burst: 1, now: func() time.Time { return now }, callers: map[string]*caller{}}
	for i := range mostCallers + 50 {
		l.allow(fmt.Sprintf("10.0.%d.%d:1", i/250, i%250))
	}
	if len(l.callers) > mostCallers+1 {
		t.Errorf("it remembers %d", len(l.callers))
	}
	now = now.Add(2 * time.Minute)
	if l.allow("192.0.2.1:1"); len(l.callers) > 2 {
		t.Errorf("it forgot nothing: %d", len(l.callers))
	}
	if !l.allow("[2001:db8::1]:1") || l.allow("[2001:db8::ffff]:2") {
		t.Error("one who has a /64 has more than one place")
	}
}
