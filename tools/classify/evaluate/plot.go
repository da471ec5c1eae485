package evaluate

import (
	"cmp"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// plot draws a case's answers, CASE-confusion.svg and CASE-reliability.svg, into
// the folder for plots.
func (r *run) plot(a []answer) error {
	if r.plots == "" || len(a) == 0 {
		return nil
	}
	if err := os.MkdirAll(r.plots, 0o755); err != nil {
		return err
	}
	c, side, err := confusion(r.name, a)
	if err != nil {
		return err
	}
	if err := save(c, filepath.Join(r.plots, r.name+"-confusion.svg"), side); err != nil {
		return err
	}
	p, err := reliability(r.name, a)
	if err != nil {
		return err
	}
	return save(p, filepath.Join(r.plots, r.name+"-reliability.svg"), 12*vg.Centimeter)
}

func save(p *plot.Plot, path string, side vg.Length) error {
	canvas := vgsvg.New(side, side)
	p.Draw(draw.Crop(draw.New(canvas), side/40, -side/20, side/60, -side/60))
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

// mostLabels are drawn in a confusion matrix: those with the most mistakes.
const mostLabels = 30

// grid is a confusion matrix as a heat map: shares of each wanted label's texts.
type grid struct {
	labels []string
	count  [][]float64 // wanted, got
	total  []float64   // by wanted label, of all its texts
}

func (g *grid) Dims() (c, r int)   { return len(g.labels), len(g.labels) }
func (g *grid) X(c int) float64    { return float64(c) }
func (g *grid) Y(r int) float64    { return float64(len(g.labels) - 1 - r) }
func (g *grid) Z(c, r int) float64 { return g.count[r][c] / max(1, g.total[r]) }

// rows of a heat map must rise, so the matrix is turned over for it.
type upended struct{ *grid }

func (u upended) Y(r int) float64    { return float64(r) }
func (u upended) Z(c, r int) float64 { return u.grid.Z(c, len(u.labels)-1-r) }

func matrix(a []answer) *grid {
	wrong := map[string]int{}
	for _, x := range a {
		wrong[x.want] += 0
		if wrong[x.got] += 0; x.want != x.got {
			wrong[x.want]++
			wrong[x.got]++
		}
	}
	g := &grid{}
	for label := range wrong {
		g.labels = append(g.labels, label)
	}
	slices.SortFunc(g.labels, func(x, y string) int { return cmp.Or(wrong[y]-wrong[x], cmp.Compare(x, y)) })
	g.labels = g.labels[:min(len(g.labels), mostLabels)]
	slices.Sort(g.labels)
	g.total = make([]float64, len(g.labels))
	g.count = make([][]float64, len(g.labels))
	for i := range g.count {
		g.count[i] = make([]float64, len(g.labels))
	}
	for _, x := range a {
		want, ok := slices.BinarySearch(g.labels, x.want)
		if !ok {
			continue
		}
		g.total[want]++
		if got, ok := slices.BinarySearch(g.labels, x.got); ok {
			g.count[want][got]++
		}
	}
	return g
}

func confusion(name string, a []answer) (*plot.Plot, vg.Length, error) {
	g := matrix(a)
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s: %d texts, wanted (down) and answered (across)", name, len(a))
	colors := moreland.SmoothBlueRed()
	colors.SetMin(-1)
	colors.SetMax(1)
	heat := plotter.NewHeatMap(upended{g}, colors.Palette(200))
	heat.Min, heat.Max = -1, 1
	p.Add(heat)
	cells := plotter.XYLabels{}
	for r := range g.labels {
		for c := range g.labels {
			if n := g.count[r][c]; n > 0 {
				cells.XYs = append(cells.XYs, plotter.XY{X: g.X(c), Y: g.Y(r)})
				cells.Labels = append(cells.Labels, strconv.Itoa(int(n)))
			}
		}
	}
	if len(cells.Labels) > 0 {
		l, err := plotter.NewLabels(cells)
		if err != nil {
			return nil, 0, err
		}
		for i := range l.TextStyle {
			l.TextStyle[i].Font.Size = 7
			l.TextStyle[i].XAlign, l.TextStyle[i].YAlign = draw.XCenter, draw.YCenter
		}
		p.Add(l)
	}
	across, down := make([]plot.Tick, len(g.labels)), make([]plot.Tick, len(g.labels))
	for i, label := range g.labels {
		if label == "" {
			label = "(none fits)"
		}
		across[i] = plot.Tick{Value: g.X(i), Label: label}
		down[i] = plot.Tick{Value: g.Y(i), Label: label}
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(across), plot.ConstantTicks(down)
	p.X.Tick.Label.Rotation = 1.2
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = 8, 8
	return p, vg.Length(8+.7*float64(len(g.labels))) * vg.Centimeter, nil
}

// bin is a tenth of the confidences: how many answers, and how many right.
type bin struct{ n, right, confidence float64 }

// bins are ten, and the error that is expected of the confidence (ECE): the mean
// distance of what it says from what is right.
func bins(a []answer) (b [10]bin, ece float64) {
	for _, x := range a {
		i := min(9, int(x.confidence*10))
		b[i].n++
		b[i].confidence += x.confidence
		if x.right() {
			b[i].right++
		}
	}
	for _, x := range b {
		ece += max(x.right-x.confidence, x.confidence-x.right) / float64(len(a))
	}
	return b, ece
}

func reliability(name string, a []answer) (*plot.Plot, error) {
	b, ece := bins(a)
	var points plotter.XYs
	labels := plotter.XYLabels{}
	for _, x := range b {
		if x.n > 0 {
			at := plotter.XY{X: x.confidence / x.n, Y: x.right / x.n}
			points = append(points, at)
			labels.XYs, labels.Labels = append(labels.XYs, at), append(labels.Labels, strconv.Itoa(int(x.n)))
		}
	}
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s: calibration (expected error %.3f)", name, ece)
	p.X.Label.Text, p.Y.Label.Text = "confidence", "share that is right"
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	ideal := plotter.NewFunction(func(x float64) float64 { return x })
	ideal.Color = color.Gray{160}
	ideal.Dashes = []vg.Length{3, 3}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return nil, err
	}
	line.Color, dots.Color = color.RGBA{B: 160, A: 255}, color.RGBA{B: 160, A: 255}
	counts, err := plotter.NewLabels(labels)
	if err != nil {
		return nil, err
	}
	counts.Offset = vg.Point{X: 4, Y: -10}
	p.Add(plotter.NewGrid(), ideal, line, dots, counts)
	return p, nil
}
