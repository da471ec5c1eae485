package facts

import (
	"regexp"
	"slices"
	"strings"
)

// Read gives what a customer's message states, in its order. It takes no
// question, supposition, report or joke for a statement, and nothing that stands
// in quotation marks or on a quoted line.
func (r *Reader) Read(message string) []Statement {
	r.mu.Lock()
	out, known := r.read[message]
	r.mu.Unlock()
	if known {
		return slices.Clone(out)
	}
	out = r.statements(message)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.read == nil || len(r.read) >= mostKnown {
		r.read = map[string][]Statement{}
	}
	r.read[message] = out
	return slices.Clone(out)
}

// Messages whose statements are held at most.
const mostKnown = 512

func (r *Reader) statements(message string) []Statement {
	if r.jokes.MatchString(strings.ToLower(message)) {
		return nil
	}
	var out []Statement
	add := func(s Statement) {
		if !slices.ContainsFunc(out, func(o Statement) bool { return o.Same(s) && o.Back == s.Back }) {
			out = append(out, s)
		}
	}
	about := "" // whom this message spoke of last
	var before *clause
	telling := false
	began := 0 // of the statements of the clause before
	for _, c := range clauses(message) {
		c.raw = strings.Trim(message[c.from:c.to], " \t,，.。!！;；:：")
		if r.that.MatchString(c.text) && before == nil {
			telling = true // 「记一下，我穿M码」
			continue
		}
		if r.that.MatchString(c.text) { // "I take a 42, remember that"
			if began == len(out) && !before.asks {
				before.text = r.lead.ReplaceAllString(before.text, "")
				out = append(out, Statement{Kind: "other", Value: before.raw, For: r.Person(before.text), Quote: before.raw, from: before.from, to: before.to})
			}
			for i := began; i < len(out); i++ {
				out[i].Explicit, out[i].Quiet = true, false
			}
			continue
		}
		before, began = &c, len(out)
		if !personal.MatchString(c.text) {
			continue
		}
		c.text = r.lead.ReplaceAllString(c.text, "")
		if rest, ok := r.told(c); ok {
			for _, s := range r.explained(rest, c, about) {
				s.from, s.to = c.from, c.to
				add(s)
			}
			continue
		}
		text, who := r.subject(c.text, about)
		if who != "" {
			about = who
		} else if p := r.Person(c.text); p != "" {
			about = p
		}
		if text == "" || c.asks {
			continue
		}
		list := r.state(text, who)
		if len(list) > 0 && r.untold(c.text) {
			continue
		}
		for _, s := range list {
			s.from, s.to, s.Explicit = c.from, c.to, telling
			if s.Quote = r.quote(c, who); s.Quote != "" {
				add(s)
			}
		}
	}
	return out
}

// quote is what a statement stands in: its clause; the sentence where the clause
// says only he or she; nothing where that tells what is never kept.
func (r *Reader) quote(c clause, who string) string {
	if who != "" && r.Person(c.text) == "" && r.Refused(c.sentence) == "" {
		return c.sentence
	}
	if r.Refused(c.raw) != "" {
		return ""
	}
	return c.raw
}

// personal are the words without which nobody speaks of a person, nor tells us to
// remember.
var personal = regexp.MustCompile(`\b(?:i|i'm|my|me|we|our|he|she|he's|she's|for|remember|note|keep|save|write|mine|size)\b|我|他|她|记|给|送`)

// untold says that a clause supposes, doubts, reports or speaks of the past.
func (r *Reader) untold(text string) bool {
	return slices.ContainsFunc(r.unless, func(re *regexp.Regexp) bool { return re.MatchString(text) })
}

// told is what follows "remember that".
func (r *Reader) told(c clause) (rest string, ok bool) {
	if strings.ContainsRune(c.text, 0) {
		return "", false
	}
	for _, re := range r.explicit {
		if m := re.FindStringSubmatch(c.text); m != nil {
			rest = strings.TrimSpace(m[re.SubexpIndex("v")])
			if r.explicitNever.MatchString(rest) || asking.MatchString(rest) {
				return "", false
			}
			return rest, true
		}
	}
	return "", false
}

// explained are the statements of what a customer said to remember; in their own
// words where no rule knows them.
func (r *Reader) explained(rest string, c clause, about string) []Statement {
	text, who := r.subject(rest, about)
	var out []Statement
	if text != "" {
		out = r.state(text, who)
	}
	if len(out) == 0 {
		out = []Statement{{Kind: "other", Value: strings.TrimRight(rest, " .,!?。！？，"), For: r.Person(rest)}}
	}
	for i := range out {
		out[i].Explicit, out[i].Quiet, out[i].Quote = true, false, r.quote(c, who)
		if out[i].Quote == "" {
			out[i].Quote = c.sentence // it is refused for what it says, with the reason
		}
	}
	return out
}

