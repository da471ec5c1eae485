package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// rows is the house: a package imports only from lower rows. A family may
// import within itself. Test packages (suites and fakes) stand with what they test.
var rows = []struct {
	row      int
	packages []string
}{
	{1, []string{"agent/llm", "prompts", "memory/store", "memory/store/cluster", "memory/embed", "memory/redact", "tools/hanzi", "tools/measure"}},
	{2, []string{"memory/store/backup", "memory/store/faults", "memory/facts", "memory/seal", "memory/retention", "tools/classify", "tools/classify/intent", "tools/classify/evaluate", "agent/llm/wire"}},
	{3, []string{"agent/llm/ollama", "agent/llm/openai", "agent/llm/anthropic", "agent/llm/builtin", "agent/llm/scripted", "agent/llm/cassette", "agent/llm/discreet"}},
	{4, []string{"tools/catalog", "tools/orders", "tools/sentiment", "recsys", "recsys/evaluate", "recsys/segment", "recsys/experiment", "memory", "memory/erasure"}},
	{5, []string{"tools", "tools/mcp"}},
	{6, []string{"agent"}},
	{7, []string{"channels", "agent/spans"}},
	{8, []string{"channels/webchat", "channels/webchat/crowd", "channels/slackchat", "channels/terminal", "channels/script", "channels/outreach"}},
	{9, []string{"cmd/parley", "cmd/parley/demo", "cmd/parley/demo/gen"}},
}

// families may import within their row.
var families = [][]string{
	{"recsys", "recsys/evaluate", "recsys/segment", "recsys/experiment"},
	{"tools/catalog", "tools/orders"}, // orders are of the catalogue's products and money
	{"cmd/parley", "cmd/parley/demo", "cmd/parley/demo/gen"},
	{"tools", "tools/mcp"},
	{"tools/classify", "tools/classify/intent", "tools/classify/evaluate"},
}

// alone names the only package that may import a module.
var alone = map[string][]string{
	"github.com/gorilla/websocket":      {"channels/webchat", "channels/webchat/crowd"},
	"github.com/slack-go/slack":         {"channels/slackchat"},
	"github.com/blevesearch/bleve/v2":   {"tools/catalog"},
	"github.com/nats-io/nats-server/v2": {"memory/store", "memory/store/cluster"},
	"github.com/nats-io/nats.go":        {"memory/store", "memory/store/cluster"},
	"github.com/philippgille/chromem-go": {
		"memory",
	},
	"github.com/ollama/ollama":               {"agent/llm/ollama"},
	"github.com/openai/openai-go":            {"agent/llm/openai"},
	"github.com/anthropics/anthropic-sdk-go": {"agent/llm/anthropic"},
	"gonum.org/v1/plot":                      {"tools/classify/evaluate", "recsys/evaluate"},
	"github.com/modelcontextprotocol/go-sdk": {"tools/mcp"},
	"github.com/alecthomas/kong": {
		"cmd/parley",
	},
}

// suites are packages that only tests import, and stand above what they test.
var suites = map[string]string{
	"agent/llm/llmtest":               "agent/llm",
	"agent/llm/ollama/ollamatest":     "agent/llm/ollama",
	"memory/store/storetest":          "memory/store",
	"tools/orders/orderstest":         "tools/orders",
	"tools/mcp/mcptest":               "tools/mcp",
	"channels/slackchat/slacktest":    "channels/slackchat",
	"channels/webchat/webchattesting": "channels/webchat",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestArrowsPointDown(t *testing.T) {
	at := map[string]int{}
	for _, r := range rows {
		for _, p := range r.packages {
			at[p] = r.row
		}
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "parley/...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		name := strings.TrimPrefix(p.ImportPath, "parley/")
		if _, ok := suites[name]; ok {
			continue
		}
		row, ok := at[name]
		if !ok {
			t.Errorf("%s stands in no row: give it one in layers_test.go and in the design", name)
			continue
		}
		for _, i := range p.Imports {
			if why := forbidden(name, row, i, at); why != "" {
				t.Errorf("%s imports %s: %s", name, i, why)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("go list showed %d packages: this test looked at nothing", seen)
	}
}

// forbidden says why an import is not allowed, or "".
func forbidden(name string, row int, imported string, at map[string]int) string {
	for module, only := range alone {
		if imported == module || strings.HasPrefix(imported, module+"/") {
			for _, p := range only {
				if name == p {
					return ""
				}
			}
			return "only " + strings.Join(only, ", ") + " may"
		}
	}
	other, ours := strings.CutPrefix(imported, "parley/")
	if !ours {
		return ""
	}
	if _, suite := suites[other]; suite {
		return "a suite is for tests"
	}
	target, ok := at[other]
	switch {
	case !ok:
		return "it stands in no row"
	case target < row || family(name, other):
		return ""
	case target == row:
		return "the arrow points sideways"
	}
	return "the arrow points up"
}

func family(a, b string) bool {
	for _, f := range families {
		in := 0
		for _, p := range f {
			if p == a || p == b {
				in++
			}
		}
		if in == 2 {
			return true
		}
	}
	return false
}

func TestForbiddenArrowsAreSeen(t *testing.T) {
	at := map[string]int{"agent": 6, "channels": 7, "channels/webchat": 8, "channels/terminal": 8}
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"channels", "parley/agent", true},
		{"agent", "parley/channels", false},
		{"channels/webchat", "parley/channels/terminal", false},
		{"agent", "github.com/gorilla/websocket", false},
		{"channels/webchat", "github.com/gorilla/websocket", true},
		{"agent", "parley/agent/llm/llmtest", false},
		{"agent", "net/http", true},
	} {
		if why := forbidden(c.from, at[c.from], c.to, at); (why == "") != c.ok {
			t.Errorf("%s -> %s: %q", c.from, c.to, why)
		}
	}
}
