package script

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.html
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) },
}).Parse(page))

// HTML writes the report as one page that needs nothing beside it.
func (r *Report) HTML(w io.Writer) error {
	rate, low, high := r.Rate()
	every := r.Every()
	yes, put, skipped := r.Judged()
	return pageTemplate.Execute(w, map[string]any{
		"Results": r.Results, "Passed": r.Passed(), "Of": r.Played(), "Runs": r.Runs,
		"Rate": rate, "Low": low, "High": high, "All": every[len(every)-1],
		"Yes": yes, "Put": put, "NotPut": skipped,
	})
}
