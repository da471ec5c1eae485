package tools

import (
	"math"
	"parley/tools/catalog"
)

// A ProductCard is a product as models, guards and the widget see it. Amounts
// are in major units; URLs are paths of the shop or absolute.
type ProductCard struct {
	ID          string        `json:"id"`
	SKU         string        `json:"sku,omitempty"` // of the variant asked for
	Title       string        `json:"title"`
	TitleEN     string        `json:"title_en,omitempty"` // when title is in another language
	URL         string        `json:"url"`
	Image       string        `json:"image,omitempty"`
	Alt         string        `json:"alt"`
	Price       catalog.Money `json:"price"`
	ListPrice   catalog.Money `json:"list_price,omitempty"`
	Currency    string        `json:"currency"`
	Rating      float64       `json:"rating,omitempty"`
	ReviewCount int           `json:"review_count,omitempty"`
	InStock     bool          `json:"in_stock"`
	Stock       int           `json:"stock,omitempty"` // only when 1..5 are left
	Colors      []Swatch      `json:"colors,omitempty"`
	Sizes       []string      `json:"sizes,omitempty"`
	Brand       string        `json:"brand,omitempty"`
	Category    string        `json:"category,omitempty"`
	Material    []string      `json:"material,omitempty"`
	Blurb       string        `json:"blurb,omitempty"`
	Stated      string        `json:"stated,omitempty"` // the fact that a search was sorted by
	Reason      string        `json:"reason,omitempty"`
	Because     string        `json:"because,omitempty"` // what the customer told us that it was chosen by
}

// A Swatch is a colour with its picture.
type Swatch struct {
	Name  string `json:"name"`
	Image string `json:"image,omitempty"`
}

// card shows a product, with the picture, price and stock of the variant v if
// one was asked for.
func (s session) card(p *catalog.Product, v *catalog.Variant) ProductCard {
	loc := s.locale()
	c := ProductCard{
		ID: p.ID, Title: p.TitleIn(loc), URL: p.URL, Image: p.Image,
		Price: p.Price, ListPrice: p.ListPrice, Currency: p.Currency,
		Rating: math.Round(p.Rating*10) / 10, ReviewCount: p.ReviewCount,
		InStock: p.InStock(), Sizes: p.Sizes(), Brand: p.Brand,
		Category: p.CategoryIn(loc), Blurb: p.Blurb(loc),
	}
	if c.Title != p.Title {
		c.TitleEN = p.Title
	}
	c.Alt = c.Title
	c.Material = p.Attribute("material")
	left := 0
	for _, x := range p.Variants {
		left = min(left+max(x.Stock, 0), catalog.Unlimited)
	}
	seen := map[string]bool{}
	for _, x := range p.Variants {
		if name := x.Options["color"]; name != "" && !seen[name] {
			seen[name] = true
			c.Colors = append(c.Colors, Swatch{name, x.Image})
		}
	}
	if v != nil {
		c.SKU, c.Price, c.ListPrice, c.InStock, left = v.SKU, v.Price, v.ListPrice, v.Stock > 0, v.Stock
		if v.Image != "" {
			c.Image = v.Image
		}
		if color := v.Options["color"]; color != "" {
			c.Alt += ", " + color
		}
	} else if len(p.Variants) == 1 {
		c.SKU = p.Variants[0].SKU
	}
	if left >= 1 && left <= 5 {
		c.Stock = left
	}
	if c.ListPrice <= c.Price {
		c.ListPrice = 0
	}
	return c
}

// find resolves what a model or shopper calls a product.
func (s session) find(name string) (*catalog.Product, error) {
	if p, ok := s.Catalog.Find(name); ok {
		return p, nil
	}
	e := errNoProduct(name)
	return nil, e
}
