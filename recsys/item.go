package recsys

// An Item is what is known of an item beside who took it. All but ID may be
// missing.
type Item struct {
	ID         string
	Title      string
	Text       string              // description; any language
	Category   string              // the finest there is
	Attributes map[string][]string // colour, material, brand, size, who it is for
	Price      float64             // in the shop's currency; 0 when unknown
	Margin     float64             // share of the price, 0..1
	InStock    bool
	Picture    []float32 // features of its picture, as a picture model gives
	Article    bool      // a guide to read, not a product to buy
	Pairs      []string  // what the shop itself puts beside it
}
