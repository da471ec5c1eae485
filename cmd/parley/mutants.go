package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
	"parley/channels/script"
	"parley/memory"
	"parley/tools"
)

// mutants are the rules that `parley replay --mutate` drops, one at a time.
func mutants() []*mutant {
	return slices.Concat(facts(), consents(), customers(), turns(), people(), memories(), shopping())
}

// facts: what a model says and asks for must rest on something.
func facts() []*mutant {
	return []*mutant{
		{name: "guard: numbers that no result carries are said", without: agent.Rules{"guard: the number", "guard: the price", "guard: the date"}, likely: []string{"invented-facts"}},
		{name: "guard: links that no result carries are said", without: agent.Rules{"guard: the link"}, likely: []string{"invented-links"}},
		{name: "guard: products that no result carries are named", without: agent.Rules{"guard: the product"}, likely: []string{"invented-products"}},
		{name: "guard: stock is made up", without: agent.Rules{"guard: what it says of stock"}, likely: []string{"invented-deeds"}},
		{name: "guard: deeds are told that were not done", without: agent.Rules{"guard: that this has happened"}, likely: []string{"invented-deeds"}},
		{name: "guard: promises are made", without: agent.Rules{"guard: a promise"}, likely: []string{"invented-deeds"}},
		{name: "guard: the instructions are read out", without: agent.Rules{"guard: the assistant's instructions"}, likely: []string{"invented-deeds"}},
		{name: "guard: the text of a tool call is read out", without: agent.Rules{"guard: the text of a tool call"}, likely: []string{"tool-call-in-prose"}},
		{name: "guard: an answer in another language goes out", without: agent.Rules{"guard: another language"}, likely: []string{"wrong-language"}},
		{name: "guard: whatever a model says goes out", without: agent.Rules{"guard"}, likely: []string{"invented-facts"}},
		{name: "arguments: an order number that nobody gave is used", without: agent.Rules{"argument: order"}, likely: []string{"invented-arguments"}},
		{name: "arguments: a price limit that nobody gave is used", without: agent.Rules{"argument: price"}, likely: []string{"invented-arguments"}},
		{name: "arguments: a fact that nobody stated is kept", without: agent.Rules{"argument: value"}, turn: func(t *agent.Turn) { t.Customer.Heard = nil }, likely: []string{"invented-memory"}},
		{name: "arguments: whatever a model writes is used", without: agent.Rules{"argument"}, likely: []string{"invented-arguments"}},
	}
}

// consents: no write without the customer's own yes to exactly it, and none twice.
func consents() []*mutant {
	say := func(act string) func(*agent.Turn) {
		return func(t *agent.Turn) {
			if t.Pending != nil && t.Act == "" {
				t.Act, t.Text = act, ""
			}
		}
	}
	return []*mutant{
		{name: "confirmation: a cancellation runs at once", tool: named(unasked, "cancel_order"), likely: []string{"cancel-needs-a-yes"}},
		{name: "confirmation: a fact is kept without consent", tool: named(unasked, "remember"), likely: []string{"memory-consent"}},
		{name: "confirmation: everything is forgotten at once", tool: named(unasked, "forget"), likely: []string{"forget-me"}},
		{name: "confirmation: a return runs at once", tool: named(unasked, "return_order"), likely: []string{"return-order"}},
		{name: "confirmation: an exchange runs at once", tool: named(unasked, "exchange_items"), likely: []string{"exchange-size"}},
		{name: "confirmation: an order is changed at once", tool: named(unasked, "modify_address", "modify_items", "modify_payment"), likely: []string{"modify-address"}},
		{name: "confirmation: every tool runs at once", tool: named(unasked), likely: []string{"cancel-needs-a-yes"}},
		{name: "confirmation: any words count as a yes", turn: say("confirm"), likely: []string{"cancel-declined"}},
		{name: "confirmation: no words count as a yes", turn: say("decline"), likely: []string{"cancel-needs-a-yes"}},
		{name: "confirmation: a question stays open after another message", likely: []string{"yes-too-late"}, replies: func(r channels.Replier) channels.Replier {
			return &keeping{Replier: r, open: map[string]*agent.Pending{}}
		}},
		{name: "confirmation: other arguments run than those that were asked", likely: []string{"cancel-needs-a-yes"}, turn: func(t *agent.Turn) {
			if t.Pending != nil {
				p := *t.Pending
				p.Call.Args = json.RawMessage(strings.NewReplacer("1042", "1041", "all", "size", `"M"`, `"S"`).Replace(string(p.Call.Args)))
				t.Pending = &p
			}
		}},
		{name: "confirmation: two acts of one step, and the last one is asked", without: agent.Rules{"one question"}, likely: []string{"two-acts"}},
		{name: "confirmation: a button presses nothing", likely: []string{"cancel-by-button"}, turn: func(t *agent.Turn) { t.Act = "" }},
		{name: "exactly once: writes have no idempotency key", likely: []string{"crash-after-effect"}, tool: named(func(t llm.Tool, _ llm.Customer) llm.Tool {
			call := t.Call
			t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
				in.Key = ""
				return call(ctx, in)
			}
			return t
		})},
		{name: "exactly once: a message delivered again is answered again", hub: channels.Rules{"redelivery"}, likely: []string{"cancel-needs-a-yes"}},
		{name: "exactly once: a message sent twice is stored twice", hub: channels.Rules{"stored once"}, likely: []string{"sent-twice"}},
	}
}

