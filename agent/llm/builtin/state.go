package builtin

import (
	"encoding/json"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/memory/facts"
)

// A state is what the history leaves open: what was shown, spoken of, searched
// for and asked.
type state struct {
	shown     []ref             // products last shown, in order
	focus     ref               // the product last spoken of
	search    map[string]any    // arguments of the last search, with what was understood of its words
	prior     ref               // the product in focus before that one
	talked    []string          // products in focus one after the other
	whom      string            // the gender last searched for
	total     int               // how many the last search found
	past      []searched        // searches before the last, the newest last
	reply     string            // our last reply
	order     string            // the order last spoken of
	mentioned ref               // the one product shown that our last reply named
	variant   map[string]any    // arguments of the last question about a product, with a colour or size
	orders    map[string]string // statuses of orders that were shown, by number
	asked     string            // what our last reply asked for: product, order, person, or ""
	left      *llm.Call         // a change of an order that our last turn had a question about
	used      string            // what the last search said of the facts that went into it
	before    string            // the shopper's message before this one, folded
}

// A searched is a search of before, with what it showed.
type searched struct {
	args  map[string]any
	shown []ref
}

type ref struct {
	ID, Title string
	Currency  string
	Price     float64
	Reason    string
	Sizes     []string
	Because   string // what the customer told us that it was chosen by
	Colors    []struct{ Name string }
}

// recall walks earlier calls and results.
func (m *model) recall(history []llm.Message) state {
	var s state
	calls := map[string]*llm.Call{}
	aside, skip := false, false // our question whether to remember something, and the turn that answers it
	for _, msg := range history {
		switch msg.Role {
		case llm.User:
			if skip = aside && asideOver(msg.Text()); !skip {
				s.before, s.asked, s.left = fold(uncounted(msg.Text())), "", nil
			}
			aside = false
			if s.whom != "" && slices.ContainsFunc(m.facts.Read(msg.Text()), func(st facts.Statement) bool { return st.Kind == "size" && st.For == "" }) {
				s.whom = "" // they shop for themselves again
			}
		case llm.Assistant:
			if text := msg.Text(); text != "" && !aside && !skip {
				s.asked, s.reply = m.phrases.ends(text), text
				s.mention(text)
			}
		}
		for _, p := range msg.Parts {
			if p.Call != nil {
				calls[p.Call.ID] = p.Call
			}
			if p.Result != nil && p.Result.Cancelled && p.Result.Name == "remember" {
				aside = true
			}
			if p.Result != nil && p.Result.Failed && slices.Contains(changes, p.Result.Name) {
				s.left = calls[p.Result.ID]
			}
			if p.Result != nil && !p.Result.Failed && !p.Result.Cancelled {
				s.note(calls[p.Result.ID], p.Result)
			}
		}
	}
	return s
}

// leave keeps the product that was in focus, when another takes its place.
func (s *state) leave(next string) {
	if s.focus.ID != "" && s.focus.ID != next {
		s.prior = s.focus
	}
}

// mention keeps the product shown that a reply names, when it names one alone.
func (s *state) mention(reply string) {
	s.mentioned = ref{}
	for _, p := range s.shown {
		if p.Title != "" && strings.Contains(reply, p.Title) {
			if s.mentioned.ID != "" {
				s.mentioned = ref{}
				return
			}
			s.mentioned = p
		}
	}
}

// speak notes that a product is spoken of.
func (s *state) speak(id string) {
	s.talked = append(slices.DeleteFunc(s.talked, func(x string) bool { return x == id }), id)
}

// know notes where an order stands.
func (s *state) know(order, status string) {
	if s.orders == nil {
		s.orders = map[string]string{}
	}
	s.orders[order] = status
}

func (s *state) note(c *llm.Call, r *llm.Result) {
	var body struct {
		Products   []ref
		Product    *ref
		Instead    []ref
		Orders     []struct{ ID, Status string }
		Understood map[string]any
		Used       []struct{ Said string }
		Total      float64
	}
	if json.Unmarshal(r.Content, &body) != nil {
		return
	}
	switch r.Name {
	case "search_products", "recommend", "bought_together", "compare_products":
		if len(body.Products) > 0 {
			s.leave("")
			if s.search != nil && len(s.shown) > 0 && r.Name == "search_products" {
				s.past = append(s.past, searched{s.search, s.shown})
			}
			s.shown, s.focus = body.Products, ref{}
			if len(s.shown) == 1 {
				s.focus = s.shown[0]
				s.speak(s.focus.ID)
			}
		}
		s.used = ""
		for _, u := range body.Used {
			s.used = strings.TrimSpace(s.used + " " + u.Said)
		}
		var args map[string]any
		if c == nil || json.Unmarshal(c.Args, &args) != nil {
			return
		}
		switch r.Name {
		case "search_products":
			s.search, s.total = args, int(body.Total)
			for _, k := range []string{"price_min", "price_max", "color", "size", "gender"} {
				if v, ok := body.Understood[k]; ok && args[k] == nil && v != "" && v != 0.0 {
					s.search[k] = v
				}
			}
			if g, ok := s.search["gender"].(string); ok {
				s.whom = g
			}
		case "recommend":
			s.search = nil
			if q, ok := args["for"]; ok {
				s.search = map[string]any{"query": q}
			}
		}
	case "get_product", "sentiment":
		if body.Product != nil {
			if s.search != nil && !slices.ContainsFunc(s.shown, func(p ref) bool { return p.ID == body.Product.ID }) && r.Name == "get_product" {
				s.past, s.search = append(s.past, searched{s.search, s.shown}), nil // another thing is spoken of
			}
			s.leave(body.Product.ID)
			s.focus = *body.Product
			if len(body.Instead) > 0 { // they stand on the screen beside it
				s.shown = append([]ref{s.focus}, body.Instead...)
			}
			s.speak(s.focus.ID)
		}
		var args map[string]any
		if s.variant = nil; r.Name == "get_product" && c != nil && json.Unmarshal(c.Args, &args) == nil && len(args) > 1 {
			s.variant = args
		}
	case "return_order", "exchange_items", "modify_items", "modify_address", "modify_payment", "cancel_order":
		var done struct{ Order struct{ ID, Status string } }
		if json.Unmarshal(r.Content, &done) == nil && done.Order.ID != "" {
			s.order = done.Order.ID
			s.know(done.Order.ID, done.Order.Status)
		}
	case "get_order", "verify_order":
		if len(body.Orders) == 1 {
			s.order = body.Orders[0].ID
		}
		for _, o := range body.Orders {
			s.know(o.ID, o.Status)
		}
	}
}
