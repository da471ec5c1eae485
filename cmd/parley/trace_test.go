package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/discreet"
	"parley/agent/llm/scripted"
	"parley/channels"
	"parley/memory/store"
)

type proof struct {
	Order string `json:"order" ground:"true"`
	Email string `json:"email" ground:"true"`
}

// talked is a guest's conversation about an order, on disk in dir: a tool that
// proves the order by its e-mail address, and a model that is asked.
func talked(t *testing.T, dir string) (a *app, model *scripted.Model, proofs *[]proof, conversation string) {
	t.Helper()
	ctx := t.Context()
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ring, err := (&keyring{}).open(ctx, st, dir, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	proofs = &[]proof{}
	prove := llm.NewTool("prove_order", "", llm.Read, func(_ context.Context, in proof, _ string) (map[string]any, error) {
		*proofs = append(*proofs, in)
		return map[string]any{"order": in.Order, "of": in.Email, "street": "12 Oak Street", "found": true}, nil
	})
	model = scripted.New(scripted.Step{Calls: []scripted.Call{{Name: "prove_order", Args: map[string]any{"order": "1042", "email": "[email 1]"}}}}, scripted.Step{Text: "I have found it."})
	settled := make(chan string, 4)
	a, _, err = newApp(ctx, appConfig{
		Shop: sh, Store: st, Ring: ring, SealKey: ring.Derive(channels.ForContacts), Models: []agent.Named{{Name: "scripted", Model: discreet.New(model, public(sh.Shop))}}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Toolset: func(set llm.Toolset) llm.Toolset {
			return func(c llm.Customer) []llm.Tool { return append(set(c), prove) }
		},
		Settled: func(_, message string) { settled <- message },
	})
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := a.Hub.Start(ctx, channels.Visitor{Locale: "en", Transport: "web"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hub.Post(ctx, c.ID, channels.Post{ID: "m1", Text: "Where is order 1042? I'm mia.ortiz@example.com, card 4111 1111 1111 1111"}); err != nil {
		t.Fatal(err)
	}
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { _ = a.Hub.Run(run); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	<-settled
	return a, model, proofs, c.ID
}

func TestAToolGetsTheEmailThatNoModelSees(t *testing.T) {
	dir := t.TempDir()
	a, model, proofs, id := talked(t, dir)
	if len(*proofs) != 1 || (*proofs)[0] != (proof{"1042", "mia.ortiz@example.com"}) {
		t.Errorf("the tool was asked %+v", *proofs)
	}
	if len(model.Seen) != 2 {
		t.Fatalf("the model was asked %d times", len(model.Seen))
	}
	asked, err := json.Marshal(model.Seen)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"I'm [email 1], card [card 1111]", `"of":"[email 1]"`, `"street":"[address 1]"`} {
		if !bytes.Contains(bytes.ReplaceAll(asked, []byte(`\"`), []byte(`"`)), []byte(want)) {
			t.Errorf("the model was not told %s:\n%s", want, asked)
		}
	}
	found, err := traceQuery{Conversation: id[:8]}.find(t.Context(), a.Hub, a.Store)
	if err != nil {
		t.Fatal(err)
	}
	var tree bytes.Buffer
	if err := (&traceCmd{}).print(&tree, found); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{id + " · visitor:", `tool prove_order {"email":"[email 1]","order":"1042"} · read`, "answered: I have found it.", "model scripted"} {
		if !strings.Contains(tree.String(), want) {
			t.Errorf("the trace does not say %q:\n%s", want, tree.String())
		}
	}
	a.Store.Close()
	for _, text := range append([]string{string(asked), tree.String()}, files(t, dir)...) {
		for _, leak := range []string{"mia.ortiz", "4111 1111", "Oak Street"} {
			if strings.Contains(text, leak) {
				t.Errorf("%q is told to the model, in the trace or on disk", leak)
			}
		}
	}
}

// files are the contents of all files under a folder.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		all = append(all, string(b))
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	return all
}

func TestTraceAsksTheServerThatHasTheFolder(t *testing.T) {
	dir := t.TempDir()
	c := &traceCmd{Data: filepath.Join(dir, "none")}
	if _, err := c.find(t.Context()); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("of a folder that is not there: %v", err)
	}
	a, _, _, id := talked(t, dir)
	c = &traceCmd{Data: dir, Last: true}
	if _, err := c.find(t.Context()); err == nil || !strings.Contains(err.Error(), "process") {
		t.Errorf("while a process without a door has the folder: %v", err)
	}
	write(t, filepath.Join(dir, operatorFile), "http://127.0.0.1:1 left-by-one-that-was-killed\n")
	if _, err := c.find(t.Context()); err == nil || !strings.Contains(err.Error(), "end it") {
		t.Errorf("with the file of a door that is gone: %v", err)
	}
	closed := openDoor(dir, a, slog.New(slog.DiscardHandler))
	info, err := os.Stat(filepath.Join(dir, operatorFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the door's file: %v, %v", info, err)
	}
	found, err := c.find(t.Context())
	if err != nil || found.Conversation == nil || found.Conversation.ID != id || len(found.Conversation.Steps) != 1 || found.Conversation.Steps[0].Trace == nil {
		t.Errorf("the last conversation: %+v, %v", found, err)
	}
	c.Last = false
	if found, err = c.find(t.Context()); err != nil || len(found.List) != 1 || found.List[0].ID != id || found.List[0].At.IsZero() {
		t.Errorf("the list: %+v, %v", found, err)
	}
	c.Conversation = "zzz"
	if _, err = c.find(t.Context()); err == nil || !strings.Contains(err.Error(), `"zzz"`) {
		t.Errorf("an unknown one: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, operatorFile))
	if err != nil {
		t.Fatal(err)
	}
	at, _, _ := strings.Cut(string(b), " ")
	response, err := http.Post(at+"/trace", "application/json", strings.NewReader(`{}`))
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without its token the door says %v, %v", response, err)
	}
	closed()
	if _, err := os.Stat(filepath.Join(dir, operatorFile)); !os.IsNotExist(err) {
		t.Errorf("the door's file is left: %v", err)
	}
}
