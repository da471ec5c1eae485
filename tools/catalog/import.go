package catalog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// An importer turns rows of a feed into products, one row at a time; rows with
// the same group become variants of one product. What is wrong goes to the
// report, the rest is kept.
type importer struct {
	currency string
	report   Report
	products []*Product
	byID     map[string]*Product
	skus     map[string]bool
}

func newImporter(currency string) *importer {
	return &importer{currency: currency, byID: map[string]*Product{}, skus: map[string]bool{}}
}

func (im *importer) reject(line, column int, id, format string, args ...any) {
	if len(id) > 80 {
		id = id[:80]
	}
	im.report.Rejected = append(im.report.Rejected, Rejection{line, column, id, fmt.Sprintf(format, args...)})
}

// read tells the format by extension and first bytes.
func (im *importer) read(r io.Reader, ext string) error {
	b := bufio.NewReaderSize(r, 64<<10)
	first, _ := b.Peek(512)
	if len(first) > 1 && (first[0] == 0xFF && first[1] == 0xFE || first[0] == 0xFE && first[1] == 0xFF) {
		b = bufio.NewReader(transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()))
		first, _ = b.Peek(512)
	}
	first = bytes.TrimSpace(bytes.TrimPrefix(first, []byte("\xef\xbb\xbf")))
	switch {
	case len(first) == 0:
		return fmt.Errorf("the file is empty")
	case ext == ".xml" || first[0] == '<':
		return im.xml(b)
	case first[0] == '[':
		return im.array(json.NewDecoder(b))
	case first[0] == '{' && wrapped.Match(first):
		return im.wrapped(b)
	case ext == ".jsonl" || first[0] == '{':
		return lines(b, func(n int, line []byte) error { im.jsonLine(n, line); return nil })
	case ext == ".csv" && !bytes.ContainsRune(firstLine(first), '\t'):
		return im.table(b, ',')
	}
	return im.table(b, '\t')
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return line
}

// add keeps a product that was read whole.
func (im *importer) add(line int, p *Product) {
	if why := p.check(); why != "" {
		im.reject(line, 1, p.ID, "%s", why)
		return
	}
	if im.byID[p.ID] != nil {
		im.reject(line, 1, p.ID, "the id stands in an earlier row already")
		return
	}
	for _, v := range p.Variants {
		if im.skus[v.SKU] {
			im.reject(line, 1, p.ID, "the SKU %s stands in an earlier row already", v.SKU)
			return
		}
	}
	for _, v := range p.Variants {
		im.skus[v.SKU] = true
	}
	im.byID[p.ID] = p
	im.products = append(im.products, p)
}

// check says what makes a product unusable, or "".
func (p *Product) check() string {
	switch {
	case p.ID == "":
		return "the id is missing"
	case len(p.ID) > 200:
		return "the id is longer than 200 bytes"
	case p.Title == "":
		return "the title is missing"
	case !utf8.ValidString(p.Title) || !utf8.ValidString(p.Description):
		return "the text is not UTF-8; save the feed as UTF-8"
	}
	for _, v := range p.Variants {
		switch {
		case v.SKU == "":
			return "a variant has no SKU"
		case v.Price < 0:
			return fmt.Sprintf("the price %s of %s is negative", v.Price, v.SKU)
		case v.Price > 100_000_000_00:
			return fmt.Sprintf("the price %s of %s is beyond belief", v.Price, v.SKU)
		}
	}
	return ""
}

// finish completes what rows left open and returns the products.
func (im *importer) finish() []*Product {
	for _, p := range im.products {
		p.complete(im.currency)
	}
	im.report.Kept = len(im.products)
	return im.products
}

// complete derives price, pictures and links that a feed need not state.
func (p *Product) complete(currency string) {
	if p.Currency == "" {
		p.Currency = currency
	}
	if len(p.Variants) == 0 {
		p.Variants = []Variant{{SKU: p.ID, Price: p.Price, ListPrice: p.ListPrice, Stock: Unlimited}}
	}
	cheapest := slices.MinFunc(p.Variants, func(a, b Variant) int { return int(a.Price - b.Price) })
	p.Price, p.ListPrice = cheapest.Price, cheapest.ListPrice
	if p.ListPrice <= p.Price {
		p.ListPrice = 0
	}
	if p.URL == "" {
		p.URL = "/p/" + p.ID
	}
	for i := range p.Variants {
		p.Variants[i].Image = picture(p.Variants[i].Image)
	}
	p.Image = picture(p.Image)
	if p.Image == "" {
		p.Image = p.Variants[0].Image
	}
}

