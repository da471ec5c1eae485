package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A shelf is a source of turns that a test can add to, and that counts what is
// read from it.
type shelf struct {
	turns []Turn
	read  int
}

func history(turns ...Turn) *shelf { return &shelf{turns: turns} }

func (s *shelf) talks(_ context.Context, _ string, after map[string]uint64) ([]Talk, error) {
	var out []Talk
	for _, t := range s.turns {
		i := slices.IndexFunc(out, func(k Talk) bool { return k.Conversation == t.Conversation })
		if i < 0 {
			i = len(out)
			out = append(out, Talk{Conversation: t.Conversation})
		}
		out[i].Last = t.Seq
		if t.Seq > after[t.Conversation] {
			out[i].Turns = append(out[i].Turns, t)
			s.read++
		}
	}
	return out, nil
}

// on is a turn of a shopper in a conversation of its own day.
func on(date, conversation string, seq uint64, text string) Turn {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return Turn{conversation, seq, "shopper", text, at.Add(15 * time.Hour)}
}

// remembering is a memory of some turns, on a day.
func remembering(t *testing.T, today string, s *shelf) *Memory {
	t.Helper()
	m := open(t)
	now, err := time.Parse(time.DateOnly, today)
	if err != nil {
		t.Fatal(err)
	}
	m.cfg.Turns, m.cfg.Now = s.talks, func() time.Time { return now.Add(9 * time.Hour) }
	return m
}

func recalled(t *testing.T, m *Memory, text string, opt RecallOptions) []string {
	t.Helper()
	hits, err := m.Recall(t.Context(), "C1", text, opt)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range hits {
		out = append(out, h.Turn.Text)
	}
	return out
}

func TestRecallFindsWhatWasSaidInEitherLanguage(t *testing.T) {
	m := remembering(t, "2026-01-09", history(
		on("2026-01-01", "old", 1, "I need a tent for the Alps with my daughter"),
		on("2026-01-01", "old", 3, "我对羽绒过敏"),
		on("2026-01-01", "old", 5, "我要買一頂帳篷"),
		on("2026-01-09", "now", 1, "tent tent tent"),
	))
	for ask, want := range map[string]string{"which tent did I want for the alps?": "I need a tent for the Alps with my daughter", "我之前说过对什么过敏": "我对羽绒过敏", "我那顶帐篷": "我要買一頂帳篷"} {
		if got := recalled(t, m, ask, RecallOptions{K: 1, Skip: "now"}); len(got) != 1 || got[0] != want {
			t.Errorf("%q recalled %q; want %q", ask, got, want)
		}
	}
}

func TestRecallFindsMeaningWithoutACommonWord(t *testing.T) {
	m := remembering(t, "2026-01-09", history(
		on("2026-01-01", "old", 1, "the parcel has not arrived"),
		on("2026-01-01", "old", 2, "blue socks please"),
		on("2026-01-01", "old", 3, "😀"), // has no vector
	))
	if got := recalled(t, m, "我的快递还没到", RecallOptions{}); len(got) == 0 || got[0] != "the parcel has not arrived" {
		t.Errorf("recalled %q", got)
	}
	if got := recalled(t, m, "😀😀 !!", RecallOptions{}); len(got) != 0 {
		t.Errorf("a text without words recalled %q", got)
	}
}

func TestRecallKeepsQuietWhereNothingWasSaidOfIt(t *testing.T) {
	m := remembering(t, "2026-03-09", history(
		on("2026-02-01", "a", 1, "we go camping in Norway in July with two children"),
		on("2026-02-01", "a", 3, "hi, how are you?"),
		on("2026-02-11", "b", 1, "我想买一件防水夹克，给我女儿"),
		on("2026-02-11", "b", 3, "你好，谢谢"),
	))
	for _, text := range []string{"a black dress for a wedding in July", "hello", "thanks!", "where is my order 1042?", "how do I return it?", "你好", "怎么退货", "有没有咖啡杯", "谢谢", "能用支付宝吗"} {
		if got := recalled(t, m, text, RecallOptions{}); len(got) != 0 {
			t.Errorf("%q recalled %q", text, got)
		}
	}
}

