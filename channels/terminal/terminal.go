// Package terminal is a conversation in a text terminal, over the same hub and
// agent as the web. It decides nothing. Start with [Run].
package terminal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"parley/agent/llm"
	"parley/channels"
	"parley/tools/catalog"
)

// A Config says who talks, and where.
type Config struct {
	Hub      *channels.Hub
	In       io.Reader
	Out      io.Writer
	Customer llm.Customer
	Locale   string
}

// Run reads lines, posts each, and prints the answer before it reads the next.
// It ends at an empty line or the end of the input. When the input is no
// terminal, each line is printed before its answer.
func Run(ctx context.Context, cfg Config) error {
	c, _, err := cfg.Hub.Start(ctx, channels.Visitor{Customer: cfg.Customer, Locale: cfg.Locale, Transport: "terminal"})
	if err != nil {
		return err
	}
	last := uint64(0)
	in := bufio.NewScanner(cfg.In)
	in.Buffer(nil, 1<<20)
	for {
		fmt.Fprint(cfg.Out, "\n> ")
		if !in.Scan() || strings.TrimSpace(in.Text()) == "" {
			fmt.Fprintln(cfg.Out)
			return in.Err()
		}
		e, err := cfg.Hub.Post(ctx, c.ID, channels.Post{Text: in.Text()})
		if errors.Is(err, error(channels.ErrNoConversation)) { // erased at the customer's wish: a new one begins
			if c, _, err = cfg.Hub.Start(ctx, channels.Visitor{Customer: cfg.Customer, Locale: cfg.Locale, Transport: "terminal"}); err != nil {
				return err
			}
			last = 0
			e, err = cfg.Hub.Post(ctx, c.ID, channels.Post{Text: in.Text()})
		}
		var refused *channels.Error
		if errors.As(err, &refused) {
			fmt.Fprintln(cfg.Out, refused.Text)
			continue
		}
		if err != nil {
			return err
		}
		if last, err = answer(ctx, cfg, c.ID, max(last, e.Seq), e.ID); err != nil {
			return err
		}
	}
}

var errDone = errors.New("answered")

// answer prints the entries that answer a message.
func answer(ctx context.Context, cfg Config, conversation string, after uint64, id string) (uint64, error) {
	err := cfg.Hub.Follow(ctx, conversation, after, func(u channels.Update) error {
		if u.Entry == nil || u.Entry.Answers != id && u.Entry.From.Role != channels.RoleStaff {
			return nil
		}
		after = max(after, u.Entry.Seq)
		if e, ok := cfg.Hub.Shown(ctx, conversation, *u.Entry); ok {
			print(cfg.Out, e)
		}
		if u.Entry.Inside != nil || u.Entry.Seq == 0 && u.Entry.Kind == channels.KindText {
			return errDone
		}
		return nil
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return after, err
}

func print(w io.Writer, e channels.Entry) {
	var b struct {
		Text, Question, Yes, No, State string
		Products                       []struct {
			ID, Title, Currency, Reason string
			Price                       catalog.Money
			ListPrice                   catalog.Money `json:"list_price"`
			Rating                      float64
			InStock                     bool `json:"in_stock"`
		}
		Rows []struct {
			Name   string
			Values []string
			Differ bool
		}
		Orders []struct {
			ID, Status, Currency string
			Total                catalog.Money
		}
		Facts  []struct{ Words string }
		Guides []struct{ Title, URL string }
	}
	if json.Unmarshal(e.Body, &b) != nil {
		return
	}
	switch e.Kind {
	case channels.KindProducts:
		for i, p := range b.Products {
			line := fmt.Sprintf("  %d. %s", i+1, p.Title)
			if p.Price > 0 { // a shop may state none
				line += "  " + catalog.Format(p.Price, p.Currency, "")
			}
			if p.ListPrice > p.Price {
				line += fmt.Sprintf(" (%s)", catalog.Format(p.ListPrice, p.Currency, ""))
			}
			if p.Rating > 0 {
				line += fmt.Sprintf("  ★ %.1f", p.Rating)
			}
			if !p.InStock {
				line += "  (out of stock)"
			}
			if p.Reason != "" {
				line += "  · " + p.Reason
			}
			fmt.Fprintln(w, line)
		}
		for _, g := range b.Guides {
			fmt.Fprintf(w, "  “%s” %s\n", g.Title, g.URL)
		}
	case channels.KindCompare:
		var titles []string
		for _, p := range b.Products {
			titles = append(titles, p.Title)
		}
		fmt.Fprintf(w, "  %s\n", strings.Join(titles, " | "))
		for _, r := range b.Rows {
			if r.Differ {
				fmt.Fprintf(w, "  %s: %s\n", r.Name, strings.Join(r.Values, " | "))
			}
		}
	case channels.KindOrder:
		for _, o := range b.Orders {
			fmt.Fprintf(w, "  #%s  %s  %s\n", o.ID, o.Status, catalog.Format(o.Total, o.Currency, ""))
		}
	case "facts":
		for _, f := range b.Facts {
			fmt.Fprintln(w, "  · "+f.Words)
		}
	case channels.KindConfirm:
		if b.State == "open" {
			fmt.Fprintf(w, "%s [%s / %s]\n", b.Question, b.Yes, b.No)
		}
	case channels.KindText:
		if e.From.Role == channels.RoleStaff {
			fmt.Fprint(w, e.From.Name+": ")
		}
		fmt.Fprintln(w, b.Text)
	}
}
