package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// readSchema reads an input schema of an outside tool. It refuses one that would
// let a model name the customer, and one that could keep the validator busy
// without end: jsonschema-go follows a schema that refers to itself until the
// stack is full. Texts in it are cut and cleaned.
func readSchema(b []byte) (*jsonschema.Schema, error) {
	if len(b) > mostSchema {
		return nil, fmt.Errorf("its input schema is longer than %d bytes", mostSchema)
	}
	var root map[string]any
	if err := json.Unmarshal(b, &root); err != nil || root == nil {
		return nil, errors.New("its input schema is no JSON object")
	}
	if root["type"] != "object" {
		return nil, errors.New(`its input schema is not of type "object"`)
	}
	delete(root, "$schema") // draft 7's words that servers use are read alike
	delete(root, "$id")
	c := schemaCheck{root: root}
	if err := c.walk(root, 0, nil); err != nil {
		return nil, err
	}
	b, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	s := new(jsonschema.Schema)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("its input schema cannot be read: %w", err)
	}
	return s, nil
}

// whoAsks matches names of arguments that say who the customer is. That is for
// the session to know, never for a model to write.
var whoAsks = regexp.MustCompile(`(?i)^(customer|user|member|visitor|account|client|buyer|shopper|conversation|session)[_-]?(id|number|no|key|uuid|token|email)$|^(customer|user|buyer|shopper)$`)

type schemaCheck struct {
	root map[string]any
	seen int
}

// walk looks at a schema and all that it refers to, each reference anew, so that
// what it counts is the work of a validation.
func (c *schemaCheck) walk(v any, depth int, refs []string) error {
	if c.seen++; c.seen > 5000 || depth > 32 {
		return errors.New("its input schema is too deep or refers to too much")
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := c.walk(x, depth+1, refs); err != nil {
				return err
			}
		}
	case string:
		if v != clean(v, len(v)) {
			return errors.New("its input schema holds control characters")
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key != clean(key, len(key)) {
				return errors.New("its input schema holds control characters")
			}
			if err := c.member(v, key, depth, refs); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *schemaCheck) member(v map[string]any, key string, depth int, refs []string) error {
	x := v[key]
	text, isText := x.(string)
	switch key {
	case "$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$id":
		if isText {
			return fmt.Errorf("its input schema uses %s, which is not followed", key)
		}
	case "$ref":
		if isText {
			return c.follow(text, depth, refs)
		}
	case "description", "title", "$comment":
		if isText {
			v[key] = fence(oneLine(text, 200))
			return nil
		}
	case "properties":
		if p, ok := x.(map[string]any); ok {
			for name := range p {
				if whoAsks.MatchString(name) {
					return fmt.Errorf("its argument %q would let a model say who the customer is; the server should take that from _meta (see --mcp-customer)", name)
				}
			}
		}
	case "$defs", "definitions": // looked at where they are referred to
		return nil
	}
	return c.walk(x, depth+1, refs)
}

// follow looks at what a reference means, a JSON pointer within the schema.
func (c *schemaCheck) follow(ref string, depth int, refs []string) error {
	if slices.Contains(refs, ref) || ref == "#" || ref == "#/" {
		return errors.New("its input schema refers to itself")
	}
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return fmt.Errorf("its input schema refers to %q, outside of itself", oneLine(ref, 80))
	}
	var at any = c.root
	for _, step := range strings.Split(path, "/") {
		m, ok := at.(map[string]any)
		if !ok {
			return fmt.Errorf("its input schema refers to %q, which is not there", oneLine(ref, 80))
		}
		at = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	if at == nil {
		return fmt.Errorf("its input schema refers to %q, which is not there", oneLine(ref, 80))
	}
	return c.walk(at, depth+1, append(slices.Clone(refs), ref))
}

// namesCustomer finds an argument that says who the customer is, however deep: a
// schema may be open to names that it does not list.
func namesCustomer(v any) string {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if whoAsks.MatchString(name) {
				return name
			}
			if found := namesCustomer(x); found != "" {
				return found
			}
		}
	case []any:
		for _, x := range v {
			if found := namesCustomer(x); found != "" {
				return found
			}
		}
	}
	return ""
}
