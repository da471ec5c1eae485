package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/agent/llm"
	"parley/channels"
	"parley/cmd/parley/demo"
)

func TestAnExportIsAllOfOneCustomerAndOfNobodyElse(t *testing.T) {
	p := newPremises(t)
	ctx := t.Context()
	for _, who := range []string{"C1", "C2"} {
		p.keeps(who, "size", map[string]string{"C1": "M", "C2": "W59 L61"}[who])
		p.says(p.start(who), channels.Post{Text: "do you have tents, I am " + who + "?"})
		if err := p.Views.On(ctx, demo.Event{Name: "Product Viewed", MessageID: who, UserID: who, Properties: map[string]any{"product_id": "of " + who}}); err != nil {
			t.Fatal(err)
		}
	}
	guest, conversation := p.asGuest()
	if err := p.Hub.Identify(ctx, conversation, llm.Customer{ID: "C1", Authenticated: true}); err != nil {
		t.Fatal(err)
	}
	e, err := p.export(ctx, "C1", true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"format":"parley-customer-1"`, `"value":"M"`, "my words", "tents, I am C1", "of C1", "do you have jackets?", guest, `"shop":"Fernhill"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the export of C1 does not hold %q", want)
		}
	}
	for _, not := range []string{"C2", "W59 L61", "wool", `"inside"`} { // wool is still the guest's own
		if strings.Contains(string(b), not) {
			t.Errorf("the export of C1 holds %q", not)
		}
	}
	var page strings.Builder
	if err := e.show(&page, retentionSettings{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"was known before as " + guest, "Facts: 1", "you wear size M (“my words”, 1 March 2026)", "Conversations: 2", "Shop events while signed in: 1"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("shown is no %q:\n%s", want, page.String())
		}
	}
	if e, err := p.export(ctx, "C9", true); err != nil || !e.empty() {
		t.Errorf("of nobody %+v, %v", e, err)
	}
}

func TestACustomerIsExportedByTheServerThatHasTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if text, code := printed(t, "customer", "show", "C1", "--data", dir); code == 0 || !strings.Contains(text, "nothing is kept in") {
		t.Errorf("without a folder: %d %s", code, text)
	}
	s := startServer(t, dir, "127.0.0.1:0")
	if text, code := printed(t, "customer", "show", "C1", "--data", dir); code != 1 || !strings.Contains(text, "nothing is kept of C1") {
		t.Errorf("of nobody: %d %s", code, text)
	}
	view(t, s.url)
	to := filepath.Join(t.TempDir(), "c.json")
	for range 2 { // of the server, and of the folder
		if text, code := printed(t, "customer", "export", "C1007", "--data", dir, "--to", to); code != 0 || !strings.Contains(text, "0 conversations, 1 events") {
			t.Errorf("exit %d, %s", code, text)
		}
		b, err := os.ReadFile(to)
		if err != nil || !strings.Contains(string(b), `"product_id": "FH-101"`) {
			t.Errorf("exported %s, %v", b, err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v, %v", info.Mode(), err)
		}
		if text, code := printed(t, "customer", "show", "C1007", "--data", dir); code != 0 || !strings.Contains(text, "Shop events while signed in: 1") {
			t.Errorf("shown: %d %s", code, text)
		}
		s.kill()
	}
}

// view looks at a product as a customer of the demo shop.
func view(t *testing.T, url string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/events", strings.NewReader(`{"batch":[{"event":"Product Viewed","messageId":"e1","properties":{"product_id":"FH-101"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	q.AddCookie(&http.Cookie{Name: "customer", Value: "C1007"})
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != http.StatusNoContent {
		t.Fatal(a.Status)
	}
}
