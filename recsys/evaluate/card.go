package evaluate

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// WriteCard writes the report as a model card in Markdown: what was compared on
// what, how it was chosen, all results, groups and limits. command is how to
// make it again; plots are names of files to show, beside the card. The same
// report gives the same bytes.
//
// Source: Mitchell et al. 2019, "Model cards for model reporting".
func (r *Report) WriteCard(out io.Writer, command string, plots []string) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "# Model card: %s\n\n%s\n\n", r.Recommended, r.Why)
	for _, w := range r.Warnings {
		fmt.Fprintf(b, "> Note: %s\n\n", w)
	}
	r.cardData(b)
	r.cardModels(b)
	r.cardResults(b)
	for _, p := range plots {
		fmt.Fprintf(b, "![%s](%s)\n\n", strings.TrimSuffix(path.Base(p), ".svg"), p)
	}
	r.cardGroups(b)
	r.cardLimits(b)
	fmt.Fprintf(b, "## Made by\n\n    %s\n", command)
	_, err := io.WriteString(out, b.String())
	return err
}

func (r *Report) cardData(b *strings.Builder) {
	d := r.Data
	fmt.Fprintf(b, "## Data\n\n%d events of %d customers with %d items (something is written about %d of them)", d.Events, d.Customers, d.Items, d.Described)
	if !d.From.IsZero() {
		fmt.Fprintf(b, ", from %s to %s", d.From.Format(time.DateOnly), d.To.Format(time.DateOnly))
	}
	fmt.Fprintf(b, ". SHA-256 begins `%s`.", d.Hash)
	if d.Dropped > 0 {
		fmt.Fprintf(b, " %d events were left out: no customer, no item, or a value that is no number.", d.Dropped)
	}
	fmt.Fprintf(b, " What counts as found: %s", d.Liking)
	if r.Again {
		b.WriteString(", also what the customer had before.\n\n")
	} else {
		b.WriteString(", of what the customer did not have before.\n\n")
	}
	fmt.Fprintf(b, "Split %s. %d events to learn from, %d to choose on, %d to score on. %d customers were asked for lists of %d; %d more are in the test part who are new, or took nothing that was known.\n\n",
		r.splitWords(), d.Train, d.Valid, d.Test, d.Asked, r.K, d.Lost)
}

func (r *Report) cardModels(b *strings.Builder) {
	b.WriteString("## Line-up\n\n| model | goes by |\n| --- | --- |\n")
	for _, x := range append(r.Results[:len(r.Results):len(r.Results)], r.Ratings...) {
		about := x.About
		if x.Left != "" {
			about += " (left out: " + x.Left + ")"
		}
		fmt.Fprintf(b, "| %s | %s |\n", x.Model, cell(about))
	}
	b.WriteString("\nAll have the usual settings of their kind. ")
	if len(r.Blend) > 0 {
		var parts []string
		for _, w := range r.Blend {
			parts = append(parts, fmt.Sprintf("%s %.3f", w.Model, w.Share))
		}
		fmt.Fprintf(b, "The blend, as weighed on a third of the validation customers: %s. ", strings.Join(parts, ", "))
	}
	fmt.Fprintf(b, "The model was chosen on the others: of those that beat popularity beyond noise and are within noise of the best in NDCG, the one that shows most of the catalogue. Then all were fitted anew on all events before the test part. Seed %d.\n\n", r.Seed)
}

func (r *Report) cardResults(b *strings.Builder) {
	fmt.Fprintf(b, "## Results\n\nOn the test part, at %d places, with 95%% bootstrap intervals over customers; in italics the difference from popularity on the same customers.\n\n", r.K)
	for _, block := range blocks {
		fmt.Fprintf(b, "| model | %s |\n| ---%s |\n", strings.Join(block, " | "), strings.Repeat(" | ---", len(block)))
		for _, x := range r.scored() {
			fmt.Fprintf(b, "| %s", x.Model)
			for _, name := range block {
				m := x.Metric(name)
				if !finite(m.Value) {
					b.WriteString(" | -")
					continue
				}
				fmt.Fprintf(b, " | %.4f [%.4f, %.4f]", m.Value, m.Low, m.High)
				if x.Model != popular && finite(m.Over) {
					fmt.Fprintf(b, " *%+.4f [%+.4f, %+.4f]*", m.Over, m.OverLow, m.OverHigh)
				}
			}
			b.WriteString(" |\n")
		}
		b.WriteString("\n")
	}
	if len(r.Ratings) == 0 {
		return
	}
	b.WriteString("Ratings predicted:\n\n| rater | rmse | mae |\n| --- | --- | --- |\n")
	for _, x := range r.Ratings {
		if m, a := x.Metric("rmse"), x.Metric("mae"); x.Left == "" {
			fmt.Fprintf(b, "| %s | %.4f [%.4f, %.4f] | %.4f [%.4f, %.4f] |\n", x.Model, m.Value, m.Low, m.High, a.Value, a.Low, a.High)
		}
	}
	b.WriteString("\n")
}

func (r *Report) cardGroups(b *strings.Builder) {
	b.WriteString("## Groups\n\n")
	for _, g := range r.Groups {
		if g.Model != r.Recommended {
			continue
		}
		base := r.beside(g)
		share := "share of customers"
		if g.Of == "items" {
			share = "share of what was taken"
		}
		fmt.Fprintf(b, "### %s by %s\n\n| group | %s | %s | recall | %s | recall of popular |\n| --- | --- | --- | --- | --- | --- |\n", g.Of, cell(g.By), g.Of, share, g.exposureWords())
		for n, x := range g.Rows {
			fmt.Fprintf(b, "| %s | %d | %.3f | %s | %s | %s |\n", cell(x.Name), x.Size, x.Share, x.Recall.long(), x.Exposure.long(), base.Rows[n].Recall.long())
		}
		fmt.Fprintf(b, "\n%s.\n\n", g.Gap)
	}
	fmt.Fprintf(b, "Every customer was given another name, in another order, and the model fitted anew: %s.\n\n", r.Swap)
}

func (r *Report) cardLimits(b *strings.Builder) {
	b.WriteString("## Limits\n\n")
	b.WriteString("- What customers would have taken had they been shown other things is not known: what they took was shaped by what the shop showed then. Figures compare models with each other; sales they do not promise. An experiment on live customers does.\n")
	b.WriteString("- New customers, and items that stood in no file and that nobody had taken, are not in these figures; to the first show what is popular.\n")
	b.WriteString("- Accuracy over the whole catalogue is near 1 for any list and says little.\n")
	if r.Data.Split == "last" {
		b.WriteString("- Split by the last item of each customer, models learn from what others did later; by time they do not.\n")
	}
	b.WriteString("- A group's recall depends on how much its members took afterwards, too: compare the gap with popularity's.\n")
	b.WriteString("- The same events give the same card, byte for byte.\n\n")
}

// long is a metric with its interval.
func (m Metric) long() string {
	if !finite(m.Value) {
		return "-"
	}
	return fmt.Sprintf("%.4f [%.4f, %.4f]", m.Value, m.Low, m.High)
}

// cell keeps a text inside its cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ").Replace(s)
}
