package tools

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/tools/catalog"
)

type policyIn struct {
	Topic string `json:"topic,omitempty" jsonschema:"returns, shipping, care, payment, warranty or contact"`
	Query string `json:"query,omitempty" jsonschema:"the customer's question"`
}

type policyView struct {
	Topic string `json:"topic"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type policyOut struct {
	Policies []policyView `json:"policies"`
}

func (s session) storePolicy() llm.Tool {
	return llm.NewTool("store_policy", "The shop's own rules on returns, shipping, care, payment, warranty and contact.", llm.Read,
		func(ctx context.Context, in policyIn, _ string) (policyOut, error) {
			pages := s.Catalog.Policies(s.locale())
			out := policyOut{Policies: []policyView{}}
			for _, p := range matchPolicies(pages, in.Topic, in.Query) {
				out.Policies = append(out.Policies, policyView{p.Topic, p.Title, p.Text})
			}
			if len(out.Policies) == 0 {
				var topics []string
				for _, p := range pages {
					topics = append(topics, p.Topic)
				}
				e := llm.Errorf("not_found", "the shop states no policy on this; it has: %s", strings.Join(topics, ", "))
				e.Data = map[string]any{"topics": topics}
				return out, e
			}
			return out, nil
		})
}

// matchPolicies returns the page of a topic, else those whose words stand in
// the question, most matches first, at most two.
func matchPolicies(pages []catalog.Policy, topic, query string) []catalog.Policy {
	for _, p := range pages {
		if topic != "" && strings.EqualFold(p.Topic, topic) {
			return []catalog.Policy{p}
		}
	}
	type scored struct {
		page catalog.Policy
		n    int
	}
	var found []scored
	q := strings.ToLower(topic + " " + query)
	for _, p := range pages {
		n := 0
		for _, w := range append([]string{p.Topic, p.Title}, p.Words...) {
			if w = strings.ToLower(w); w != "" && strings.Contains(q, w) {
				n++
			}
		}
		if n > 0 {
			found = append(found, scored{p, n})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.n, a.n) })
	var out []catalog.Policy
	for _, f := range found[:min(2, len(found))] {
		out = append(out, f.page)
	}
	return out
}

type handOffIn struct {
	Reason string `json:"reason" jsonschema:"requested, angry, policy or stuck"`
}

type handOffOut struct {
	OK     bool   `json:"ok"`
	Hours  string `json:"hours,omitempty"`
	reason string
}

func (o handOffOut) HandOff() string { return o.reason }

func (s session) handOff() llm.Tool {
	return llm.NewTool("hand_off", "Bring in a person from the shop's team: when the customer asks for one, is angry, or the matter is beyond the tools.", llm.Write,
		func(ctx context.Context, in handOffIn, _ string) (handOffOut, error) {
			reason := in.Reason
			if !slices.Contains([]string{"requested", "angry", "policy", "stuck", "failed"}, reason) {
				reason = "requested"
			}
			return handOffOut{OK: true, Hours: s.Hours(s.locale()), reason: reason}, nil
		})
}
