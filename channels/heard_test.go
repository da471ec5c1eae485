package channels

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
)

func TestASessionIsWhatWasSaidSinceAConversationRested(t *testing.T) {
	now := time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC)
	var all []Entry
	add := func(ago time.Duration, role Role, kind Kind, body any, inside *Inside) {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Entry{Seq: uint64(len(all) + 1), At: now.Add(-ago), From: From{Role: role}, Kind: kind, Body: b, Inside: inside})
	}
	question := func(id string) *Inside {
		b, err := json.Marshal(agent.Pending{ID: id, Call: llm.Call{Name: "remember", Args: json.RawMessage("{}")}})
		if err != nil {
			t.Fatal(err)
		}
		return &Inside{Pending: b}
	}
	add(40*time.Hour, RoleShopper, KindText, TextBody{Text: "yesterday"}, nil)
	add(40*time.Hour, RoleAssistant, KindConfirm, ConfirmBody{ID: "p0", State: "open"}, question("p0"))
	add(39*time.Hour, RoleAssistant, KindConfirm, ConfirmBody{ID: "p0", State: "declined"}, nil)
	add(time.Hour, RoleShopper, KindText, TextBody{Text: "I wear M"}, nil)
	add(time.Hour, RoleAssistant, KindConfirm, ConfirmBody{ID: "p1", State: "open"}, question("p1"))
	add(time.Minute, RoleShopper, KindText, TextBody{Text: "fleeces?"}, nil)
	add(time.Minute, RoleAssistant, KindConfirm, ConfirmBody{ID: "p1", State: "dropped"}, nil)
	add(0, RoleShopper, KindText, TextBody{Text: "and boots"}, nil)
	h := heard(all, &all[len(all)-1], now)
	if len(h.Said) != 3 || h.Said[0] != (llm.Said{Seq: 4, Text: "I wear M"}) || h.Said[2].Text != "and boots" {
		t.Errorf("said %+v", h.Said)
	}
	if len(h.Settled) != 1 || h.Settled[0] != (llm.Settled{Tool: "remember", How: "dropped", Seq: 7}) {
		t.Errorf("settled %+v", h.Settled)
	}
}

// listener is an echo that finds something worth remembering after its answer.
type listener struct{ echo }

func (l *listener) Overhear(_ context.Context, _ agent.Turn, _ *agent.Outcome) *agent.Outcome {
	return &agent.Outcome{Locale: "en", Pending: &agent.Pending{ID: "p1", Preview: llm.Preview{Question: "Shall I remember that?"}}, Messages: []llm.Message{llm.Text(llm.Assistant, "Shall I remember that?")}}
}

func TestAQuestionMayFollowAnAnswerAndIsOpenNextTurn(t *testing.T) {
	l := &listener{}
	h, err := New(Config{Store: memoryStore(t), Agent: l})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	work(t, h)
	id := start(t, ctx, h)
	post := func(name, text string) {
		if _, err := h.Post(ctx, id, Post{ID: name, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	post("m1", "I run cold")
	answer := await(t, ctx, h, id, func(e Entry) bool { return e.Kind == KindText && e.From.Role == RoleAssistant })
	late := await(t, ctx, h, id, func(e Entry) bool { return e.Kind == KindConfirm })
	if late.Seq <= answer.Seq || late.Answers != "m1" {
		t.Errorf("the answer is %+v, the question %+v", answer, late)
	}
	post("m2", "yes")
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m2" })
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := l.turns[len(l.turns)-1]; last.Pending == nil || last.Pending.ID != "p1" {
		t.Errorf("the next turn has the question %+v", last.Pending)
	}
}
