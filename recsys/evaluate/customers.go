package evaluate

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadGroups reads how customers differ: a table apart by tabs, semicolons or
// commas under a header, whose first column is the customer's id and whose
// others are a group each. A row of another length is an error that names it.
func ReadGroups(in io.Reader, file string) ([]Group, error) {
	b := bufio.NewReader(in)
	head, _ := b.Peek(b.Size())
	first, _, _ := strings.Cut(string(head), "\n")
	r := csv.NewReader(b)
	r.LazyQuotes = true
	for _, c := range "\t;" {
		if strings.ContainsRune(first, c) {
			r.Comma = c
			break
		}
	}
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: it is empty", file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(header) < 2 {
		return nil, fmt.Errorf("%s: want a column of customers and at least one of groups; the header is %q", file, strings.Join(header, ", "))
	}
	var out []Group
	for _, name := range header[1:] {
		out = append(out, Group{strings.TrimSpace(name), map[string]string{}})
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for n, v := range row[1:] {
			if v = strings.TrimSpace(v); v != "" {
				out[n].Of[strings.TrimSpace(row[0])] = v
			}
		}
	}
}
