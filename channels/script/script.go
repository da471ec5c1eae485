// Package script is a conversation written down as a test: what a customer
// says, and what must happen. It plays scripts through the real hub, agent,
// tools and store on a fake clock, and never reaches around them; only the
// model varies. The format is in README.md. Start with [Script], then [Play].
//
// goccy/go-yaml reads the files, because it gives line and column of what is
// wrong, and can change a file in place without losing its comments.
package script

import (
	"encoding/json"
	"fmt"
	"time"

	"parley/agent"
	"parley/agent/llm/scripted"
)

// A Script is one file: one conversation.
type Script struct {
	Version  int       `yaml:"version"`
	Name     string    `yaml:"name"`
	Now      time.Time `yaml:"now"`  // where the clock starts; 2026-03-01T10:00:00Z when it is not given
	Shop     string    `yaml:"shop"` // demo, a folder (relative to the script) or a feed
	Customer Customer  `yaml:"customer"`
	Memory   []Memory  `yaml:"memory"`
	Model    string    `yaml:"model"` // scripted, or a chain as --model takes it
	Limits   Limits    `yaml:"limits"`
	Defaults struct {
		Expect Expect `yaml:"expect"`
	} `yaml:"defaults"`
	Turns []Turn `yaml:"turns"`

	file   string
	member string // of the archive it stands in
	text   []byte
}

// A Customer is who talks.
type Customer struct {
	ID            string   `yaml:"id"`
	Name          string   `yaml:"name"`
	Authenticated bool     `yaml:"authenticated"`
	Locale        string   `yaml:"locale"`
	Consent       []string `yaml:"consent"`
}

// A Memory is a fact, or something said in an earlier conversation.
type Memory struct {
	Fact  string    `yaml:"fact"` // its kind: size, allergy, taste, fit, gift, other
	Value string    `yaml:"value"`
	Said  string    `yaml:"said"`  // by the customer, in an earlier conversation
	Reply string    `yaml:"reply"` // what was answered to it
	At    time.Time `yaml:"at"`
	Of    string    `yaml:"of"` // the customer, when it is another one
}

// Limits are the budget of each turn.
type Limits struct {
	Steps  int      `yaml:"steps"`
	Tokens int      `yaml:"tokens"`
	Time   Duration `yaml:"time"`
}

// A Turn is one thing that happens. Exactly one of its kinds is set.
type Turn struct {
	User      *string   `yaml:"user"`
	Act       string    `yaml:"act" enum:"confirm,decline"` // the shopper presses a button: confirm or decline
	Staff     *Staff    `yaml:"staff"`
	Event     *Event    `yaml:"event"`
	Wait      Duration  `yaml:"wait"`
	Redeliver string    `yaml:"redeliver" enum:"last"` // last
	Restart   bool      `yaml:"restart"`
	Page      *Page     `yaml:"page"`
	Feedback  *Feedback `yaml:"feedback"`

	Model     []scripted.Step `yaml:"model"` // only for scripted: the model's answers, step by step
	Faults    []Fault         `yaml:"faults"`
	Interrupt *Interrupt      `yaml:"interrupt"`
	Expect    Expect          `yaml:"expect"`
}

// Staff is something a person of the shop does.
type Staff struct {
	Name  string `yaml:"name"`
	Does  string `yaml:"does" enum:"claim,note,reply,return"` // claim, note, reply, return
	Reply string `yaml:"reply"`
	Note  string `yaml:"note"`
	Brief string `yaml:"brief"` // with return
}

// An Event is a shop event of this customer, Segment-named.
type Event struct {
	Name string `yaml:"name"`
	SKU  string `yaml:"sku"`
}

// A Page is what the shopper has open from here on.
type Page struct {
	URL     string `yaml:"url"`
	Title   string `yaml:"title"`
	Product string `yaml:"product"`
}

// A Feedback is a thumb on the last answer.
type Feedback struct {
	Rating string `yaml:"rating" enum:"up,down"` // up or down
	Text   string `yaml:"text"`
}

// A Fault makes a tool fail in this turn.
type Fault struct {
	Tool  string `yaml:"tool"`
	Error string `yaml:"error"` // timeout, hang, panic, garbage, flood, late, crash, or any text
	Times int    `yaml:"times"` // 0: always; a crash: once
}

// An Interrupt is a message that comes while the turn runs.
type Interrupt struct {
	After string `yaml:"after" enum:"asked,first_text,first_call,first_result"` // asked, first_text, first_call or first_result
	User  string `yaml:"user"`
}

// Expect is what must be true after a turn. What is not set is not checked.
type Expect struct {
	Calls       []Call         `yaml:"calls"` // in this order; others may stand between
	NoCalls     []string       `yaml:"no_calls"`
	Writes      map[string]int `yaml:"writes"` // exactly these took effect, so often
	Pending     *Pending       `yaml:"pending"`
	State       *State         `yaml:"state"`
	Reply       *Reply         `yaml:"reply"`
	Products    *Products      `yaml:"products"`
	Recommended *Products      `yaml:"recommended"`
	Sentiment   string         `yaml:"sentiment" enum:"negative,neutral,positive"` // negative, neutral, positive
	Intent      string         `yaml:"intent"`
	HandOff     *HandOff       `yaml:"handoff"`
	Memory      *Recall        `yaml:"memory"`
	Told        Words          `yaml:"told"` // the last request to a model holds these words
	Grounded    *bool          `yaml:"grounded"`
	NoPII       *bool          `yaml:"no_pii"`
	Language    string         `yaml:"language"`
	Silent      *bool          `yaml:"silent"`
	Sent        []Sent         `yaml:"sent"`
	StepsMax    int            `yaml:"steps_max"`
	TokensMax   int            `yaml:"tokens_max"`
	Judge       string         `yaml:"judge"`
	History     string         `yaml:"history" enum:"valid,same"` // valid or same
	Lost        *int           `yaml:"lost"`
	From        string         `yaml:"from"`
	Agent       string         `yaml:"agent" enum:"silent"` // silent
}

