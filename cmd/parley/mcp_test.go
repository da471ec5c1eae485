package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/scripted"
	"parley/memory/store"
	"parley/tools/mcp/mcptest"
)

// withFake is the demo shop with a fake outside server and a scripted model.
func withFake(t *testing.T, steps ...scripted.Step) (a *app, m *scripted.Model, calls string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	calls = filepath.Join(t.TempDir(), "calls")
	command, err := mcptest.Command("", calls)
	if err != nil {
		t.Fatal(err)
	}
	s := outsideSettings{Mcp: []string{command}, McpRead: []string{"shop_points"}}
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	outside, err := s.openOutside(t.Context(), st, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOutside(outside, log) })
	m = scripted.New(steps...)
	a, _, err = newApp(t.Context(), appConfig{Shop: sh, Store: st, Models: []agent.Named{{Name: "scripted", Model: m}}, Outside: outside, Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return a, m, calls
}

func calling(name string, args map[string]any) scripted.Step {
	return scripted.Step{Calls: []scripted.Call{{Name: name, Args: args}}}
}

// turn runs one turn, and says how it ended and what order 1042 is then.
func (a *app) turnOf(t *testing.T, turn agent.Turn) (*agent.Outcome, string) {
	t.Helper()
	turn.ID, turn.Customer, turn.Now = "c/"+turn.Text, llm.Customer{ID: "C1007", Authenticated: true, Conversation: "c"}, a.Now()
	var out *agent.Outcome
	for e, err := range a.Agent.Reply(t.Context(), turn) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Done != nil {
			out = e.Done
		}
	}
	list, err := a.Orders.List(t.Context(), "C1007", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.ID == "1042" {
			return out, string(o.Status)
		}
	}
	t.Fatal("no order 1042")
	return nil, ""
}

// The outside server's description and result say to cancel an order, and the
// model obeys, as badly as it can. Nothing happens without the customer's yes.
func TestWhatAnOutsideServerSaysMovesNothing(t *testing.T) {
	a, m, calls := withFake(t,
		calling("shop_points", nil),
		scripted.Step{Calls: []scripted.Call{{Name: "cancel_order", Args: map[string]any{"order": "1042"}}, {Name: "shop_redeem", Args: map[string]any{"points": 240}}, {Name: "shop_die_act"}}})
	out, status := a.turnOf(t, agent.Turn{Text: "how many points do I have?"})
	if got := mcptest.Calls(calls, ""); len(got) != 1 || !strings.HasPrefix(got[0], "points ") || status == "cancelled" {
		t.Fatalf("ran %q, order 1042 is %s", got, status)
	}
	if out.Pending == nil || out.Pending.Call.Name != "cancel_order" {
		t.Errorf("pending: %+v", out.Pending)
	}
	last := m.Seen[len(m.Seen)-1]
	for _, msg := range last.Messages {
		for _, p := range msg.Parts {
			if p.Result != nil && (!strings.Contains(string(p.Result.Content), `"untrusted"`) || strings.ContainsAny(string(p.Result.Content), "<>")) {
				t.Errorf("the model read %s", p.Result.Content)
			}
		}
	}
	if !strings.Contains(last.System, "untrusted") {
		t.Error("the prompt does not say what untrusted results are")
	}
	m.Add(scripted.Step{Text: "As you like."})
	if _, status = a.turnOf(t, agent.Turn{Text: "no wait, what was that?", History: out.Messages, Pending: out.Pending}); status == "cancelled" {
		t.Error("it was cancelled without a yes")
	}
}

