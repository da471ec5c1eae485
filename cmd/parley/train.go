package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
	"parley/recsys"
	"parley/tools/catalog"
)

type trainCmd struct {
	Shop   string `default:"demo" env:"PARLEY_SHOP" placeholder:"demo|DIR|FEED" help:"Train on this shop's orders and products, where --events is not given."`
	Events string `type:"path" placeholder:"FILE" help:"Train on these interactions instead: CSV, TSV or JSON lines, gzipped or not, with columns for customer and item, and where there are any time, order, rating, kind."`
	Items  string `type:"path" placeholder:"FILE" help:"What is known of the items, in the same formats: id, title, description, category, price and so on."`
	Seed   uint64 `default:"42" help:"Of the customers held out to choose the blend."`
	Data   string `default:"parley-data" env:"PARLEY_DATA_DIR" placeholder:"DIR" help:"Data folder; the artefact goes to its folder artefacts, where a server finds it. The server may run meanwhile. With --nats it goes there, for all servers, and what shoppers did is read from there too."`
	natsSettings
	keyring
	Out  string `type:"path" placeholder:"FILE" help:"Write the artefact to this file instead."`
	JSON bool   `help:"What was trained, as JSON."`
}

// Run trains, writes the artefact, and says what was learnt from what.
func (c *trainCmd) Run(ctx context.Context) error {
	if c.Items != "" && c.Events == "" {
		return errors.New("--items describes the items of --events; give that as well")
	}
	begun := time.Now()
	var st store.Store
	var ring *seal.Ring
	if c.Nats != "" {
		s := settings{Data: c.Data, natsSettings: c.natsSettings, keyring: c.keyring, LogLevel: "warn"}
		var err error
		if st, err = openStore(ctx, &s, time.Now, s.logger()); err != nil {
			return err
		}
		defer st.Close()
		if ring, err = c.keyring.read(ctx, st, c.Data, s.logger()); err != nil {
			return err
		}
	}
	cfg, err := c.learnFrom(ctx, st, ring)
	if err != nil {
		return err
	}
	if len(cfg.Interactions) == 0 {
		return errors.New("there is nothing to learn from: give a shop with orders, or a file of interactions with --events")
	}
	show := bar("training", false)
	cfg.Seed, cfg.Progress = c.Seed, func(_ string, done, of int) { show(int64(done), int64(of)) }
	e, err := recsys.Train(ctx, cfg)
	if err != nil {
		return err
	}
	where := c.Out
	switch {
	case where != "":
		err = e.Save(where)
	case st != nil:
		where = c.told() + " as " + e.FileName()
		err = (&sharedArtefacts{store: st}).Put(ctx, e)
	default:
		f := &recsys.Folder{Dir: artefactDir(c.Data)}
		where = filepath.Join(f.Dir, e.FileName())
		err = f.Put(ctx, e)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		b, err := json.MarshalIndent(e.About, "", "  ")
		fmt.Println(string(b))
		return err
	}
	fmt.Println(sumUp(e.About))
	fmt.Printf("%s in %.1f s\n", where, time.Since(begun).Seconds())
	return nil
}

// learnFrom reads the files, or the shop and what a cluster knows of it.
func (c *trainCmd) learnFrom(ctx context.Context, st store.Store, ring *seal.Ring) (cfg recsys.TrainConfig, err error) {
	if c.Events == "" {
		// The demo's orders are as of now: as of today, so that a day's artefacts are one.
		sh, err := openShop(c.Shop, time.Now().UTC().Truncate(24*time.Hour), func(w string) { fmt.Fprintln(os.Stderr, "parley:", w) })
		if err != nil {
			return cfg, err
		}
		cat, err := catalog.New(sh.Shop, catalog.Options{})
		if err != nil {
			return cfg, fmt.Errorf("index the catalogue: %w", err)
		}
		s := &shelves{orders: purchases(sh), catalog: cat, store: st, ring: ring}
		cfg.Items, cfg.Interactions = itemsOf(cat), s.orders
		if st != nil {
			cfg.Interactions, err = s.learnt(ctx)
		}
		return cfg, err
	}
	err = readFile(c.Events, func(r io.Reader) (recsys.Reading, error) {
		got, err := recsys.ReadInteractions(r, c.Events)
		cfg.Interactions = got.Interactions
		return got.Reading, err
	})
	if err == nil && c.Items != "" {
		err = readFile(c.Items, func(r io.Reader) (recsys.Reading, error) {
			got, err := recsys.ReadItems(r, c.Items)
			cfg.Items = got.Items
			return got.Reading, err
		})
	}
	return cfg, err
}

// readFile reads a table and tells on stderr of the rows that were left out.
func readFile(name string, read func(io.Reader) (recsys.Reading, error)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is no file to read", name))
	}
	show, n := bar("reading "+filepath.Base(name), true), int64(0)
	got, err := read(io.TeeReader(f, passing(func(b []byte) {
		n += int64(len(b))
		show(n, info.Size())
	})))
	if err != nil {
		return err
	}
	for _, why := range got.Why {
		fmt.Fprintln(os.Stderr, why)
	}
	if got.Left > 0 {
		fmt.Fprintf(os.Stderr, "parley: %d of the %d rows of %s were left out\n", got.Left, got.Rows, name)
	}
	return nil
}

// passing sees what passes by.
type passing func([]byte)

func (p passing) Write(b []byte) (int, error) { p(b); return len(b), nil }

// sumUp says what an artefact was trained on, and how its blend was chosen.
func sumUp(a recsys.About) string {
	s := fmt.Sprintf("%d interactions of %d customers with %d items, %s to %s\n", a.Interactions, a.Customers, a.Items, a.From.Format(time.DateOnly), a.Until.Format(time.DateOnly))
	if a.Dropped > 0 {
		s += fmt.Sprintf("%d interactions named nothing and were dropped\n", a.Dropped)
	}
	var parts []string
	for _, b := range a.Blend {
		part := fmt.Sprintf("%s %.2f", b.Model, b.Weight)
		if b.Alone > 0 {
			part += fmt.Sprintf(" (alone %.4f)", b.Alone)
		}
		parts = append(parts, part)
	}
	s += "blend: " + strings.Join(parts, ", ")
	if a.Cases > 0 {
		if a.Seasonal {
			s += ", in season"
		}
		s += fmt.Sprintf("; NDCG@10 %.4f on what %d customers took last, held out to choose it", a.NDCG, a.Cases)
	}
	for _, n := range a.Notes {
		s += "\nnote: " + n
	}
	return s
}