// picture makes a path of the shop of a file name; addresses stay.
func picture(name string) string {
	if name == "" || strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "/") {
		return name
	}
	return "/img/" + strings.TrimPrefix(strings.TrimPrefix(name, "images/"), "img/")
}

// unmarshal decodes one JSON value and says at which column it breaks.
func unmarshal(line []byte, v any) error {
	if !utf8.Valid(line) {
		return fmt.Errorf("the line is not UTF-8; save the file as UTF-8")
	}
	return json.Unmarshal(line, v)
}

func (im *importer) jsonLine(n int, line []byte) {
	im.report.Read++
	p, err := decodeProduct(line)
	if err != nil {
		column := 1
		if s, ok := err.(*json.SyntaxError); ok {
			column = int(s.Offset)
		}
		im.reject(n, column, "", "%v", err)
		return
	}
	im.add(n, p)
}

// wrapped matches the beginning of an object that holds a list of products.
var wrapped = regexp.MustCompile(`"(products|items|data|results)"\s*:\s*\[`)

// wrapped reads {"products": [...]} and its like.
func (im *importer) wrapped(r io.Reader) error {
	dec := json.NewDecoder(r)
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("the file is no JSON: %w", err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("the file is no JSON: %w", err)
		}
		switch key {
		case "products", "items", "data", "results":
			return im.array(dec)
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return fmt.Errorf("the file is no JSON: %w", err)
		}
	}
	return fmt.Errorf("the file holds no list of products")
}

func (im *importer) array(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("the file is not a JSON array: %w", err)
	}
	for n := 1; dec.More(); n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			im.reject(n, int(dec.InputOffset()), "", "the array breaks off: %v", err)
			return nil
		}
		im.jsonLine(n, raw)
	}
	return nil
}

// money reads "52.00 USD", "$52", "1,299.00" or "52,00".
func money(text string) (m Money, currency string, err error) {
	text = strings.TrimSpace(text)
	number := strings.TrimFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '-' && r != '.' && r != ',' })
	if i := strings.LastIndexByte(number, ','); i >= 0 && !strings.Contains(number, ".") && len(number)-i == 3 {
		number = number[:i] + "." + number[i+1:]
	}
	number = strings.ReplaceAll(number, ",", "")
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, "", fmt.Errorf("%q is no price; write it as 52.00 USD", text)
	}
	for _, w := range strings.Fields(text) {
		if len(w) == 3 && strings.ToUpper(w) == w && w[0] >= 'A' && w[0] <= 'Z' {
			currency = w
		}
	}
	if err := m.UnmarshalJSON(strconv.AppendFloat(nil, f, 'f', -1, 64)); err != nil {
		return 0, "", err
	}
	return m, currency, nil
}

// A Diff counts what a new feed changes.
type Diff struct{ Added, Changed, Removed, Same int }

// Compare says what replacing before by after would change.
func Compare(before, after []*Product) Diff {
	old := map[string]uint64{}
	for _, p := range before {
		old[p.ID] = p.hash()
	}
	var d Diff
	for _, p := range after {
		h, ok := old[p.ID]
		switch {
		case !ok:
			d.Added++
		case h != p.hash():
			d.Changed++
		default:
			d.Same++
		}
		delete(old, p.ID)
	}
	d.Removed = len(old)
	return d
}

func (p *Product) hash() uint64 {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(p) // of a struct without funcs or channels: cannot fail
	return h.Sum64()
}

// WriteFile writes products as our JSONL, whole or not at all.
func WriteFile(name string, products []*Product) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".products-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, p := range products {
		if err = enc.Encode(p); err != nil {
			break
		}
	}
	for _, step := range []func() error{w.Flush, f.Sync, f.Close, func() error { return os.Chmod(f.Name(), 0o644) }, func() error { return os.Rename(f.Name(), name) }} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
