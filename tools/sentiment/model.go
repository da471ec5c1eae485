package sentiment

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
)

// weightsFile is the trained model; train_test.go makes it and says from what.
//
//go:embed weights.bin
var weightsFile []byte

// A model is two columns of weights over the features of a text: polarity,
// whether it praises or complains, and opinion, whether it judges at all. Each
// column's sum becomes a probability by a curve fitted on texts held out.
//
// Its file, little endian: "PSM1"; for each column two float32 of the curve,
// [dense] float32 weights of the lexicon's numbers, a float32 scale and
// [buckets]-[dense] int8 weights of the n-grams, in units of it.
type model struct {
	columns [2]column
}

type column struct {
	offset, slope float32
	dense         []float32
	scale         float32
	grams         []byte
}

const (
	polarity = iota
	opinion
)

const (
	modelMagic  = "PSM1"
	columnBytes = 4*(2+dense+1) + buckets - dense
)

var errModel = errors.New("tools/sentiment/weights.bin is damaged: write it again with go test ./tools/sentiment -run TestTheModelIsMadeFromItsSources -update")

func openModel(b []byte) (*model, error) {
	if len(b) != len(modelMagic)+2*columnBytes || string(b[:4]) != modelMagic {
		return nil, errModel
	}
	m := &model{}
	b = b[4:]
	float := func() float32 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b))
		b = b[4:]
		return v
	}
	for i := range m.columns {
		c := &m.columns[i]
		c.offset, c.slope = float(), float()
		for range dense {
			c.dense = append(c.dense, float())
		}
		c.scale = float()
		c.grams, b = b[:buckets-dense], b[buckets-dense:]
	}
	return m, nil
}

// encode writes a model's file.
func (m *model) encode() []byte {
	b := []byte(modelMagic)
	float := func(v float32) { b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v)) }
	for _, c := range m.columns {
		float(c.offset)
		float(c.slope)
		for _, w := range c.dense {
			float(w)
		}
		float(c.scale)
		b = append(b, c.grams...)
	}
	return b
}

// margin is how far a text stands on a column's side.
func (c *column) margin(x []feature) float64 {
	var sum, grams float64
	for _, f := range x {
		if f.index < dense {
			sum += float64(c.dense[f.index]) * float64(f.value)
		} else {
			grams += float64(int8(c.grams[f.index-dense])) * float64(f.value)
		}
	}
	sum += grams * float64(c.scale)
	return float64(c.offset) + float64(c.slope)*sum
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
