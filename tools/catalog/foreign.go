package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// foreign says that a product is not in our own JSON: it has names that we do
// not use, or values of another kind under ours.
func foreign(keys map[string]json.RawMessage) bool {
	for _, name := range []string{"name", "category", "stock", "quantity", "tags", "discountPercentage", "thumbnail", "body_html", "vendor", "product_type", "regular_price", "permalink", "handle", "sku", "rate", "product_name", "options"} {
		if _, ok := keys[name]; ok {
			return true
		}
	}
	kind := func(name string) byte {
		if v := keys[name]; len(v) > 0 {
			return v[0]
		}
		return 0
	}
	if k := kind("id"); k != 0 && k != '"' {
		return true
	}
	return kind("rating") == '{' || kind("categories") == '[' && strings.HasPrefix(strings.TrimSpace(string(keys["categories"][1:])), "{") || keys["title"] == nil
}

// A record is a product under the names that shops, their APIs and data sets
// use: numbers as text, text in objects, one value or a list.
type record map[string]any

// decodeForeign reads a product of which only the usual names are known:
// Shopify's and WooCommerce's APIs, and plain dumps.
func decodeForeign(keys map[string]json.RawMessage) (*Product, error) {
	r := record{}
	for name, raw := range keys {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, err
		}
		r[strings.ToLower(name)] = v
	}
	p := &Product{
		ID: r.text("id", "_id", "product_id", "uniq_id", "asin", "sku", "handle"), Title: clean(r.text("title", "name", "product_name")),
		Description: clean(r.text("description", "body_html", "body", "desc", "short_description", "about")), Bullets: r.list("bullets", "features", "highlights", "about_product"),
		Brand: r.text("brand", "vendor", "manufacturer"), Currency: strings.ToUpper(r.text("currency")),
		URL: r.text("url", "permalink", "link"), Image: r.text("image", "thumbnail", "image_url", "img", "featured_image"), Images: r.list("images", "gallery"),
		Gender: r.list("gender"),
	}
	if p.Image == "" && len(p.Images) > 0 {
		p.Image = p.Images[0]
	}
	for _, c := range r.list("category", "categories", "product_type", "type") {
		c = strings.NewReplacer(" > ", "/", " | ", "/", "|", "/").Replace(c)
		if !strings.Contains(c, " ") {
			c = strings.ReplaceAll(c, "-", " ")
		}
		p.Categories = append(p.Categories, c)
	}
	var err error
	if p.Price, err = r.money("sale_price", "price", "final_price", "current_price", "regular_price"); err != nil {
		return nil, err
	}
	if list, err := r.money("list_price", "compare_at_price", "regular_price", "original_price", "old_price", "price"); err == nil && list > p.Price {
		p.ListPrice = list
	}
	if rating, ok := r["rating"].(map[string]any); ok {
		r["rating"], r["rating_count"] = record(rating).first("rate", "value", "average"), record(rating).first("count", "total")
	}
	p.Rating = r.number("rating", "average_rating", "stars")
	p.Rating /= rescale(p.Rating)
	p.ReviewCount = int(r.number("rating_count", "review_count", "reviews_count", "num_reviews"))
	if list, ok := r["reviews"].([]any); ok {
		p.Kept = reviewsOf(p.ID, list)
		if p.ReviewCount == 0 {
			p.ReviewCount = len(list)
		}
	}
	r.attributes(p)
	return p, r.variants(p)
}

// reviewsOf reads the reviews that a record holds; without words one says nothing.
func reviewsOf(product string, list []any) []Review {
	var out []Review
	for _, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			continue
		}
		r := record{}
		for k, x := range m {
			r[strings.ToLower(k)] = x
		}
		stars := r.number("rating", "stars", "score")
		review := Review{Product: product, Stars: int(stars + .5), Title: r.text("title"), Text: r.text("text", "comment", "body", "review", "content"), Author: r.text("author", "reviewername", "name", "user")}
		if at, err := time.Parse(time.RFC3339, r.text("date", "created_at", "at")); err == nil {
			review.At = at
		}
		if review.Text != "" && review.Stars >= 1 && review.Stars <= 5 {
			out = append(out, review)
		}
	}
	return out
}

