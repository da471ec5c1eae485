package main

import (
	"context"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/tools/sentiment"
)

// codeReads are the intents that code reads well and a small model badly: small
// talk, what is not about the shop, orders, persons, memory, policies. What is
// about products is the model's.
var codeReads = strings.Fields(`greeting thanks bye yes no fine keep sure praise bot help smalltalk offtopic abuse injection contact_given
	order_status order_list missing cancel return refund_status exchange change_address change_order invoice person
	remember memory_show memory_recall forget stop_messages privacy shipping payment warranty contact`)

// surely is the confidence from which a reading of the builtin model is taken:
// on testdata/toolchoice_tune.jsonl none above it was wrong.
const surely = .75

// An angry message is one of these, or one that is not read surely at all: "tell
// me a joke" only looks like one.
var angrily = strings.Fields("complaint abuse missing person")

// readFirst is what code makes of a message before a small model is asked: an
// angry one brings a person, and what the builtin model reads surely is its own.
func readFirst(builtin llm.Model) (ollama.First, error) {
	feelings, err := sentiment.New()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r *llm.Request) (llm.Reply, bool) {
		text := r.Messages[len(r.Messages)-1].Text()
		reply, err := llm.Collect(builtin.Stream(ctx, r))
		if err != nil {
			return reply, false
		}
		intents := strings.Split(reply.Meaning, ", ")
		sure := reply.Confidence >= surely
		if offered(r, "hand_off") && (!sure || intents[0] == "" || slices.Contains(angrily, intents[0])) && feelings.Analyze(text, r.Situation.Locale).Angry {
			call := &llm.Call{ID: "f1", Name: "hand_off", Args: []byte(`{"reason":"angry"}`)}
			return llm.Reply{Message: llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Call: call}}}, Stop: llm.StopCalls, Confidence: 1, Meaning: "angry"}, true
		}
		for _, c := range reply.Message.Calls() { // "who won the cup" names a thing of the shop
			sure = sure && !slices.Contains(ofProducts, c.Name)
		}
		for _, intent := range intents {
			sure = sure && slices.Contains(codeReads, intent)
		}
		return reply, sure
	}, nil
}

var ofProducts = strings.Fields("search_products get_product compare_products recommend bought_together sentiment")

func offered(r *llm.Request, tool string) bool {
	return slices.ContainsFunc(r.Tools, func(t llm.Spec) bool { return t.Name == tool })
}
