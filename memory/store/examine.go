package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// An Examination is what can be seen of a data folder from outside, without
// changing anything in it.
type Examination struct {
	Holder   string // who has it open; then nothing else is looked at
	Schema   int
	Free     uint64 // bytes on its disk
	Least    uint64 // below which nothing is written
	Size     int64  // of its files
	ReadOnly []string
	Streams  []StreamFiles
	Damages  []Damage
	Missing  []string // what was acknowledged and is not there, in words
	Errs     []error  // what hinders it from opening
}

// Examine looks at a data folder.
func Examine(dir string) (x Examination) {
	x.Free, _ = freeSpace(dir)
	x.Least = reserve
	if x.Holder = holder(dir); x.Holder != "" {
		return x
	}
	var err error
	if x.Schema, err = folderSchema(dir); err != nil {
		x.Errs = append(x.Errs, err)
	}
	root := filepath.Join(dir, "nats")
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		x.Errs = append(x.Errs, errors.New("in place of the folder "+root+" there is a file: move it away, and restore a backup"))
		return x
	}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !d.IsDir() {
			x.Size += info.Size()
		}
		if info.Mode().Perm()&0o200 == 0 {
			rel, _ := filepath.Rel(dir, name)
			x.ReadOnly = append(x.ReadOnly, rel)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.Errs = append(x.Errs, err)
	}
	if x.Streams, x.Damages, err = InspectFiles(dir); err != nil {
		x.Errs = append(x.Errs, err)
	}
	if was, ok := readEnds(dir); ok {
		for _, l := range missing(was, x.Streams) {
			x.Missing = append(x.Missing, l.String())
		}
	}
	return x
}
