package recsys

// What the links of one item to the next are kept as.

func (m *RP3beta) write(c *coder) { c.links(m.next) }

func readRP3beta(d *Dataset, in *decoder) (Model, error) {
	m := &RP3beta{data: d, next: in.links(len(d.Items))}
	return m, in.done(len(m.next), len(d.Items))
}

func (m *Transitions) write(c *coder) {
	c.f64(m.fade)
	c.links(m.next)
}

func readTransitions(d *Dataset, in *decoder) (Model, error) {
	m := &Transitions{data: d, fade: in.f64(), next: in.links(len(d.Items))}
	return m, in.done(len(m.next), len(d.Items))
}

// Of the factors only those of items are kept.

func (m *ALS) write(c *coder) {
	c.u32(m.k)
	c.f64(m.alpha)
	c.f64s(m.gram)
	c.f32s(m.y)
}

func readALS(d *Dataset, in *decoder) (Model, error) {
	m := &ALS{data: d, k: in.u32(), alpha: in.f64(), gram: in.f64s(), y: in.f32s()}
	if m.k < 1 || m.k > 1024 || !(m.alpha > 0) {
		in.fail("%d factors, alpha %v", m.k, m.alpha)
	}
	return m, in.done(len(m.gram), m.k*m.k, len(m.y), m.k*len(d.Items))
}

// Of what is written about items, the features and the vectors are kept; who
// has a feature follows from them.

func (m *Content) write(c *coder) {
	c.f64(m.halfLife)
	c.f64s(m.weights[:])
	terms := make([]string, len(m.features))
	for f, n := range m.features {
		terms[n] = f.term
	}
	c.texts(terms)
	c.texts(m.name)
	c.f64s(m.idf)
	for _, b := range m.of {
		c.u32(int(b))
	}
	c.weights(m.vector)
	c.links(m.neighbour)
}

func readContent(d *Dataset, in *decoder) (Model, error) {
	m := &Content{data: d, halfLife: in.f64(), features: map[feature]int32{}}
	shares := in.f64s()
	copy(m.weights[:], shares)
	terms := in.texts()
	m.name, m.idf = in.texts(), in.f64s()
	m.of = make([]block, len(terms))
	for n := range m.of {
		b := in.u32()
		if b >= int(blocks) {
			in.fail("block %d", b)
			break
		}
		m.of[n] = block(b)
		m.features[feature{block(b), terms[n]}] = int32(n)
	}
	m.vector = in.weights(len(terms))
	m.neighbour = in.links(len(d.Items))
	if err := in.done(len(shares), int(blocks), len(m.features), len(terms), len(m.name), len(terms), len(m.idf), len(terms),
		len(m.vector), len(d.Items), len(m.neighbour), len(d.Items)); err != nil {
		return nil, err
	}
	m.posting = make([][]weight, len(terms))
	for i, row := range m.vector {
		for _, x := range row {
			m.posting[x.at] = append(m.posting[x.at], weight{int32(i), x.w})
		}
	}
	return m, nil
}

// weights writes rows as links does, without counts.
func (c *coder) weights(rows [][]weight) {
	c.u32(len(rows))
	for _, r := range rows {
		c.u32(len(r))
		for _, x := range r {
			c.u32(int(x.at))
			c.f32(x.w)
		}
	}
}

// weights reads rows that point at n things.
func (d *decoder) weights(n int) [][]weight {
	count := d.u32()
	if count > len(d.b)/4 {
		d.fail("it is too short")
		return nil
	}
	rows := make([][]weight, count)
	for i := range rows {
		m := d.u32()
		if m > len(d.b)/8 {
			d.fail("it is too short")
			return nil
		}
		rows[i] = make([]weight, m)
		for k := range rows[i] {
			at := d.u32()
			if at >= n {
				d.fail("feature %d of %d", at, n)
				return nil
			}
			rows[i][k] = weight{int32(at), d.f32()}
		}
	}
	return rows
}
