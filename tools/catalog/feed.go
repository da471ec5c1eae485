package catalog

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A row is one item of a feed: Google's attribute names to values.
type row map[string][]string

func (r row) one(name string) string {
	if v := r[name]; len(v) > 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}

// google keeps one row of a Google Merchant feed.
// Source: Merchant Center help, "Product data specification".
func (im *importer) google(line int, r row) {
	im.report.Read++
	id := r.one("id")
	group := r.one("item_group_id")
	if group == "" {
		group = id
	}
	bad := func(format string, args ...any) { im.reject(line, 1, id, format, args...) }
	if id == "" {
		bad("the id is missing")
		return
	}
	if im.skus[id] {
		bad("the id stands in an earlier row already")
		return
	}
	price, currency, err := money(r.one("price"))
	if err != nil {
		bad("price: %v", err)
		return
	}
	v := Variant{SKU: id, Price: price, Image: r.one("image_link"), GTIN: r.one("gtin"), Options: map[string]string{}}
	if sale := r.one("sale_price"); sale != "" {
		s, _, err := money(sale)
		if err != nil {
			bad("sale_price: %v", err)
			return
		}
		if s < price {
			v.Price, v.ListPrice = s, price
		}
	}
	switch a := strings.ReplaceAll(strings.ToLower(r.one("availability")), " ", "_"); a {
	case "in_stock", "", "preorder", "backorder":
		v.Stock = Unlimited
	case "out_of_stock":
	default:
		bad("availability %q is none of in_stock, out_of_stock, preorder, backorder", a)
		return
	}
	for _, o := range []string{"color", "size"} {
		if x := r.one(o); x != "" {
			v.Options[o] = x
		}
	}
	p := &Product{
		ID: group, Title: clean(r.one("title")), Description: clean(r.one("description")), Brand: r.one("brand"),
		URL: r.one("link"), Image: v.Image, Images: r["additional_image_link"], Currency: currency, Bullets: r["product_highlight"],
	}
	for _, c := range []string{r.one("product_type"), r.one("google_product_category")} {
		if c != "" {
			p.Categories = append(p.Categories, strings.ReplaceAll(c, " > ", "/"))
		}
	}
	if g := strings.ToLower(r.one("gender")); g != "" {
		p.Gender = []string{map[string]string{"male": "men", "female": "women"}[g]}
		if p.Gender[0] == "" {
			p.Gender[0] = g
		}
	}
	for _, name := range []string{"material", "pattern", "age_group", "condition", "size_type"} {
		if x := r.one(name); x != "" {
			p.Attributes = append(p.Attributes, Attribute{strings.ReplaceAll(name, "_", " "), []string{x}})
		}
	}
	for _, d := range r["product_detail"] { // section:name:value
		parts := strings.SplitN(d, ":", 3)
		if len(parts) == 3 {
			p.Attributes = append(p.Attributes, Attribute{strings.TrimSpace(parts[1]), []string{strings.TrimSpace(parts[2])}})
		}
	}
	p.Variants = []Variant{v}
	if why := p.check(); why != "" {
		bad("%s", why)
		return
	}
	im.skus[id] = true
	if old := im.byID[group]; old != nil {
		old.Variants = append(old.Variants, v)
		return
	}
	im.byID[group] = p
	im.products = append(im.products, p)
}

// xml reads RSS 2.0 and Atom feeds, one item at a time.
func (im *importer) xml(r io.Reader) error {
	dec := xml.NewDecoder(r)
	dec.Strict = true
	var item row
	var start int
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			line, column := dec.InputPos()
			im.reject(line, column, item.one("id"), "the file breaks off or is no XML here: %v", err)
			return nil
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch name := t.Name.Local; {
			case name == "item" || name == "entry":
				item = row{}
				start, _ = dec.InputPos()
			case item != nil:
				text, err := element(dec, t)
				if err != nil {
					line, column := dec.InputPos()
					im.reject(line, column, item.one("id"), "the file breaks off or is no XML here: %v", err)
					return nil
				}
				item[name] = append(item[name], text)
			}
		case xml.EndElement:
			if n := t.Name.Local; item != nil && (n == "item" || n == "entry") {
				im.google(start, item)
				item = nil
			}
		}
	}
}

