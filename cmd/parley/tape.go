package main

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/cassette"
	"parley/agent/llm/ollama"
	"parley/channels/script"
	"parley/memory/redact"
)

// tapes are the cassettes of the scripts that are played: one a play, also when
// its world is opened again after a restart.
type tapes struct {
	record bool // live models are recorded

	mu   sync.Mutex
	open map[llm.Model]*cassette.Tape // by the scripted model, of which each play has its own
	last map[*script.Script]*cassette.Tape
}

// cassettePath is where a script's cassette lies: in a folder cassettes beside it.
func cassettePath(base string, s *script.Script) string {
	dir, name := path.Split(s.File())
	if archive := path.Base(strings.TrimSuffix(dir, "/")); path.Ext(archive) == ".txtar" || path.Ext(archive) == ".txt" {
		dir, name = path.Dir(strings.TrimSuffix(dir, "/")), archive+"-"+name
	}
	return filepath.Join(base, filepath.FromSlash(dir), "cassettes", strings.TrimSuffix(name, path.Ext(name))+".json")
}

// chain gives the models that a play asks, the way its script or --model names them.
func (w *worlds) chain(ctx context.Context, s script.Setup, sh *stocked) ([]agent.Named, error) {
	chain, gated := strings.CutPrefix(s.Model, cascade)
	names := strings.Split(chain, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	var tape *cassette.Tape
	var err error
	switch {
	case slices.Contains(names, "cassette"):
		if len(names) > 1 || w.tapes.record {
			return nil, fmt.Errorf("model %s: a cassette stands for the whole chain it was recorded with, and is played alone", s.Model)
		}
		if tape, err = w.tapes.play(s, cassettePath(w.base, s.Script)); err != nil {
			return nil, err
		}
		names = tape.Chain()
	case w.tapes.record:
		tape = w.tapes.blank(s, names)
	}
	var list []agent.Named
	for _, name := range names {
		if name == "scripted" {
			list = append(list, agent.Named{Name: name, Model: s.Scripted})
			continue
		}
		if live := name != "builtin" || len(names) == 1; tape != nil && live && !w.tapes.record {
			list = append(list, agent.Named{Name: name, Model: tape.Model(name), Free: name == "builtin"})
			continue
		}
		found, _, err := models(ctx, name, ollama.Auto, sh.catalog.Vocabulary())
		if err != nil {
			return nil, err
		}
		found = discreetly(found, public(sh.shop.Shop)) // before a cassette can see it
		m := found[0]
		if tape != nil && (name != "builtin" || len(names) == 1) {
			m.Model = tape.Record(name, m.Model)
		}
		list = append(list, m)
		if name == names[len(names)-1] && len(found) > 1 && !slices.Contains(names, "scripted") {
			list = append(list, found[1]) // builtin stands behind it
		}
	}
	if tape != nil && !w.tapes.record && list[len(list)-1].Name != "builtin" {
		found, _, err := models(ctx, "builtin", ollama.Auto, sh.catalog.Vocabulary())
		if err != nil {
			return nil, err
		}
		list = append(list, found[0])
	}
	if gated {
		list[0].Sure = surely
	}
	return list, nil
}

// play opens the cassette of a script, once a play.
func (t *tapes) play(s script.Setup, path string) (*cassette.Tape, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tape := t.open[s.Scripted]; tape != nil {
		return tape, nil
	}
	tape, err := cassette.Open(path, cassette.Config{Redact: redact.Text})
	if err == nil {
		t.keep(s, tape)
	}
	return tape, err
}

// blank is a tape to record on, once a play.
func (t *tapes) blank(s script.Setup, chain []string) *cassette.Tape {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tape := t.open[s.Scripted]; tape != nil {
		return tape
	}
	tape := cassette.New(cassette.Config{Script: s.Script.Name, Chain: chain, Redact: redact.Text})
	t.keep(s, tape)
	return tape
}

func (t *tapes) keep(s script.Setup, tape *cassette.Tape) {
	if t.open == nil {
		t.open, t.last = map[llm.Model]*cassette.Tape{}, map[*script.Script]*cassette.Tape{}
	}
	t.open[s.Scripted], t.last[s.Script] = tape, tape
}

// wrong are the requests of a play that its cassette does not hold; nil where
// there is no cassette to play.
func (t *tapes) wrong(s script.Setup) func() []error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tape := t.open[s.Scripted]; tape != nil && !t.record {
		return tape.Missed
	}
	return nil
}

// save writes what a play recorded beside its script, and says where. A play
// that broke off leaves the cassette as it was.
func (t *tapes) save(base string, r *script.Result) (string, error) {
	t.mu.Lock()
	tape := t.last[r.Script]
	t.mu.Unlock()
	if tape == nil || r.Err != nil {
		return "", nil
	}
	file := cassettePath(base, r.Script)
	if tape.Answers() == 0 {
		return "", nil // no model was asked
	}
	return fmt.Sprintf("%s: %d answers", file, tape.Answers()), tape.Save(file)
}
