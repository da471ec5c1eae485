package script

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"golang.org/x/tools/txtar"
)

// A Mistake is something wrong in a script file.
type Mistake struct {
	File         string
	Line, Column int
	Text         string
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Text)
}

// Load reads the scripts of a file system: every .yaml and .yml file in it, and
// those inside .txtar archives, in the order of their names. It reads all files
// and returns all mistakes.
func Load(fsys fs.FS) ([]*Script, error) {
	var scripts []*Script
	var errs []error
	add := func(name, member string, text []byte) {
		s, err := Parse(name, text)
		if err != nil {
			errs = append(errs, err)
			return
		}
		s.member = member
		scripts = append(scripts, s)
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && name != "." && d.Name() == "shops" { // shop folders that scripts name
				return fs.SkipDir
			}
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		switch path.Ext(name) {
		case ".yaml", ".yml":
			add(name, "", b)
		case ".txtar", ".txt":
			for _, f := range txtar.Parse(b).Files {
				if ext := path.Ext(f.Name); ext == ".yaml" || ext == ".yml" {
					add(name+"/"+f.Name, f.Name, f.Data)
				}
			}
		}
		return nil
	})
	if err == nil && len(scripts) == 0 && len(errs) == 0 {
		err = errors.New("no script here: a script is a .yaml file, or one in a .txtar archive")
	}
	return scripts, errors.Join(append(errs, err)...)
}

// Parse reads one script strictly: an unknown key, a wrong type or a turn of no
// kind is a [Mistake] with its place and the nearest right name.
func Parse(file string, text []byte) (*Script, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &Mistake{file, 1, 1, "the file is empty"}
	}
	s := &Script{}
	err := yaml.UnmarshalWithOptions(text, s, yaml.Strict())
	s.file, s.text = file, text
	var unknown *yaml.UnknownFieldError
	var at yaml.Error
	switch {
	case errors.As(err, &unknown):
		t := unknown.GetToken()
		return nil, &Mistake{file, t.Position.Line, t.Position.Column, fmt.Sprintf("there is no key %q here%s", t.Value, Meant(t.Value, keys()))}
	case errors.As(err, &at):
		t := at.GetToken()
		return nil, &Mistake{file, t.Position.Line, t.Position.Column, at.GetMessage()}
	case err != nil:
		line, column := placeOf(err.Error(), string(text))
		return nil, &Mistake{file, line, column, err.Error()}
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(path.Base(file), path.Ext(file))
	}
	if s.Now.IsZero() {
		s.Now = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	}
	if s.Shop == "" {
		s.Shop = "demo"
	}
	if s.Model == "" {
		s.Model = "builtin"
	}
	if s.Customer.Locale == "" {
		s.Customer.Locale = "en"
	}
	return s, s.check()
}

// placeOf finds the value that an error quotes: errors of our own readers carry
// no place.
func placeOf(message, text string) (line, column int) {
	if parts := strings.Split(message, `"`); len(parts) > 2 {
		if i := strings.Index(text, parts[1]); i >= 0 {
			return 1 + strings.Count(text[:i], "\n"), i - strings.LastIndex(text[:i], "\n")
		}
	}
	return 1, 1
}

func (t *Turn) rating() string {
	if t.Feedback == nil {
		return ""
	}
	return cmp.Or(t.Feedback.Rating, "none")
}

// onlyJudged says that nothing but a judge looks at a turn.
func (e Expect) onlyJudged(defaults Expect) bool {
	e.Judge, defaults.Judge = "", ""
	return reflect.ValueOf(e).IsZero() && reflect.ValueOf(defaults).IsZero()
}

// moments at which a turn can be interrupted.
var moments = []string{"asked", "first_text", "first_call", "first_result"}

// check finds what types cannot say.
func (s *Script) check() error {
	if s.Version != 1 {
		return s.wrong("$.version", "this reads version 1; the file says %d", s.Version)
	}
	if len(s.Turns) == 0 {
		return s.wrong("$.turns", "a script needs turns")
	}
	for i := range s.Turns {
		t := &s.Turns[i]
		here := fmt.Sprintf("$.turns[%d]", i)
		if kinds := t.kinds(); len(kinds) == 0 {
			return s.wrong(here, "this turn is of no kind; a turn has one of: user, act, staff, event, wait, redeliver, restart, page, feedback")
		} else if len(kinds) > 1 && !(len(kinds) == 2 && kinds[0] == "user" && kinds[1] == "page") {
			return s.wrong(here, "this turn is %s at once; make it two turns", strings.Join(kinds, " and "))
		}
		for _, one := range []struct {
			key, value string
			allowed    []string
		}{
			{"act", t.Act, []string{"confirm", "decline"}},
			{"redeliver", t.Redeliver, []string{"last"}},
			{"expect.sentiment", t.Expect.Sentiment, []string{"negative", "neutral", "positive"}},
			{"expect.history", t.Expect.History, []string{"valid", "same"}},
			{"expect.agent", t.Expect.Agent, []string{"silent"}},
			{"feedback.rating", t.rating(), []string{"up", "down"}},
		} {
			if one.value != "" && !slices.Contains(one.allowed, one.value) {
				return s.wrong(here+"."+one.key, "%q is not one of: %s", one.value, strings.Join(one.allowed, ", "))
			}
		}
		if t.Expect.Judge != "" && t.Expect.onlyJudged(s.Defaults.Expect) {
			return s.wrong(here+".expect.judge", "a judge is never the only check; expect something beside it that code can see")
		}
		if t.Interrupt != nil && !slices.Contains(moments, t.Interrupt.After) {
			return s.wrong(here+".interrupt.after", "%q is not one of: %s", t.Interrupt.After, strings.Join(moments, ", "))
		}
		if t.Staff != nil && !slices.Contains([]string{"claim", "note", "reply", "return"}, t.Staff.doing()) {
			return s.wrong(here+".staff", "a person does claim, note, reply or return, not %q", t.Staff.Does)
		}
		if len(t.Model) > 0 && !strings.Contains(s.Model, "scripted") {
			return s.wrong(here+".model", "answers are written only for model: scripted; this script's is %s", s.Model)
		}
		for _, w := range [][]string{t.Expect.words(), s.Defaults.Expect.words()} {
			for _, x := range w {
				if _, err := compile(x); err != nil {
					return s.wrong(here+".expect", "%s: %v", x, err)
				}
			}
		}
	}
	return nil
}

