// Package llm is the vocabulary that models, tools and the agent share:
// messages and their parts, the one-method [Model], and the [Tool].
// It talks to no server and knows no shop; adapters in the folders below it do
// the talking. Start with [Message], then [Model], then [Tool].
package llm

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"
)

// A Role says who wrote a message.
type Role string

// The roles. Tool messages hold only Result parts.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	ToolRole  Role = "tool"
)

// A Message is one step of a conversation.
type Message struct {
	Role  Role   `json:"role"`
	Parts []Part `json:"parts"`
}

// A Part is one piece of a message. Exactly one field is set.
type Part struct {
	Text      string  `json:"text,omitempty"`
	Reasoning string  `json:"reasoning,omitempty"`
	Image     *Image  `json:"image,omitempty"`
	Call      *Call   `json:"call,omitempty"`
	Result    *Result `json:"result,omitempty"`
}

// An Image is a picture given to a model.
type Image struct {
	MIME string `json:"mime"`
	Data []byte `json:"data"`
}

// A Call asks for a tool to be run. Args is always a valid JSON object.
type Call struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

// A Result answers the Call with the same ID. Content is valid JSON. Failed
// results carry a text the model can correct itself by; Cancelled ones close a
// call that never ran because the customer interrupted or did not confirm it.
type Result struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Content   json.RawMessage `json:"content"`
	Failed    bool            `json:"failed,omitempty"`
	Cancelled bool            `json:"cancelled,omitempty"`
}

// Text returns a message of one text part.
func Text(role Role, text string) Message {
	return Message{Role: role, Parts: []Part{{Text: text}}}
}

// Text returns the message's text parts joined.
func (m Message) Text() string {
	var s string
	for _, p := range m.Parts {
		s += p.Text
	}
	return s
}

// Calls returns the message's calls in order.
func (m Message) Calls() []*Call {
	var cs []*Call
	for _, p := range m.Parts {
		if p.Call != nil {
			cs = append(cs, p.Call)
		}
	}
	return cs
}

// A Request is everything a model is given for one answer.
type Request struct {
	System    string    // stable part first, byte for byte, so that prompt caches hold
	Stable    int       // bytes of System that are the same in every turn; 0 means not known
	Messages  []Message // history, then the new user message, then this turn's calls and results
	Tools     []Spec
	MaxTokens int // 0 means the model's own limit
	// Situation says in fields what the prompt says in words. Adapters to real
	// servers ignore it; the builtin model reads it.
	Situation Situation
}

// A Situation is what is known beside the words of a conversation.
type Situation struct {
	Customer Customer  `json:"customer"`
	Locale   string    `json:"locale"` // BCP 47, "en" or "zh" at the least: the language to answer in
	Page     *Page     `json:"page,omitempty"`
	Facts    []string  `json:"facts,omitempty"` // consented facts, in words
	Now      time.Time `json:"now"`
	Shop     string    `json:"shop,omitempty"` // the shop's name
	Currency string    `json:"currency,omitempty"`
}

// A Page is the page of the shop that the shopper has open.
type Page struct {
	URL     string `json:"url,omitempty"`
	Title   string `json:"title,omitempty"`
	Product string `json:"product,omitempty"` // product id, on a product page
}

// A Customer is who is asking. It reaches tools through [Toolset] and is never
// an argument that a model can write.
type Customer struct {
	ID            string `json:"id"` // stable; "visitor:..." for a guest
	Name          string `json:"name,omitempty"`
	Authenticated bool   `json:"authenticated,omitempty"`
	Guest         string `json:"guest,omitempty"` // who they were before they signed in, while that may be joined
	Conversation  string `json:"conversation,omitempty"`
	Locale        string `json:"locale,omitempty"`
	// Heard is what a turn hands to tools beside who asks. It is never stored and
	// never told to a model; nil where there is no conversation.
	Heard *Heard `json:"-"`
}

// Heard is what was said and settled in a session: a conversation, as long as it
// does not rest for half a day.
type Heard struct {
	Said    []Said    // the customer's own messages, the newest last
	Settled []Settled // our questions before an act that were answered, or not, the newest last
	// Known is what the background of the turn read of the customer, for the tools
	// that keep it, so that it is read once a turn. Nil when nothing was read.
	Known any
}

// Said is a message of the customer's own.
type Said struct {
	Seq  uint64 `json:"seq"` // in its conversation
	Text string `json:"text"`
}

// Settled is what became of a question before an act.
type Settled struct {
	Tool string
	How  string // done, declined, dropped
	Seq  uint64 // of the answer
}

// A Chunk is a piece of a streamed answer. Text and Reasoning arrive in pieces;
// a Call arrives whole. The last chunk has Stop set, and may carry Usage.
type Chunk struct {
	Text      string
	Reasoning string
	Call      *Call
	Stop      Stop
	Usage     *Usage
	// Suggest carries short replies the shopper could tap next. Optional.
	Suggest []string
	// Confidence is how sure the model is of its reading, 0..1; 0 means not given.
	Confidence float64
	// Meaning is how the model read the message: names of intents, or a few
	// words. For traces, never for customers.
	Meaning string
}

// A Stop says why a model stopped.
type Stop string

// Why a model stopped.
const (
	StopEnd     Stop = "end"     // it had said all
	StopCalls   Stop = "calls"   // it waits for the results of its calls
	StopLength  Stop = "length"  // it ran out of tokens
	StopRefused Stop = "refused" // it declined or was filtered
)

// Usage counts tokens.
type Usage struct {
	Prompt    int `json:"prompt"`
	Cached    int `json:"cached,omitempty"`
	Generated int `json:"generated"`
}

// A Model streams an answer to a request.
//
// The contract, checked for every implementation by package llmtest: the
// sequence is ranged over once; an error comes at most once, and last; breaking
// out of the range, or cancelling ctx, stops the work at its source; a Call
// arrives whole, with an ID, its arguments a valid JSON object; a stream that
// ends without a chunk whose Stop is set yields io.ErrUnexpectedEOF, never a
// short success. A Model is safe for concurrent use.
type Model interface {
	Stream(ctx context.Context, r *Request) iter.Seq2[Chunk, error]
}

// A Wordless model may be too small to be trusted with words: while Wordless
// says so, it chooses tools, and the next model of the chain words the answer
// from their results.
type Wordless interface {
	Model
	Wordless() bool
}

// ErrPass is wrapped by the error of a model that leaves a request to the next
// model of the chain. Nothing is wrong with it.
var ErrPass = errors.New("left to the next model")

// ErrUnavailable is wrapped by errors of a model that cannot be reached or is
// overloaded: another try, or another model, may succeed.
var ErrUnavailable = errors.New("model unavailable")

// These are wrapped by errors that another try with the same model cannot mend.
var (
	ErrKey     = errors.New("key refused")                    // no key, a wrong one, or one that may not use the model
	ErrNoModel = errors.New("no such model")                  // the server is there, the model is not
	ErrTooLong = errors.New("longer than the model can read") // more tokens than its context holds
)
