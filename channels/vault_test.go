package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/agent"
	"parley/agent/llm"
	"parley/memory/redact"
	"parley/memory/store"
)

const told = "Order 1042, I'm anna.lee@example.com, +1 415 555 0123, 12 Oak Street, Portland 97201. Card 4111 1111 1111 1111, my password is hunter2x."

// TestNothingOfAPersonIsOnDisk reads every byte of the data folder after a
// message that told everything, its answer, a rating and a note.
func TestNothingOfAPersonIsOnDisk(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	h, ctx := newHub(t, st, &echo{})
	id := start(t, ctx, h)
	work(t, h)
	if _, err := h.Post(ctx, id, Post{ID: "m1", Text: told, Page: &llm.Page{URL: "https://shop.example/?mail=anna.lee@example.com"}}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m1" })
	if _, err := h.Rate(ctx, id, "r1", "down", "write to anna.lee@example.com"); err != nil {
		t.Fatal(err)
	}
	ana := Staff{ID: "slack:U1", Name: "Ana"}
	if _, err := h.Note(ctx, id, ana, "n1", "her card is 4111111111111111"); err != nil {
		t.Fatal(err)
	}
	if err := h.Claim(ctx, id, ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Return(ctx, id, ana, "she is at anna.lee@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	files, order := 0, false
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(file)
		files++
		order = order || bytes.Contains(b, []byte("1042"))
		for _, leak := range []string{"anna.lee", "555 0123", "Oak Street", "4111 1111", "41111111", "hunter2x"} {
			if bytes.Contains(b, []byte(leak)) {
				t.Errorf("%q is in %s", leak, file)
			}
		}
		return err
	})
	if err != nil || files == 0 || !order {
		t.Errorf("read %d files, the order's number in them: %v, %v", files, order, err)
	}
}

// turnOf is the turn that answered a message.
func turnOf(t *testing.T, e *echo, message string) agent.Turn {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, turn := range e.turns {
		if strings.HasSuffix(turn.ID, "/"+message) {
			return turn
		}
	}
	t.Fatalf("no turn answered %s", message)
	return agent.Turn{}
}

func TestATurnReadsPlaceholdersAndItsToolsTheValues(t *testing.T) {
	e := &echo{}
	h, ctx := newHub(t, memoryStore(t), e)
	id := start(t, ctx, h)
	work(t, h)
	say := func(message, text string) agent.Turn {
		if _, err := h.Post(ctx, id, Post{ID: message, Text: text}); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, h, id, func(e Entry) bool { return e.Answers == message })
		return turnOf(t, e, message)
	}
	turn := say("m1", told)
	want := "Order 1042, I'm [email 1], [phone 1], [address 1], Portland 97201. Card [card 1111], my password is [secret]."
	if turn.Text != want {
		t.Errorf("the turn read %q", turn.Text)
	}
	turn = say("m2", "not ANNA.LEE@example.com but bob@example.com")
	if turn.Text != "not [email 1] but [email 2]" {
		t.Errorf("the second turn read %q", turn.Text)
	}
	args, missing := turn.Veil.Reveal(ctx, json.RawMessage(`{"email":"[email 2]","to":"[address 1], Portland","phone":"[phone 7]"}`))
	if want := `{"email":"bob@example.com","to":"12 Oak Street, Portland","phone":"[phone 7]"}`; string(args) != want {
		t.Errorf("tools get %s", args)
	}
	if diff := cmp.Diff([]string{"[phone 7]"}, missing); diff != "" {
		t.Error(diff)
	}
	// What was handed out is covered even where only its letters tell.
	if got := turn.Veil.Conceal(ctx, json.RawMessage(`{"q":"To 12 Oak Streetx?","e":"carl@example.com"}`)); string(got) != `{"q":"To [address 1]x?","e":"[email 3]"}` {
		t.Errorf("concealed to %s", got)
	}
	all, err := h.Entries(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	shown, ok := h.Shown(ctx, id, all[0])
	if !ok || !strings.Contains(textOf(shown), "anna.lee@example.com, +1 415 555 0123, 12 Oak Street, Portland") || strings.Contains(textOf(shown), "4111") || shown.Inside != nil {
		t.Errorf("the shopper sees %s", shown.Body)
	}
	other := start(t, ctx, h)
	if shown, _ := h.Shown(ctx, other, all[0]); textOf(shown) != want {
		t.Errorf("another conversation sees %s", shown.Body)
	}
	c, err := h.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if turns, err := saidBy(ctx, h, c.Customer.ID); err != nil || len(turns) == 0 || !strings.Contains(turns[0].Text, "I'm [email], [phone]") {
		t.Errorf("recall reads %v, %v", turns, err)
	}
}

func TestContactDetailsGoWithTimeAndWithErasure(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	st := memoryStore(t)
	h, err := New(Config{Store: st, Agent: &echo{}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	id := start(t, ctx, h)
	post := func(message, text string) string {
		t.Helper()
		e, err := h.Post(ctx, id, Post{ID: message, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return textOf(e)
	}
	known := func(n int) bool {
		_, ok := h.vault.reveal(ctx, id)(redact.Email, n)
		return ok
	}
	if got := post("m1", "a@example.com"); got != "[email 1]" || !known(1) {
		t.Fatalf("got %q, kept: %v", got, known(1))
	}
	mu.Lock()
	now = now.Add(contactLife + time.Minute)
	mu.Unlock()
	if known(1) {
		t.Error("a value is given after its time")
	}
	if err := h.vault.tidy(ctx); err != nil {
		t.Fatal(err)
	}
	if d, _, _ := h.vault.load(ctx, id); len(d.Kept) != 0 {
		t.Errorf("still kept: %v", d.Kept)
	}
	// A number never comes to mean another value.
	if got := post("m2", "b@example.com"); got != "[email 2]" {
		t.Errorf("got %q", got)
	}
	// Sealed with another key, as by another process without one.
	h.vault.box = mustVault(t, st).box
	if known(2) {
		t.Error("a value was opened with another key")
	}
	c, err := h.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	v := &veil{hub: h, conversation: record(t, h, id), values: map[string]string{}}
	if _, err := h.eraseCustomer(ctx, c.Customer.ID); err != nil {
		t.Fatal(err)
	}
	if got := string(v.Conceal(ctx, json.RawMessage(`"late@example.com"`))); got != `"[email 1]"` {
		t.Errorf("got %s", got)
	}
	if keys, err := h.vault.keys.Keys(ctx); err != nil || len(keys) != 0 {
		t.Errorf("left after an erasure: %v, %v", keys, err)
	}
}

func record(t *testing.T, h *Hub, id string) Conversation {
	t.Helper()
	c, err := h.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustVault(t *testing.T, st store.Store) *vault {
	t.Helper()
	v, err := openVault(Config{Store: st, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTwoAtOnceGetTwoNumbers(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	id := start(t, ctx, h)
	c := record(t, h, id)
	seen := make([]string, 12)
	var wg sync.WaitGroup
	for i := range seen {
		wg.Go(func() {
			out, err := h.concealed(ctx, c, fmt.Appendf(nil, `"u%d@example.com"`, i))
			if err != nil {
				t.Error(err)
			}
			seen[i] = string(out)
		})
	}
	wg.Wait()
	look := h.vault.reveal(ctx, id)
	for i, p := range seen {
		var n int
		if _, err := fmt.Sscanf(p, `"[email %d]"`, &n); err != nil {
			t.Fatal(p, err)
		}
		if v, ok := look(redact.Email, n); !ok || v != fmt.Sprintf("u%d@example.com", i) {
			t.Errorf("%s stands for %q, %v", p, v, ok)
		}
	}
}

func TestASealKeyOfTheWrongSizeIsRefused(t *testing.T) {
	if _, err := New(Config{Store: memoryStore(t), Agent: &echo{}, SealKey: []byte("short")}); err == nil || !strings.Contains(err.Error(), "wants 32") {
		t.Errorf("got %v", err)
	}
}
