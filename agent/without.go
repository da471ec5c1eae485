package agent

import "strings"

// Rules name rules of a turn that an agent is to work without, by how their
// names begin: "guard" (or one sort of fact, "guard: the number"), "argument" (or
// one argument, "argument: order"), "one question", "repeat", "corrections".
//
// They are for mutation tests only, which ask whether any script would notice;
// serve never sets them.
type Rules []string

func (r Rules) drop(rule string) bool {
	for _, name := range r {
		if strings.HasPrefix(rule, name) {
			return true
		}
	}
	return false
}
