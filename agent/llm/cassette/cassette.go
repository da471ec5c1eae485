// Package cassette records what models answer and plays it back, request for
// request. It never asks a model while it plays, and never writes what its
// redactor takes out. A cassette is one JSON file that people can read; it is
// keyed by a hash of the whole request, normalised: what differs between two
// runs of the same conversation (ids of calls, of facts, of the customer) is
// given a stand-in. Start with [New] to record, [Open] to play.
package cassette

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"parley/agent/llm"
)

// A Config says how a tape is made.
type Config struct {
	Script string   // whose conversation it is, for people
	Chain  []string // names of the models that were tried, in order
	// Redact takes secrets and customers' details out of a text and puts words
	// in brackets in their place, as [email]; nil takes nothing out.
	Redact func(string) string
}

// A Tape is a cassette in memory. It is safe for concurrent use.
type Tape struct {
	path   string
	redact func(string) string

	mu     sync.Mutex
	file   file
	played map[string]int // answers given, by model and key
	missed []error        // requests that are not on it
}

// file is a cassette as it is stored.
type file struct {
	Version int      `json:"cassette"`
	Script  string   `json:"script,omitempty"`
	Chain   []string `json:"chain"`
	// Wordless are the models of the chain that only chose tools.
	Wordless []string `json:"wordless,omitempty"`
	Prompts  []block  `json:"prompts"`
	Tools    []block  `json:"tools"`
	Answers  []answer `json:"answers"`
}

// A block is a text that several requests share.
type block struct {
	ID    string   `json:"id"`
	Lines []string `json:"lines"`
}

// An answer is one request and what came of it. Its messages are the first Same
// lines of the answer's before it, then Messages.
type answer struct {
	Key      string   `json:"key"`
	Model    string   `json:"model"`
	Prompt   string   `json:"prompt"`
	Tools    string   `json:"tools"`
	Same     int      `json:"same,omitempty"`
	Messages []string `json:"messages"`
	Pieces   []piece  `json:"answer"`
	Error    string   `json:"error,omitempty"`
	// Unavailable says that the error wrapped llm.ErrUnavailable.
	Unavailable bool `json:"unavailable,omitempty"`
	// Left says who stopped the answer before its end: "reader" (who had read
	// enough) or "cancelled" (the turn was stopped).
	Left string `json:"left,omitempty"`
}

// A piece is one chunk, or several chunks of nothing but text.
type piece struct {
	Say        []string   `json:"say,omitempty"`
	Think      string     `json:"think,omitempty"`
	Call       *llm.Call  `json:"call,omitempty"`
	Stop       llm.Stop   `json:"stop,omitempty"`
	Usage      *llm.Usage `json:"usage,omitempty"`
	Suggest    []string   `json:"suggest,omitempty"`
	Confidence float64    `json:"confidence,omitempty"`
	Meaning    string     `json:"meaning,omitempty"`
}

const version = 1

// New makes an empty tape to record on.
func New(cfg Config) *Tape {
	t := &Tape{redact: cfg.Redact, played: map[string]int{}}
	t.file = file{Version: version, Script: cfg.Script, Chain: cfg.Chain}
	return t
}

// Open reads a cassette to play it. The redactor must be the one it was
// recorded with, or requests that held something private are not found.
func Open(path string, cfg Config) (*Tape, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open a cassette: %w; record it first", err)
	}
	t := New(cfg)
	t.path = path
	if err := json.Unmarshal(b, &t.file); err != nil {
		return nil, fmt.Errorf("%s is no cassette: %w; record it again", path, err)
	}
	if t.file.Version != version {
		return nil, fmt.Errorf("%s is a cassette of version %d, and this plays version %d; record it again", path, t.file.Version, version)
	}
	return t, t.unfold()
}

// unfold gives each answer all its lines.
func (t *Tape) unfold() error {
	var before []string
	for i := range t.file.Answers {
		a := &t.file.Answers[i]
		if a.Same < 0 || a.Same > len(before) {
			return fmt.Errorf("%s: answer %d shares %d lines with one of %d; record it again", t.path, i+1, a.Same, len(before))
		}
		a.Messages = append(append([]string{}, before[:a.Same]...), a.Messages...)
		a.Same = 0
		before = a.Messages
	}
	return nil
}

// Chain names the models that were tried when the tape was recorded.
func (t *Tape) Chain() []string { return t.file.Chain }

// Missed are the requests that were asked for and are not on the tape, since
// the last call: the conversation went another way than when it was recorded.
func (t *Tape) Missed() []error {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.missed
	t.missed = nil
	return out
}

// Answers counts what is recorded.
func (t *Tape) Answers() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.file.Answers)
}

// Save writes the cassette. The file is whole or, when anything fails before,
// as it was.
func (t *Tape) Save(path string) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.file.Answers) == 0 {
		return errors.New("save a cassette: no model was asked, so there is nothing to keep")
	}
	f := t.file
	f.Answers = fold(f.Answers)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // it is for people to read
	if err := enc.Encode(f); err != nil {
		return fmt.Errorf("save a cassette: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save a cassette: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".cassette-*")
	if err != nil {
		return fmt.Errorf("save a cassette: %w", err)
	}
	_, err = tmp.Write(b.Bytes())
	if err = cmp.Or(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("save the cassette %s: %w", path, err)
	}
	return nil
}

// fold leaves out the lines that an answer shares with the one before it.
func fold(all []answer) []answer {
	out := make([]answer, len(all))
	var before []string
	for i, a := range all {
		whole := a.Messages
		n := 0
		for n < len(whole) && n < len(before) && whole[n] == before[n] {
			n++
		}
		a.Same, a.Messages = n, whole[n:]
		before, out[i] = whole, a
	}
	return out
}
