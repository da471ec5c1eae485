package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm"
	"parley/tools/measure"
)

// bfclFiles are the files of the Berkeley Function-Calling Leaderboard; those
// with answers have a file of them beside.
var bfclFiles = []string{"simple_python", "parallel", "live_simple", "live_parallel", "irrelevance"}

// A bfclFunction is a function as the leaderboard describes it.
type bfclFunction struct {
	Name, Description string
	Parameters        json.RawMessage
}

// evalSchemas makes a tool of every function of the leaderboard: the share whose
// schema loads, whose reference answers are accepted, and of whose answers no
// corrupted one is.
func evalSchemas(ctx context.Context, data fs.FS, _ *evalCmd) ([]measure.Figure, error) {
	loaded, all, accepted, calls, refused, corrupted := 0, 0, 0, 0, 0, 0
	for _, name := range bfclFiles {
		var questions []struct {
			ID       string
			Function []bfclFunction
		}
		if err := readLines(data, "agent/bfcl/BFCL_v4_"+name+".json", &questions); err != nil {
			return nil, err
		}
		var answers []struct {
			ID    string
			Truth []map[string]map[string][]any `json:"ground_truth"`
		}
		if err := readLines(data, "agent/bfcl/BFCL_v4_"+name+".answers.json", &answers); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		truth := map[string][]map[string]map[string][]any{}
		for _, a := range answers {
			truth[a.ID] = a.Truth
		}
		for _, q := range questions {
			for _, f := range q.Function {
				all++
				tool, err := f.tool()
				if err != nil {
					progress(fmt.Sprintf("%s %s: %v", q.ID, f.Name, err))
					continue
				}
				good := true
				example := map[string]any{}
				for _, call := range truth[q.ID] {
					args, ok := call[f.Name]
					if !ok {
						continue
					}
					calls++
					if example, err = acceptable(ctx, tool, args); err != nil {
						progress(fmt.Sprintf("%s %s: a reference answer is refused: %v", q.ID, f.Name, err))
						good = false
						continue
					}
					accepted++
				}
				for _, wrong := range corruptions(tool.Parameters, example) {
					corrupted++
					if takes(ctx, tool, wrong) == nil {
						progress(fmt.Sprintf("%s %s: takes %v", q.ID, f.Name, wrong))
						good = false
						continue
					}
					refused++
				}
				if good {
					loaded++
				}
			}
		}
	}
	return []measure.Figure{
		{Metric: "loads", Value: share(loaded, all), N: all},
		{Metric: "answers_accepted", Value: share(accepted, calls), N: calls},
		{Metric: "corrupted_refused", Value: share(refused, corrupted), N: corrupted},
	}, nil
}

func share(some, all int) float64 { return float64(some) / float64(max(1, all)) }

// readLines reads a file of JSON lines into a slice.
func readLines[T any](data fs.FS, name string, to *[]T) error {
	b, err := fs.ReadFile(data, name)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for n := 1; lines.Scan(); n++ {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		*to = append(*to, v)
	}
	return lines.Err()
}

// tool makes a tool that only checks its arguments.
func (f bfclFunction) tool() (llm.Tool, error) {
	var described map[string]any
	if err := json.Unmarshal(f.Parameters, &described); err != nil {
		return llm.Tool{}, err
	}
	b, err := json.Marshal(jsonSchema(described, true))
	if err != nil {
		return llm.Tool{}, err
	}
	schema := &jsonschema.Schema{}
	if err := json.Unmarshal(b, schema); err != nil {
		return llm.Tool{}, err
	}
	return llm.NewSchemaTool(llm.Spec{Name: f.Name, Description: f.Description, Parameters: schema, Effect: llm.Read},
		func(context.Context, llm.Invocation) (*llm.Output, error) {
			return &llm.Output{Content: json.RawMessage(`{}`)}, nil
		})
}

// bfclTypes are the leaderboard's names of types that JSON Schema calls otherwise.
var bfclTypes = map[string]string{"dict": "object", "float": "number", "tuple": "array"}

