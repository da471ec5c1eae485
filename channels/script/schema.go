package script

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"parley/agent/llm"
)

// Schema is the JSON Schema of the format, for editors.
func Schema() ([]byte, error) {
	s := describe(reflect.TypeFor[Script]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Parley conversation script"
	s["required"] = []string{"version", "turns"}
	return json.MarshalIndent(s, "", "  ")
}

type schema = map[string]any

// describe gives a type's schema by its yaml tags.
func describe(t reflect.Type) schema {
	word := func(w string) schema { return schema{"const": w} }
	switch t {
	case reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case reflect.TypeFor[Duration]():
		return schema{"type": "string", "pattern": `^-?[0-9.]+(ns|us|ms|s|m|h)([0-9.]+(ms|s|m|h))*$`}
	case reflect.TypeFor[Words]():
		return schema{"anyOf": []any{schema{"type": "string"}, schema{"type": "array", "items": schema{"type": "string"}}}}
	case reflect.TypeFor[State]():
		return schema{"anyOf": []any{word("unchanged"), schema{"type": "object"}}}
	case reflect.TypeFor[llm.Stop]():
		return schema{"enum": []any{llm.StopEnd, llm.StopCalls, llm.StopLength, llm.StopRefused}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Slice:
		return schema{"type": "array", "items": describe(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": describe(t.Elem())}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int:
		return schema{"type": "integer"}
	case reflect.Float64:
		return schema{"type": "number"}
	case reflect.Struct:
	default:
		return schema{}
	}
	fields := schema{}
	none := false
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		none = none || f.Name == "None" && name == "-"
		if name != "" && name != "-" {
			fields[name] = describe(f.Type)
			if words := f.Tag.Get("enum"); words != "" {
				fields[name] = schema{"enum": strings.Split(words, ",")}
			}
		}
	}
	s := schema{"type": "object", "properties": fields, "additionalProperties": false}
	if none {
		return schema{"anyOf": []any{word("none"), s}}
	}
	return s
}
