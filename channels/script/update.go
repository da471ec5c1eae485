package script

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"golang.org/x/tools/txtar"
)

// File is where the script was read from, within its folder.
func (s *Script) File() string { return s.file }

// Update rewrites the file's expectations that did not hold, where what
// happened is one value that can be written down: a count, a reason, an open
// question, a value of the state. Only the values change; comments and
// everything else stay as they are. It says which lines changed, and how. Words
// of replies, calls and products are the author's and stay too.
func (r *Result) Update() (text []byte, changes []string, err error) {
	s := r.Script
	file, err := parser.ParseBytes(s.text, 0)
	if err != nil {
		return nil, nil, err
	}
	var edits []edit
	for _, t := range r.Turns {
		for _, f := range t.Failures {
			key := f.Expectation
			if strings.HasPrefix(key, "handoff.") && t.now[key] == nil {
				key = "handoff" // there was none
			}
			now, ok := t.now[key]
			if !ok {
				continue
			}
			e, err := locate(file, s.text, fmt.Sprintf("$.turns[%d].expect.%s", t.N-1, pathOf(key)))
			if err != nil {
				return nil, nil, fmt.Errorf("%s, turn %d, %s: %w", s.file, t.N, f.Expectation, err)
			}
			e.now = flow(normal(now))
			edits = append(edits, e)
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) }) // from the end on
	text = slices.Clone(s.text)
	for i, e := range edits {
		if i > 0 && e.to > edits[i-1].from {
			continue // within one that was rewritten
		}
		text = slices.Concat(text[:e.from], []byte(e.now), text[e.to:])
	}
	if _, err := Parse(s.file, text); err != nil {
		return nil, nil, fmt.Errorf("what was rewritten does not read any more; change it by hand: %w", err)
	}
	return text, differ(s.file, string(s.text), string(text)), nil
}

// Rewrite puts a script's new text in the place of the old, in a folder. A
// script in an archive is rewritten within it.
func (s *Script) Rewrite(folder string, text []byte) error {
	name := filepath.Join(folder, filepath.FromSlash(s.file))
	if s.member != "" {
		name = filepath.Join(folder, filepath.FromSlash(strings.TrimSuffix(s.file, "/"+s.member)))
		b, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("rewrite a script: %w", err)
		}
		archive := txtar.Parse(b)
		for i, f := range archive.Files {
			if f.Name == s.member {
				archive.Files[i].Data = text
			}
		}
		text = txtar.Format(archive)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return fmt.Errorf("rewrite a script: %w", err)
	}
	return nil
}

// An edit puts a value in the place of bytes of a file.
type edit struct {
	from, to int
	now      string
}

// pathOf is the YAML path of an expectation within expect.
func pathOf(expectation string) string {
	if pointer, ok := strings.CutPrefix(expectation, "state /"); ok {
		return "state.'/" + pointer + "'"
	}
	return expectation
}

// flow writes a value on one line as scripts do.
func flow(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var list []string
		for _, k := range slices.SortedFunc(maps.Keys(v), func(a, b string) int { // the name first
			return cmp.Or(cmp.Compare(b2i(b == "name"), b2i(a == "name")), cmp.Compare(a, b))
		}) {
			list = append(list, flow(k)+": "+flow(v[k]))
		}
		return "{" + strings.Join(list, ", ") + "}"
	case []any:
		var list []string
		for _, x := range v {
			list = append(list, flow(x))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case string:
		if word.MatchString(v) && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off"}, v) {
			return v
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

var word = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]*$`)

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// locate finds the bytes of a value.
func locate(file *ast.File, text []byte, where string) (e edit, err error) {
	path, err := yaml.PathString(where)
	if err != nil {
		return e, err
	}
	node, err := path.FilterFile(file)
	if err != nil || node == nil {
		return e, fmt.Errorf("it does not stand in the turn itself; change it by hand")
	}
	e.from, e.to = len(text), 0
	for _, t := range tokens(node) {
		origin := strings.TrimSpace(t.Origin)
		from := offset(text, t.Position)
		if !strings.HasPrefix(string(text[from:]), origin) {
			return e, fmt.Errorf("its value is written over several lines; change it by hand")
		}
		e.from, e.to = min(e.from, from), max(e.to, from+len(origin))
	}
	return e, nil
}

// tokens are all tokens of a value.
func tokens(node ast.Node) []*token.Token {
	out := []*token.Token{node.GetToken()}
	switch n := node.(type) {
	case *ast.MappingNode:
		if n.Start != nil && n.IsFlowStyle {
			out = append(out, n.Start, n.End)
		}
		for _, v := range n.Values {
			out = append(out, tokens(v.Key)...)
			out = append(out, tokens(v.Value)...)
		}
	case *ast.MappingValueNode:
		out = append(out, tokens(n.Key)...)
		out = append(out, tokens(n.Value)...)
	case *ast.SequenceNode:
		if n.IsFlowStyle {
			out = append(out, n.Start, n.End)
		}
		for _, v := range n.Values {
			out = append(out, tokens(v)...)
		}
	}
	return out
}

// offset is where a position stands in bytes; columns count characters.
func offset(text []byte, p *token.Position) int {
	at := 0
	for line := 1; line < p.Line; line++ {
		at += strings.IndexByte(string(text[at:]), '\n') + 1
	}
	for column := 1; column < p.Column && at < len(text); column++ {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

// differ lists the lines of a file that changed.
func differ(file, before, after string) []string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out []string
	if len(a) == len(b) {
		for i := range a {
			if a[i] != b[i] {
				out = append(out, fmt.Sprintf("%s:%d\n- %s\n+ %s", file, i+1, a[i], b[i]))
			}
		}
		return out
	}
	shift := 0
	for i := 0; i < len(a) && i+shift < len(b); i++ {
		if a[i] == b[i+shift] {
			continue
		}
		// A value that stood on several lines stands on one now.
		end := i + 1
		for end < len(a) && i+shift+1 < len(b) && a[end] != b[i+shift+1] {
			end++
		}
		out = append(out, fmt.Sprintf("%s:%d\n- %s\n+ %s", file, i+1, strings.Join(a[i:end], "\n- "), b[i+shift]))
		shift -= end - i - 1
		i = end - 1
	}
	return out
}
