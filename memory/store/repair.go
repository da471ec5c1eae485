package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// RepairFiles takes damaged places out of the blocks of a data folder that no
// process has open, so that the engine keeps what is whole behind them. The
// blocks as they were are kept under "damaged" there. What stood in the damaged
// places is lost.
func RepairFiles(dir string) ([]Damage, error) {
	f, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	defer unlockFolder(f)
	_, damages, err := InspectFiles(dir)
	if err != nil {
		return damages, err
	}
	for i, d := range damages {
		if i > 0 && damages[i-1].File == d.File {
			continue // with the first of the file
		}
		var of []Damage
		for _, e := range damages {
			if e.File == d.File {
				of = append(of, e)
			}
		}
		if err := repair(dir, of); err != nil {
			return damages, fmt.Errorf("repair %s: %w", d.File, err)
		}
	}
	return damages, nil
}

func repair(dir string, of []Damage) error {
	name := filepath.Join(dir, of[0].File)
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	kept := filepath.Join(dir, "damaged", of[0].Stream)
	if err := os.MkdirAll(kept, 0o700); err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(kept, filepath.Base(name)), b); err != nil {
		return err
	}
	var whole []byte
	at := int64(0)
	for _, d := range of {
		whole = append(whole, b[at:d.At]...)
		at = d.At + d.Bytes
	}
	whole = append(whole, b[at:]...)
	if err := writeSynced(name, whole); err != nil {
		return err
	}
	// What the engine has noted of the blocks is not true any more.
	err = os.Remove(filepath.Join(filepath.Dir(name), "index.db"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}