// customers: nobody sees or touches what is another's.
func customers() []*mutant {
	return []*mutant{
		{name: "ownership: another customer's order is shown", whole: asOwner("get_order"), likely: []string{"order-of-somebody-else"}},
		{name: "ownership: another customer's order is cancelled", whole: asOwner("cancel_order"), likely: []string{"order-of-somebody-else"}},
		{name: "ownership: another customer's order is changed or sent back", likely: []string{"others-order-changes"}, whole: asOwner(
			"return_order", "exchange_items", "modify_address", "modify_items", "modify_payment")},
		{name: "authentication: any e-mail address proves an order", likely: []string{"guest-guesses", "guest-proves"}, whole: proveAnything},
		{name: "ownership: another customer's facts are shown and forgotten", likely: []string{"facts-of-others"}, whole: func(inner llm.Toolset, _ *stocked, s *script.Script) llm.Toolset {
			return func(c llm.Customer) []llm.Tool {
				for _, m := range s.Memory {
					if m.Of != "" {
						c.ID = m.Of
					}
				}
				return inner(c)
			}
		}},
		{name: "authentication: a guest who names a customer's order is taken for them", likely: []string{"guest-order"}, whole: func(inner llm.Toolset, sh *stocked, s *script.Script) llm.Toolset {
			return func(c llm.Customer) []llm.Tool {
				if c.Authenticated {
					return inner(c)
				}
				return asOwner("get_order", "cancel_order")(inner, sh, s)(c)
			}
		}},
		{name: "authentication: guests count as signed in", likely: []string{"guest-order"}, whole: func(inner llm.Toolset, _ *stocked, _ *script.Script) llm.Toolset {
			return func(c llm.Customer) []llm.Tool {
				c.Authenticated = true
				return inner(c)
			}
		}},
	}
}