// tools checks every tool and intent a script names against those there are.
func (s *Script) tools(known, intents []string) error {
	look := func(where, name string) error {
		if slices.Contains(known, name) {
			return nil
		}
		return s.wrong(where, "there is no tool %q%s", name, Meant(name, known))
	}
	for i, t := range s.Turns {
		here := fmt.Sprintf("$.turns[%d]", i)
		if name := t.Expect.Intent; name != "" && len(intents) > 0 && !slices.Contains(intents, name) {
			return s.wrong(here+".expect.intent", "there is no intent %q%s", name, Meant(name, intents))
		}
		for k, c := range t.Expect.Calls {
			if err := look(fmt.Sprintf("%s.expect.calls[%d].name", here, k), c.Name); err != nil {
				return err
			}
		}
		for k, name := range t.Expect.NoCalls {
			if err := look(fmt.Sprintf("%s.expect.no_calls[%d]", here, k), name); err != nil {
				return err
			}
		}
		for name := range t.Expect.Writes {
			if err := look(here+".expect.writes."+name, name); err != nil {
				return err
			}
		}
		if p := t.Expect.Pending; p != nil && !p.None {
			if err := look(here+".expect.pending.name", p.Name); err != nil {
				return err
			}
		}
		for k, f := range t.Faults {
			if err := look(fmt.Sprintf("%s.faults[%d].tool", here, k), f.Tool); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrong makes a mistake at a YAML path, or at the nearest place above it.
func (s *Script) wrong(where, format string, args ...any) error {
	m := &Mistake{s.file, 1, 1, fmt.Sprintf(format, args...)}
	file, err := parser.ParseBytes(s.text, 0)
	for err == nil && where != "$" {
		p, perr := yaml.PathString(where)
		var node ast.Node
		if perr == nil {
			node, perr = p.FilterFile(file)
		}
		if perr == nil && node != nil {
			at := node.GetToken().Position
			m.Line, m.Column = at.Line, at.Column
			break
		}
		where = where[:strings.LastIndexAny(where, ".[")]
	}
	return m
}

func (t *Turn) kinds() []string {
	var out []string
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"user", t.User != nil}, {"act", t.Act != ""}, {"staff", t.Staff != nil}, {"event", t.Event != nil}, {"wait", t.Wait != 0},
		{"redeliver", t.Redeliver != ""}, {"restart", t.Restart}, {"feedback", t.Feedback != nil}, {"page", t.Page != nil},
	} {
		if k.set {
			out = append(out, k.name)
		}
	}
	return out
}

func (s *Staff) doing() string {
	switch {
	case s.Does != "":
		return s.Does
	case s.Reply != "":
		return "reply"
	case s.Note != "":
		return "note"
	}
	return ""
}

// words are all texts that may be regular expressions.
func (e *Expect) words() []string {
	var out []string
	if r := e.Reply; r != nil {
		out = append(out, slices.Concat(r.Any, r.All, r.None)...)
	}
	for _, p := range []*Products{e.Products, e.Recommended} {
		if p != nil {
			out = append(out, slices.Concat(p.Any, p.All, p.None)...)
		}
	}
	out = append(out, e.Told...)
	for _, c := range e.Calls {
		out = append(out, c.Result...)
	}
	if m := e.Memory; m != nil {
		out = append(out, slices.Concat(m.Added, m.None, m.Recalled, m.Quiet)...)
	}
	return out
}

// keys are all keys of the format.
func keys() []string {
	var out []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if name == "" || name == "-" {
				continue
			}
			out = append(out, name)
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[Script]())
	slices.Sort(out)
	return slices.Compact(out)
}

// Meant says which known name is nearest, if one is near.
func Meant(name string, known []string) string {
	best, least := "", 1+len([]rune(name))/2
	for _, k := range known {
		if d := distance(strings.ToLower(name), k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is Levenshtein's, with a swap of neighbours as one step.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}
