package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrDamaged is given for a folder whose files are damaged in a way by which the
// engine would lose more than is lost already.
var ErrDamaged = errors.New("store: the data folder is damaged")

// ends is a file of the data folder that says where its streams ended when it
// was last closed, or opened. Fewer entries than that were lost.
type ends struct {
	Logs   Place `json:"logs"`
	Events Place `json:"events"`
	Closed bool  `json:"closed"` // in good order: the files are as they were left
}

const endsFile = "ends"

// readEnds gives the places where the streams of a data folder ended at least;
// ok is false where nothing is noted.
func readEnds(dir string) (e ends, ok bool) {
	b, err := os.ReadFile(filepath.Join(dir, endsFile))
	return e, err == nil && json.Unmarshal(b, &e) == nil
}

func writeEnds(dir string, e ends) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return writeSynced(filepath.Join(dir, endsFile), append(b, '\n'))
}

// checkFiles looks at the blocks of a folder before the engine reads them: at
// all of them when it was not closed in good order, and else at the last ones.
func (s *jet) checkFiles(dir string) error {
	if err := writable(filepath.Join(dir, "nats")); err != nil {
		return fmt.Errorf("%w; the engine would take no more: make it writable, as with chmod -R u+w %s", err, dir)
	}
	was, ok := readEnds(dir)
	streams, damages, err := inspect(dir, ok && was.Closed)
	if err != nil {
		return fmt.Errorf("the data folder cannot be read: %w; `parley doctor` says more", err)
	}
	var worst []string
	for _, d := range damages {
		if d.Behind > 0 {
			worst = append(worst, d.String())
		} else {
			s.cfg.Log.Warn("store: a file ends in a record that is not whole; it is cut off", "what", d.String())
		}
	}
	if len(worst) > 0 {
		return fmt.Errorf("%w: %s. Nothing was changed. Restore a backup with `parley restore`, or keep what is whole with `parley doctor --repair`", ErrDamaged, strings.Join(worst, "; "))
	}
	for _, l := range missing(was, streams) {
		s.cfg.Log.Error("store: what was stored and acknowledged is gone from the end of the data; restore a backup if it matters",
			"what", l.what, "lost", l.lost, "ended at", l.was, "dir", s.cfg.Dir)
	}
	return nil
}

// writable gives an error for the first file that may not be written to.
func writable(dir string) error {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return f.Close()
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is kept yet
	}
	return err
}

type loss struct {
	what      string
	was, lost Place
}

func (l loss) String() string {
	return fmt.Sprintf("%d %s that were acknowledged are gone from the end, which was at %d", l.lost, l.what, l.was)
}

// missing compares where the streams ended with where their files end. The
// engine gives no place twice, so that its own count would not tell.
func missing(was ends, streams []StreamFiles) (list []loss) {
	last := map[string]Place{}
	for _, s := range streams {
		last[s.Name] = s.Last
	}
	if last["log"] < was.Logs {
		list = append(list, loss{"appends to conversations", was.Logs, was.Logs - last["log"]})
	}
	if last["events"] < was.Events {
		list = append(list, loss{"events", was.Events, was.Events - last["events"]})
	}
	return list
}

// noteEnds notes where the data ends now, as long as it is open.
func (s *jet) noteEnds(ctx context.Context) error {
	if s.cfg.Dir == "" || s.cfg.URL != "" {
		return nil
	}
	logs, events, err := s.Ends(ctx)
	if err != nil {
		return err
	}
	if err := writeEnds(s.cfg.Dir, ends{logs, events, false}); err != nil {
		return fmt.Errorf("note where the data ends: %w", err)
	}
	s.noted = true
	return nil
}

// keepEnds notes a good end. It is called once the engine has stopped.
func (s *jet) keepEnds(e ends) error {
	if !s.noted {
		return nil
	}
	err := writeEnds(s.cfg.Dir, e)
	if errors.Is(err, fs.ErrNotExist) { // the folder was removed meanwhile
		return nil
	}
	return err
}