// turns: a turn ends, in the right language, whatever a model or a tool does.
func turns() []*mutant {
	return []*mutant{
		{name: "budget: any number of steps", limits: func(b *agent.Budget) { b.Steps = 1000 }, likely: []string{"budget-steps"}},
		{name: "budget: any number of tokens", limits: func(b *agent.Budget) { b.Tokens = 1 << 40 }, likely: []string{"budget-tokens"}},
		{name: "budget: any time", limits: func(b *agent.Budget) { b.Time = time.Hour }, likely: []string{"tool-hangs"}},
		{name: "loop: the same call may be made for ever", without: agent.Rules{"repeat"}, likely: []string{"going-in-circles"}},
		{name: "loop: wrong arguments may be tried for ever", without: agent.Rules{"corrections"}, likely: []string{"never-learns"}},
		{name: "chain: the models are tried in the wrong order", likely: []string{"fallback"}, chain: func(l []agent.Named) []agent.Named {
			l = slices.Clone(l)
			slices.Reverse(l)
			return l
		}},
		{name: "chain: nobody stands behind the first model", likely: []string{"fallback"}, chain: func(l []agent.Named) []agent.Named { return l[:1] }},
		{name: "interruption: a newer message does not stop a turn", hub: channels.Rules{"interrupt"}, likely: []string{"interrupt"}},
		{name: "interruption: the newer turn does not see the message it interrupted", hub: channels.Rules{"unanswered"}, likely: []string{"interrupt-adds"}},
		{name: "history: calls that were not run stay open", likely: []string{"history-closed"}, replies: answered(func(_ agent.Turn, o *agent.Outcome) {
			for i, m := range o.Messages {
				o.Messages[i].Parts = slices.DeleteFunc(slices.Clone(m.Parts), func(p llm.Part) bool { return p.Result != nil && p.Result.Cancelled })
			}
		})},
		{name: "history: a turn does not see the earlier ones", turn: func(t *agent.Turn) { t.History = nil }, likely: []string{"follow-ups"}},
		{name: "language: the page decides and not the words", likely: []string{"language-switch"}, request: func(r *llm.Request, s *script.Script) { r.Situation.Locale = s.Customer.Locale }},
		{name: "failure: what broke inside a tool is told to the model", likely: []string{"tool-breaks"}, around: named(func(t llm.Tool, _ llm.Customer) llm.Tool {
			call := t.Call
			t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
				out, err := call(ctx, in)
				var told *llm.ToolError
				if err != nil && !errors.As(err, &told) {
					err = llm.Errorf("internal", "%v", err)
				}
				return out, err
			}
			return t
		})},
		{name: "page: a turn does not know the page", turn: func(t *agent.Turn) { t.Page = nil }, likely: []string{"page"}},
	}
}

// people: a person is brought in, answers alone, and hands back.
func people() []*mutant {
	return []*mutant{
		{name: "hand-off: anger brings nobody", turn: func(t *agent.Turn) { t.Angry = 0 }, likely: []string{"angry"}},
		{name: "hand-off: one angry message brings somebody", turn: func(t *agent.Turn) { t.Angry = 1 }, likely: []string{"angry"}},
		{name: "hand-off: asking for a person brings nobody", likely: []string{"hand-off-request"}, tool: named(func(t llm.Tool, _ llm.Customer) llm.Tool {
			call := t.Call
			t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
				out, err := call(ctx, in)
				if err == nil {
					out.HandOff = ""
				}
				return out, err
			}
			return t
		}, "hand_off")},
		{name: "hand-off: the assistant goes on while a person answers", hub: channels.Rules{"claim", "said to a person"}, likely: []string{"claim-silences"}},
		{name: "hand-off: what was said to a person is answered by the assistant later", hub: channels.Rules{"said to a person"}, likely: []string{"claim-silences"}},
		{name: "hand-off: the brief of a colleague is lost", turn: func(t *agent.Turn) { t.Brief = "" }, likely: []string{"hand-off-brief"}},
		{name: "mood: nobody's anger is read", likely: []string{"angry"}, replies: answered(func(_ agent.Turn, o *agent.Outcome) { o.Mood, o.Angry = 0, false })},
	}
}

