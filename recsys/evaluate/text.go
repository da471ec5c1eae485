package evaluate

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"parley/tools/measure"
)

// blocks are the metrics that stand beside each other in a table.
var blocks = [][]string{
	{"ndcg", "recall", "precision", "f1", "map"},
	{"mrr", "hit_rate", "accuracy", "coverage", "gini"},
	{"novelty", "diversity", "popularity_lift"},
}

// WriteText writes the report for a terminal.
func (r *Report) WriteText(out io.Writer) error {
	b := &strings.Builder{}
	d := r.Data
	fmt.Fprintf(b, "%d events, %d customers, %d items (data %s)\n", d.Events, d.Customers, d.Items, d.Hash)
	fmt.Fprintf(b, "split %s; %d events to learn from, %d to choose on, %d to score on; %d customers asked for %d items each\n", r.splitWords(), d.Train, d.Valid, d.Test, d.Asked, r.K)
	for _, w := range r.Warnings {
		fmt.Fprintln(b, "note:", w)
	}
	for n, block := range blocks {
		fmt.Fprintln(b)
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		fmt.Fprint(w, "model")
		for _, m := range block {
			fmt.Fprint(w, "\t", r.at(m), " ±95%")
		}
		switch n {
		case 0:
			fmt.Fprint(w, "\tndcg over popular, 95%")
		case len(blocks) - 1:
			fmt.Fprint(w, "\tto fit\ta list")
		}
		fmt.Fprintln(w)
		for _, x := range r.Results {
			if x.Left != "" {
				continue
			}
			fmt.Fprint(w, x.Model)
			for _, name := range block {
				fmt.Fprint(w, "\t", x.Metric(name).short())
			}
			if m := x.Metric("ndcg"); n == 0 && x.Model != popular {
				fmt.Fprintf(w, "\t%+.4f [%+.4f, %+.4f]", m.Over, m.OverLow, m.OverHigh)
			}
			if n == len(blocks)-1 {
				fmt.Fprintf(w, "\t%.1f s\t%.2f ms", x.Fit.Seconds(), 1e3*x.Ask.Seconds()*float64(runtime.GOMAXPROCS(0)))
			}
			fmt.Fprintln(w)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if len(r.Ratings) > 0 {
		fmt.Fprintln(b)
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "rater\trmse ±95%\tmae ±95%\trmse over bias, 95%")
		for _, x := range r.Ratings {
			if m := x.Metric("rmse"); x.Left == "" {
				fmt.Fprintf(w, "%s\t%s\t%s\t%+.4f [%+.4f, %+.4f]\n", x.Model, m.short(), x.Metric("mae").short(), m.Over, m.OverLow, m.OverHigh)
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, x := range append(slices.Clone(r.Results), r.Ratings...) {
		if x.Left != "" {
			fmt.Fprintf(b, "left out: %s: %s\n", x.Model, x.Left)
		}
	}
	for _, g := range r.Groups {
		if g.Model == r.Recommended {
			if err := g.write(b, r.beside(g)); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(b, "\n%s\n\n%s\n", r.Swap, r.Why)
	_, err := io.WriteString(out, b.String())
	return err
}

// beside is the same grouping under popularity.
func (r *Report) beside(g Grouping) Grouping {
	for _, x := range r.Groups {
		if x.Of == g.Of && x.By == g.By && x.Model == popular {
			return x
		}
	}
	return g
}

// write writes the groups as a table, popularity's figures beside, with the
// widest gap.
func (g Grouping) write(b io.Writer, base Grouping) error {
	share := "of customers"
	if g.Of == "items" {
		share = "of what was taken"
	}
	fmt.Fprintf(b, "\n%s by %s, with %s\n", g.Of, g.By, g.Model)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "group\t%s\tshare %s\trecall ±95%%\t%s ±95%%\trecall of popular\n", g.Of, share, g.exposureWords())
	for n, x := range g.Rows {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%s\t%s\t%s\n", x.Name, x.Size, x.Share, x.Recall.short(), x.Exposure.short(), base.Rows[n].Recall.short())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(b, g.Gap)
	return err
}

func (g Grouping) exposureWords() string {
	if g.Of == "items" {
		return "share of places"
	}
	return "places beyond the popular third"
}

func (g Gap) String() string {
	if g.Most == "" {
		return "no two groups can be compared"
	}
	s := fmt.Sprintf("widest gap in recall: %s over %s by %.4f [%.4f, %.4f]", g.Most, g.Least, g.Value, g.Low, g.High)
	switch {
	case finite(g.Chance) && g.Beyond:
		s += fmt.Sprintf(", more than chance gives (%.4f)", g.Chance)
	case finite(g.Chance):
		s += fmt.Sprintf(", within what chance gives (%.4f)", g.Chance)
	}
	return s
}

// short is a metric with half of its interval.
func (m Metric) short() string {
	if !finite(m.Value) {
		return "-"
	}
	return fmt.Sprintf("%.4f ±%.4f", m.Value, (m.High-m.Low)/2)
}

// at names a metric with the places it was taken at.
func (r *Report) at(metric string) string { return fmt.Sprintf("%s@%d", metric, r.K) }

func (r *Report) splitWords() string {
	d := r.Data
	if d.Split == "last" {
		return "by the last new item of each customer"
	}
	return "by time: chosen on what came from " + d.ValidAt.Format("2006-01-02 15:04") + ", scored on what came from " + d.TestAt.Format("2006-01-02 15:04")
}

// Figures gives the report's numbers as the other suites have theirs: a case a
// model, and one more metric each for how far it is above popularity.
func (r *Report) Figures() []measure.Figure {
	var out []measure.Figure
	for _, x := range r.Results {
		for _, m := range x.Metrics {
			if !finite(m.Value) {
				continue
			}
			out = append(out, measure.Figure{Suite: "recsys", Case: x.Model, Metric: r.at(m.Name), Value: m.Value, Low: m.Low, High: m.High, N: m.N})
			if x.Model != popular {
				out = append(out, measure.Figure{Suite: "recsys", Case: x.Model, Metric: r.at(m.Name) + "_over_popular", Value: m.Over, Low: m.OverLow, High: m.OverHigh, N: m.N})
			}
		}
	}
	for _, x := range r.Ratings {
		for _, m := range x.Metrics {
			out = append(out, measure.Figure{Suite: "recsys", Case: x.Model, Metric: m.Name, Value: m.Value, Low: m.Low, High: m.High, N: m.N})
		}
	}
	for _, g := range r.Groups {
		for _, x := range g.Rows {
			for _, m := range []Metric{x.Recall, x.Exposure} {
				if finite(m.Value) {
					out = append(out, measure.Figure{Suite: "recsys", Case: g.Model + " " + g.By + "=" + x.Name, Metric: r.at(m.Name), Value: m.Value, Low: m.Low, High: m.High, N: m.N})
				}
			}
		}
	}
	return append(out, measure.Figure{Suite: "recsys", Case: r.Swap.Model, Metric: "name_swap_changed", Value: float64(r.Swap.Changed), N: r.Swap.Lists})
}
