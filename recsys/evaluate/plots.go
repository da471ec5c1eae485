package evaluate

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The colours of what is recommended, of popularity, and of all others.
var (
	chosen  = color.RGBA{R: 20, G: 90, B: 170, A: 255}
	usual   = color.RGBA{R: 120, G: 120, B: 120, A: 255}
	another = color.RGBA{R: 150, G: 190, B: 225, A: 255}
)

func (r *Report) colour(model string) color.Color {
	switch model {
	case r.Recommended:
		return chosen
	case popular:
		return usual
	}
	return another
}

// Plots draws the report into a folder, which is made where it is missing:
// metrics.svg (bars with intervals), coverage.svg (recall against coverage),
// exposure.svg (how unevenly the catalogue is shown) and groups.svg (recall by
// group). It returns the names of the files.
func (r *Report) Plots(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var names []string
	for _, p := range []struct {
		name string
		draw func() (tiles, error)
	}{{"metrics.svg", r.metricBars}, {"coverage.svg", r.recallAgainstCoverage}, {"exposure.svg", r.lorenz}, {"groups.svg", r.groupBars}} {
		t, err := p.draw()
		if err != nil {
			return names, fmt.Errorf("draw %s: %w", p.name, err)
		}
		if len(t.plots) == 0 {
			continue
		}
		if err := t.save(filepath.Join(dir, p.name)); err != nil {
			return names, fmt.Errorf("draw %s: %w", p.name, err)
		}
		names = append(names, p.name)
	}
	return names, nil
}

// tiles are plots side by side on one sheet.
type tiles struct {
	plots         [][]*plot.Plot // by row
	width, height vg.Length      // of one
}

func (t tiles) save(path string) error {
	rows, cols := len(t.plots), len(t.plots[0])
	canvas := vgsvg.New(t.width*vg.Length(cols), t.height*vg.Length(rows))
	pad := vg.Length(8)
	all := plot.Align(t.plots, draw.Tiles{Rows: rows, Cols: cols, PadX: 2 * pad, PadY: 2 * pad, PadTop: pad, PadBottom: pad, PadLeft: pad, PadRight: 2 * pad}, draw.New(canvas))
	for y, row := range t.plots {
		for x, p := range row {
			if p != nil {
				p.Draw(all[y][x])
			}
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// inRows puts plots into rows; what is missing of the last stays empty.
func inRows(list []*plot.Plot, cols int) [][]*plot.Plot {
	var out [][]*plot.Plot
	for row := range slices.Chunk(list, cols) {
		out = append(out, append(slices.Clone(row), make([]*plot.Plot, cols-len(row))...))
	}
	return out
}

// bar is one horizontal bar with its interval.
type bar struct {
	name   string
	metric Metric
	colour color.Color
	beside Metric // marked by a line across the bar, where finite
}

// bars draws them from the top down.
func bars(title string, list []bar) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = 11
	p.X.Min = 0
	ticks := make([]plot.Tick, len(list))
	for n, b := range list {
		y := float64(len(list) - 1 - n)
		// Viewers whose fonts are wider than ours would write into the bars.
		ticks[n] = plot.Tick{Value: y, Label: b.name + strings.Repeat(" ", 3+len(b.name)/3)}
		value := b.metric.Value
		if !finite(value) {
			continue
		}
		c, err := plotter.NewBarChart(plotter.Values{value}, 9)
		if err != nil {
			return nil, err
		}
		c.Horizontal, c.XMin, c.Color, c.LineStyle.Width = true, y, b.colour, 0
		e, err := plotter.NewXErrorBars(intervals{{b.metric, at{value, y}}})
		if err != nil {
			return nil, err
		}
		p.Add(c, e)
		if finite(b.beside.Value) {
			l, err := plotter.NewLine(plotter.XYs{{X: b.beside.Value, Y: y - .38}, {X: b.beside.Value, Y: y + .38}})
			if err != nil {
				return nil, err
			}
			l.Color, l.Width = usual, 2
			p.Add(l)
		}
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Label.Font.Size, p.X.Tick.Label.Font.Size = 9, 9
	p.Y.Tick.Length, p.Y.Width = 0, 0
	p.Y.Min, p.Y.Max = -.6, float64(len(list))-.4
	return p, nil
}

// at is a point; an interval is a metric's, around it.
type at struct{ x, y float64 }

type intervals []struct {
	Metric
	at at
}

func (i intervals) Len() int                { return len(i) }
func (i intervals) XY(n int) (x, y float64) { return i[n].at.x, i[n].at.y }
func (i intervals) XError(n int) (below, up float64) {
	return i[n].Value - i[n].Low, i[n].High - i[n].Value
}
func (i intervals) YError(n int) (below, up float64) { return i.XError(n) }

// scored are the models that have metrics.
func (r *Report) scored() []Result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(x Result) bool { return x.Left != "" })
}

func (r *Report) metricBars() (tiles, error) {
	var list []*plot.Plot
	for _, name := range []string{"ndcg", "recall", "hit_rate", "coverage", "novelty", "diversity"} {
		var rows []bar
		for _, x := range r.scored() {
			rows = append(rows, bar{x.Model, x.Metric(name), r.colour(x.Model), Metric{Value: math.NaN()}})
		}
		p, err := bars(r.at(name)+", 95% interval over customers", rows)
		if err != nil {
			return tiles{}, err
		}
		list = append(list, p)
	}
	return tiles{inRows(list, 2), 10 * vg.Centimeter, vg.Length(2.2+.5*float64(len(r.scored()))) * vg.Centimeter}, nil
}

func (r *Report) groupBars() (tiles, error) {
	var list []*plot.Plot
	most := 0
	for _, g := range r.Groups {
		if g.Model != r.Recommended {
			continue
		}
		base := r.beside(g)
		var rows []bar
		for n, x := range g.Rows {
			rows = append(rows, bar{fmt.Sprintf("%s (%d)", x.Name, x.Size), x.Recall, chosen, base.Rows[n].Recall})
		}
		most = max(most, len(rows))
		p, err := bars(fmt.Sprintf("%s by %s: %s", g.Of, g.By, r.at("recall")), rows)
		if err != nil {
			return tiles{}, err
		}
		p.X.Label.Text = fmt.Sprintf("%s, 95%% interval; grey line: popular", g.Model)
		p.X.Label.TextStyle.Font.Size = 9
		list = append(list, p)
	}
	return tiles{inRows(list, 2), 12 * vg.Centimeter, vg.Length(3+.55*float64(most)) * vg.Centimeter}, nil
}

func (r *Report) recallAgainstCoverage() (tiles, error) {
	p := plot.New()
	p.Title.Text = "what customers find, and what of the catalogue can be found"
	p.X.Label.Text, p.Y.Label.Text = r.at("coverage"), r.at("recall")
	p.X.Min, p.Y.Min = 0, 0
	var spots []plotter.XY
	for _, x := range r.scored() {
		c, m := x.Metric("coverage"), x.Metric("recall")
		at := at{c.Value, m.Value}
		dot, err := plotter.NewScatter(plotter.XYs{{X: at.x, Y: at.y}})
		if err != nil {
			return tiles{}, err
		}
		dot.Color, dot.Shape, dot.Radius = r.colour(x.Model), draw.CircleGlyph{}, 4
		across, err := plotter.NewXErrorBars(intervals{{c, at}})
		if err != nil {
			return tiles{}, err
		}
		up, err := plotter.NewYErrorBars(intervals{{m, at}})
		if err != nil {
			return tiles{}, err
		}
		across.Color, up.Color = r.colour(x.Model), r.colour(x.Model)
		p.Add(across, up, dot)
		spots = append(spots, plotter.XY{X: at.x, Y: at.y})
		p.X.Max, p.Y.Max = max(p.X.Max, c.High*1.15), max(p.Y.Max, m.High*1.05)
	}
	p.Add(plotter.NewGrid())
	models := r.scored()
	order := make([]int, len(spots))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(spots[b].Y, spots[a].Y) })
	var placed []plotter.XY
	for _, n := range order { // from the top: a name moves down until it is free
		name := spots[n]
		for _, o := range placed {
			if math.Abs(o.X-name.X) < .18*p.X.Max && o.Y-name.Y < .045*p.Y.Max {
				name.Y = min(name.Y, o.Y-.045*p.Y.Max)
			}
		}
		placed = append(placed, name)
		l, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{name}, Labels: []string{models[n].Model}})
		if err != nil {
			return tiles{}, err
		}
		l.Offset = vg.Point{X: 14, Y: -4}
		lead, err := plotter.NewLine(plotter.XYs{spots[n], {X: name.X + .018*p.X.Max, Y: name.Y}})
		if err != nil {
			return tiles{}, err
		}
		lead.Color = color.Gray{200}
		p.Add(lead, l)
	}
	return tiles{[][]*plot.Plot{{p}}, 18 * vg.Centimeter, 13 * vg.Centimeter}, nil
}

