package builtin

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/agent/llm"
)

// compose says what the results hold, each in the words of the clause it
// answers, and what the other steps say.
func (t *turn) compose(steps []step, results []*llm.Result) (string, []string) {
	results = settled(steps, results)
	var parts, suggest []string
	add := func(text string) {
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	told, late := map[*clause]bool{}, map[*clause]bool{}
	searchesMade := 0
	for _, s := range steps {
		if s.call != nil && s.call.Name == "search_products" {
			searchesMade++
		}
	}
	if n := len(results); len(steps) == 1 && n > 1 && n < 4 && results[n-2].Name == "search_products" && results[n-1].Name == "get_product" {
		return t.confirmed(steps[0].clause, results[n-2:])
	}
	if len(steps) == 1 && len(results) == 2 && results[0].Name == "get_order" && results[1].Name == "get_order" {
		results = results[1:] // of the list, the one that was meant
	}
	second := len(results) > 1 && len(steps) == 1 && len(results) == 2 && results[0].Name == "search_products" && results[1].Name == "search_products"
	for i, res := range results {
		c := t.clauseOf(steps, res)
		if second && i == 0 {
			continue // it found nothing; the second look says so
		}
		var r result
		r.content = res.Content
		if err := json.Unmarshal(res.Content, &r); err != nil && !res.Failed {
			add(t.say("error"))
			continue
		}
		if res.Failed {
			if res.Name != "store_policy" || !told[c] { // the product's own terms said it
				add(c.failure(res.Name, r))
			}
			continue
		}
		text, more := c.result(res.Name, r)
		if second && len(r.Products) > 0 && c.kind() != "" {
			text = c.say("nearest_kind", "title", r.Products[0].Title, "price", money(r.Products[0].Price, r.Products[0].Currency))
		}
		if kind := c.kind(); searchesMade > 1 && res.Name == "search_products" && kind != "" && text != "" {
			text = t.say("of_kind", "kind", kind, "text", text)
		}
		told[c] = text != ""
		if res.Name == "get_order" && len(r.Orders) == 1 && r.Orders[0].Status != "pending" && (c.top == "change_address" || c.top == "change_order") {
			late[c] = true
		}
		add(text)
		suggest = append(suggest, more...)
	}
	// Words beside calls belong to them. Where none of the calls is answered, the
	// results come from elsewhere, from an act that the customer confirmed, and
	// the words were for a message that only said yes to it.
	if slices.ContainsFunc(steps, func(s step) bool {
		return s.call != nil && slices.ContainsFunc(results, func(r *llm.Result) bool { return r.Name == s.call.Name })
	}) {
		for _, s := range steps {
			if s.call == nil && !late[s.clause] {
				add(s.text)
			}
		}
	}
	text := t.join(parts)
	policies := !slices.ContainsFunc(results, func(r *llm.Result) bool { return r.Name != "store_policy" || r.Failed })
	if text == t.reply && policies { // said already: it did not help
		return t.say("same_again"), nil
	}
	return text, suggest[:min(3, len(suggest))]
}

// again looks a second time, for the kind of thing alone, when a search for more
// than that found nothing at all.
func (t *turn) again(steps []step, results []*llm.Result) *llm.Call {
	if next := t.onward(steps, results); next != nil {
		return next
	}
	if len(results) == 1 && results[0].Name == "get_order" && lastOrder.MatchString(t.text) {
		var r result
		if json.Unmarshal(results[0].Content, &r) == nil && len(r.Orders) > 1 {
			return call("get_order", map[string]any{"order": r.Orders[0].ID})
		}
	}
	last := results[len(results)-1]
	if len(results) > 2 || len(steps) != 1 || steps[0].call == nil || last.Failed || last.Name != "search_products" {
		return nil
	}
	c := steps[0].clause
	var r result
	var args map[string]any
	if json.Unmarshal(last.Content, &r) != nil {
		return nil
	}
	if len(r.Products) == 1 && c.asksMore(r.Products[0]) {
		return call("get_product", map[string]any{"product": r.Products[0].ID}) // whether it has what was asked for
	}
	if len(results) != 1 || len(r.Products) > 0 || json.Unmarshal(steps[0].call.Args, &args) != nil {
		return nil
	}
	kind := c.kind()
	query, _ := args["query"].(string)
	if alone := c.query(c.text); kind == "" && c.search != nil && c.top == "find" && query != alone && len(c.contentOf(alone)) > 0 && !c.onlyNarrows(c.contentOf(alone)) {
		return call("search_products", map[string]any{"query": alone}) // it was no addition to the last search
	}
	if kind == "" || strings.TrimSpace(query) == kind || c.top == "more" || c.top == "cheaper" || args["on_sale"] == true {
		return nil
	}
	next := map[string]any{"query": kind}
	for _, k := range []string{"price_max", "price_min", "gender", "not"} {
		if v, ok := args[k]; ok {
			next[k] = v
		}
	}
	return call("search_products", next)
}

var lastOrder = regexp.MustCompile(`\b(last|latest|most recent|newest) (order|purchase)\b|(最近|上|最后)(的|那)?一?(单|个订单|次买)`)

// asksMore says that a clause asks something of what it looks for, beside its kind.
func (c *clause) asksMore(p product) bool {
	if questions[c.top] {
		return true
	}
	if c.top != "find" && c.top != "refine" && c.top != "recommend" {
		return false
	}
	return len(c.wished(p)) > 0
}

// wished are the questions of a search: what it wants of what it looks for.
func (c *clause) wished(p product) []question {
	args := map[string]any{}
	one := &clause{turn: c.turn, text: chat.ReplaceAllString(c.bounds(args), " "), top: c.top}
	kind := c.kind()
	var out []question
	for _, q := range one.questions(p) {
		q.words = slices.DeleteFunc(q.words, func(w string) bool {
			return kind != "" && strings.Contains(kind, w) || strings.Contains(strings.ToLower(p.Title), w) || c.m.words.colorNames[w] != ""
		})
		if len(q.words) > 0 || len(q.kinds) > 0 {
			out = append(out, q)
		}
	}
	return out
}

// confirmed presents the one product that a search found, with what the shop
// states on the rest of the wish.
func (t *turn) confirmed(c *clause, results []*llm.Result) (string, []string) {
	var found, one result
	if json.Unmarshal(results[0].Content, &found) != nil || json.Unmarshal(results[1].Content, &one) != nil || results[1].Failed {
		return t.say("error"), nil
	}
	if questions[c.top] { // it was asked about by its kind
		return c.result("get_product", one)
	}
	text, more := c.result("search_products", found)
	var said told
	facts := c.statements(one.Product)
	for _, q := range c.wished(one.Product) {
		if s, near := c.answerOf(one.Product, q, facts); s.say != "" && !near && !strings.Contains(text, s.say) {
			said.add(s, false)
		}
	}
	if said.empty() {
		return text, more
	}
	if first := found.Products[0]; found.Nearest && !slices.ContainsFunc(found.Missing, hard) {
		text = c.say("this_one", "title", first.Title, "price", money(first.Price, first.Currency)) // what it states meets the wish
	}
	return t.join([]string{text, c.tell(one.Product, said, text)}), more
}

// clauseOf finds the clause that a result answers. When another model of the
// chain chose the calls, it is the first.
func (t *turn) clauseOf(steps []step, res *llm.Result) *clause {
	n, err := strconv.Atoi(res.ID[strings.LastIndexByte(res.ID, '.')+1:])
	if err == nil {
		for _, s := range steps {
			if s.call == nil {
				continue
			}
			if n--; n == 0 && s.call.Name == res.Name {
				return s.clause
			}
		}
	}
	for _, s := range steps {
		if s.call != nil && s.call.Name == res.Name {
			return s.clause
		}
	}
	if len(t.clauses) > 0 {
		return t.clauses[0]
	}
	return &clause{turn: t, text: t.text}
}

func (c *clause) failure(tool string, r result) string {
	var id string
	if json.Unmarshal(r.Order, &id) != nil {
		var o order
		if json.Unmarshal(r.Order, &o) == nil {
			id = o.ID
		}
	}
	switch r.Error {
	case "never_kept":
		return c.say("never_" + r.Why)
	case "keeps_nothing":
		return c.say("remembers_nothing")
	case "nothing_kept":
		return c.say("not_kept")
	case "not_said":
		return c.say("unclear")
	case "sign_in":
		if c.has("verify_order") && (tool == "get_order" || slices.Contains(changes, tool)) {
			return c.say("sign_in_or_prove")
		}
		return c.say("sign_in")
	case "not_proved", "too_many_tries":
		return c.say(r.Error)
	case "too_late":
		if r.Kind != "" && r.Kind != "cancel" {
			return c.tooLate(id, r)
		}
		until := ""
		if r.Until != "" && r.Status == "delivered" {
			until = c.say("order_return", "until", c.date(r.Until))
		}
		return c.say("too_late", "order", id, "status", c.say("status_"+r.Status), "return", until)
	case "already_cancelled":
		return c.say("already_cancelled", "order", id)
	case "not_found":
		switch tool {
		case "get_order", "cancel_order", "return_order", "exchange_items", "modify_items", "modify_address", "modify_payment":
			return c.say("order_not_found", "order", id)
		case "store_policy":
			if c.top == "promo" {
				return c.say("promo_none")
			}
			return c.say("policy_none")
		case "forget":
			return c.say("not_kept")
		}
		return c.say("which")
	case "not_grounded":
		return c.say("which_order")
	}
	if text := c.refused(id, r); text != "" {
		return text
	}
	return c.say("error")
}

func (c *clause) result(tool string, r result) (string, []string) {
	switch tool {
	case "search_products":
		text, more := c.searched(r)
		return c.join([]string{text, c.toldBy(r)}), more
	case "get_product":
		return c.join([]string{c.orInstead(c.aboutProduct(r), r), c.toldBy(r)}), []string{c.say("suggest_reviews"), c.say("suggest_together")}
	case "compare_products":
		return c.compared(r), nil
	case "recommend":
		text, more := c.suggested(r)
		return c.join([]string{text, c.toldBy(r)}), more
	case "bought_together":
		if len(r.Products) == 0 {
			return c.say("together_none", "title", r.Product.Title), nil
		}
		return c.say("together", "title", r.Product.Title, "total", money(r.TotalPrice, r.Currency)), nil
	case "sentiment":
		return c.reviewed(r), []string{c.say("suggest_sizes"), c.say("suggest_together")}
	case "get_order", "verify_order":
		return c.ordered(r), []string{c.say("suggest_returns")}
	case "return_order", "exchange_items", "modify_items", "modify_address", "modify_payment", "modify_default_address":
		return c.changed(r), nil
	case "cancel_order":
		var o order
		_ = json.Unmarshal(r.Order, &o) // an empty one is told as such below
		return c.say("cancelled", "order", o.ID, "total", exact(r.Refund, r.Currency), "card", c.card(r.PaidWith)), nil
	case "store_policy":
		var texts []string
		for _, p := range r.Policies {
			texts = append(texts, c.policyPart(p.Text))
		}
		return strings.Join(texts, "\n"), nil
	case "memory_show":
		return c.keptFacts(r), nil
	case "memory_recall":
		return c.recalled(r), nil
	case "join_guest":
		return c.say("joined"), nil
	case "remember":
		if r.Back {
			return r.Note, nil
		}
		if r.Note != "" {
			return c.join([]string{r.Note, c.say("remembered")}), nil
		}
		return c.say("remembered"), nil
	case "memory_consent":
		switch {
		case r.Remembers:
			return c.say("remembers"), nil
		case r.Kept == 0:
			return c.say("remembers_not"), nil
		}
		return c.say("remembers_not_kept", "n", r.Kept), nil
	case "forget":
		switch {
		case r.All:
			return c.say("forgotten", "receipt", r.Receipt), nil
		case r.Forgotten == 0:
			return c.say("not_kept"), nil
		}
		return c.say("forgotten_one"), nil
	}
	return "", nil
}

// policyPart quotes the sentences of a policy that answer what was asked, the
// whole of it when none does.
func (c *clause) policyPart(text string) string {
	var picked []string
	for _, p := range c.m.parts { // those with "only" stand first
		if !p.ask.MatchString(c.text) {
			continue
		}
		for _, s := range sentences(text) {
			if p.take.MatchString(strings.ToLower(s)) && !slices.Contains(picked, s) {
				picked = append(picked, s)
			}
		}
		if p.only && len(picked) > 0 && !strings.Contains(hanSpace.ReplaceAllString(c.text, "$1,$2"), ",") {
			break
		}
	}
	if len(picked) == 0 {
		return text
	}
	return c.join(picked)
}