func TestRecallUnderstandsWhenItWasSaid(t *testing.T) {
	m := remembering(t, "2026-05-14", history( // a Thursday
		on("2025-03-20", "a", 1, "do you have a red tent for two?"),
		on("2025-03-20", "a", 3, "那顶两人帐篷有绿色吗"),
		on("2026-04-08", "b", 1, "a tent for four, please"),
		on("2026-04-08", "b", 3, "四人帐篷多重"),
		on("2026-05-05", "c", 1, "which sleeping bag is the warmest?"),
		on("2026-05-13", "d", 1, "is there a tent with a porch?"),
		on("2026-05-13", "d", 3, "带门厅的帐篷有吗"),
	))
	for _, c := range []struct{ ask, want string }{
		{"what did I ask about last week?", "which sleeping bag is the warmest?"},
		{"which tent did I ask for last month?", "a tent for four, please"},
		{"the tent I asked about in March 2025", "do you have a red tent for two?"},
		{"the tent from yesterday", "is there a tent with a porch?"},
		{"what did we talk about on 5 May?", "which sleeping bag is the warmest?"},
		{"我上个月说的那顶帐篷", "四人帐篷多重"},
		{"去年三月问的帐篷", "那顶两人帐篷有绿色吗"},
		{"昨天说的帐篷", "带门厅的帐篷有吗"},
		{"上周我问了什么", "which sleeping bag is the warmest?"},
	} {
		if got := recalled(t, m, c.ask, RecallOptions{}); len(got) == 0 || got[0] != c.want {
			t.Errorf("%q recalled %q; want %q first", c.ask, got, c.want)
		}
	}
	if got := recalled(t, m, "what did I ask about last week?", RecallOptions{}); len(got) != 1 {
		t.Errorf("last week: %q", got)
	}
	if got := recalled(t, m, "what did I ask last time?", RecallOptions{Skip: "d"}); len(got) != 1 || !strings.Contains(got[0], "sleeping bag") {
		t.Errorf("last time: %q", got)
	}
}

func TestAnAnswerIsFoundByItsQuestion(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := remembering(t, "2026-01-09", history(
		Turn{"old", 1, "assistant", "How many people should the tent hold?", at},
		Turn{"old", 2, "shopper", "four of us, and a dog", at},
		Turn{"old", 3, "assistant", "This tent is a good tent for people.", at},
	))
	if got := recalled(t, m, "how many people is my tent for", RecallOptions{K: 1}); len(got) != 1 || got[0] != "four of us, and a dog" {
		t.Errorf("recalled %q", got)
	}
}

func TestANewTurnIsAddedAndNothingIsReadTwice(t *testing.T) {
	s := history()
	for i := range 200 {
		s.turns = append(s.turns, on("2026-01-01", fmt.Sprint("c", i/50), uint64(i%50+1), fmt.Sprint("about thing", i)))
	}
	m := remembering(t, "2026-01-09", s)
	recalled(t, m, "thing7", RecallOptions{})
	first := m.indexes.byID["C1"].index
	s.turns = append(s.turns, on("2026-01-09", "c1", 51, "the purple umbrella"))
	if got := recalled(t, m, "purple umbrella", RecallOptions{K: 1}); len(got) != 1 || got[0] != "the purple umbrella" {
		t.Errorf("recalled %q", got)
	}
	if m.indexes.byID["C1"].index != first || s.read != 201 {
		t.Errorf("201 turns were read as %d", s.read)
	}
}