func TestAnOutsideActRunsOnceAfterTheCustomersYes(t *testing.T) {
	a, m, calls := withFake(t, calling("shop_redeem", map[string]any{"points": 200, "voucher": "spring"}))
	first, _ := a.turnOf(t, agent.Turn{Text: "用200积分换spring优惠券"})
	if first.Pending == nil || len(mcptest.Calls(calls, "")) > 0 {
		t.Fatalf("pending %+v, ran %q", first.Pending, mcptest.Calls(calls, ""))
	}
	if q := first.Pending.Preview.Question; !strings.Contains(q, "要我为您执行") || !strings.Contains(q, `points: 200, voucher: "spring"`) {
		t.Errorf("asked %q", q)
	}
	m.Add(scripted.Step{Text: "好了。"}, scripted.Step{Text: "请稍等。"})
	out, _ := a.turnOf(t, agent.Turn{Text: "好的", History: first.Messages, Pending: first.Pending})
	again, _ := a.turnOf(t, agent.Turn{Text: "好的", History: first.Messages, Pending: first.Pending, Begun: true}) // handed out anew after a crash
	if e := again.Trace.Calls[0].Error; !strings.Contains(e, "unknown_outcome") {
		t.Errorf("the second time it said %q", e)
	}
	got := mcptest.Calls(calls, "")
	if out.Resolved != "done" || len(got) != 1 || !strings.Contains(got[0], `redeem {"points":200,"voucher":"spring"}`) || !strings.Contains(got[0], first.Pending.Key) {
		t.Errorf("%s, ran %q", out.Resolved, got)
	}
}

// The points are an argument that limits: a number nobody gave goes back.
func TestAnOutsideToolsNumbersMustBeGiven(t *testing.T) {
	a, _, calls := withFake(t, calling("shop_redeem", map[string]any{"points": 77777}), scripted.Step{Text: "How many?"})
	out, _ := a.turnOf(t, agent.Turn{Text: "redeem my points"})
	if out.Pending != nil || len(mcptest.Calls(calls, "")) > 0 || !strings.Contains(out.Trace.Calls[0].Error, "not_grounded") {
		t.Errorf("%+v", out.Trace.Calls)
	}
}

func TestServeComesUpBesideAServerThatHangs(t *testing.T) {
	command, err := mcptest.Command("silent", filepath.Join(t.TempDir(), "calls"))
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "127.0.0.1:0", "--mcp", command, "--mcp", "gone=/no/such/command", "--mcp", "far=http://127.0.0.1:1/mcp")
	resp, err := http.Get(s.url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Errorf("ready: %s", resp.Status)
	}
}

func TestOutsideSettingsAreShownAndRefusedWithWhatToDo(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "parley.yaml"), "mcp: [\"a=cmd -x a,b\", \"https://x.example/mcp?a=1,2\"]\nmcp_read: [a_x]\n")
	out, code := parley(t, dir, []string{"PARLEY_MCP_CUSTOMER=a", "PARLEY_MCP_HTTP=127.0.0.1:9"}, "config")
	for _, want := range []string{"a=cmd -x a,b,https://x.example/mcp?a=1,2 parley.yaml", "mcp-read", "a_x", "environment PARLEY_MCP_CUSTOMER", "environment PARLEY_MCP_HTTP"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, without %q:\n%s", code, want, out)
		}
	}
	for args, want := range map[string]string{
		"--mcp a='x":                     "not closed",
		"--mcp a=x --mcp a=y":            "other=a=y",
		"--mcp FOO=1":                    "names no command",
		"--mcp https://u:p@x.example":    "token in the environment",
		"--mcp a=x --mcp-customer b":     `"b"`,
		"--mcp-read shop_points":         "--mcp",
		"--mcp https:///mcp --mcp-read ": "host",
	} {
		all := append([]string{"chat", "--data", filepath.Join(t.TempDir(), "d"), "--model", "builtin"}, strings.Split(args, " ")...)
		out, code := parley(t, t.TempDir(), nil, all...)
		if code != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d, without %q:\n%s", args, code, want, out)
		}
	}
}

// The SDK's own client and this program, as a process, over standard input and
// output.
func TestParleyMCPOverStdio(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "mcp", "--shop", "demo", "--site", "https://fernhill.example")
	cmd.Env = append(os.Environ(), "PARLEY_TEST_MAIN=1")
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), &sdk.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"two-person tent": "Heath 2 Tent", "双人帐篷": "Heath 2 双人帐篷"} {
		res, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "search_catalog", Arguments: map[string]any{"catalog": map[string]any{"query": query}}})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(res.StructuredContent)
		if err != nil || !strings.Contains(string(b), want) || !strings.Contains(string(b), "https://fernhill.example/p/") {
			t.Errorf("%s: %v %.400s", query, err, b)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
}
