package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
	"parley/memory/store/backup"
)

// reachBackups strikes a key that is dropped out of the backups too.
func reachBackups(ring *seal.Ring, dir string, log *slog.Logger) {
	if dir == "" {
		return
	}
	ring.OnDrop(func(name string) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if _, err := backup.Strike(ctx, dir, seal.KeyOf(name)); err != nil {
			log.Error("an erased customer can still be read in the backups; erase again when this is mended", "backups", dir, "error", err)
		}
	})
}

// readable says what of a backup can be read with the keys of its keyring.
func readable(keys []store.Record) func(store.Record) bool {
	names := map[string]bool{}
	for _, k := range keys {
		names[k.Key] = true
	}
	one := func(value []byte) bool {
		ref, sealed := seal.RefOf(value)
		name, _, _ := strings.Cut(ref.String(), ".")
		return !sealed || names[seal.KeyOf(name)]
	}
	return func(r store.Record) bool {
		if r.Kind != store.KindAppend {
			return one(r.Data)
		}
		var items []json.RawMessage
		return json.Unmarshal(r.Data, &items) != nil || slices.ContainsFunc(items, func(i json.RawMessage) bool { return one(i) })
	}
}