// What is added one by one ranks as what is read at once.
func TestAGrownIndexRanksLikeANewOne(t *testing.T) {
	var all []Turn
	for i := range 60 {
		all = append(all, on("2026-01-01", fmt.Sprint("c", i%3), uint64(i/3+1), fmt.Sprintf("thing%d and thing%d, and a tent", i, i/7)))
	}
	grown := history()
	g := remembering(t, "2026-01-09", grown)
	for _, turn := range all {
		grown.turns = append(grown.turns, turn)
		recalled(t, g, "tent", RecallOptions{})
	}
	n := remembering(t, "2026-01-09", history(all...))
	for _, ask := range []string{"thing3", "the tent of thing12", "thing40 tent thing5"} {
		if a, b := recalled(t, g, ask, RecallOptions{K: 20}), recalled(t, n, ask, RecallOptions{K: 20}); len(a) == 0 || !slices.Equal(sorted(a), sorted(b)) || a[0] != b[0] {
			t.Errorf("%q: grown %q, new %q", ask, a, b)
		}
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func TestAConversationThatIsGoneIsForgotten(t *testing.T) {
	s := history(on("2026-01-01", "a", 1, "a secret present"), on("2026-01-02", "b", 1, "blue socks"))
	m := remembering(t, "2026-01-09", s)
	if got := recalled(t, m, "present", RecallOptions{}); len(got) != 1 {
		t.Fatalf("recalled %q", got)
	}
	s.turns = s.turns[1:]
	if got := recalled(t, m, "present", RecallOptions{}); len(got) != 0 {
		t.Errorf("what was deleted is recalled: %q", got)
	}
	if got := recalled(t, m, "socks", RecallOptions{}); len(got) != 1 {
		t.Errorf("what stands is not: %q", got)
	}
}

func TestErasureDropsTheIndexAndTheOldestGoesFirst(t *testing.T) {
	m := open(t, Turn{"old", 1, "shopper", "a tent", time.Time{}})
	m.indexes.most = 20
	for i := range 21 {
		if _, err := m.Recall(t.Context(), fmt.Sprint("C", i), "tent", RecallOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.indexes.byID); n != 20 || m.indexes.byID["C0"] != nil || m.indexes.byID["C1"] == nil {
		t.Errorf("%d indexes are held", n)
	}
	if err := m.Erase(t.Context(), "C1"); err != nil {
		t.Fatal(err)
	}
	if m.indexes.byID["C1"] != nil || m.indexes.byID["C10"] == nil {
		t.Error("erasing C1 left its index, or took that of C10")
	}
}

func TestIndexesAreBoundedByBytesToo(t *testing.T) {
	m := open(t, Turn{"old", 1, "shopper", strings.Repeat("a tent ", 500), time.Time{}})
	recall := func(who string) {
		t.Helper()
		if hits, err := m.Recall(t.Context(), who, "tent", RecallOptions{}); err != nil || len(hits) != 1 {
			t.Fatal(hits, err)
		}
	}
	recall("C0")
	one := m.indexes.bytes
	if one < 3500 {
		t.Fatalf("an index of 3,500 characters is said to take %d bytes", one)
	}
	m.indexes.mostBytes = 3 * one
	for i := range 10 {
		recall(fmt.Sprint("C", i))
	}
	if n := len(m.indexes.byID); n != 3 || m.indexes.bytes != 3*one || m.indexes.byID["C9"] == nil {
		t.Errorf("%d indexes of %d bytes are held, with room for 3 of %d", n, m.indexes.bytes, one)
	}
	m.indexes.mostBytes = one / 2
	recall("C9") // works, and is not kept
	if len(m.indexes.byID) != 0 || m.indexes.bytes != 0 || len(m.indexes.used) != 0 {
		t.Errorf("%d indexes of %d bytes are held, with room for none", len(m.indexes.byID), m.indexes.bytes)
	}
}

func TestRecallIsSafeForConcurrentUse(t *testing.T) {
	var mu sync.Mutex
	s := history(on("2026-01-01", "a", 1, "a tent"))
	m := remembering(t, "2026-01-09", s)
	m.cfg.Turns = func(ctx context.Context, customer string, after map[string]uint64) ([]Talk, error) {
		mu.Lock()
		defer mu.Unlock()
		s.turns = append(s.turns, on("2026-01-02", "a", uint64(len(s.turns)+1), fmt.Sprint("a tent and thing", len(s.turns))))
		return s.talks(ctx, customer, after)
	}
	m.indexes.most = 2
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				hits, err := m.Recall(t.Context(), fmt.Sprint("C", i%4), "which tent?", RecallOptions{})
				if err != nil || len(hits) == 0 {
					t.Errorf("recalled %v, %v", hits, err)
				}
			}
		})
	}
	wg.Wait()
	for who, h := range m.indexes.byID {
		for i, turn := range h.index.turns {
			if turn.Seq != uint64(i+1) {
				t.Errorf("%s: turn %d has the sequence %d", who, i, turn.Seq)
			}
		}
	}
}
