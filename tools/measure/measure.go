// Package measure is what the evaluators and benchmarks share: what a measured
// number is, what could not be measured, and how a data set's file is opened.
// It knows no set and no metric; those stand with what they are about.
package measure

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// A Figure is one measured number. Its unit is the metric's: language rows in
// percent, other shares 0..1, counts and times as their names say.
type Figure struct {
	Suite  string  `json:"suite"`
	Case   string  `json:"case"`
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"` // Low and High: a 95% interval, 0 when none is given
	High   float64 `json:"high"`
	N      int     `json:"n"` // what was scored: queries, texts, customers
}

// A Skip says what could not be scored, and what to put where.
type Skip struct{ Case, Reason string }

func (s Skip) String() string { return s.Case + ": " + s.Reason }

// Open opens a gzipped file of a data set, unpacked. It fails with
// [fs.ErrNotExist] where there is no such file.
func Open(data fs.FS, name string) (io.ReadCloser, error) {
	f, err := data.Open(name)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, errors.Join(err, f.Close()))
	}
	return &unpacked{z, f}, nil
}

type unpacked struct {
	*gzip.Reader
	file fs.File
}

func (u *unpacked) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }
