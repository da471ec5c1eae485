package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"parley/channels"
	"parley/memory"
	"parley/memory/store"
)

// dataSettings name what is kept, for commands that need no shop.
type dataSettings struct {
	Data string `default:"parley-data" env:"PARLEY_DATA_DIR" placeholder:"DIR" help:"Where conversations are kept."`
	natsSettings
	keyring
}

// inData does something to what is kept. When a server has the data folder, it is
// asked to do it instead, at its door.
func inData[T any](ctx context.Context, s dataSettings, what string, q any, do func(a *app) (*T, error)) (*T, error) {
	if s.Nats == "" {
		if _, err := os.Stat(filepath.Join(s.Data, "nats")); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("nothing is kept in %s; name the folder that `parley serve` or `parley chat` works in with --data", s.Data)
		}
	}
	log := slog.New(slog.DiscardHandler)
	st, err := openStore(ctx, &settings{Data: s.Data, natsSettings: s.natsSettings, keyring: s.keyring}, time.Now, log)
	if errors.Is(err, store.ErrLocked) {
		done, asked := askDoor[T](ctx, s.Data, what, time.Hour, q)
		if errors.Is(asked, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w; that process does not answer `parley %s`: end it, and ask again", err, what)
		}
		return done, asked
	}
	if err != nil {
		return nil, err
	}
	defer st.Close()
	a := &app{Store: st, Now: time.Now, Log: log}
	if a.Ring, err = s.keyring.read(ctx, st, s.Data, log); err != nil {
		return nil, err
	}
	if a.Memory, err = memory.New(memory.Config{Store: st, Ring: a.Ring, Now: a.Now, Log: log}); err != nil {
		return nil, err
	}
	if a.Hub, err = channels.New(channels.Config{Store: st, Ring: a.Ring, SealKey: a.Ring.Derive(channels.ForContacts), Now: a.Now, Log: log}); err != nil {
		return nil, err
	}
	return do(a)
}

// atDoor answers one kind of query at the operator's door.
func atDoor[Q, T any](answer func(ctx context.Context, q Q) (*T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q Q
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&q); err != nil {
			http.Error(w, "the query is no JSON: "+err.Error(), http.StatusBadRequest)
			return
		}
		found, err := answer(r.Context(), q)
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(found) // an asker that left is no concern
	}
}
