// Package prompts holds the texts that models are instructed with, as files
// with typed inputs. It calls no model. The stable part comes first and is the
// same byte for byte in every turn of a shop, so that prompt caches hold; what
// changes stands in the situation, last. Start with [Set].
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed *.md
var files embed.FS

// A Set is all prompt files, parsed.
type Set struct {
	templates *template.Template
	hash      string
}

// System is the input of the stable part.
type System struct{ Shop, Currency string }

// Situation is the input of what changes from turn to turn.
type Situation struct {
	Now            time.Time
	Locale         string
	Customer       string // name
	SignedIn       bool
	Product, Title string // of the open page
	Facts          []string
	Brief          string
	Recalled       []Recalled
	Earlier        []string // of this conversation, summed up: older than the history given
}

// Correction is the input of what a model is told after it said something that
// no result carries.
type Correction struct{ Why string }

// Recalled is something said earlier.
type Recalled struct {
	At   time.Time
	Text string
}

// Load parses the files.
func Load() (*Set, error) {
	t, err := template.New("").Option("missingkey=error").ParseFS(files, "*.md")
	if err != nil {
		return nil, fmt.Errorf("read the prompts: %w", err)
	}
	h := sha256.New()
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range names { // sorted
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		h.Write(b)
	}
	return &Set{t, hex.EncodeToString(h.Sum(nil))[:12]}, nil
}

// Hash names the version of all files together.
func (s *Set) Hash() string { return s.hash }

// fenced keeps what was said from closing the fence it stands in.
var fenced = strings.NewReplacer("<", "‹", ">", "›", "\n", " ")

// Correct writes what a model is told after it said something untrue.
func (s *Set) Correct(c Correction) (string, error) {
	var b strings.Builder
	if err := s.templates.ExecuteTemplate(&b, "correction.md", c); err != nil {
		return "", fmt.Errorf("write the correction: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

// Overhear is what a model is told that looks for facts in a message.
func (s *Set) Overhear() (string, error) {
	var b strings.Builder
	if err := s.templates.ExecuteTemplate(&b, "overhear.md", nil); err != nil {
		return "", fmt.Errorf("write the prompt for facts: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

// Stable writes the part of the system prompt that is the same in every turn.
func (s *Set) Stable(sys System) (string, error) {
	var b strings.Builder
	if err := s.templates.ExecuteTemplate(&b, "system.md", sys); err != nil {
		return "", fmt.Errorf("write the system prompt: %w", err)
	}
	return b.String(), nil
}

// Text writes the system prompt: the stable part, then the situation.
func (s *Set) Text(sys System, sit Situation) (string, error) {
	stable, err := s.Stable(sys)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	sit.Recalled, sit.Earlier = slices.Clone(sit.Recalled), slices.Clone(sit.Earlier)
	for _, text := range []*string{&sit.Customer, &sit.Product, &sit.Title, &sit.Brief} {
		*text = fenced.Replace(*text)
	}
	sit.Facts = slices.Clone(sit.Facts)
	for i := range sit.Facts {
		sit.Facts[i] = fenced.Replace(sit.Facts[i])
	}
	for i := range sit.Recalled {
		sit.Recalled[i].Text = fenced.Replace(sit.Recalled[i].Text)
	}
	for i := range sit.Earlier {
		sit.Earlier[i] = fenced.Replace(sit.Earlier[i])
	}
	if err := s.templates.ExecuteTemplate(&b, "situation.md", sit); err != nil {
		return "", fmt.Errorf("write the situation: %w", err)
	}
	return stable + b.String(), nil
}
