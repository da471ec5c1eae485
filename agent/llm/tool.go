package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
)

// An Effect says what running a tool can change.
type Effect string

// The effects. A tool of effect Confirm runs only after the customer's own yes
// to exactly its arguments.
const (
	Read    Effect = "read"
	Write   Effect = "write"
	Confirm Effect = "confirm"
)

// A Spec describes a tool to a model.
type Spec struct {
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Parameters  *jsonschema.Schema `json:"parameters"`
	Effect      Effect             `json:"effect"`
	// Ground names the arguments that identify or limit (order number, SKU,
	// price bound, quantity): their values must stand in the customer's words,
	// the page or an earlier result before the tool runs.
	Ground []string `json:"ground,omitempty"`
}

// A Tool is something a model can ask to be done.
type Tool struct {
	Spec
	// Call runs the tool. A *ToolError goes back to the model; any other error
	// is ours, is logged, and reaches the customer as an apology only.
	Call func(ctx context.Context, in Invocation) (*Output, error)
	// Preview states the exact effect of a Confirm tool, without running it.
	// A *ToolError means that the effect is not possible, and says why.
	Preview func(ctx context.Context, in Invocation) (*Preview, error)
}

// An Invocation is one run of a tool. Key is the idempotency key of a write:
// the same key takes effect once.
type Invocation struct {
	Args json.RawMessage
	Key  string
}

// An Output is what a tool gives back: Content for the model, and optionally a
// Card for the customer's eyes.
//
// HandOff, when set, is the reason for bringing in a person: the turn ends with it.
type Output struct {
	Content json.RawMessage
	Card    *Card
	HandOff string
}

// A Card is something shown beside text: kind "products", "comparison",
// "order", "consent" and so on, with its JSON body.
type Card struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// A Preview says what a Confirm tool would do, in the customer's language.
type Preview struct {
	Question string `json:"question"` // "Cancel order 1042 (2 items, $84.00)? The refund goes back to the card ending 4421."
	Yes      string `json:"yes"`      // button: "Cancel order 1042"
	No       string `json:"no"`       // button: "Keep it"
	Facts    any    `json:"facts,omitempty"`
	// Declined is what is said to a no; empty: that nothing was changed.
	Declined string `json:"declined,omitempty"`
	// Granted says that the customer has agreed to exactly this before, or asks
	// for it in so many words: it runs without the question. It is the tool's own
	// code that says so, from what is stored and from the customer's own message.
	Granted bool `json:"granted,omitempty"`
}

// A Toolset gives the tools that one customer may use, closed over who asks.
type Toolset func(Customer) []Tool

// A ToolError is a failure that the model can correct or report: what is wrong
// with the arguments, or why the thing cannot be done.
type ToolError struct {
	Code string // short and stable: "not_found", "not_allowed", "bad_argument", "too_late"
	Text string // for the model, in English
	// Data is added to the failed result, so that a reply can state the facts.
	Data map[string]any
}

func (e *ToolError) Error() string { return e.Code + ": " + e.Text }

// Errorf makes a ToolError.
func Errorf(code, format string, args ...any) *ToolError {
	return &ToolError{Code: code, Text: fmt.Sprintf(format, args...)}
}

// A Shower is a tool's output that also shows a card to the customer.
type Shower interface{ Card() *Card }

// A HandOffer is a tool's output that may end the turn with a hand-off; an
// empty reason means none.
type HandOffer interface{ HandOff() string }

// NewTool makes a tool from a typed function. The schema of In is inferred
// from its fields (json, jsonschema, enum:"a,b" and ground:"true" tags); arguments are
// validated against it before run is called, and a mismatch becomes a
// ToolError. Out is marshalled to JSON; if it is a [Shower] its card is shown.
// NewTool panics on a type that no schema can be made for.
func NewTool[In, Out any](name, description string, effect Effect, run func(ctx context.Context, in In, key string) (Out, error)) Tool {
	resolved := schemaOf[In](name)
	t := Tool{Spec: Spec{Name: name, Description: description, Parameters: resolved.Schema(), Effect: effect, Ground: grounded(reflect.TypeFor[In]())}}
	t.Call = func(ctx context.Context, inv Invocation) (*Output, error) {
		in, err := decode[In](resolved, inv.Args)
		if err != nil {
			return nil, err
		}
		out, err := run(ctx, in, inv.Key)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(out)
		if err != nil {
			return nil, fmt.Errorf("encode the result of %s: %w", name, err)
		}
		o := &Output{Content: b}
		if s, ok := any(out).(Shower); ok {
			o.Card = s.Card()
		}
		if h, ok := any(out).(HandOffer); ok {
			o.HandOff = h.HandOff()
		}
		return o, nil
	}
	return t
}

// schemas holds the schema of each argument type: tools are made anew for every
// turn, what they take is not.
var schemas sync.Map // reflect.Type to *jsonschema.Resolved

func schemaOf[In any](name string) *jsonschema.Resolved {
	key := reflect.TypeFor[In]()
	if r, ok := schemas.Load(key); ok {
		return r.(*jsonschema.Resolved)
	}
	schema, err := jsonschema.For[In](nil)
	if err != nil {
		panic(fmt.Sprintf("llm: tool %s: %v", name, err))
	}
	choices(schema, key)
	resolved, err := schema.Resolve(nil)
	if err != nil {
		panic(fmt.Sprintf("llm: tool %s: %v", name, err))
	}
	r, _ := schemas.LoadOrStore(key, resolved)
	return r.(*jsonschema.Resolved)
}

// choices writes what a field tagged enum:"a,b" may be into its schema.
func choices(s *jsonschema.Schema, t reflect.Type) {
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if list := f.Tag.Get("enum"); list != "" {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			for _, v := range strings.Split(list, ",") {
				s.Properties[name].Enum = append(s.Properties[name].Enum, v)
			}
		}
	}
}

// WithPreview returns the tool with a typed preview, for effect Confirm.
func WithPreview[In any](t Tool, preview func(ctx context.Context, in In) (*Preview, error)) Tool {
	resolved := schemaOf[In](t.Name)
	t.Preview = func(ctx context.Context, inv Invocation) (*Preview, error) {
		in, err := decode[In](resolved, inv.Args)
		if err != nil {
			return nil, err
		}
		return preview(ctx, in)
	}
	return t
}

func decode[In any](schema *jsonschema.Resolved, args json.RawMessage) (In, error) {
	var in In
	if len(args) == 0 {
		args = json.RawMessage("{}")
	}
	var v any
	if err := json.Unmarshal(args, &v); err != nil {
		return in, Errorf("bad_argument", "the arguments are not valid JSON: %v", err)
	}
	if err := schema.Validate(v); err != nil {
		return in, Errorf("bad_argument", "the arguments do not fit the schema: %v", err)
	}
	if err := json.Unmarshal(args, &in); err != nil {
		return in, Errorf("bad_argument", "the arguments do not fit: %v", err)
	}
	return in, nil
}

// grounded lists the JSON names of the fields tagged ground:"true".
func grounded(t reflect.Type) []string {
	var names []string
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("ground") != "true" {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		names = append(names, name)
	}
	return names
}
