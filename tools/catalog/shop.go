package catalog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// A Shop is everything that a shop folder holds.
type Shop struct {
	Name     string `yaml:"name"`
	Currency string `yaml:"currency"`
	Locale   string `yaml:"locale"`
	Tagline  string `yaml:"tagline"`

	Products []*Product `yaml:"-"`
	Reviews  []Review   `yaml:"-"`
	Policies []Policy   `yaml:"-"`
	Guides   []Guide    `yaml:"-"` // guides.yaml
	Rules    Rules      `yaml:"-"` // merchandising.yaml
	Assets   fs.FS      `yaml:"-"` // pictures, served under /img/; may be nil
}

// LoadOptions say what a folder or file does not.
type LoadOptions struct {
	Name     string
	Currency string               // for prices without one; "" means USD
	Progress func(done, of int64) // bytes of the feed, told now and then; may be nil
}

// A Report says what became of a feed's rows.
type Report struct {
	Read     int         `json:"read"`
	Kept     int         `json:"kept"` // products
	Rejected []Rejection `json:"rejected"`
}

// A Rejection is a row that was left out, and why.
type Rejection struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	ID     string `json:"id,omitempty"`
	Reason string `json:"reason"`
}

// LoadDir reads a shop folder: shop.yaml if there is one; products.jsonl,
// products.json or a feed (.xml, .tsv, .csv); reviews.jsonl; policies.yaml;
// pictures in images/ or img/. Files may be gzipped.
func LoadDir(fsys fs.FS, opt LoadOptions) (*Shop, *Report, error) {
	s := &Shop{Name: opt.Name, Currency: opt.Currency, Locale: "en"}
	if b, err := fs.ReadFile(fsys, "shop.yaml"); err == nil {
		if err := yaml.Unmarshal(b, s); err != nil {
			return nil, nil, fmt.Errorf("shop.yaml: %w", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if s.Currency == "" {
		s.Currency = "USD"
	}
	name, err := findProducts(fsys)
	if err != nil {
		return nil, nil, err
	}
	report, err := readFeed(fsys, name, s, opt.Progress)
	if err != nil {
		return nil, nil, err
	}
	if err := s.readBeside(fsys); err != nil {
		return nil, nil, err
	}
	for _, dir := range []string{"images", "img"} {
		if info, err := fs.Stat(fsys, dir); err == nil && info.IsDir() {
			if s.Assets, err = fs.Sub(fsys, dir); err != nil {
				return nil, nil, err
			}
		}
	}
	return s, report, nil
}

// LoadFile reads one feed file.
func LoadFile(name string, opt LoadOptions) (*Shop, *Report, error) {
	s := &Shop{Name: opt.Name, Currency: opt.Currency, Locale: "en"}
	if s.Name == "" {
		s.Name, _, _ = strings.Cut(filepath.Base(name), ".")
	}
	if s.Currency == "" {
		s.Currency = "USD"
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() { // a shop's folder: its feed
		feed, err := findProducts(os.DirFS(name))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		name = filepath.Join(name, feed)
	}
	report, err := readFeed(os.DirFS(filepath.Dir(name)), filepath.Base(name), s, opt.Progress)
	return s, report, err
}

func findProducts(fsys fs.FS) (string, error) {
	for _, name := range []string{"products.jsonl", "products.jsonl.gz", "products.json", "products.json.gz", "products.xml", "products.tsv", "products.csv"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return name, nil
		}
	}
	for _, ext := range []string{"*.xml", "*.tsv", "*.csv"} {
		if found, _ := fs.Glob(fsys, ext); len(found) == 1 {
			return found[0], nil
		}
	}
	return "", errors.New("the shop folder has no products: put products.jsonl, or one feed as .xml, .tsv or .csv, into it")
}

// open opens a file, unpacking it if its name ends in .gz.
func open(fsys fs.FS, name string, progress func(done, of int64)) (io.ReadCloser, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	f := io.ReadCloser(file)
	if info, err := file.Stat(); err == nil && progress != nil {
		f = &counted{ReadCloser: file, of: info.Size(), tell: progress}
	}
	if !strings.HasSuffix(name, ".gz") {
		return f, nil
	}
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}

// counted tells how much of a file has been read, every half a percent.
type counted struct {
	io.ReadCloser
	done, told, of int64
	tell           func(done, of int64)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.done += int64(n)
	if c.done-c.told > c.of/200 || err != nil {
		c.told = c.done
		c.tell(c.done, c.of)
	}
	return n, err
}

// readFeed reads products of whatever format the name and first bytes tell.
func readFeed(fsys fs.FS, name string, s *Shop, progress func(done, of int64)) (*Report, error) {
	f, err := open(fsys, name, progress)
	if err != nil {
		return nil, fmt.Errorf("open the products: %w", err)
	}
	defer f.Close()
	im := newImporter(s.Currency)
	if err := im.read(f, path.Ext(strings.TrimSuffix(name, ".gz"))); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.Products = im.finish()
	for _, p := range s.Products {
		s.Reviews = append(s.Reviews, p.Kept...)
	}
	if len(s.Products) == 0 {
		why := "it is empty"
		if len(im.report.Rejected) > 0 {
			r := im.report.Rejected[0]
			why = fmt.Sprintf("the first of %d rows left out is line %d: %s", len(im.report.Rejected), r.Line, r.Reason)
		}
		return &im.report, fmt.Errorf("%s has no sound product: %s", name, why)
	}
	return &im.report, nil
}

// readBeside reads the reviews, guides and policies of a shop folder.
func (s *Shop) readBeside(fsys fs.FS) error {
	for _, name := range []string{"reviews.jsonl", "reviews.jsonl.gz"} {
		f, err := open(fsys, name, nil)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = lines(f, func(n int, line []byte) error {
			var r Review
			if err := unmarshal(line, &r); err != nil {
				return fmt.Errorf("%s:%d: %w", name, n, err)
			}
			s.Reviews = append(s.Reviews, r)
			return nil
		})
		f.Close()
		if err != nil {
			return err
		}
	}
	var err error
	if s.Rules, err = readRules(fsys); err != nil {
		return err
	}
	if s.Guides, err = readGuides(fsys); err != nil {
		return err
	}
	b, err := fs.ReadFile(fsys, "policies.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(b, &s.Policies, yaml.Strict()); err != nil {
		return fmt.Errorf("policies.yaml: %w", err)
	}
	return nil
}

// lines calls fn for every line that is not empty, of at most 4 MiB.
func lines(r io.Reader, fn func(n int, line []byte) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 4<<20)
	n := 0
	for in.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(in.Bytes(), []byte("\xef\xbb\xbf")))
		if len(line) == 0 {
			continue
		}
		if err := fn(n, line); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

var tags = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)

// clean takes markup out of a text and folds white space.
func clean(text string) string {
	if strings.ContainsAny(text, "<&") {
		text = html.UnescapeString(tags.ReplaceAllString(text, " "))
	}
	return strings.Join(strings.Fields(text), " ")
}
