package recsys

// A kept model can be written into an artefact and read back without the
// interactions that it was fitted on.
type kept interface {
	Model
	write(c *coder)
}

// readers give back what write wrote, on a dataset of items alone.
var readers = map[string]func(d *Dataset, in *decoder) (Model, error){
	"itemknn":     readItemKNN,
	"ease":        readEASE,
	"rp3beta":     readRP3beta,
	"transitions": readTransitions,
	"als":         readALS,
	"content":     readContent,
	"popular":     readPopular,
	"trend":       readPopular,
	"basket":      readBasket,
	"again":       readAgain,
}

func (m *ItemKNN) write(c *coder) {
	c.f64(m.halfLife)
	c.links(m.neighbour)
}

func readItemKNN(d *Dataset, in *decoder) (Model, error) {
	m := &ItemKNN{data: d, halfLife: in.f64(), neighbour: in.links(len(d.Items))}
	return m, in.done(len(m.neighbour), len(d.Items))
}

func (m *EASE) write(c *coder) { c.f32s(m.b) }

func readEASE(d *Dataset, in *decoder) (Model, error) {
	m := &EASE{data: d, b: in.f32s()}
	return m, in.done(len(m.b), len(d.Items)*len(d.Items))
}

func (p *Popular) write(c *coder) {
	c.i64(int64(p.days))
	c.f64s(p.scores)
	c.ints(p.counts)
}

func readPopular(d *Dataset, in *decoder) (Model, error) {
	p := &Popular{data: d, days: int(in.i64()), scores: in.f64s(), counts: in.ints()}
	return p, in.done(len(p.scores), len(d.Items), len(p.counts), len(d.Items))
}

func (b *Basket) write(c *coder) {
	c.links(b.with)
	c.ints(b.n)
}

func readBasket(d *Dataset, in *decoder) (Model, error) {
	b := &Basket{data: d, with: in.links(len(d.Items)), n: in.ints()}
	return b, in.done(len(b.with), len(d.Items), len(b.n), len(d.Items))
}

func (m *Again) write(c *coder) {
	c.f64(m.early)
	for _, list := range [][]float64{m.weights, m.items.rate, m.items.lift, m.items.common, m.items.days} {
		c.f64s(list)
	}
}

func readAgain(d *Dataset, in *decoder) (Model, error) {
	m := &Again{data: d, early: in.f64(), weights: in.f64s(), items: &repeats{rate: in.f64s(), lift: in.f64s(), common: in.f64s(), days: in.f64s()}}
	n := len(d.Items)
	return m, in.done(len(m.weights), len(againPrior), len(m.items.rate), n, len(m.items.lift), n, len(m.items.common), n, len(m.items.days), n)
}

// itemsOnly is a dataset that knows items and no customer.
func itemsOnly(items []string, newest int64) *Dataset {
	d := &Dataset{Items: items, newest: newest, itemAt: make(map[string]int32, len(items)), customerAt: map[string]int32{}}
	for i, s := range items {
		d.itemAt[s] = int32(i)
	}
	return d
}
