package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"parley/memory"
)

type customerShowCmd struct {
	ID string `arg:"" help:"The shop's id of the customer, or visitor:... of a guest."`
	dataSettings
	retentionSettings
}

type customerExportCmd struct {
	ID string `arg:"" help:"The shop's id of the customer, or visitor:... of a guest."`
	To string `placeholder:"FILE" help:"Write it there, readable by its owner only, instead of printing it."`
	dataSettings
}

// An exportQuery asks for what is kept of one customer.
type exportQuery struct {
	Customer string `json:"customer"`
	Brief    bool   `json:"brief,omitempty"` // without what was said
}

func (q exportQuery) answer(ctx context.Context, a *app) (*export, error) {
	e, err := a.export(ctx, q.Customer, !q.Brief)
	if err == nil && e.empty() {
		err = fmt.Errorf("nothing is kept of %s", q.Customer)
	}
	return e, err
}

// Run shows what is kept, on a page.
func (c *customerShowCmd) Run(ctx context.Context) error {
	q := exportQuery{c.ID, true}
	e, err := inData(ctx, c.dataSettings, "customer", q, func(a *app) (*export, error) { return q.answer(ctx, a) })
	if err != nil {
		return err
	}
	return e.show(os.Stdout, c.retentionSettings)
}

// Run writes the export.
func (c *customerExportCmd) Run(ctx context.Context) error {
	q := exportQuery{Customer: c.ID}
	e, err := inData(ctx, c.dataSettings, "customer", q, func(a *app) (*export, error) { return q.answer(ctx, a) })
	if err != nil {
		return err
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return err
	}
	if c.To == "" {
		_, err = io.WriteString(os.Stdout, b.String())
		return err
	}
	if err := writePrivate(c.To, b.String()); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	fmt.Printf("%s: %d facts, %d conversations, %d events\n", c.To, len(e.Memory.Facts), len(e.Conversations), len(e.Events))
	return nil
}

// show writes an export for a person to read.
func (e *export) show(w io.Writer, keep retentionSettings) error {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	day := func(t time.Time) string { return t.Local().Format("2 January 2006") }
	say("%s", e.Customer)
	if len(e.Guests) > 0 {
		say("  was known before as %s", strings.Join(e.Guests, ", "))
	}
	switch c := e.Memory.Consent; {
	case c == nil:
		say("Consent: each fact was asked for by itself")
	case !c.Revoked.IsZero():
		say("Consent: taken back on %s", day(c.Revoked))
	default:
		say("Consent: given on %s for %s", day(c.Given), strings.Join(c.Kinds, ", "))
	}
	say("Facts: %d, and %d that hold no longer", len(e.Memory.Facts), len(e.Memory.Past))
	for _, f := range e.Memory.Facts {
		line := fmt.Sprintf("  %-10s %s (“%s”, %s", f.Kind, memory.Sentence(f, "en"), f.Quote, day(f.Since))
		if !f.Used.IsZero() {
			line += ", last used " + day(f.Used)
		}
		if end := f.Ends(keep.KeepFacts); !end.IsZero() {
			line += ", until " + day(end)
		}
		say("%s)", line)
	}
	say("Conversations: %d", len(e.Conversations))
	for _, v := range e.Conversations {
		line := fmt.Sprintf("  %s  %s to %s  %3d messages  %s", v.ID, day(v.Begun), day(v.Last), v.Messages, v.Transport)
		say("%s", strings.TrimRight(line, " "))
	}
	say("Shop events while signed in: %d", len(e.Events))
	_, err := io.WriteString(w, b.String())
	return err
}
