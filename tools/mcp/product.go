package mcp

import (
	"context"
	"slices"
	"strings"

	"parley/tools/catalog"
)

// The most variants of one product in an answer.
const mostOfOne = 100

// product answers get_product: one product, the options in force, the variants
// that have them, and what each other option would give.
func (c *Catalog) product(_ context.Context, in productRequest) (any, error) {
	out := productAnswer{UCP: enveloped(ucpLookup)}
	fail := func(code, severity, format string, args ...any) (any, error) {
		out.UCP.Status = "error"
		out.Messages = append(out.Messages, failure(code, severity, format, args...))
		return out, nil
	}
	bounds, notes, err := c.bounds(in.Filters, in.Context)
	if err != nil {
		return nil, err
	}
	out.Messages = notes
	for i, s := range in.Selected {
		if slices.ContainsFunc(in.Selected[:i], func(x selected) bool { return strings.EqualFold(x.Name, s.Name) }) {
			return nil, invalid("the option %q is selected twice", oneLine(s.Name, 80))
		}
	}
	p, v := c.index.find(in.ID)
	if p == nil {
		return fail("not_found", "unrecoverable", "Product not found: %s", oneLine(in.ID, 200))
	}
	priced := featuredFirst(p, v)
	if len(priced) == 0 || v != nil && v.Price <= 0 {
		return fail("price_unavailable", "unrecoverable", "The shop states no price for %s", oneLine(in.ID, 200))
	}
	var effective []selected
	if v == nil && len(in.Selected) > 0 {
		effective = relax(p, priced, in.Selected, in.Preferences)
	} else {
		effective = chosen(p, priced[0])
	}
	list := slices.DeleteFunc(slices.Clone(priced), func(x *catalog.Variant) bool { return !has(x, effective) })
	if list = bounds.pass(c.currencyOf(p), list); len(list) == 0 || !bounds.inside(p) {
		return fail("not_found", "recoverable", "No variant of %s passes the filters", oneLine(in.ID, 200))
	}
	locale := localeOf(in.Context.Language, "")
	shaped := c.shape(p, list[:min(len(list), mostOfOne)], locale, true)
	shaped.Selected = effective
	for i := range shaped.Options {
		o := &shaped.Options[i]
		for k := range o.Values {
			exists, available := signals(priced, effective, o.Name, o.Values[k].Label)
			o.Values[k].Exists, o.Values[k].Available = &exists, &available
		}
	}
	out.Product = &shaped
	for _, page := range c.cfg.Catalog.Policies(locale) {
		if kind := policyTypes[page.Topic]; kind != "" {
			out.Policies = append(out.Policies, policy{kind, description{clean(page.Text, 2000)}})
		}
	}
	return out, nil
}

// policyTypes are UCP's names of the shop's pages.
var policyTypes = map[string]string{"returns": "dev.ucp.shopping.policy.return", "warranty": "dev.ucp.shopping.policy.warranty"}

// has says that a variant has all of some options.
func has(v *catalog.Variant, want []selected) bool {
	for _, s := range want {
		found := false
		for name, label := range v.Options {
			found = found || strings.EqualFold(name, s.Name) && strings.EqualFold(label, s.Label)
		}
		if !found {
			return false
		}
	}
	return true
}

// relax gives the options of a request that some variant has all of, in the
// catalogue's own spelling. What no variant has is dropped: first what the
// preferences do not name, from the end, then from the end of these.
func relax(p *catalog.Product, list []*catalog.Variant, want []selected, preferences []string) []selected {
	weight := func(s selected) int { // the least goes first
		k := slices.IndexFunc(preferences, func(name string) bool { return strings.EqualFold(name, s.Name) })
		if k < 0 {
			return -1
		}
		return len(preferences) - k
	}
	want = slices.Clone(want)
	slices.SortStableFunc(want, func(a, b selected) int { return weight(b) - weight(a) })
	for ; len(want) > 0; want = want[:len(want)-1] {
		for _, v := range list {
			if has(v, want) {
				return slices.DeleteFunc(chosen(p, v), func(s selected) bool {
					return !slices.ContainsFunc(want, func(w selected) bool { return strings.EqualFold(w.Name, s.Name) })
				})
			}
		}
	}
	return []selected{}
}

// signals says whether a variant with one option changed exists, and can be had.
func signals(list []*catalog.Variant, effective []selected, name, label string) (exists, available bool) {
	want := []selected{{Name: name, Label: label}}
	for _, s := range effective {
		if s.Name != name {
			want = append(want, s)
		}
	}
	for _, v := range list {
		if has(v, want) {
			exists = true
			available = available || v.Stock > 0
		}
	}
	return exists, available
}
