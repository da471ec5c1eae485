package script

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"parley/agent"
	"parley/channels"
)

// A Result is what became of one play of a script.
type Result struct {
	Script *Script
	Model  string
	Took   time.Duration
	Turns  []Played
	Err    error // it could not be played
	// Skipped says why it was not played: its model's answers stand in it, and
	// another model was asked for.
	Skipped string
}

// A Played is one turn with what failed in it.
type Played struct {
	N        int
	Title    string
	Reply    string
	Failures []Failure
	Trace    []string // one line each: calls with arguments and results, decisions
	tools    []string
	intents  []string
	answered []agent.Trace
	now      map[string]any // what is so, by expectation, where that is one value
	Judged   *Verdict       // nil: no question
}

// OK says whether everything held.
func (r *Result) OK() bool {
	return r.Err == nil && !slices.ContainsFunc(r.Turns, func(p Played) bool { return len(p.Failures) > 0 })
}

func (r *Result) note(i int, t *Turn, s *seen, defaults Expect, judged *Verdict) {
	p := Played{N: i + 1, Title: t.title(), Reply: s.text, Failures: s.check(t.Expect, defaults), Judged: judged}
	p.now = s.now(t.Expect)
	for _, tr := range s.trace {
		p.answered = append(p.answered, tr)
		p.Trace = append(p.Trace, fmt.Sprintf("model %s, prompt %.8s, %d steps, %d+%d tokens, %s", tr.Model, tr.Prompt, tr.Steps, tr.Usage.Prompt, tr.Usage.Generated, tr.Took.Round(time.Microsecond)))
		if tr.Meaning != "" {
			p.Trace = append(p.Trace, "read as "+tr.Meaning)
			p.intents = append(p.intents, strings.Split(tr.Meaning, ", ")...)
		}
		for _, c := range tr.Calls {
			p.tools = append(p.tools, c.Name)
			p.Trace = append(p.Trace, fmt.Sprintf("%s%s (%s) → %s", c.Name, c.Args, c.Took.Round(time.Microsecond), short(resultOf(c))))
		}
		p.Trace = append(p.Trace, tr.Decisions...)
	}
	for _, text := range s.refused {
		p.Trace = append(p.Trace, "refused: "+text)
	}
	for k, line := range p.Trace {
		p.Trace[k] = cut(line, 300)
	}
	p.Reply = cut(p.Reply, 4000)
	r.Turns = append(r.Turns, p)
}

// now is what a turn came to, by expectations that can be written down.
func (s *seen) now(e Expect) map[string]any {
	steps, tokens := s.cost()
	now := map[string]any{
		"writes": s.writes, "lost": s.lost(), "steps_max": steps, "tokens_max": tokens, "silent": s.silent(), "reply.max_chars": len([]rune(s.text)),
		"products.min": len(s.cards()), "products.max": len(s.cards()), "recommended.min": len(s.recommended()), "recommended.max": len(s.recommended()),
		"pending": "none", "handoff": "none", "sentiment": mood(s.outcome.Mood),
	}
	if p := s.pending; p != nil {
		now["pending"] = map[string]any{"name": p.Call.Name, "args": p.Call.Args}
	}
	if h := s.handOff; h.State != channels.NotHandedOff {
		now["handoff"] = map[string]any{"reason": h.Reason, "state": h.State}
		now["handoff.reason"], now["handoff.state"] = h.Reason, h.State
	}
	if s.text != "" {
		now["language"] = languageOf(s.text)
	}
	if read := s.read(); len(read) > 0 {
		now["intent"] = read[0]
	}
	if e.State != nil {
		for pointer := range e.State.Values {
			now["state "+pointer] = at(s.state, pointer)
		}
	}
	return now
}

// A Report is the results of a suite, several for each script when it was
// played several times.
type Report struct {
	Runs    int
	Results []*Result
}

