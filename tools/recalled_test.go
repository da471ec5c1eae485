package tools

import (
	"context"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/memory"
	"parley/memory/store"
	"parley/tools/catalog"
)

func TestWhatIsRecalledIsTheCustomersOwnWordsWithTheirDay(t *testing.T) {
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	at := time.Date(2026, 2, 12, 9, 0, 0, 0, time.UTC)
	said := []memory.Turn{
		{Conversation: "old", Seq: 1, Speaker: "shopper", Text: "a tent for four", At: at},
		{Conversation: "old", Seq: 2, Speaker: "assistant", Text: "The Lodge tent is $400.", At: at},
		{Conversation: "old", Seq: 3, Speaker: "shopper", Text: "Yes!", At: at},
		{Conversation: "old", Seq: 4, Speaker: "shopper", Text: "a tent for four", At: at},
	}
	m, err := memory.New(memory.Config{Store: st, Now: func() time.Time { return at.AddDate(0, 1, 0) }, Turns: func(_ context.Context, customer string, after map[string]uint64) ([]memory.Talk, error) {
		if customer != "c1" {
			return nil, nil
		}
		return []memory.Talk{{Conversation: "old", Last: 4, Turns: said[after["old"]:]}}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(&catalog.Shop{Name: "S", Currency: "USD"}, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := New(Config{Catalog: c, Memory: m})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]string{"c1": `{"said":[{"on":"2026-02-12","text":"a tent for four"}]}`, "c2": `{"said":[]}`} {
		for _, tool := range set.For(llm.Customer{ID: who, Conversation: "now"}) {
			if tool.Name != "memory_recall" {
				continue
			}
			r, err := tool.Call(t.Context(), llm.Invocation{Args: []byte(`{"about":"which tent did I ask for last month?"}`)})
			if err != nil || !strings.Contains(string(r.Content), want) {
				t.Errorf("%s: %s, %v; want %s", who, r.Content, err, want)
			}
			want = ""
		}
		if want != "" {
			t.Errorf("%s has no memory_recall", who)
		}
	}
}
