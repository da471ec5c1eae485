//go:build !unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// lockFolder makes a file that must not be there; after a crash it has to be
// removed by hand, as the error says.
func lockFolder(dir string) (*os.File, error) {
	name := filepath.Join(dir, "LOCK")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		holder, _ := os.ReadFile(name)
		return nil, fmt.Errorf("%w: %s is held by %s; if that process is gone, delete %s", ErrLocked, dir, holder, name)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	fmt.Fprintf(f, "process %d", os.Getpid())
	return f, nil
}

func unlockFolder(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// holder names the process that has a folder, or had it when it crashed; "" for
// none.
func holder(dir string) string {
	b, err := os.ReadFile(filepath.Join(dir, "LOCK"))
	if err != nil {
		return ""
	}
	return string(b)
}
