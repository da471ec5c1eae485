//go:build unix

package store

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockFolder takes the folder for this process. The kernel gives it up when
// the process ends, however it ends.
func lockFolder(dir string) (*os.File, error) {
	name := filepath.Join(dir, "LOCK")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 200))
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is held by %s", ErrLocked, dir, strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
	}
	host, _ := os.Hostname()
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
		}
	}
	return f, nil
}

func unlockFolder(f *os.File) { f.Close() }

// holder names the process that has a folder, without touching it; "" for none.
func holder(dir string) string {
	f, err := os.Open(filepath.Join(dir, "LOCK"))
	if err != nil {
		return ""
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) // given up with f
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return ""
	}
	b, _ := io.ReadAll(io.LimitReader(f, 200))
	return cmp.Or(strings.TrimSpace(string(b)), "another process")
}
