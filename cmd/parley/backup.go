package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
	"parley/memory/store/backup"
)

// A kept names where conversations are kept, for commands that look after them.
type kept struct {
	Data string `default:"parley-data" env:"PARLEY_DATA_DIR" placeholder:"DIR" help:"Where conversations are kept."`
	natsSettings
	LogLevel string `hidden:"" default:"warn" env:"PARLEY_LOG_LEVEL" enum:"debug,info,warn,error"`
}

func (k *kept) settings() *settings {
	return &settings{Data: k.Data, natsSettings: k.natsSettings, LogLevel: k.LogLevel}
}

type backupCmd struct {
	kept
	Backups string `name:"to" aliases:"backups" env:"PARLEY_BACKUPS" placeholder:"DIR" help:"Folder that holds the backups; each one becomes a folder in it. Give serve the same with --backups."`
	Secrets bool   `help:"Copy the keys that were made in the data folder too. Whoever has such a backup can read it."`
	JSON    bool   `help:"As JSON."`
}

// Run backs up what is kept, also while a server has the data folder: that one
// then writes the backup.
func (c *backupCmd) Run(ctx context.Context) error {
	if c.Backups == "" {
		return errors.New("where shall the backup go? Name a folder, as in `parley backup --to backups`")
	}
	to, err := filepath.Abs(c.Backups)
	if err != nil {
		return err
	}
	m, err := c.write(ctx, backupOrder{To: to, Secrets: c.Secrets})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	_, err = fmt.Println(m)
	return err
}

// A backupOrder is what the server that has the folder is asked for.
type backupOrder struct {
	To      string `json:"to"`
	Secrets bool   `json:"secrets,omitempty"`
}

// A backupDone answers it.
type backupDone struct {
	backup.Manifest
	At string `json:"at"`
}

func (c *backupCmd) write(ctx context.Context, o backupOrder) (m backup.Manifest, err error) {
	set := c.settings()
	if c.Nats == "" {
		if _, err := os.Stat(filepath.Join(c.Data, "nats")); errors.Is(err, fs.ErrNotExist) {
			return m, fmt.Errorf("nothing is kept in %s; name the folder that `parley serve` works in with --data", c.Data)
		}
	}
	st, err := openAsIs(ctx, set)
	if errors.Is(err, store.ErrLocked) {
		done, asked := askDoor[backupDone](ctx, c.Data, "backup", time.Hour, o)
		if errors.Is(asked, fs.ErrNotExist) {
			return m, fmt.Errorf("%w; that process does not answer `parley backup`: end it, and try again", err)
		}
		if asked != nil {
			return m, asked
		}
		m = done.Manifest
		m.Dir = done.At
		return m, nil
	}
	if err != nil {
		return m, err
	}
	defer st.Close()
	return o.write(ctx, st, c.Data, time.Now)
}

// openAsIs opens a store and takes no step of migration: what is backed up
// before an upgrade is as it was.
func openAsIs(ctx context.Context, set *settings) (store.Store, error) {
	return store.Open(ctx, set.in(store.Config{Dir: set.Data, Steps: set.steps(), AsIs: true, Log: set.logger()}))
}

func (o backupOrder) write(ctx context.Context, st store.Store, data string, now func() time.Time) (backup.Manifest, error) {
	cfg := backup.Config{Store: st, By: version(), Now: now, Apart: seal.Bucket}
	if o.Secrets {
		cfg.Secrets = map[string][]byte{}
		for _, name := range secretFiles {
			b, err := os.ReadFile(filepath.Join(data, name))
			if err == nil {
				cfg.Secrets[name] = b
			} else if !errors.Is(err, fs.ErrNotExist) {
				return backup.Manifest{}, fmt.Errorf("back up the keys: %w", err)
			}
		}
	}
	return backup.Write(ctx, o.To, cfg)
}

// secretFiles are keys that are made in a data folder when none are named.
var secretFiles = []string{masterFile, "customer.key"}

// backupDoor lets the server that has the data folder write a backup.
func backupDoor(data string, a *app) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var o backupOrder
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&o); err != nil || !filepath.IsAbs(o.To) {
			http.Error(w, "a backup wants the whole path of a folder", http.StatusBadRequest)
			return
		}
		m, err := o.write(r.Context(), a.Store, data, a.Now)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(backupDone{m, m.Dir})
	}
}
