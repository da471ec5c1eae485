package evaluate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"math"

	"parley/recsys"
)

// describe counts what there is.
func describe(events []recsys.Interaction, items []recsys.Item) Data {
	d := Data{Events: len(events), Liking: "anything a customer did with an item"}
	customers, ids := map[string]bool{}, map[string]bool{}
	for _, x := range events {
		customers[x.Customer], ids[x.Item] = true, true
		if !x.At.IsZero() {
			if d.From.IsZero() || x.At.Before(d.From) {
				d.From = x.At
			}
			if x.At.After(d.To) {
				d.To = x.At
			}
		}
	}
	for _, x := range items {
		ids[x.ID] = true
		if x.Title != "" || x.Text != "" || x.Category != "" || len(x.Attributes) > 0 {
			d.Described++
		}
	}
	d.Customers, d.Items, d.Hash = len(customers), len(ids), digest(events, items)
	return d
}

// digest names the data by its content: SHA-256 over events and items in their
// order, the first 16 hexadecimal digits.
func digest(events []recsys.Interaction, items []recsys.Item) string {
	h := sha256.New()
	for _, x := range events {
		text(h, x.Customer)
		text(h, x.Item)
		text(h, x.Basket)
		number(h, uint64(x.At.Unix()))
		number(h, math.Float64bits(x.Value))
		number(h, uint64(x.Kind))
	}
	for _, x := range items {
		b, _ := json.Marshal(x) // strings and numbers only; the keys of maps are sorted
		text(h, string(b))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func text(h hash.Hash, s string) {
	number(h, uint64(len(s)))
	h.Write([]byte(s))
}

func number(h hash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	h.Write(b[:])
}

// ratings says whether the events are ratings, or most of them.
func ratings(events []recsys.Interaction) bool {
	n := 0
	for _, x := range events {
		if x.Kind == recsys.Rated {
			n++
		}
	}
	return 2*n > len(events)
}

// liked makes of ratings what was taken: models learn from everything rated,
// and what is kept back counts where it was rated at or above from, the mean of
// the training part.
func liked(p parts) (out parts, from float64) {
	n := 0.0
	for _, x := range p.train {
		if x.Kind == recsys.Rated {
			from, n = from+x.Value, n+1
		}
	}
	from /= max(1, n)
	take := func(list []recsys.Interaction, from float64) []recsys.Interaction {
		out := make([]recsys.Interaction, 0, len(list))
		for _, x := range list {
			if x.Kind != recsys.Rated {
				out = append(out, x)
			} else if x.Value >= from {
				x.Value = 1
				out = append(out, x)
			}
		}
		return out
	}
	out = p
	out.train, out.valid = take(p.train, math.Inf(-1)), take(p.valid, math.Inf(-1))
	out.validHeld, out.testHeld = take(p.valid, from), take(p.test, from)
	return out, from
}
