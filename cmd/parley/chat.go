package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/channels/terminal"
)

type chatCmd struct {
	settings
	Customer string `placeholder:"ID" help:"Talk as this customer of the shop, signed in: C1007 in the demo shop."`
	Lang     string `default:"" placeholder:"en|zh" help:"Language of the interface; the default follows $LANG."`
}

// Run talks in the terminal, over the same hub and agent as the web.
func (c *chatCmd) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a, model, err := c.open(ctx, c.logger(), time.Now)
	if err != nil {
		return err
	}
	defer a.Store.Close()
	defer closeOutside(a.Outside, a.Log)
	defer a.endSpans()
	defer openDoor(c.Data, a, a.Log)()
	who := llm.Customer{ID: "visitor:terminal", Locale: c.locale()}
	if c.Customer != "" {
		who.ID = c.Customer
		for _, p := range a.People {
			if p.ID == c.Customer {
				who.Name, who.Authenticated = p.Name, true
			}
		}
		if !who.Authenticated {
			return fmt.Errorf("the shop has no customer %q", c.Customer)
		}
	}
	fmt.Fprintf(os.Stderr, "%s, %d products, model %s. An empty line or Ctrl-D ends it.\n", a.Shop.Name, len(a.Catalog.All()), model)
	done := make(chan error, 1)
	go func() { done <- a.Hub.Run(ctx) }()
	err = terminal.Run(ctx, terminal.Config{Hub: a.Hub, In: os.Stdin, Out: os.Stdout, Customer: who, Locale: who.Locale})
	cancel()
	<-done
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (c *chatCmd) locale() string {
	if c.Lang != "" {
		return c.Lang
	}
	if strings.HasPrefix(os.Getenv("LANG"), "zh") {
		return "zh"
	}
	return "en"
}