// jsonSchema writes a description in the leaderboard's terms as JSON Schema. A
// parameter that may be left out may be null; "any" has no type; an enum on an
// array is of its items; no argument may be given that is not described, at the
// top or where properties are.
func jsonSchema(d map[string]any, required bool) map[string]any {
	out := map[string]any{}
	kind, _ := d["type"].(string)
	if of, ok := bfclTypes[kind]; ok {
		kind = of
	}
	if text, ok := d["description"]; ok {
		out["description"] = text
	}
	enum, _ := d["enum"].([]any)
	if items, ok := d["items"].(map[string]any); ok && kind == "array" {
		inner := jsonSchema(items, true)
		if len(enum) > 0 && inner["enum"] == nil {
			inner["enum"], enum = enum, nil
		}
		out["items"] = inner
	}
	if properties, ok := d["properties"].(map[string]any); ok {
		needed, _ := d["required"].([]any)
		inner := map[string]any{}
		for name, p := range properties {
			if described, ok := p.(map[string]any); ok {
				inner[name] = jsonSchema(described, slices.Contains(needed, any(name)))
			}
		}
		out["properties"], out["additionalProperties"] = inner, false
		// A name that is required and not described can't be given.
		if needed = slices.DeleteFunc(slices.Clone(needed), func(n any) bool { return inner[fmt.Sprint(n)] == nil }); len(needed) > 0 {
			out["required"] = needed
		}
	}
	if len(enum) > 0 {
		if !required {
			enum = append(slices.Clone(enum), nil)
		}
		out["enum"] = enum
	}
	switch {
	case kind == "any" || kind == "":
	case required:
		out["type"] = kind
	default:
		out["type"] = []any{kind, "null"}
	}
	return out
}

func takes(ctx context.Context, t llm.Tool, args any) error {
	b, err := json.Marshal(args)
	if err != nil {
		return err
	}
	_, err = t.Call(ctx, llm.Invocation{Args: b})
	return err
}

// acceptable builds a call of the values that an answer lists, for each argument
// the first that the tool takes. "" in a list means that the argument may be
// left out.
func acceptable(ctx context.Context, t llm.Tool, answer map[string][]any) (map[string]any, error) {
	args := map[string]any{}
	for name, values := range answer {
		if v, given := fitting(values, t.Parameters.Properties[name]); given {
			args[name] = v
		}
	}
	return args, takes(ctx, t, args)
}

// fitting is the first of some acceptable values that fits a schema.
func fitting(values []any, s *jsonschema.Schema) (v any, given bool) {
	if len(values) == 0 && s != nil && s.Type == "array" {
		return []any{}, true // the list that holds nothing
	}
	var fallback any
	for _, v := range values {
		if v == "" {
			continue
		}
		v = plain(v)
		if fallback == nil {
			fallback, given = v, true
		}
		if s == nil {
			return v, true
		}
		if r, err := s.Resolve(nil); err == nil && r.Validate(v) == nil {
			return v, true
		}
	}
	if slices.Contains(values, any("")) {
		return nil, false
	}
	return fallback, given
}

// plain takes the first of the acceptable values inside an object.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			list, ok := x.([]any)
			if !ok {
				out[k] = plain(x)
			} else if i := slices.IndexFunc(list, func(x any) bool { return x != "" }); i >= 0 {
				out[k] = plain(list[i])
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return out
	}
	return v
}

// corruptions are calls that a tool must refuse: no object, an argument that
// nobody described, a required one missing, each one of a wrong type or beyond
// its enum.
func corruptions(s *jsonschema.Schema, good map[string]any) []any {
	out := []any{[]any{"no object"}, "text"}
	with := func(name string, v any) {
		args := maps.Clone(good)
		if args[name] = v; v == nil {
			delete(args, name)
		}
		out = append(out, args)
	}
	if s.Properties != nil {
		with("never described", 1)
	}
	for _, name := range s.Required {
		with(name, nil)
	}
	for name, p := range s.Properties {
		types := append(slices.Clone(p.Types), p.Type)
		if p.Type == "" && len(p.Types) == 0 {
			continue // it takes any
		}
		if slices.Contains(types, "object") {
			with(name, "text")
		} else {
			with(name, map[string]any{"an": "object"})
		}
		if slices.Contains(types, "array") {
			with(name, "text")
			if p.Items != nil && p.Items.Type != "" && p.Items.Type != "object" {
				with(name, []any{map[string]any{"an": "object"}})
			}
		}
		if slices.Contains(types, "integer") {
			with(name, 1.5)
			with(name, "many")
		}
		if len(p.Enum) > 0 {
			with(name, strings.Repeat("no value of it ", 2))
		}
	}
	return out
}
