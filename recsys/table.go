package recsys

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// A Reading says how a file was read. A row that cannot be used is left out and
// told of; it never stops the rest.
type Reading struct {
	Rows int      // read, without the header
	Left int      // of them, rows left out
	Why  []string // the first reasons, each as file:line: what is wrong
}

// mostWhy bounds the reasons kept: a file of the wrong kind has one a row.
const mostWhy = 20

// mostLine bounds one line, in bytes.
const mostLine = 1 << 20

func (r *Reading) leave(file string, line int, why error) {
	r.Left++
	if len(r.Why) < mostWhy {
		r.Why = append(r.Why, fmt.Sprintf("%s:%d: %s", file, line, why))
	}
}

// A row is one line of a table: its values by the plain name of their column.
type row map[string]string

// first gives the value of the first of some columns that has one.
func (r row) first(names []string) string {
	for _, n := range names {
		if v := strings.TrimSpace(r[n]); v != "" {
			return v
		}
	}
	return ""
}

// plain makes "User ID", "user-id" and "userId" one name: "userid".
func plain(column string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, column)
}

// readTable calls take for every row of a table: JSON objects one a line, or
// lines apart by tabs, semicolons or commas under a header; gzipped or not. An
// error of take leaves its row out. header is told the columns of a table that
// has some, and may refuse them. object may see a whole JSON object first; where
// it returns true, take is not called.
func readTable(in io.Reader, file string, header func([]string) error, object func(line int, o map[string]any) (bool, error), take func(line int, r row) error) (Reading, error) {
	var got Reading
	b := bufio.NewReaderSize(in, 64<<10)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return got, fmt.Errorf("%s: unpack: %w", file, err)
		}
		defer z.Close()
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		b.Discard(3)
	}
	start, err := b.Peek(1)
	for err == nil && unicode.IsSpace(rune(start[0])) && start[0] != '\t' {
		b.Discard(1)
		start, err = b.Peek(1)
	}
	switch {
	case err == io.EOF:
		return got, fmt.Errorf("%s: it is empty", file)
	case err != nil:
		return got, fmt.Errorf("%s: %w", file, err)
	case start[0] == '{':
		err = readObjects(b, file, &got, object, take)
	default:
		err = readColumns(b, file, &got, header, take)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		err = fmt.Errorf("%s: it breaks off or is damaged after row %d; fetch it again: %w", file, got.Rows, err)
	}
	if err == nil && got.Left == got.Rows && got.Rows > 0 {
		err = fmt.Errorf("%s: none of its %d rows can be used; the first: %s", file, got.Rows, got.Why[0])
	}
	return got, err
}

func readObjects(b *bufio.Reader, file string, got *Reading, object func(int, map[string]any) (bool, error), take func(int, row) error) error {
	s := bufio.NewScanner(b)
	s.Buffer(nil, mostLine)
	line := 1
	for ; s.Scan(); line++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		got.Rows++
		var o map[string]any
		if err := json.Unmarshal(s.Bytes(), &o); err != nil {
			got.leave(file, line, fmt.Errorf("no JSON object: %w", err))
			continue
		}
		done, err := object(line, o)
		if !done && err == nil {
			r := row{}
			flatten(r, o)
			err = take(line, r)
		}
		if err != nil {
			got.leave(file, line, err)
		}
	}
	return lineError(s.Err(), file, line)
}

// flatten makes columns of an object's plain values, and of those of its
// "properties" or "context", as the events of shops have them.
func flatten(r row, o map[string]any) {
	for k, v := range o {
		switch v := v.(type) {
		case string:
			r[plain(k)] = v
		case float64, bool:
			b, _ := json.Marshal(v)
			r[plain(k)] = string(b)
		case map[string]any:
			if plain(k) == "properties" {
				flatten(r, v)
			}
		}
	}
}

func readColumns(b *bufio.Reader, file string, got *Reading, header func([]string) error, take func(int, row) error) error {
	next, err := lines(b, file)
	if err != nil {
		return err
	}
	var columns []string
	r := row{}
	for {
		fields, line, err := next()
		var bad *csv.ParseError
		switch {
		case err == io.EOF && columns == nil:
			return fmt.Errorf("%s: it has no header", file)
		case err == io.EOF:
			return nil
		case errors.As(err, &bad) && columns != nil:
			got.Rows++
			got.leave(file, bad.Line, bad.Err)
			continue
		case err != nil:
			return err
		}
		if columns == nil {
			for _, f := range fields {
				columns = append(columns, plain(f))
			}
			if err := header(columns); err != nil {
				return fmt.Errorf("%s:%d: %w", file, line, err)
			}
			continue
		}
		if len(fields) == 1 && strings.TrimSpace(fields[0]) == "" {
			continue
		}
		got.Rows++
		if len(fields) != len(columns) {
			got.leave(file, line, fmt.Errorf("%d fields where the header has %d", len(fields), len(columns)))
			continue
		}
		clear(r)
		for n, f := range fields {
			r[columns[n]] = f
		}
		if err := take(line, r); err != nil {
			got.leave(file, line, err)
		}
	}
}

// lines gives the fields of one line after the other. What parts them is seen
// in the first line; quotes mean something only where commas or semicolons do.
func lines(b *bufio.Reader, file string) (func() ([]string, int, error), error) {
	head, _ := b.Peek(b.Size())
	first, _, _ := strings.Cut(string(head), "\n")
	if strings.Contains(first, "\t") {
		s := bufio.NewScanner(b)
		s.Buffer(nil, mostLine)
		line := 0
		return func() ([]string, int, error) {
			line++
			if !s.Scan() {
				if err := lineError(s.Err(), file, line); err != nil {
					return nil, line, err
				}
				return nil, line, io.EOF
			}
			return strings.Split(strings.TrimSuffix(s.Text(), "\r"), "\t"), line, nil
		}, nil
	}
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	if strings.Count(first, ";") > strings.Count(first, ",") {
		c.Comma = ';'
	}
	return func() ([]string, int, error) {
		fields, err := c.Read()
		if err != nil {
			return nil, 0, err
		}
		line, _ := c.FieldPos(0)
		return fields, line, nil
	}, nil
}

func lineError(err error, file string, line int) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s:%d: the line is longer than %d bytes", file, line, mostLine)
	}
	return err
}

// needs says which column is missing, with the names that would do.
func needs(columns []string, what string, names []string) error {
	for _, n := range names {
		if slices.Contains(columns, n) {
			return nil
		}
	}
	return fmt.Errorf("no column names the %s: call it one of %s (the header has %s)", what, strings.Join(names[:min(4, len(names))], ", "), strings.Join(columns, ", "))
}
