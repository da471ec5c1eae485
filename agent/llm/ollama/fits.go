package ollama

import (
	"cmp"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/ollama/ollama/api"
)

// A server drops the oldest messages of a prompt that is too long, and says
// nothing. What it says is how many tokens it read: a tokenizer learns from
// short requests how many bytes a token of this model has, the history is cut
// by that, and a prompt of which too little was read is told.
type tokenizer struct {
	mu    sync.Mutex
	least float64 // bytes per token, of the densest text seen whole
	most  float64 // of the sparsest
}

// Bytes per token before anything was measured: to cut by, Chinese in UTF-8 has
// about three; to be told by, English has five.
const (
	cutBy  = 3
	toldBy = 6
)

// bytes is how much text fits a number of tokens.
func (t *tokenizer) bytes(tokens int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return int(float64(tokens) * min(cutBy, cmp.Or(t.least, cutBy)))
}

// read takes how much was sent and how many tokens were read of it, and says in
// words when that was not all.
func (t *tokenizer) read(request *api.ChatRequest, tokens, context int) string {
	sent := sizeOf(request)
	if tokens == 0 || sent < 400 { // too little to learn from
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	per := float64(sent) / float64(tokens)
	if sent <= context { // a token has a byte at the least: it was read whole
		t.least, t.most = min(cmp.Or(t.least, per), per), max(t.most, per)
		return ""
	}
	if per <= max(toldBy, 1.3*t.most) {
		return ""
	}
	return fmt.Sprintf("the server read %d tokens of a prompt of %d bytes: it dropped the oldest messages; serve the model with a num_ctx of at least %d", tokens, sent, context)
}

// sizeOf is a request's text in bytes.
func sizeOf(r *api.ChatRequest) int {
	n := 0
	for _, m := range r.Messages {
		n += len(m.Content)
		for _, c := range m.ToolCalls {
			n += len(c.Function.Name) + len(c.Function.Arguments.String())
		}
	}
	if b, err := json.Marshal(r.Tools); err == nil && len(r.Tools) > 0 {
		n += len(b)
	}
	return n
}