// PlayAll plays every script as often as the configuration says.
func PlayAll(ctx context.Context, scripts []*Script, cfg Config, tell func(*Result)) (*Report, error) {
	r := &Report{Runs: max(1, cfg.Runs)}
	for _, s := range scripts {
		if cfg.Only != nil && !cfg.Only(s.Name) {
			continue
		}
		for range r.Runs {
			res, err := Play(ctx, s, cfg)
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			if err != nil {
				res = &Result{Script: s, Model: cfg.Model, Err: err}
			}
			r.Results = append(r.Results, res)
			if tell != nil {
				tell(res)
			}
		}
	}
	return r, nil
}

// Passed counts plays in which everything held.
func (r *Report) Passed() int {
	n := 0
	for _, x := range r.Results {
		if x.OK() && x.Skipped == "" {
			n++
		}
	}
	return n
}

// Played counts plays, without those that were skipped.
func (r *Report) Played() int {
	return len(r.Results) - len(slices.DeleteFunc(slices.Clone(r.Results), func(x *Result) bool { return x.Skipped == "" }))
}

// Unused names the tools and intents of known that no turn exercised.
func (r *Report) Unused(known []string) []string {
	used := map[string]bool{}
	for _, x := range r.Results {
		for _, t := range x.Turns {
			for _, name := range slices.Concat(t.tools, t.intents) {
				used[name] = true
			}
		}
	}
	var out []string
	for _, k := range known {
		if !used[k] {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Rate is the share of plays that passed, with Wilson's 95% interval.
func (r *Report) Rate() (rate, low, high float64) {
	n := float64(r.Played())
	if n == 0 {
		return 0, 0, 0
	}
	const z = 1.959964
	rate = float64(r.Passed()) / n
	mid := (rate + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(rate*(1-rate)/n+z*z/(4*n*n))
	return rate, max(0, mid-half), min(1, mid+half)
}

// Every is pass^k for k = 1 to the number of runs: how likely it is that a
// script passes k times in a row, over all scripts, without bias: C(passed, k) /
// C(runs, k) (tau-bench, arXiv 2406.12045).
func (r *Report) Every() []float64 {
	out := make([]float64, max(1, r.Runs))
	scripts := 0
	for i := 0; i < len(r.Results); i += len(out) {
		runs := r.Results[i:min(i+len(out), len(r.Results))]
		if runs[0].Skipped != "" {
			continue
		}
		scripts++
		passed := 0
		for _, x := range runs {
			if x.OK() {
				passed++
			}
		}
		p := 1.
		for k := range out {
			p *= float64(max(0, passed-k)) / float64(max(1, len(runs)-k))
			out[k] += p
		}
	}
	for k := range out {
		out[k] /= float64(max(1, scripts))
	}
	return out
}

// Print writes a result: one line when all held, a screen for each turn in
// which something did not.
func (r *Result) Print(w io.Writer, verbose bool) {
	if r.Skipped != "" {
		fmt.Fprintf(w, "skip %s (%s)\n", r.Script.Name, r.Skipped)
		return
	}
	mark := "ok  "
	if !r.OK() {
		mark = "FAIL"
	}
	fmt.Fprintf(w, "%s %s (%d turns, %s, %s)\n", mark, r.Script.Name, len(r.Script.Turns), r.Model, r.Took.Round(time.Millisecond))
	if r.Err != nil {
		fmt.Fprintf(w, "     %v\n", r.Err)
	}
	for _, t := range r.Turns {
		if verbose || len(t.Failures) > 0 {
			t.print(w, r.Script.file)
		} else if t.Judged != nil && t.Judged.Answer != "" {
			t.printVerdict(w)
		}
	}
}

func (t *Played) printVerdict(w io.Writer) {
	switch v := t.Judged; {
	case v == nil:
	case v.Answer == "":
		fmt.Fprintf(w, "       ? not judged: %s\n", v.Question)
	default:
		fmt.Fprintf(w, "       ? turn %d judged %s: %s (%s)\n", t.N, v.Answer, v.Question, cut(v.Why, 200))
	}
}

func (t *Played) print(w io.Writer, file string) {
	fmt.Fprintf(w, "     %s, turn %d: %s\n", file, t.N, t.Title)
	said := slices.DeleteFunc(strings.Split(t.Reply, "\n"), func(line string) bool { return line == "" })
	for _, line := range few(said, 6) {
		fmt.Fprintf(w, "       │ %s\n", cut(line, 300))
	}
	for k, f := range t.Failures {
		if k == 6 {
			fmt.Fprintf(w, "       and %d more\n", len(t.Failures)-k)
			break
		}
		fmt.Fprintf(w, "       %s\n         want %s\n         got  %s\n", f.Expectation, f.Want, strings.ReplaceAll(f.Got, "\n", "\n              "))
	}
	for _, line := range few(t.Trace, 20) {
		fmt.Fprintf(w, "       · %s\n", line)
	}
	t.printVerdict(w)
}

// few keeps a list to one part of a screen.
func few(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	return append(slices.Clone(lines[:most-1]), fmt.Sprintf("(%d more)", len(lines)-most+1))
}

func cut(line string, most int) string {
	if len(line) <= most {
		return line
	}
	return strings.ToValidUTF8(line[:most], "") + "…"
}

// JUnit writes the report as JUnit XML, as CI servers read it.
func (r *Report) JUnit(w io.Writer) error {
	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type test struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    float64  `xml:"time,attr"`
		Failure *failure `xml:"failure,omitempty"`
		Error   *failure `xml:"error,omitempty"` // it could not be played
		Skipped *failure `xml:"skipped,omitempty"`
		Judged  string   `xml:"system-out,omitempty"`
	}
	suite := struct {
		XMLName  xml.Name `xml:"testsuite"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Time     float64  `xml:"time,attr"`
		Cases    []test   `xml:"testcase"`
	}{Name: "parley replay", Tests: len(r.Results)}
	for _, x := range r.Results {
		c := test{Name: x.Script.Name, Class: x.Script.file, Time: x.Took.Seconds()}
		suite.Time += c.Time
		var b strings.Builder
		x.Print(&b, false)
		switch {
		case x.Skipped != "":
			suite.Skipped++
			c.Skipped = &failure{Message: x.Skipped}
		case x.Err != nil:
			suite.Errors++
			c.Error = &failure{x.FirstFailure(), b.String()}
		case !x.OK():
			suite.Failures++
			c.Failure = &failure{x.FirstFailure(), b.String()}
		default:
			for _, t := range x.Turns {
				b.Reset()
				t.printVerdict(&b)
				c.Judged += b.String()
			}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	return enc.Encode(suite)
}

// FirstFailure says in one line what did not hold first, "" if all did.
func (r *Result) FirstFailure() string {
	if r.Err != nil {
		return r.Err.Error()
	}
	for _, t := range r.Turns {
		for _, f := range t.Failures {
			return fmt.Sprintf("turn %d, %s: want %s, got %s", t.N, f.Expectation, f.Want, f.Got)
		}
	}
	return ""
}

// A Share is what one model of a chain answered.
type Share struct {
	Model  string
	Turns  int
	Tokens int // prompts and answers of those turns, also of models asked before it
}

// Shares tells how many turns each model answered, and what they used. Saved is
// what the turns that used no tokens would have used at the mean of the others.
func (r *Report) Shares() (list []Share, saved int) {
	at := map[string]int{}
	free, paid, tokens := 0, 0, 0
	for _, x := range r.Results {
		for _, t := range x.Turns {
			for _, tr := range t.answered {
				if tr.Model == "" {
					continue
				}
				i, ok := at[tr.Model]
				if !ok {
					i = len(list)
					at[tr.Model] = i
					list = append(list, Share{Model: tr.Model})
				}
				used := tr.Usage.Prompt + tr.Usage.Generated
				list[i].Turns++
				list[i].Tokens += used
				if tokens += used; used == 0 {
					free++
				} else {
					paid++
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b Share) int { return cmp.Or(b.Turns-a.Turns, strings.Compare(a.Model, b.Model)) })
	if paid > 0 {
		saved = free * tokens / paid
	}
	return list, saved
}
