package script

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// File is where the script was read from, within its folder.
func (s *Script) File() string { return s.file }

// Update rewrites the file's expectations that did not hold, where what
// happened is one value that can be written down (a reason, a count, a value of
// the state), keeps all comments, and says what it changed. Words of replies,
// calls and products are the author's and stay.
func (r *Result) Update() (text []byte, changes []string, err error) {
	file, err := parser.ParseBytes(r.Script.text, parser.ParseComments)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range r.Turns {
		for _, f := range t.Failures {
			key, ok := rewritable(f.Expectation)
			if !ok || f.Got == "" {
				continue
			}
			where := fmt.Sprintf("$.turns[%d].expect.%s", t.N-1, key)
			path, err := yaml.PathString(where)
			if err != nil {
				return nil, nil, err
			}
			if err := path.ReplaceWithReader(file, strings.NewReader(f.Got)); err != nil {
				return nil, nil, fmt.Errorf("%s: %s: %w", r.Script.file, where, err)
			}
			changes = append(changes, fmt.Sprintf("%s, turn %d, %s:\n- %s\n+ %s", r.Script.file, t.N, key, f.Want, f.Got))
		}
	}
	return []byte(file.String() + "\n"), changes, nil
}

// rewritable gives the path of an expectation within expect.
func rewritable(expectation string) (string, bool) {
	if pointer, ok := strings.CutPrefix(expectation, "state /"); ok {
		return "state.'/" + pointer + "'", true
	}
	switch expectation {
	case "writes", "lost", "steps_max", "tokens_max", "handoff.reason", "handoff.state", "reply.max_chars":
		return expectation, true
	}
	return "", false
}