// lorenz draws what share of all places the least shown items get.
func (r *Report) lorenz() (tiles, error) {
	p := plot.New()
	p.Title.Text = "how evenly the catalogue is shown (Lorenz curve)"
	p.X.Label.Text, p.Y.Label.Text = "share of the items, the least shown first", "share of all places"
	even := plotter.NewFunction(func(x float64) float64 { return x })
	even.Color, even.Dashes = color.Gray{170}, []vg.Length{3, 3}
	p.Add(plotter.NewGrid(), even)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	p.Legend.Add("all alike", even)
	list, others := r.scored(), false
	slices.SortStableFunc(list, func(a, b Result) int { // what is recommended is drawn last, on top
		switch r.Recommended {
		case a.Model:
			return 1
		case b.Model:
			return -1
		}
		return 0
	})
	for _, x := range list {
		shown := exposure(r.shown[x.Model], len(r.known.takers), nil)
		slices.Sort(shown)
		sum, all := 0.0, 0.0
		for _, v := range shown {
			all += v
		}
		points := plotter.XYs{{}}
		step := max(1, len(shown)/400)
		for n, v := range shown {
			sum += v
			if n%step == step-1 || n == len(shown)-1 {
				points = append(points, plotter.XY{X: float64(n+1) / float64(len(shown)), Y: sum / max(1, all)})
			}
		}
		l, err := plotter.NewLine(points)
		if err != nil {
			return tiles{}, err
		}
		l.Color, l.Width = r.colour(x.Model), 1
		if x.Model == r.Recommended || x.Model == popular {
			l.Width = 2.5
			p.Legend.Add(fmt.Sprintf("%s (Gini %.3f)", x.Model, x.Metric("gini").Value), l)
		} else if !others {
			others = true
			p.Legend.Add("other models", l)
		}
		p.Add(l)
	}
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, 3
	p.Legend.XOffs, p.Legend.YOffs = 12, -8
	return tiles{[][]*plot.Plot{{p}}, 15 * vg.Centimeter, 13 * vg.Centimeter}, nil
}