// A Call is a tool call that must have been made. Args name some of its
// arguments; OK says whether it succeeded; Result is words of what came back.
type Call struct {
	Name   string         `yaml:"name" json:"name"`
	Args   map[string]any `yaml:"args" json:"args,omitempty"`
	OK     *bool          `yaml:"ok" json:"ok,omitempty"`
	Result Words          `yaml:"result" json:"result,omitempty"`
}

func (c *Call) is(made agent.CallTrace) bool {
	var args any
	_ = json.Unmarshal(made.Args, &args) // what is no JSON has no arguments
	for _, w := range c.Result {
		if !matches(w, resultOf(made)) {
			return false
		}
	}
	return made.Name == c.Name && (c.Args == nil || fits(c.Args, args)) && (c.OK == nil || *c.OK == (made.Error == ""))
}

// Pending is the question the turn must have ended with; "none" for none.
type Pending struct {
	Name string         `yaml:"name"`
	Args map[string]any `yaml:"args"`
	None bool           `yaml:"-"`
}

// A State is "unchanged", or values by JSON pointer.
type State struct {
	Unchanged bool           `yaml:"-"`
	Values    map[string]any `yaml:"-"`
}

// A Reply holds words: plain ones, folded, or /regular expressions/.
type Reply struct {
	Any      Words `yaml:"any"`
	All      Words `yaml:"all"`
	None     Words `yaml:"none"`
	MaxChars int   `yaml:"max_chars"`
}

// Products are expectations on the products shown, by id or words of the title.
type Products struct {
	Any   Words  `yaml:"any"`
	All   Words  `yaml:"all"`
	None  Words  `yaml:"none"`
	Min   *int   `yaml:"min"`
	Max   *int   `yaml:"max"`
	Where *Where `yaml:"where"`
}

// Where must hold for every product shown.
type Where struct {
	PriceMax *float64 `yaml:"price_max"`
	PriceMin *float64 `yaml:"price_min"`
	InStock  *bool    `yaml:"in_stock"`
	Category string   `yaml:"category"`
	Color    string   `yaml:"color"`
}

// A HandOff must have been made for a reason; "none" for none.
type HandOff struct {
	Reason string `yaml:"reason"`
	State  string `yaml:"state"` // requested, claimed, returned
	None   bool   `yaml:"-"`
}

// A Recall is what became of the memory in a turn.
type Recall struct {
	Added    Words `yaml:"added"`    // facts kept in this turn hold these words
	None     Words `yaml:"none"`     // no fact that is kept holds these
	Recalled Words `yaml:"recalled"` // what the model was reminded of holds these
	Quiet    Words `yaml:"quiet"`    // what the model was told holds none of these
}

// A Sent is a message that a journey must have sent.
type Sent struct {
	Journey string `yaml:"journey"`
	Times   int    `yaml:"times"`
}

// Words are one text or several.
type Words []string

// UnmarshalYAML takes a text or a list of texts.
func (w *Words) UnmarshalYAML(read func(any) error) error {
	var one string
	if read(&one) == nil {
		*w = Words{one}
		return nil
	}
	var many []string
	if err := read(&many); err != nil {
		return err
	}
	*w = many
	return nil
}

// A Duration is written as Go writes it: 26h, 90s.
type Duration time.Duration

// UnmarshalYAML reads "26h".
func (d *Duration) UnmarshalYAML(read func(any) error) error {
	var s string
	if err := read(&s); err != nil {
		return err
	}
	t, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is no duration; write 26h or 90s", s)
	}
	*d = Duration(t)
	return nil
}

// UnmarshalYAML reads "unchanged" or a map.
func (s *State) UnmarshalYAML(read func(any) error) error {
	var word string
	if read(&word) == nil {
		if word != "unchanged" {
			return fmt.Errorf("state is %q; write unchanged, or values by JSON pointer", word)
		}
		s.Unchanged = true
		return nil
	}
	return read(&s.Values)
}

// UnmarshalYAML reads "none" or a call.
func (p *Pending) UnmarshalYAML(read func(any) error) error {
	type plain Pending
	return orNone(read, &p.None, (*plain)(p))
}

// UnmarshalYAML reads "none" or a reason.
func (h *HandOff) UnmarshalYAML(read func(any) error) error {
	type plain HandOff
	return orNone(read, &h.None, (*plain)(h))
}

func orNone(read func(any) error, none *bool, value any) error {
	var word string
	if read(&word) == nil {
		if word != "none" {
			return fmt.Errorf("%q is neither none nor a map", word)
		}
		*none = true
		return nil
	}
	return read(value)
}
