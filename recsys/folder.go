package recsys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A Folder is where artefacts lie as files, each named by the hash of what it
// was trained on. It is for one goroutine.
type Folder struct {
	Dir  string
	Fits func(*Engine) error // whether an engine is for this shop; nil: all are
	Keep int                 // artefacts left by Put, the newest; 0 means 3

	used    stamp            // of the artefact that Look gave last
	refused map[string]stamp // what was told to be unusable
}

// stamp is by what a file is known to be another one.
type stamp struct {
	name string
	at   time.Time
	size int64
}

// Look gives the newest artefact that came since the one it gave before, nil
// where there is none. Files that cannot be used are passed over for the next
// older one; the error tells of each once, with its reason, and the engine beside
// it is still good.
func (f *Folder) Look(ctx context.Context) (*Engine, error) {
	list, err := f.files()
	if err != nil {
		return nil, err
	}
	var told []error
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !f.newer(s) {
			break
		}
		if f.refused[s.name] == s {
			continue
		}
		e, err := LoadEngine(filepath.Join(f.Dir, s.name))
		if err == nil && f.Fits != nil {
			if err = f.Fits(e); err != nil {
				err = fmt.Errorf("%s: %w", s.name, err)
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since
		}
		if err != nil {
			if f.refused == nil {
				f.refused = map[string]stamp{}
			}
			f.refused[s.name] = s
			told = append(told, err)
			continue
		}
		f.used = s
		return e, errors.Join(told...)
	}
	return nil, errors.Join(told...)
}

// Put writes an engine's artefact into the folder, where Look finds it, and
// removes the oldest of those that Put could have written.
func (f *Folder) Put(_ context.Context, e *Engine) error {
	if err := e.Save(filepath.Join(f.Dir, e.FileName())); err != nil {
		return err
	}
	list, err := f.files()
	if err != nil {
		return err
	}
	for _, s := range list[min(len(list), cmp.Or(f.Keep, 3)):] {
		err = errors.Join(err, os.Remove(filepath.Join(f.Dir, s.name)))
	}
	return err
}

func (f *Folder) newer(s stamp) bool {
	return s.at.After(f.used.at) || s.at.Equal(f.used.at) && s.name > f.used.name
}

// files are the artefacts in the folder, newest first. A folder that is not
// there is empty.
func (f *Folder) files() ([]stamp, error) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("recsys: look for artefacts: %w", err)
	}
	var list []stamp
	for _, x := range entries {
		info, err := x.Info()
		if err == nil && info.Mode().IsRegular() && IsArtefactName(x.Name()) {
			list = append(list, stamp{x.Name(), info.ModTime(), info.Size()})
		}
	}
	slices.SortFunc(list, func(a, b stamp) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.name, a.name)) })
	return list, nil
}
