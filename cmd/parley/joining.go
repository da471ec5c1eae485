package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"parley/agent"
	"parley/agent/llm"
)

const joinTool = "join_guest"

// joins gives the question whether what is kept of a guest is to be the
// customer's who they turned out to be; nil where nothing is.
func (a *app) joins(ctx context.Context, who llm.Customer) (*agent.Pending, error) {
	for _, tool := range a.Tools.For(who) {
		if tool.Name != joinTool {
			continue
		}
		args := json.RawMessage(`{}`)
		p, err := tool.Preview(ctx, llm.Invocation{Args: args})
		var nothing *llm.ToolError
		if errors.As(err, &nothing) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(joinTool + "\n" + who.Conversation + "\n" + who.Guest))
		key := hex.EncodeToString(sum[:])
		id := "p" + key[:12]
		return &agent.Pending{ID: id, Call: llm.Call{ID: id, Name: joinTool, Args: args}, Preview: *p, Key: key, Asked: a.Now(), Locale: who.Locale}, nil
	}
	return nil, nil
}

// join gives a customer the facts and the conversations of the guest they were.
func (a *app) join(ctx context.Context, who llm.Customer) (facts, conversations int, err error) {
	if facts, err = a.Memory.Join(ctx, who.Guest, who.ID); err != nil {
		return 0, 0, err
	}
	conversations, err = a.Hub.TakeOver(ctx, who.Guest, who)
	return facts, conversations, err
}