// memories: what is kept is fenced, brought to mind, and gone when forgotten.
func memories() []*mutant {
	return []*mutant{
		{name: "memory: what was recalled can close its fence", likely: []string{"recalled-fence"}, request: func(r *llm.Request, _ *script.Script) {
			r.System = strings.NewReplacer("‹", "<", "›", ">").Replace(r.System)
		}},
		{name: "memory: what was recalled stands among the instructions", likely: []string{"recalled-fence"}, request: func(r *llm.Request, _ *script.Script) {
			r.System = strings.NewReplacer("\n<data>", "", "\n</data>", "").Replace(r.System)
		}},
		{name: "memory: nobody heeds what is said beside a question", turn: func(t *agent.Turn) { t.Customer.Heard = nil }, likely: []string{"memory-asked-once"}},
		{name: "memory: a no of this session does not hold", turn: func(t *agent.Turn) {
			if h := t.Customer.Heard; h != nil {
				h.Settled = nil
			}
		}, likely: []string{"memory-no-holds"}},
		{name: "memory: for whom a talk shops is not heard", turn: func(t *agent.Turn) {
			if h := t.Customer.Heard; h != nil && !strings.Contains(t.Text, "remember") {
				h.Said = nil
			}
		}, likely: []string{"memory-quiet"}},
		{name: "memory: nothing is recalled", turn: func(t *agent.Turn) { t.Recalled = nil }, likely: []string{"memory-recall"}},
		{name: "memory: facts are not told", turn: func(t *agent.Turn) { t.Facts = nil }, likely: []string{"memory-recall"}},
		{name: "erasure: the facts stay", likely: []string{"forget-me"}, wiring: func(a *app) {
			erase := a.Tools.Erase
			a.Tools.Erase = func(ctx context.Context, customer string) (tools.Erased, error) {
				gone, err := erase(ctx, customer)
				_, err2 := a.Memory.Keep(ctx, customer, memory.Fact{Kind: "other", Value: "left behind", Quote: "left behind", Consent: "none"})
				return gone, errors.Join(err, err2)
			}
		}},
		{name: "erasure: the conversations stay", likely: []string{"forget-me"}, wiring: func(a *app) {
			a.Tools.Erase = func(ctx context.Context, customer string) (tools.Erased, error) {
				return tools.Erased{Receipt: "E-0"}, a.Memory.Erase(ctx, customer)
			}
		}},
		{name: "memory: a fact that is forgotten stays", likely: []string{"memory-consent"}, tool: named(given(func(args map[string]any) { args["what"] = "nothing of this kind" }), "forget")},
	}
}

// shopping: what is shown is what was asked for.
func shopping() []*mutant {
	products := func(change func(p map[string]any)) func(map[string]any) {
		return func(result map[string]any) {
			list, _ := result["products"].([]any)
			for _, x := range list {
				if p, ok := x.(map[string]any); ok {
					change(p)
				}
			}
		}
	}
	return []*mutant{
		{name: "search: the price limit is ignored", tool: named(without("price_max", "price_min"), "search_products"), likely: []string{"search-filters"}},
		{name: "search: the colour is ignored", tool: named(without("color"), "search_products"), likely: []string{"search-filters"}},
		{name: "search: what is not wanted is shown", tool: named(without("not"), "search_products"), likely: []string{"search-filters"}},
		{name: "search: what was shown is shown again", tool: named(without("exclude"), "search_products"), likely: []string{"search-filters"}},
		{name: "search: what is not on sale is shown as if it were", tool: named(without("on_sale"), "search_products"), likely: []string{"search-filters"}},
		{name: "search: the order that was asked for is ignored", tool: named(without("sort"), "search_products"), likely: []string{"search-filters"}},
		{name: "stock: only what can be had is asked for, and all is shown", tool: named(without("in_stock"), "search_products"), likely: []string{"search-filters"}},
		{name: "stock: everything is said to be in stock", likely: []string{"sold-out"}, tool: named(found(func(result map[string]any) {
			products(func(p map[string]any) { p["in_stock"] = true })(result)
			for _, key := range []string{"product", "asked"} {
				if p, ok := result[key].(map[string]any); ok {
					p["in_stock"] = true
				}
			}
		}))},
		{name: "prices: a card shows less than the shop asks", likely: []string{"search-filters"}, tool: named(found(products(func(p map[string]any) {
			if price, ok := p["price"].(float64); ok {
				p["price"] = price / 2
			}
		})), "search_products", "recommend")},
		{name: "recommendation: what is on the page is recommended to it", likely: []string{"page"}, tool: named(found(func(result map[string]any) {
			list, _ := result["products"].([]any)
			result["products"] = append(list, map[string]any{"id": "FH-105", "title": "Ridge 4 Tent", "price": 249, "in_stock": true})
		}), "bought_together")},
		{name: "policies: the shop's rules are not found", likely: []string{"policies"}, tool: named(given(func(args map[string]any) { args["topic"], args["query"] = "", "" }), "store_policy")},
	}
}
