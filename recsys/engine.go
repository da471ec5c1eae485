package recsys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An Engine is all that a shop recommends from, one model for each shelf. It
// knows items, never customers: a customer's own history comes with the query
// ([Query.Past], [Query.Recent]) and is folded in. Make one with [Train], keep it
// with [Engine.Save], and read it with [LoadEngine]; a [Live] holds the one in use.
// It is safe for concurrent use.
type Engine struct {
	About
	data   *Dataset
	models map[string]Model // by section
	blend  Model
	lift   []float64 // of the season, by item; nil: none
}

// About says what an Engine was trained on and how.
type About struct {
	Hash         string    `json:"hash"` // SHA-256 over interactions, items and settings, in hex
	Seed         uint64    `json:"seed"`
	Interactions int       `json:"interactions"`
	Dropped      int       `json:"dropped,omitempty"` // interactions that name nothing or whose value is no number
	Customers    int       `json:"customers"`         // how many; none is named
	Items        int       `json:"items"`
	From         time.Time `json:"from"`
	Until        time.Time `json:"until"`

	Blend []Blended `json:"blend"`           // of "also like"
	Cases int       `json:"cases,omitempty"` // customers whose newest purchases were held out to choose the blend
	NDCG  float64   `json:"ndcg,omitempty"`  // of the blend on them, at 10
	// Seasonal says that scores are lifted by how much an item is taken now beside
	// what it always was, as [Season] does: that was better on the held out.
	Seasonal bool     `json:"seasonal,omitempty"`
	Notes    []string `json:"notes,omitempty"` // what was left out, and why
}

// Blended is one model's part in the blend.
type Blended struct {
	Model  string  `json:"model"`
	Weight float64 `json:"weight"`
	Scale  float64 `json:"scale"`           // its mean highest score: see [ScaleFixed]
	Alone  float64 `json:"alone,omitempty"` // NDCG at 10 of it alone on the held out
}

// AlsoLike ranks for a customer or around a product: the blend, with what is
// popular behind it.
func (e *Engine) AlsoLike() Recommender { return Fill{e.blend, e.models["popular"]} }

// Together ranks what shares a basket with the products of Query.Recent.
func (e *Engine) Together() Recommender { return e.models["basket"] }

// Popular ranks by how many took an item, an interaction of 120 days ago
// counting half.
func (e *Engine) Popular() Recommender { return e.models["popular"] }

// Trend ranks by how many took an item in the last 30 days, three at least, with
// what is popular behind it.
func (e *Engine) Trend() Recommender { return Fill{e.models["trend"], e.models["popular"]} }

// Again ranks what the customer bought before and may want again, by how often
// that happens and by its usual interval. It is silent on what they never bought.
func (e *Engine) Again() Recommender { return e.models["again"] }

// Knows says whether an item was there when the engine was trained.
func (e *Engine) Knows(item string) bool {
	_, ok := e.data.itemAt[item]
	return ok
}

// ItemIDs are the items it knows, sorted; not to be changed.
func (e *Engine) ItemIDs() []string { return e.data.Items }

// Bytes gives the artefact: the same engine gives the same bytes.
func (e *Engine) Bytes() ([]byte, error) {
	about, err := json.Marshal(e.About)
	if err != nil {
		return nil, fmt.Errorf("recsys: write an artefact: %w", err)
	}
	items := &coder{}
	items.texts(e.data.Items)
	items.i64(e.data.newest)
	list := []section{{"about", about}, {"items", items.b}}
	if e.lift != nil {
		c := &coder{}
		c.f64s(e.lift)
		list = append(list, section{"season", c.b})
	}
	names := make([]string, 0, len(e.models))
	for name := range e.models {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m, ok := e.models[name].(kept)
		if !ok {
			return nil, fmt.Errorf("recsys: write an artefact: %T cannot be kept", e.models[name])
		}
		c := &coder{}
		m.write(c)
		list = append(list, section{name, c.b})
	}
	return pack(list), nil
}

// ReadEngine reads an artefact. Its errors are [ErrArtefact] with the reason.
func ReadEngine(b []byte) (*Engine, error) {
	sections, err := unpack(b)
	if err != nil {
		return nil, err
	}
	e := &Engine{models: map[string]Model{}}
	dec := json.NewDecoder(bytes.NewReader(sections["about"]))
	if err := dec.Decode(&e.About); err != nil {
		return nil, fmt.Errorf("%w: section %q: %v", ErrArtefact, "about", err)
	}
	in := &decoder{name: "items", b: sections["items"]}
	items, newest := in.texts(), in.i64()
	if err := in.done(); err != nil {
		return nil, err
	}
	for i := 1; i < len(items); i++ {
		if items[i-1] >= items[i] {
			in.fail("items out of order")
			return nil, in.err
		}
	}
	e.data = itemsOnly(items, newest)
	if body, ok := sections["season"]; ok {
		in := &decoder{name: "season", b: body}
		e.lift = in.f64s()
		if err := in.done(len(e.lift), len(items)); err != nil {
			return nil, err
		}
		delete(sections, "season")
	}
	if e.Seasonal != (e.lift != nil) {
		return nil, fmt.Errorf("%w: section %q is missing, or too many", ErrArtefact, "season")
	}
	for name, body := range sections {
		if read := readers[name]; read != nil {
			if e.models[name], err = read(e.data, &decoder{name: name, b: body}); err != nil {
				return nil, err
			}
		} else if name != "about" && name != "items" {
			return nil, fmt.Errorf("%w: section %q is not known; train again with `parley train`", ErrArtefact, name)
		}
	}
	return e, e.assemble()
}

// assemble puts the blend together, and checks that every shelf has its model.
func (e *Engine) assemble() error {
	for _, name := range []string{"popular", "trend", "basket", "again"} {
		if e.models[name] == nil {
			return fmt.Errorf("%w: section %q is missing", ErrArtefact, name)
		}
	}
	blend := &Hybrid{scale: []float64{}}
	for _, p := range e.Blend {
		m := e.models[p.Model]
		if m == nil || !(p.Scale > 0) || !(p.Weight >= 0) {
			return fmt.Errorf("%w: its blend wants %q at weight %v and scale %v", ErrArtefact, p.Model, p.Weight, p.Scale)
		}
		blend.parts = append(blend.parts, Part{m, p.Weight})
		blend.scale = append(blend.scale, p.Scale)
	}
	if len(blend.parts) == 0 {
		return fmt.Errorf("%w: its blend is empty", ErrArtefact)
	}
	if e.blend = blend; e.lift != nil {
		e.blend = &Season{blend, e.lift}
	}
	return nil
}

// FileName is what an artefact is called, by the hash of what it was trained on.
func (a About) FileName() string { return "recsys-" + a.Hash[:min(12, len(a.Hash))] + ".parley" }

// IsArtefactName says whether a file is called as artefacts are.
func IsArtefactName(name string) bool {
	return strings.HasPrefix(name, "recsys-") && strings.HasSuffix(name, ".parley")
}

// Save writes the artefact to a file, whole or not at all.
func (e *Engine) Save(path string) error {
	b, err := e.Bytes()
	if err != nil {
		return err
	}
	return writeWhole(path, b)
}

// LoadEngine reads an artefact file.
func LoadEngine(path string) (*Engine, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("recsys: read an artefact: %w", err)
	}
	e, err := ReadEngine(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return e, nil
}
