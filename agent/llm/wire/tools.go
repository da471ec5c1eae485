package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm"
)

// Names are the names of tools as servers take them: up to 64 letters, digits,
// _ and -. Tools from outside may be called anything.
type Names struct {
	out, in map[string]string
}

// NamesOf makes names for a request's tools. The same tools get the same names.
func NamesOf(tools []llm.Spec) Names {
	n := Names{out: map[string]string{}, in: map[string]string{}}
	for _, t := range tools { // those that may stay as they are come first
		if plain(t.Name) == t.Name {
			n.out[t.Name], n.in[t.Name] = t.Name, t.Name
		}
	}
	for _, t := range tools {
		if _, done := n.out[t.Name]; done {
			continue
		}
		name := plain(t.Name)
		for i := 2; n.in[name] != ""; i++ {
			end := fmt.Sprintf("_%d", i)
			name = plain(t.Name)
			name = name[:min(len(name), 64-len(end))] + end
		}
		n.out[t.Name], n.in[name] = name, t.Name
	}
	return n
}

// Out is a tool's name for the server.
func (n Names) Out(name string) string {
	if s, ok := n.out[name]; ok {
		return s
	}
	return plain(name) // of a tool that is not there any more, or never was
}

// In is the tool that the server means; a name it made up stays as it is.
func (n Names) In(name string) string {
	if s, ok := n.in[name]; ok {
		return s
	}
	return valid(name)
}

func plain(name string) string {
	s := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
	if s == "" {
		return "_"
	}
	return s[:min(len(s), 64)]
}

// Schema writes a tool's parameters with the keywords that every server takes:
// an object at the root with nothing but properties in it, one type a value
// instead of a list with null, no identifiers and notes.
func Schema(tool llm.Spec) (json.RawMessage, error) {
	s := tool.Parameters.CloneSchemas()
	if s == nil {
		s = &jsonschema.Schema{}
	}
	s = flat(s)
	simplify(s)
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("describe the tool %s: %w", tool.Name, err)
	}
	return b, nil
}

// flat makes the root a plain object: alternatives at the root are joined, what
// only some of them require is not required.
func flat(s *jsonschema.Schema) *jsonschema.Schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok && s.Defs[name] != nil {
		root := s.Defs[name].CloneSchemas()
		root.Defs = s.Defs
		s = root
	}
	if s.Properties == nil { // servers want the word
		s.Properties = map[string]*jsonschema.Schema{}
	}
	s.PropertyOrder, s.Required = slices.Clone(s.PropertyOrder), slices.Clone(s.Required)
	take := func(from *jsonschema.Schema, required bool) {
		for _, name := range order(from) {
			if s.Properties[name] == nil {
				s.Properties[name] = from.Properties[name]
				s.PropertyOrder = append(s.PropertyOrder, name)
			}
		}
		for _, name := range from.Required {
			if required && !slices.Contains(s.Required, name) {
				s.Required = append(s.Required, name)
			}
		}
	}
	for _, from := range s.AllOf {
		take(from, true)
	}
	for _, from := range slices.Concat(s.AnyOf, s.OneOf) {
		take(from, false)
	}
	s.Type, s.Types = "object", nil
	s.AllOf, s.AnyOf, s.OneOf, s.Not, s.If, s.Then, s.Else, s.Enum = nil, nil, nil, nil, nil, nil, nil, nil
	return s
}

// order lists the properties of a schema in their order, always the same.
func order(s *jsonschema.Schema) []string {
	names := slices.Clone(s.PropertyOrder)
	var rest []string
	for name := range s.Properties {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}

func simplify(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	s.Schema, s.ID, s.Comment, s.Examples = "", "", "", nil
	s.Anchor, s.DynamicAnchor, s.Vocabulary, s.Extra = "", "", nil, nil
	s.ReadOnly, s.WriteOnly, s.Deprecated = false, false, false
	if kinds := slices.DeleteFunc(slices.Clone(s.Types), func(k string) bool { return k == "null" }); len(s.Types) > 0 && len(kinds) == 1 {
		s.Type, s.Types = kinds[0], nil
		s.Enum = slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == nil })
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems, s.ItemsArray} {
		for _, c := range list {
			simplify(c)
		}
	}
	for _, m := range []map[string]*jsonschema.Schema{s.Properties, s.PatternProperties, s.Defs, s.Definitions} {
		for _, c := range m {
			simplify(c)
		}
	}
	for _, c := range []*jsonschema.Schema{s.Items, s.AdditionalProperties, s.Contains, s.Not} {
		simplify(c)
	}
}
