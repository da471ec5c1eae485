package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"parley/memory/erasure"
	"parley/memory/seal"
	"parley/memory/store/backup"
	"parley/tools/orders"
)

type eraseCmd struct {
	ID string `arg:"" help:"The customer's id, or a visitor's."`
	dataSettings
	Backups string `name:"backups" env:"PARLEY_BACKUPS" placeholder:"DIR" help:"Folder of backups: the key is struck from its keyring too. A server that runs goes by its own setting."`
	JSON    bool   `help:"The receipt as JSON."`
}

// Run erases, or has the server erase that has the data folder.
func (c *eraseCmd) Run(ctx context.Context) error {
	o := eraseOrder{c.ID}
	r, err := inData(ctx, c.dataSettings, "customer/erase", o, func(a *app) (*erasure.Receipt, error) {
		if err := eraserOf(ctx, a, c.Backups); err != nil {
			return nil, err
		}
		return o.answer(ctx, a)
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(r)
	}
	fmt.Printf("erased · receipt %s · %s\n", r.ID, r.Done.Local().Format(time.DateTime))
	for _, x := range r.Removed {
		if x.N > 0 {
			fmt.Printf("  removed  %d %s\n", x.N, x.Kind)
		}
	}
	for _, text := range r.Remains {
		fmt.Printf("  stays    %s\n", text)
	}
	fmt.Printf("`parley customer verify-erased %s --receipt %s` looks whether anything is left.\n", c.ID, r.ID)
	return nil
}

type eraseOrder struct {
	Customer string `json:"customer"`
}

func (o eraseOrder) answer(ctx context.Context, a *app) (*erasure.Receipt, error) {
	r, err := a.erase(ctx, o.Customer, "command")
	return &r, err
}

type verifyCmd struct {
	ID      string   `arg:"" help:"The customer's id, or a visitor's."`
	Receipt string   `placeholder:"NUMBER" help:"The receipt of the erasure; the newest of this customer when not given."`
	Word    []string `sep:"none" placeholder:"TEXT" help:"More that must be in no file, such as a name or something they said."`
	Also    []string `type:"path" placeholder:"DIR" help:"Read every byte of these folders too, such as copies of the data folder."`
	dataSettings
	Backups string `name:"backups" env:"PARLEY_BACKUPS" placeholder:"DIR" help:"Folder of backups: look at its keyring too."`
	JSON    bool   `help:"As JSON."`
}

// Run looks, and ends with 1 when something is left.
func (c *verifyCmd) Run(ctx context.Context) error {
	q := erasure.Query{Customer: c.ID, Receipt: c.Receipt, Words: c.Word}
	if c.Nats == "" {
		dir, err := filepath.Abs(c.Data)
		if err != nil {
			return err
		}
		q.Dirs = append(q.Dirs, dir)
	}
	q.Dirs = append(q.Dirs, c.Also...)
	r, err := inData(ctx, c.dataSettings, "customer/verify", q, func(a *app) (*erasure.Report, error) {
		if err := eraserOf(ctx, a, c.Backups); err != nil {
			return nil, err
		}
		return a.Eraser.Verify(ctx, q)
	})
	if err != nil {
		return err
	}
	if err := c.lookAtBackups(r); err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(r)
	} else {
		c.print(r)
	}
	if err == nil && !r.Gone() {
		err = errQuiet(1)
	}
	return err
}

func (c *verifyCmd) lookAtBackups(r *erasure.Report) error {
	if c.Backups == "" || r.Receipt == nil {
		return nil
	}
	for _, name := range r.Receipt.Names {
		struck, err := backup.Struck(c.Backups, seal.KeyName(name))
		if err != nil {
			return err
		}
		if !struck {
			r.Found = append(r.Found, erasure.Finding{Left: true, Where: c.Backups, What: "the keyring of the backups has a key still: `parley customer erase` with --backups strikes it out"})
		}
	}
	return nil
}

func (c *verifyCmd) print(r *erasure.Report) {
	if r.Receipt != nil {
		fmt.Printf("receipt %s · asked by %s · %s\n", r.Receipt.ID, r.Receipt.By, r.Receipt.Done.Local().Format(time.DateTime))
	}
	fmt.Printf("looked at %d records in the store and at every byte of %d files (%.1f MB)\n", r.Records, r.Files, float64(r.Bytes)/1e6)
	for _, f := range r.Found {
		grade := "stays"
		if f.Left {
			grade = "LEFT"
		}
		fmt.Printf("  %-6s %s: %s\n", grade, f.Where, f.What)
	}
	if r.Gone() {
		fmt.Println("nothing is left that can be read")
	}
}

// eraserOf gives a command the eraser that serve has.
func eraserOf(ctx context.Context, a *app, backups string) (err error) {
	if a.Proofs, err = orders.NewProofs(ctx, a.Store, a.Ring, nil, orders.Limits{}, a.Now); err != nil {
		return err
	}
	a.Eraser, err = newEraser(ctx, erasing{Store: a.Store, Ring: a.Ring, Hub: a.Hub, Memory: a.Memory, Proofs: a.Proofs, Backups: backups, Now: a.Now, Log: a.Log})
	return err
}

func printJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
