package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// decodeProduct reads our own JSON, the sample shop of Magento (qty, size and
// color on variants, attributes as an object), and what shops and their APIs
// call the same things.
func decodeProduct(line []byte) (*Product, error) {
	var keys map[string]json.RawMessage
	if err := unmarshal(line, &keys); err != nil {
		return nil, err
	}
	_, qty := keys["crosssell"]
	attributes := keys["attributes"]
	switch {
	case len(attributes) > 0 && attributes[0] == '{' && (qty || len(keys["flags"]) > 0):
		return decodeMagento(line)
	case foreign(keys):
		return decodeForeign(keys)
	}
	p := &Product{}
	if err := json.Unmarshal(line, p); err != nil {
		return nil, err
	}
	p.Title, p.Description = clean(p.Title), clean(p.Description)
	if p.Price < 0 {
		return nil, fmt.Errorf("the price %s is negative", p.Price)
	}
	return p, nil
}

func decodeMagento(line []byte) (*Product, error) {
	var in struct {
		ID, Title, Description, Brand, Category, Image string
		Bullets, Categories, Gender                    []string
		Price                                          Money
		SalePrice                                      *Money `json:"sale_price"`
		Currency                                       string
		Attributes                                     map[string][]string
		Flags                                          map[string]bool
		Variants                                       []struct {
			SKU, Image, Size, Color string
			Price                   Money
			Qty                     int
		}
		Rating    float64
		Reviews   int `json:"review_count"`
		Related   []string
		CrossSell []string
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	p := &Product{
		ID: in.ID, Title: clean(in.Title), Description: clean(in.Description), Bullets: in.Bullets, Brand: in.Brand,
		Categories: in.Categories, Price: in.Price, Currency: in.Currency, Image: in.Image,
		Rating: in.Rating / rescale(in.Rating), ReviewCount: in.Reviews, Related: in.Related, BoughtTogether: in.CrossSell,
	}
	if in.Category != "" && !slices.Contains(p.Categories, in.Category) {
		p.Categories = append([]string{in.Category}, p.Categories...)
	}
	for _, g := range in.Gender {
		p.Gender = append(p.Gender, strings.ToLower(g))
	}
	for name, values := range in.Attributes {
		if len(values) > 0 {
			p.Attributes = append(p.Attributes, Attribute{strings.ReplaceAll(name, "_", " "), values})
		}
	}
	slices.SortFunc(p.Attributes, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	var flags []string
	for name, set := range in.Flags {
		if set {
			flags = append(flags, strings.ReplaceAll(name, "_", " "))
		}
	}
	if slices.Sort(flags); len(flags) > 0 {
		p.Attributes = append(p.Attributes, Attribute{"collection", flags})
	}
	list := Money(0)
	price := func(m Money) Money {
		if in.SalePrice != nil && *in.SalePrice > 0 && *in.SalePrice < m {
			list = m
			return *in.SalePrice
		}
		return m
	}
	for _, v := range in.Variants {
		w := Variant{SKU: v.SKU, Stock: v.Qty, Image: v.Image, Options: map[string]string{}}
		w.Price = price(v.Price)
		w.ListPrice = list
		if v.Size != "" {
			w.Options["size"] = v.Size
		}
		if v.Color != "" {
			w.Options["color"] = v.Color
		}
		p.Variants = append(p.Variants, w)
	}
	if len(p.Variants) == 0 {
		p.Price = price(in.Price)
		p.ListPrice = list
	}
	return p, nil
}

// rescale tells a rating of a hundred from one of five.
func rescale(rating float64) float64 {
	if rating > 5 {
		return 20
	}
	return 1
}
