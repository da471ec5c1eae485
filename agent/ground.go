package agent

import (
	"encoding/json"
	"slices"

	"parley/agent/llm"
)

// ground checks the arguments that identify or limit: each must stand in the
// customer's own words, on the page, or in an earlier result. An optional one
// that does not is dropped, a required one goes back to the model.
func (r *run) ground(tool llm.Tool, c *llm.Call) (json.RawMessage, *llm.ToolError) {
	if len(tool.Ground) == 0 {
		return c.Args, nil
	}
	var args map[string]any
	if err := json.Unmarshal(c.Args, &args); err != nil {
		return nil, llm.Errorf("bad_argument", "the arguments are no JSON object: %v", err)
	}
	dropped := false
	for _, name := range tool.Ground {
		v, given := args[name]
		if !given || v == nil || r.facts.spoken(v) || r.cfg.Without.drop("argument: "+name) {
			continue
		}
		if slices.Contains(tool.Parameters.Required, name) {
			return nil, llm.Errorf("not_grounded", "%s %v was never given: ask the customer for it", name, v)
		}
		r.decide("%s of %s dropped: %v was never given", name, c.Name, v)
		delete(args, name)
		dropped = true
	}
	if !dropped {
		return c.Args, nil
	}
	b, err := json.Marshal(args)
	if err != nil {
		return nil, llm.Errorf("bad_argument", "%v", err)
	}
	return b, nil
}
