package recsys

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lay puts an artefact's bytes into a folder as of a minute.
func lay(t *testing.T, dir, name string, b []byte, minute int) {
	t.Helper()
	path := filepath.Join(dir, name)
	at := day.Add(time.Duration(minute) * time.Minute)
	if err := errors.Join(os.WriteFile(path, b, 0o600), os.Chtimes(path, at, at)); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderGivesTheNewestSoundArtefactOnce(t *testing.T) {
	dir := t.TempDir()
	first := train(t, TrainConfig{Interactions: tastes(30, 8)})
	second := train(t, TrainConfig{Interactions: tastes(31, 8)})
	f := &Folder{Dir: filepath.Join(dir, "not-there")}
	look := func(want *Engine, told string) {
		t.Helper()
		e, err := f.Look(context.Background())
		if (e == nil) != (want == nil) || e != nil && e.Hash != want.Hash {
			t.Errorf("got %v, want %v", e, want)
		}
		if (err == nil) != (told == "") || err != nil && !strings.Contains(err.Error(), told) {
			t.Errorf("told %v, want %q", err, told)
		}
	}
	look(nil, "")
	f.Dir = dir
	look(nil, "")
	lay(t, dir, "recsys-b.parley", artefact(t, first), 2)
	lay(t, dir, "notes.txt", []byte("no artefact"), 9)
	look(first, "")
	look(nil, "") // it is in use
	whole := artefact(t, second)
	lay(t, dir, "recsys-a.parley", whole[:len(whole)-1], 3)
	look(nil, "recsys-a.parley: recsys: not a usable artefact: it breaks off")
	look(nil, "") // told once
	lay(t, dir, "recsys-0.parley", whole, 1)
	look(nil, "") // older than the one in use
	lay(t, dir, "recsys-a.parley", whole, 3)
	look(second, "") // whole now
	os.Remove(filepath.Join(dir, "recsys-a.parley"))
	look(nil, "") // nothing newer; the one in use stays
	f.Fits = func(e *Engine) error {
		if e.Hash == first.Hash {
			return errors.New("for another shop")
		}
		return nil
	}
	lay(t, dir, "recsys-c.parley", artefact(t, first), 5)
	lay(t, dir, "recsys-d.parley", whole, 4)
	look(second, "recsys-c.parley: for another shop") // and the next older one is taken
}

func TestPutKeepsTheNewestArtefactsAndNothingElseGoes(t *testing.T) {
	dir := t.TempDir()
	e := train(t, TrainConfig{Interactions: tastes(30, 8)})
	for n, name := range []string{"recsys-1.parley", "recsys-2.parley", "recsys-3.parley", "mine.parley", "recsys-4.txt"} {
		lay(t, dir, name, []byte("old"), n)
	}
	f := &Folder{Dir: dir}
	if err := f.Put(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	left, _ := os.ReadDir(dir)
	var names []string
	for _, x := range left {
		names = append(names, x.Name())
	}
	if want := "mine.parley recsys-2.parley recsys-3.parley recsys-4.txt " + e.FileName(); strings.Join(names, " ") != want {
		t.Errorf("left %v, want %s", names, want)
	}
	if got, err := f.Look(context.Background()); err != nil || got == nil || got.Hash != e.Hash {
		t.Errorf("what was put is not found: %v", err)
	}
}
