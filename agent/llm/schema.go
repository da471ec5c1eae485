package llm

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// NewSchemaTool makes a tool of a Spec whose Parameters are a schema that no Go
// type stands for, as of a tool that somebody else describes. Arguments are
// validated against it, and a mismatch becomes a ToolError, as with [NewTool].
func NewSchemaTool(spec Spec, run func(ctx context.Context, in Invocation) (*Output, error)) (Tool, error) {
	if spec.Parameters == nil {
		return Tool{}, fmt.Errorf("llm: tool %s has no schema of its arguments", spec.Name)
	}
	resolved, err := spec.Parameters.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: false})
	if err != nil {
		return Tool{}, fmt.Errorf("llm: tool %s: %w", spec.Name, err)
	}
	return Tool{Spec: spec, Call: func(ctx context.Context, in Invocation) (*Output, error) {
		if _, err := decode[map[string]json.RawMessage](resolved, in.Args); err != nil {
			return nil, err
		}
		return run(ctx, in)
	}}, nil
}
