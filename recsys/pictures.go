package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
)

// Pictures ranks items by how much their pictures are like that of the newest
// item of [Query.Recent], or like one that was uploaded: see [Pictures.Like].
// Items without a picture are never given. What the shapes of all pictures have
// in common, standing upright in the middle, counts for nothing. It compares with every item, which
// takes under a millisecond for each thousand on one core.
type Pictures struct {
	data   *Dataset
	of     [][]float32 // unit vectors; nil where there is none
	size   int
	usual  []float64 // what the pictures have in common
	colour float64   // share of the likeness that colour has
	least  float64
}

// PicturesOptions tune Pictures. Colour and Shape weigh the two against each
// other and count only for vectors of [PictureFeatures].
type PicturesOptions struct {
	Colour float64 // 0 means 1; below 0 leaves colour out
	Shape  float64 // 0 means 1; below 0 leaves shape out
	Least  float64 // likeness below which an item is not given, below 1; 0 means .5
}

// NewPictures takes the pictures of items. They must all be of one length.
func NewPictures(d *Dataset, items []Item, opt PicturesOptions) (*Pictures, error) {
	m := &Pictures{data: d, of: make([][]float32, len(d.Items)), least: cmp.Or(opt.Least, .5)}
	if !(m.least < 1) {
		return nil, fmt.Errorf("recsys: pictures: least is %v; give a likeness below 1", opt.Least)
	}
	colour := colourPart * max(0, cmp.Or(opt.Colour, 1))
	shape := (1 - colourPart) * max(0, cmp.Or(opt.Shape, 1))
	if !(colour+shape > 0) || math.IsInf(colour+shape, 0) {
		return nil, fmt.Errorf("recsys: pictures: colour weighs %v and shape %v; give at least one of them a weight", opt.Colour, opt.Shape)
	}
	m.colour = colour / (colour + shape)
	list := known(d, items)
	n := 0.0
	for _, it := range list {
		if len(it.Picture) == 0 {
			continue
		}
		if m.size == 0 {
			m.size = len(it.Picture)
			m.usual = make([]float64, m.size)
		}
		if err := m.check(it.Picture); err != nil {
			return nil, fmt.Errorf("recsys: picture of item %q: %w", it.ID, err)
		}
		n++
		for k := colourSize; k < m.size && m.size == PictureSize; k++ {
			m.usual[k] += float64(it.Picture[k])
		}
	}
	for k := range m.usual { // of few pictures nobody knows what is usual
		m.usual[k] /= n + 20
	}
	for i, it := range list {
		if len(it.Picture) > 0 {
			m.of[i] = m.unit(it.Picture)
		}
	}
	return m, nil
}

// check refuses what cannot be compared.
func (m *Pictures) check(v []float32) error {
	if len(v) != m.size {
		return fmt.Errorf("it has %d numbers where others have %d; measure all pictures in one way", len(v), m.size)
	}
	for _, x := range v {
		if !(math.Abs(float64(x)) <= math.MaxFloat32) {
			return fmt.Errorf("it has a value that is no number; measure it again")
		}
	}
	return nil
}

// unit brings a vector to length 1, its parts weighed and without what is usual.
func (m *Pictures) unit(v []float32) []float32 {
	out := make([]float32, len(v))
	scale := func(from, to int, share float64) {
		sum := 0.0
		for n := from; n < to; n++ {
			x := float64(v[n]) - m.usual[n]
			sum += x * x
		}
		for n := from; n < to && sum > 0; n++ {
			out[n] = float32((float64(v[n]) - m.usual[n]) * math.Sqrt(share/sum))
		}
	}
	if len(v) != PictureSize {
		scale(0, len(v), 1)
		return out
	}
	shape := (1 - m.colour) / (maskPart + edgePart)
	scale(0, colourSize, m.colour)
	scale(colourSize, colourSize+maskSize, shape*maskPart)
	scale(colourSize+maskSize, len(v), shape*edgePart)
	return out
}

// Data returns the dataset whose items are compared.
func (m *Pictures) Data() *Dataset { return m.data }

// Recommend ranks by likeness to the picture of the newest item of the session.
func (m *Pictures) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score is the cosine, from the least likeness to 1; the item itself is left out.
func (m *Pictures) Score(h History, out []float64) {
	if i, ok := newestRecent(h); ok {
		m.score(m.of[i], out)
		out[i] = 0
	}
}

func (m *Pictures) score(v []float32, out []float64) {
	if v == nil {
		return
	}
	for i, w := range m.of {
		if w != nil {
			if s := float64(dot32(v, w)); s >= m.least {
				out[i] = s
			}
		}
	}
}

// Reasons are of kind "picture" and name what is alike: "colour" and "shape", or
// nothing where the vectors are another model's.
func (m *Pictures) Reasons(h History, item int32) []Reason {
	i, ok := newestRecent(h)
	if !ok {
		return nil
	}
	return m.reasons(m.of[i], item, m.data.Items[i])
}

func (m *Pictures) reasons(v []float32, item int32, name string) []Reason {
	w := m.of[item]
	if v == nil || w == nil {
		return nil
	}
	if m.size != PictureSize {
		return []Reason{{Kind: "picture", Item: name, Weight: float64(dot32(v, w))}}
	}
	var out []Reason
	for _, r := range []Reason{
		{Kind: "picture", Name: "colour", Item: name, Weight: float64(dot32(v[:colourSize], w[:colourSize]))},
		{Kind: "picture", Name: "shape", Item: name, Weight: float64(dot32(v[colourSize:], w[colourSize:]))},
	} {
		if r.Weight > 0 {
			out = append(out, r)
		}
	}
	return strongest(out)
}

// Like gives a model that ranks items by likeness to one picture, such as one
// that the customer sent, measured as those of the items were.
func (m *Pictures) Like(features []float32) (Model, error) {
	if m.size == 0 {
		return nil, fmt.Errorf("recsys: like a picture: no item has a picture to compare with")
	}
	if err := m.check(features); err != nil {
		return nil, fmt.Errorf("recsys: like a picture: %w", err)
	}
	return &pictured{m, m.unit(features)}, nil
}

// pictured is Pictures asked by a picture.
type pictured struct {
	*Pictures
	v []float32
}

func (p *pictured) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, p, q) }

func (p *pictured) Score(_ History, out []float64) { p.score(p.v, out) }

func (p *pictured) Reasons(_ History, item int32) []Reason { return p.reasons(p.v, item, "") }
