// Package catalog holds a shop's products: what they are, how a feed of them is
// read, and how they are searched. It keeps to what the feed says and never
// invents a value. Start with [Product], then [Catalog] and [Search].
package catalog

import "time"

// A Money is an amount in minor units (cents), so that sums are exact.
type Money int64

// A Product is one thing a shop sells, in all its variants.
type Product struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Bullets     []string `json:"bullets,omitempty"`
	Brand       string   `json:"brand,omitempty"`
	Categories  []string `json:"categories,omitempty"` // paths, "Men/Tops/Jackets"; the first is the main one
	Gender      []string `json:"gender,omitempty"`     // "men", "women", "unisex", "kids"
	URL         string   `json:"url,omitempty"`
	Image       string   `json:"image,omitempty"`
	Images      []string `json:"images,omitempty"`

	Price     Money  `json:"price"`                // the lowest variant price now
	ListPrice Money  `json:"list_price,omitempty"` // before a reduction, 0 when there is none
	Currency  string `json:"currency"`             // ISO 4217

	// Attributes are the facts a feed states: material, care, weight, waterproof...
	Attributes []Attribute `json:"attributes,omitempty"`
	Variants   []Variant   `json:"variants,omitempty"` // at least one once loaded

	Rating      float64 `json:"rating,omitempty"` // mean of 1..5, 0 when not rated
	ReviewCount int     `json:"review_count,omitempty"`

	Related        []string `json:"related,omitempty"`         // "you may also like", set by the shop
	BoughtTogether []string `json:"bought_together,omitempty"` // "goes with", set by the shop

	// Words of other languages, by BCP 47 tag: "zh".
	Locales map[string]Words `json:"locales,omitempty"`

	Added  time.Time `json:"added,omitzero"`
	Pinned float64   `json:"boost,omitempty"` // business rule: > 0 pins, < 0 buries
	Kept   []Review  `json:"-"`               // reviews that the feed keeps with the product
	Shape  string    `json:"shape,omitempty"` // what a drawn picture shows, where the feed has none
}

// Words are a product's texts in one language.
type Words struct {
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Bullets     []string `json:"bullets,omitempty"`
	Category    string   `json:"category,omitempty"`
	// Terms are what the language calls the names and values of attributes.
	Terms map[string]string `json:"terms,omitempty"`
}

// An Attribute is a named fact. Values keep the feed's own words.
type Attribute struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// A Variant is what can be put into a basket.
type Variant struct {
	SKU       string            `json:"sku"`
	Price     Money             `json:"price"`
	ListPrice Money             `json:"list_price,omitempty"`
	Stock     int               `json:"stock"`             // pieces; Unlimited when the feed says only "in stock"
	Options   map[string]string `json:"options,omitempty"` // "size": "M", "color": "Black"
	Image     string            `json:"image,omitempty"`
	GTIN      string            `json:"gtin,omitempty"`
}

// Unlimited stands for a stock whose count the feed does not give.
const Unlimited = 1 << 20

// A Review is what a customer wrote about a product.
type Review struct {
	Product string    `json:"product_id"`
	Stars   int       `json:"rating"` // 1..5
	Title   string    `json:"title,omitempty"`
	Text    string    `json:"text"`
	Author  string    `json:"author,omitempty"`
	Locale  string    `json:"locale,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// A Policy is one page of the shop's rules: returns, shipping, care, payment.
type Policy struct {
	Topic  string   `json:"topic"` // stable: "returns", "shipping", "care", "payment", "warranty", "contact"
	Locale string   `json:"locale"`
	Title  string   `json:"title"`
	Text   string   `json:"text"`
	Words  []string `json:"words,omitempty"` // other words people ask by
}

// InStock says whether any variant can be had.
func (p *Product) InStock() bool {
	for _, v := range p.Variants {
		if v.Stock > 0 {
			return true
		}
	}
	return false
}
