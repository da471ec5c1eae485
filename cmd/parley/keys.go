package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
)

type keysCmd struct {
	Rotate rotateCmd `cmd:"" help:"Wrap the keys of customers with another master key."`
}

type rotateCmd struct {
	NewKeyFile string `name:"new-key-file" required:"" placeholder:"FILE" help:"The new master key: 64 hex digits. Made when the file is not there."`
	dataSettings
}

// Run wraps the keys anew. A run that is interrupted goes on when it is called
// again in the same way.
func (c *rotateCmd) Run(ctx context.Context) error {
	set := &settings{Data: c.Data, natsSettings: c.natsSettings, keyring: c.keyring, LogLevel: "warn"}
	log := set.logger()
	if err := makeKey(c.NewKeyFile); err != nil {
		return err
	}
	key, _, err := readKey(c.NewKeyFile)
	if err != nil {
		return err
	}
	old, _, err := readKey(c.keyring.file(c.Data))
	if err != nil {
		return err
	}
	st, err := openStore(ctx, set, time.Now, log)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w; it has the old key: end it, rotate, and start it with --key-file %s", err, c.NewKeyFile)
	}
	if err != nil {
		return err
	}
	defer st.Close()
	ring, err := seal.Open(ctx, seal.Config{Store: st, Key: key, Old: old, Log: log})
	if err != nil {
		return err
	}
	defer ring.Close()
	n, err := ring.Rotate(ctx)
	if err != nil {
		if n > 0 {
			err = fmt.Errorf("%w; %d keys are through: the same command goes on", err, n)
		}
		return err
	}
	_, err = fmt.Printf("%d keys are wrapped by the key in %s.\nFrom now on it is --key-file %[2]s; the key before opens older backups alone.\n", n, c.NewKeyFile)
	return err
}
