package sentiment

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Row is a review of a product, as a file gives it.
type Row struct {
	Product string
	Review
}

// A BadRow is one that was left out.
type BadRow struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// The longest line of a JSONL file.
const longestLine = 4 << 20

// names are what columns and keys are called, ours first.
var names = map[string][]string{
	"product": {"product", "product_id", "productid", "sku", "item", "item_id", "asin", "product_name", "product_title", "product_handle", "商品", "商品id"},
	"text":    {"text", "review", "review_text", "reviewtext", "body", "content", "comment", "评论", "内容", "评价"},
	"stars":   {"stars", "rating", "overall", "score", "star_rating", "星级", "评分"},
	"author":  {"author", "name", "user", "reviewer", "reviewername", "作者", "用户"},
}

// ReadReviews reads JSONL, or CSV with a header (comma, semicolon or tab), and
// hands each review on. A bad row is given to bad and left out; the error is of
// a file that cannot be read at all. Columns: product, text, and if there stars
// and author, or one of the names that exports call them by.
func ReadReviews(r io.Reader, row func(Row) error, bad func(BadRow)) error {
	in := bufio.NewReaderSize(r, 1<<16)
	if b, _ := in.Peek(3); bytes.Equal(b, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	head, err := in.Peek(4096)
	if len(head) == 0 {
		if err == nil || err == io.EOF {
			err = errors.New("the file is empty")
		}
		return err
	}
	switch trimmed := bytes.TrimSpace(head); {
	case bytes.HasPrefix(trimmed, []byte("{")):
		return readJSONL(in, row, bad)
	case bytes.HasPrefix(trimmed, []byte("[")):
		return errors.New("this is one JSON array; write an object a line instead (jq -c '.[]' FILE does)")
	}
	return readCSV(in, separator(head), row, bad)
}

func separator(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best := ','
	for _, c := range []rune{';', '\t'} {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}

func readJSONL(in io.Reader, row func(Row) error, bad func(BadRow)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	n := 0
	for lines.Scan() {
		n++
		b := bytes.TrimSpace(lines.Bytes())
		if len(b) == 0 {
			continue
		}
		var m map[string]any
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		if err := dec.Decode(&m); err != nil {
			bad(BadRow{n, "not a JSON object: " + err.Error()})
			continue
		}
		if dec.More() {
			bad(BadRow{n, "more than one JSON value in the line"})
			continue
		}
		low := make(map[string]any, len(m))
		for k, v := range m {
			low[strings.ToLower(k)] = v
		}
		r, why := makeRow(func(field string) string {
			for _, name := range names[field] {
				switch v := low[name].(type) {
				case string:
					return v
				case json.Number:
					return v.String()
				}
			}
			return ""
		})
		if why != "" {
			bad(BadRow{n, why})
			continue
		}
		if err := row(r); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d is longer than %d MB: is this JSONL, one object a line?", n+1, longestLine>>20)
	}
	return lines.Err()
}

func readCSV(in io.Reader, comma rune, row func(Row) error, bad func(BadRow)) error {
	c := csv.NewReader(in)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = comma, -1, comma == '\t', true
	header, err := c.Read()
	if err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	at := map[string]int{}
	for field, known := range names {
		for _, name := range known {
			if i := indexFold(header, name); i >= 0 {
				at[field] = i
				break
			}
		}
	}
	for _, needed := range []string{"product", "text"} {
		if _, ok := at[needed]; !ok {
			return fmt.Errorf("the header %q has no column %s (one of: %s)", strings.Join(header, string(comma)), needed, strings.Join(names[needed], ", "))
		}
	}
	columns := len(header)
	for {
		f, err := c.Read()
		if err == io.EOF {
			return nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			bad(BadRow{parse.StartLine, parse.Err.Error()})
			continue
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		if len(f) != columns {
			bad(BadRow{line, fmt.Sprintf("%d columns where the header has %d", len(f), columns)})
			continue
		}
		r, why := makeRow(func(field string) string {
			if i, ok := at[field]; ok {
				return strings.Clone(f[i])
			}
			return ""
		})
		if why != "" {
			bad(BadRow{line, why})
			continue
		}
		if err := row(r); err != nil {
			return err
		}
	}
}

func indexFold(list []string, name string) int {
	for i, s := range list {
		if strings.EqualFold(strings.TrimSpace(s), name) {
			return i
		}
	}
	return -1
}

// makeRow checks a row; why is empty for a sound one.
func makeRow(get func(field string) string) (r Row, why string) {
	r.Product = strings.TrimSpace(get("product"))
	r.Text = strings.TrimSpace(get("text"))
	r.Author = strings.TrimSpace(get("author"))
	switch {
	case r.Product == "":
		return r, "no product"
	case r.Text == "":
		return r, "no text"
	case !utf8.ValidString(r.Text):
		return r, "the text is not UTF-8; save the file as UTF-8"
	}
	if s := strings.TrimSpace(get("stars")); s != "" {
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
		if err != nil || !(n >= 0 && n <= 5) {
			return r, fmt.Sprintf("stars is %q: a number from 1 to 5 is wanted", s)
		}
		r.Stars = n
	}
	return r, ""
}