// state reads a clause that speaks in the first person, of who.
func (r *Reader) state(text, who string) []Statement {
	text = strings.Trim(text, " ,.!?。！")
	for _, x := range r.rules {
		if x.OfPerson && who == "" {
			continue
		}
		patterns := x.en
		if han.MatchString(text) {
			patterns = x.zh
		}
		for _, re := range patterns {
			m := re.FindStringSubmatch(text)
			if m == nil {
				continue
			}
			group := func(name string) string {
				if i := re.SubexpIndex(name); i >= 0 {
					return strings.TrimSpace(m[i])
				}
				return ""
			}
			var out []Statement
			for _, v := range r.values(x.Kind, group("v")) {
				s := Statement{Kind: x.Kind, Of: x.Of, Value: r.form(x.Kind, x.Of, v, group("u")), Against: x.Against, Back: x.Back, Quiet: x.Quiet, For: who}
				if o := group("o"); o != "" && x.Kind == "budget" {
					s.Of = o
				}
				if s.Value != "" {
					out = append(out, s)
				}
			}
			if len(out) > 0 {
				return out
			}
		}
	}
	return nil
}

var han = regexp.MustCompile(`\p{Han}`)

var andList = regexp.MustCompile(`\s*(?:,|、|/|&|\band\b|\bor\b|和|跟|与|以及)\s*`)

// values are what a list names, without what is no value.
func (r *Reader) values(kind, list string) []string {
	if kind == "household" || kind == "activity" || kind == "budget" || kind == "size" {
		return []string{list}
	}
	var out []string
	for _, v := range andList.Split(list, -1) {
		v = tail.ReplaceAllString(strings.TrimSpace(v), "")
		if v != "" && (kind == "gift" || !r.never.MatchString(v) && r.Person(v) == "") {
			out = append(out, v)
		}
	}
	return out
}

// tail ends a value: "wool by the way", "blue ones".
var tail = regexp.MustCompile(`(?: (?:by the way|btw|though|too|also|as well|now|please|at all|actually|you know|most|best|a lot|very much|so much|in general|anyway|ones?|stuff|things|clothes|clothing|products|items))+$|(?:的|了|哦|啊|呢|吧|呀|哈)+$`)

// form writes a value in one way.
func (r *Reader) form(kind, of, v, unit string) string {
	switch kind {
	case "size":
		v = strings.ToUpper(strings.NewReplacer("-", " ").Replace(v))
		if s, ok := letters[v]; ok {
			v = s
		}
		if u := map[string]string{"欧码": "EU", "美码": "US", "英码": "UK"}[unit]; u != "" {
			unit = u
		}
		if unit != "" {
			v = strings.ToUpper(unit) + " " + v
		}
		return strings.ReplaceAll(v, "X3", "/3")
	case "allergy", "taste":
		return r.Thing(v)
	}
	return v
}

var letters = map[string]string{
	"SMALL": "S", "MEDIUM": "M", "LARGE": "L", "EXTRA LARGE": "XL", "EXTRA SMALL": "XS", "2XL": "XXL", "3XL": "XXXL",
	"小": "S", "中": "M", "大": "L", "加大": "XL", "特大": "XXL",
}

// Without is a message without the clauses that only state something of the given
// kinds (of any, when none is given), so that what is left is what it asks for.
func (r *Reader) Without(message string, kinds ...string) string {
	list := r.Read(message)
	if len(list) == 0 {
		return message
	}
	out, cut := message, 0
	for _, c := range clauses(message) {
		if !slices.ContainsFunc(list, func(s Statement) bool {
			return s.from == c.from && s.to == c.to && (len(kinds) == 0 || slices.Contains(kinds, s.Kind))
		}) && !(len(kinds) == 0 && r.that.MatchString(c.text)) {
			continue
		}
		out = out[:c.from-cut] + out[c.to-cut:]
		cut += c.to - c.from
	}
	return strings.Trim(out, " \t\n,，.。;；:：!！")
}

// Stops says that a message tells us to stop remembering, and Allows that it
// lets us remember.
func (r *Reader) Stops(message string) bool { return r.any(r.stop, message) }

// Allows is the other way.
func (r *Reader) Allows(message string) bool { return r.any(r.allow, message) }

func (r *Reader) any(re *regexp.Regexp, message string) bool {
	return slices.ContainsFunc(clauses(message), func(c clause) bool { return re.MatchString(r.lead.ReplaceAllString(c.text, "")) })
}

// Refused says why a text is never kept: address, contact, secret, health,
// private; "" when it may be.
func (r *Reader) Refused(text string) string {
	t := fold(text)
	for _, x := range r.refused {
		if x.re.MatchString(t) {
			return x.why
		}
	}
	return ""
}
