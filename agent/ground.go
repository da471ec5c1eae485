package agent

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
		if !given || v == nil || r.facts.spoken(v) {
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

// evidence is what has been said by the customer and by tools in this
// conversation, so far.
type evidence struct {
	words   string          // the customer's, folded
	results string          // of tools, folded
	numbers map[string]bool // in either, without leading or trailing zeros
	titles  []string        // product names that only results may bring in
}

var number = regexp.MustCompile(`\d+(?:,\d{3})*(?:\.\d+)?`)

func gather(t *Turn, names []string) *evidence {
	e := &evidence{numbers: map[string]bool{}}
	for _, n := range names {
		e.titles = append(e.titles, fold(n))
	}
	e.say(t.Text)
	if t.Page != nil {
		e.say(t.Page.Product + " " + t.Page.Title)
	}
	for _, f := range t.Facts {
		e.say(f)
	}
	e.say(t.Brief)
	for _, m := range t.History {
		for _, p := range m.Parts {
			switch {
			case p.Result != nil:
				e.add(p.Result.Content)
			case m.Role == llm.User:
				e.say(p.Text)
			}
		}
	}
	return e
}

// say takes the customer's words.
func (e *evidence) say(text string) {
	t := fold(text)
	e.words += " " + t
	e.count(t)
	if n := chineseNumber(t); n != "" {
		e.numbers[n] = true
	}
}

// add takes a tool's result.
func (e *evidence) add(content json.RawMessage) {
	var v any
	if json.Unmarshal(content, &v) != nil {
		return
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		case []any:
			e.numbers[strconv.Itoa(len(v))] = true // how many there are may be said
			for _, x := range v {
				walk(x)
			}
		case string:
			t := fold(v)
			e.results += " " + t
			e.count(t)
		case float64:
			e.numbers[plainNumber(strconv.FormatFloat(v, 'f', -1, 64))] = true
		}
	}
	walk(v)
}

func (e *evidence) count(t string) {
	for _, n := range number.FindAllString(t, -1) {
		e.numbers[plainNumber(n)] = true
	}
}

// spoken says whether a value stands in what was said or found.
func (e *evidence) spoken(v any) bool {
	switch v := v.(type) {
	case float64:
		return e.numbers[plainNumber(strconv.FormatFloat(v, 'f', -1, 64))]
	case []any:
		for _, x := range v {
			if !e.spoken(x) {
				return false
			}
		}
		return true
	case string:
		t := fold(v)
		if strings.Trim(t, "#0123456789. ") == "" {
			return e.numbers[plainNumber(strings.Trim(t, "# "))]
		}
		return strings.Contains(e.words, t) || strings.Contains(e.results, t)
	}
	return false
}

func fold(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(halfWidth.Replace(text)), " "))
}

var halfWidth = strings.NewReplacer("’", "'", "＄", "$", "，", ",")

// plainNumber writes 1,299.00 and 1299 alike.
func plainNumber(n string) string {
	n = strings.ReplaceAll(n, ",", "")
	if strings.Contains(n, ".") {
		n = strings.TrimRight(strings.TrimRight(n, "0"), ".")
	}
	n = strings.TrimLeft(n, "0")
	if n == "" || n[0] == '.' {
		n = "0" + n
	}
	return n
}

// chineseNumber reads the first plain number in Chinese characters: 三百 is 300.
func chineseNumber(t string) string {
	digits := map[rune]int{'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	units := map[rune]int{'十': 10, '百': 100, '千': 1000, '万': 10000}
	total, digit, seen := 0, 0, false
	for _, r := range t {
		if d, ok := digits[r]; ok {
			digit, seen = d, true
			continue
		}
		if u, ok := units[r]; ok && (seen || u == 10) {
			total += max(1, digit) * u
			digit, seen = 0, true
			continue
		}
		if seen {
			break
		}
	}
	if total += digit; total == 0 {
		return ""
	}
	return fmt.Sprint(total)
}
