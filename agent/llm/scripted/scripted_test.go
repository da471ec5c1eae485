package scripted

import (
	"testing"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
)

func TestContract(t *testing.T) {
	steps := func(s ...Step) func(*testing.T) llmtest.Case {
		return func(*testing.T) llmtest.Case {
			return llmtest.Case{Model: New(s...), Request: &llm.Request{Messages: []llm.Message{llm.Text(llm.User, "hi")}}}
		}
	}
	hello := Step{Text: "Hello there."}
	llmtest.Run(t, llmtest.Models{
		Text: steps(hello, hello, hello, hello), Call: steps(Step{Calls: []Call{{Name: "a"}, {Name: "b", Args: map[string]any{"x": 1}}}}),
		Endless: steps(Step{Text: "and so on ", Repeat: 100, Hang: true}),
		Cut:     steps(Step{Text: "Hel", Error: "broken pipe"}),
	})
}