// element reads an element's text; the parts of product_detail are joined as
// section:name:value, and an Atom link gives its href.
func element(dec *xml.Decoder, start xml.StartElement) (string, error) {
	var b strings.Builder
	parts := map[string]string{}
	inner := ""
	for depth := 1; depth > 0; {
		tok, err := dec.Token()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			depth++
			inner = t.Name.Local
		case xml.EndElement:
			depth--
			inner = ""
		case xml.CharData:
			if inner != "" {
				parts[inner] += string(t)
			}
			b.Write(t) // words within marks are words: <b>Blue</b> Tent
		}
	}
	if start.Name.Local == "product_detail" {
		return parts["section_name"] + ":" + parts["attribute_name"] + ":" + parts["attribute_value"], nil
	}
	text := strings.TrimSpace(b.String())
	if text == "" {
		for _, a := range start.Attr {
			if a.Name.Local == "href" {
				return a.Value, nil
			}
		}
	}
	return text, nil
}

// table reads TSV and CSV: Google's columns, or Shopify's.
func (im *importer) table(r io.Reader, comma rune) error {
	in := csv.NewReader(r)
	in.Comma = comma
	in.LazyQuotes = true
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return fmt.Errorf("the first line must name the columns: %w", err)
	}
	names := make([]string, len(head))
	shopify := false
	for i, h := range head {
		h = strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")
		names[i] = strings.ToLower(strings.NewReplacer(" ", "_", "g:", "", "-", "_").Replace(h))
		shopify = shopify || h == "Handle" || h == "URL handle"
	}
	var last row
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				im.reject(parse.Line, parse.Column, "", "%v", parse.Err)
				continue
			}
			return err
		}
		line, _ := in.FieldPos(0)
		values := row{}
		for i, v := range record {
			if i < len(names) && v != "" {
				values[names[i]] = append(values[names[i]], strings.Clone(v))
			}
		}
		if len(record) > len(names) || len(record) < len(names)/2 {
			im.reject(line, 1, values.one("id"), "the row has %d fields, the first line names %d", len(record), len(names))
			continue
		}
		if i := badUTF8(record); i >= 0 {
			_, column := in.FieldPos(i)
			im.reject(line, column, values.one("id"), "the text is not UTF-8; save the feed as UTF-8")
			continue
		}
		if shopify {
			last = im.shopify(line, values, last)
		} else {
			im.google(line, values)
		}
	}
}

func badUTF8(fields []string) int {
	for i, f := range fields {
		if !utf8.ValidString(f) {
			return i
		}
	}
	return -1
}

// shopify keeps one row of a Shopify export; rows after the first of a handle
// carry only what differs. It returns the row that continuation rows inherit.
func (im *importer) shopify(line int, r, last row) row {
	get := func(names ...string) string {
		for _, n := range names {
			if v := r.one(n); v != "" {
				return v
			}
		}
		return ""
	}
	handle := get("handle", "url_handle")
	first := im.byID[handle] == nil
	price := get("price", "variant_price")
	if !first && price == "" {
		return last // a row that only adds a picture
	}
	out := row{"item_group_id": {handle}, "price": {price}, "id": {get("sku", "variant_sku")}}
	compare := get("compare_at_price", "compare_at_price_", "variant_compare_at_price")
	if compare != "" {
		out["price"], out["sale_price"] = []string{compare}, []string{price}
	}
	names := map[string]string{}
	for _, n := range []string{"1", "2", "3"} {
		name := get("option" + n + "_name")
		if name == "" {
			name = last.one("option" + n)
		}
		if name != "" {
			out["option"+n] = []string{name}
			names[strings.ToLower(name)] = get("option" + n + "_value")
		}
	}
	for k, v := range names {
		switch k {
		case "color", "colour":
			out["color"] = []string{v}
		case "size":
			out["size"] = []string{v}
		}
	}
	if out.one("id") == "" {
		id := handle
		for _, v := range []string{"1", "2", "3"} {
			if x := get("option" + v + "_value"); x != "" && x != "Default Title" {
				id += "-" + x
			}
		}
		out["id"] = []string{id}
	}
	out["title"] = []string{get("title")}
	if !first {
		out["title"] = []string{im.byID[handle].Title}
	}
	out["description"] = []string{get("body_(html)", "description")}
	out["brand"], out["product_type"] = []string{get("vendor")}, []string{get("type", "product_category")}
	out["image_link"] = []string{get("variant_image", "variant_image_url", "image_src", "product_image_url")}
	out["gtin"] = []string{get("barcode", "variant_barcode")}
	if q := get("inventory_quantity", "variant_inventory_qty"); q == "0" && get("variant_inventory_policy", "continue_selling_when_out_of_stock") != "continue" {
		out["availability"] = []string{"out of stock"}
	}
	im.google(line, out)
	return out
}
