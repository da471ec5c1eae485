package memory

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/memory/facts"
	"parley/memory/redact"
	"parley/tools/measure"
)

// Turns that a question is given, as many as the product gives one.
const customerK = 5

// evaluateCustomer asks the 30 questions of the Berkeley Function Calling
// Leaderboard's customer (its version 4, memory) and counts those for which the
// turns recalled, or a fact read from the customer's words, hold the answer in
// whole words. The conversations carry no dates: they are taken to lie a week
// apart. Texts are kept as the product keeps them, redacted.
func evaluateCustomer(ctx context.Context, data fs.FS, name string) ([]measure.Figure, error) {
	const folder = "agent/bfcl-memory-customer/"
	var talks []struct {
		ID       string
		Question [][]struct{ Content string }
	}
	var questions []struct{ Question [][]struct{ Content string } }
	var answers []struct {
		Truth  []string `json:"ground_truth"`
		Source string
	}
	for file, to := range map[string]any{"conversations.jsonl": &talks, "questions.jsonl": &questions, "answers.jsonl": &answers} {
		if err := readLines(data, folder+file, to); err != nil {
			return nil, err
		}
	}
	if len(answers) != len(questions) || len(talks) == 0 {
		return nil, fmt.Errorf("%s: %d questions, %d answers, %d conversations", folder, len(questions), len(answers), len(talks))
	}
	reader, err := facts.Default()
	if err != nil {
		return nil, err
	}
	now := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	var kept []Talk
	var stated []string
	for _, c := range talks {
		t := Talk{Conversation: c.ID}
		for _, q := range c.Question {
			t.Last++
			text := redact.Text(redact.Unnumbered(q[0].Content))
			t.Turns = append(t.Turns, Turn{Conversation: c.ID, Seq: t.Last, Speaker: "shopper", Text: text, At: now})
			for _, s := range reader.Read(text) {
				stated = append(stated, s.Value)
			}
		}
		kept = append(kept, t)
		now = now.AddDate(0, 0, 7)
	}
	m := &Memory{indexes: indexes{most: 1, mostBytes: mostIndexBytes}, cfg: Config{
		Now: func() time.Time { return now },
		Turns: func(_ context.Context, _ string, after map[string]uint64) ([]Talk, error) {
			if len(after) == 0 {
				return kept, nil
			}
			seen := slices.Clone(kept)
			for i := range seen {
				seen[i].Turns = nil
			}
			return seen, nil
		},
	}}
	if m.meanings, err = newMeanings(m.cfg); err != nil {
		return nil, err
	}
	var answered, quoted []float64
	for i, q := range questions {
		hits, err := m.Recall(ctx, "customer", q.Question[0][0].Content, RecallOptions{K: customerK})
		if err != nil {
			return nil, err
		}
		right := slices.ContainsFunc(stated, func(s string) bool { return holds(s, answers[i].Truth) })
		source := false
		for _, h := range hits {
			right = right || holds(h.Turn.Text, answers[i].Truth)
			source = source || strings.Contains(plain(h.Turn.Text), longestPart(answers[i].Source))
		}
		answered, quoted = append(answered, share(right)), append(quoted, share(source))
	}
	count := func(metric string, list []float64) measure.Figure {
		f := figure(name, metric, list)
		n := float64(len(list))
		f.Value, f.Low, f.High = f.Value*n, max(0, f.Low*n), min(n, f.High*n)
		return f
	}
	return []measure.Figure{count("answered", answered), count("source", quoted)}, nil
}

func share(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// holds says whether a text holds one of some answers in whole words; a plural
// is the word too.
func holds(text string, truths []string) bool {
	return slices.ContainsFunc(truths, func(truth string) bool {
		return regexp.MustCompile(`(?i)(^|[^\pL\pN.])` + regexp.QuoteMeta(truth) + `s?($|[^\pL\pN.]|\.($|\D))`).MatchString(text)
	})
}

// longestPart is the longest stretch of a quotation between its dots.
func longestPart(quotation string) string {
	best := ""
	for part := range strings.SplitSeq(quotation, "...") {
		if p := plain(part); len(p) > len(best) {
			best = p
		}
	}
	return best
}

// plain is a text by its letters and digits alone.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), " ")
}

// readLines reads a file of one JSON value a line into a slice.
func readLines(data fs.FS, name string, to any) error {
	f, err := data.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	all := []byte{'['}
	for lines.Scan() {
		if len(all) > 1 {
			all = append(all, ',')
		}
		all = append(all, lines.Bytes()...)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(append(all, ']'), to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
