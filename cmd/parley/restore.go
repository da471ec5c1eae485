package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"parley/memory/store"
	"parley/memory/store/backup"
)

type restoreCmd struct {
	From  string `arg:"" help:"A backup, or the folder of backups: then the newest one."`
	Check bool   `help:"Only read all of it and say whether it is whole."`
	JSON  bool   `help:"As JSON."`
	kept
}

// Run makes a data folder of a backup, or fills an empty cluster.
func (c *restoreCmd) Run(ctx context.Context) error {
	from, err := backup.Find(c.From)
	if err != nil {
		return err
	}
	if c.Check {
		m, err := backup.Check(ctx, from)
		if err == nil {
			err = c.tell(m, fmt.Sprint("whole: ", m))
		}
		return err
	}
	set := c.settings()
	r := backup.Restoring{Data: c.Data, Steps: set.steps(), Readable: readable}
	if c.Nats != "" {
		if r.Store, err = store.Open(ctx, c.in(store.Config{Steps: r.Steps, Log: set.logger()})); err != nil {
			return err
		}
		defer r.Store.Close()
	}
	done, err := backup.Restore(ctx, from, r)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("restored into %s: %s", set.where(), done.Manifest)
	if done.Left > 0 {
		text += fmt.Sprintf("\n%d records of erased customers were left out: their keys are gone", done.Left)
	}
	return c.tell(done.Manifest, text)
}

func (c *restoreCmd) tell(m backup.Manifest, text string) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	_, err := fmt.Println(text)
	return err
}