// attributes keeps every fact under its own name.
func (r record) attributes(p *Product) {
	add := func(name string, values []string) {
		if len(values) > 0 {
			p.Attributes = append(p.Attributes, Attribute{name, values})
		}
	}
	for from, to := range map[string]string{
		"warrantyinformation": "warranty", "warranty": "warranty", "shippinginformation": "shipping", "returnpolicy": "returns",
		"material": "material", "materials": "material", "color": "color", "colour": "color", "colors": "color", "pattern": "pattern", "style": "style", "condition": "condition",
	} {
		add(to, r.list(from))
	}
	if n := r.number("minimumorderquantity"); n > 1 {
		add("minimum order", []string{fmt.Sprint(n)})
	}
	switch list := r.first("attributes", "specifications", "specs").(type) {
	case map[string]any:
		for name := range list {
			add(strings.ReplaceAll(name, "_", " "), record(list).list(name))
		}
	case []any: // WooCommerce: name and options; elsewhere name and value
		for _, x := range list {
			if m, ok := x.(map[string]any); ok {
				add(record(m).text("name", "key", "label"), record(m).list("options", "values", "value"))
			}
		}
	}
	slices.SortFunc(p.Attributes, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	tags := r.list("tags")
	if len(tags) == 1 {
		tags = list(tags[0])
	}
	add("tags", tags)
}

// variants reads a list of them, Shopify's option1..3 among it, or makes the one
// there is.
func (r record) variants(p *Product) error {
	names := []string{}
	if options, ok := r["options"].([]any); ok {
		for _, o := range options {
			if m, ok := o.(map[string]any); ok {
				names = append(names, strings.ToLower(record(m).text("name")))
			}
		}
	}
	variants, _ := r["variants"].([]any)
	for i, x := range variants {
		m, ok := x.(map[string]any)
		if !ok {
			continue
		}
		v := Variant{SKU: record(m).text("sku", "id"), Options: map[string]string{}, Stock: record(m).stock(), Image: record(m).text("image", "image_url")}
		if v.SKU == "" {
			v.SKU = fmt.Sprintf("%s-%d", p.ID, i+1)
		}
		var err error
		if v.Price, err = record(m).money("sale_price", "price"); err != nil {
			return err
		}
		if v.Price == 0 {
			v.Price = p.Price
		}
		if before, err := record(m).money("compare_at_price", "list_price", "regular_price"); err == nil && before > v.Price {
			v.ListPrice = before
		}
		for k, name := range names {
			if value := record(m).text(fmt.Sprintf("option%d", k+1)); value != "" && value != "Default Title" {
				v.Options[strings.Replace(name, "colour", "color", 1)] = value
			}
		}
		for _, name := range []string{"color", "size"} {
			if value := record(m).text(name); value != "" {
				v.Options[name] = value
			}
		}
		p.Variants = append(p.Variants, v)
	}
	if len(p.Variants) == 0 {
		sku := r.text("sku")
		if sku == "" {
			sku = p.ID
		}
		p.Variants = []Variant{{SKU: sku, Price: p.Price, ListPrice: p.ListPrice, Stock: r.stock(), GTIN: r.text("gtin", "barcode", "ean", "upc")}}
	}
	return nil
}

func (r record) first(names ...string) any {
	for _, n := range names {
		if v := r[n]; v != nil && v != "" {
			return v
		}
	}
	return nil
}

// text gives a value as text: of an object its name or address, of a list the
// first.
func (r record) text(names ...string) string {
	for _, n := range names {
		if s := worded(r[n]); s != "" {
			return s
		}
	}
	return ""
}

func worded(v any) string {
	switch x := v.(type) {
	case string:
		return strings.TrimSpace(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		if x {
			return "yes"
		}
		return "no"
	case map[string]any:
		return record(x).text("name", "title", "value", "src", "url", "label")
	case []any:
		if len(x) > 0 {
			return worded(x[0])
		}
	}
	return ""
}

func (r record) list(names ...string) []string {
	var out []string
	for _, n := range names {
		all, ok := r[n].([]any)
		if !ok {
			all = []any{r[n]}
		}
		for _, v := range all {
			if s := worded(v); s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

func (r record) number(names ...string) float64 {
	switch x := r.first(names...).(type) {
	case float64:
		return x
	case string:
		var f float64
		if _, err := fmt.Sscan(x, &f); err == nil {
			return f
		}
	}
	return 0
}

func (r record) money(names ...string) (Money, error) {
	text := r.text(names...)
	if text == "" {
		return 0, nil
	}
	m, _, err := money(text)
	if err == nil && m < 0 {
		return 0, fmt.Errorf("the price %s is negative", m)
	}
	return m, err
}

// stock reads a count, or words and flags that say whether there is any.
func (r record) stock() int {
	switch x := r.first("stock", "quantity", "qty", "inventory_quantity", "stock_quantity", "inventory").(type) {
	case float64:
		return max(0, int(min(x, Unlimited)))
	case string:
		if n := r.number("stock", "quantity", "qty"); n > 0 {
			return int(min(n, Unlimited))
		}
		r["availability"] = x
	}
	switch a := strings.ToLower(r.text("availability", "stock_status", "availabilitystatus", "in_stock", "instock", "available")); {
	case a == "no" || strings.Contains(a, "out") || strings.Contains(a, "unavailable") || strings.Contains(a, "sold"):
		return 0
	}
	return Unlimited
}
