package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/builtin"
	"parley/channels/script"
	"parley/cmd/parley/demo"
	"parley/memory"
	"parley/memory/store"
	"parley/recsys"
	"parley/tools/catalog"
)

// worlds puts shops together for scripts. A shop that several scripts name is
// read and indexed once.
type worlds struct {
	base   string // folder that shops are named from
	log    *slog.Logger
	mutant *mutant // a rule dropped; nil: all hold
	stock  *worlds // whose shops are used; nil: its own
	tapes  tapes
	mu     sync.Mutex
	shops  map[string]*stocked
}

type stocked struct {
	*shop
	catalog *catalog.Catalog
	engine  *recsys.Engine
	alike   *likeness
}

func (w *worlds) shop(name string, now time.Time) (*stocked, error) {
	if w.stock != nil {
		return w.stock.shop(name, now)
	}
	if name != "demo" && !filepath.IsAbs(name) {
		name = filepath.Join(w.base, name)
	}
	key := name + now.Format(time.RFC3339)
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.shops[key]; s != nil {
		return s, nil
	}
	sh, err := openShop(name, now, func(string) {})
	if err != nil {
		return nil, err
	}
	c, err := catalog.New(sh.Shop, catalog.Options{})
	if err != nil {
		return nil, err
	}
	if w.shops == nil {
		w.shops = map[string]*stocked{}
	}
	in := purchases(sh)
	e, err := recsys.Train(context.Background(), recsys.TrainConfig{Interactions: in, Items: itemsOf(c), Blend: quickBlend})
	if err != nil {
		return nil, err
	}
	alike, err := newLikeness(in, c)
	if err != nil {
		return nil, err
	}
	w.shops[key] = &stocked{sh, c, e, alike}
	return w.shops[key], nil
}

// open is what a script is played in: the app as serve has it, on a clock and
// a store of the script's own.
func (w *worlds) open(ctx context.Context, s script.Setup) (*script.World, error) {
	sh, err := w.shop(s.Script.Shop, s.Script.Now)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Config{Dir: s.Dir, Now: s.Now, Log: w.log})
	if err != nil {
		return nil, err
	}
	a, err := w.app(ctx, s, sh, st)
	if err != nil {
		st.Close()
		return nil, err
	}
	world := &script.World{Wrong: w.tapes.wrong(s), Intents: builtin.Intents(), Hub: a.Hub, Names: a.Names, State: a.state, Close: st.Close}
	for _, p := range sh.People {
		if p.ID == s.Script.Customer.ID && s.Script.Customer.Name == "" {
			s.Script.Customer.Name = p.Name
		}
	}
	for _, t := range a.Tools.For(agentCustomer(s.Script)) {
		world.Tools = append(world.Tools, t.Name)
	}
	world.Private = func(customer string) []string {
		var out []string
		for _, p := range sh.People {
			if p.ID != customer {
				out = append(out, p.Name, p.Email)
			}
		}
		return out
	}
	world.Keep = func(ctx context.Context, customer, kind, value string) error {
		_, err := a.Memory.Keep(ctx, customer, memory.Fact{Kind: kind, Value: value, Quote: value, Consent: "given before the script", Since: s.Now(), Source: kind + value})
		return err
	}
	world.Event = func(ctx context.Context, customer, name, sku string) error {
		product := sku
		if p, ok := a.Catalog.Find(sku); ok {
			product = p.ID
		}
		at := s.Now()
		return a.Views.On(ctx, demo.Event{
			Name: name, MessageID: strings.Join([]string{customer, name, sku, at.Format(time.RFC3339Nano)}, "|"), UserID: customer, Timestamp: at,
			Properties: map[string]any{"product_id": product, "sku": sku},
		})
	}
	return world, nil
}

func (w *worlds) app(ctx context.Context, s script.Setup, sh *stocked, st store.Store) (*app, error) {
	list, err := w.chain(ctx, s, sh)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Model = s.Wrap(list[i].Model)
	}
	list = w.mutant.models(list, s.Script)
	l := s.Script.Limits
	toolset := func(inner llm.Toolset) llm.Toolset {
		return w.mutant.outer(s.Toolset(w.mutant.tools(inner, sh, s.Script)))
	}
	a, _, err := newApp(ctx, appConfig{
		Shop: sh.shop, Catalog: sh.catalog, Engine: sh.engine, Likeness: sh.alike, Store: st, Models: list, Toolset: toolset, Mutant: w.mutant, Settled: s.Settled, Now: s.Now, Log: w.log,
		SealKey: make([]byte, 32), // a script may restart its world, and hides nothing
		Budget:  w.mutant.budget(agent.Budget{Steps: l.Steps, Tokens: l.Tokens, Time: time.Duration(l.Time)}),
	})
	if err == nil {
		w.mutant.app(a)
	}
	return a, err
}

// state is what writes change about a customer, as JSON.
func (a *app) state(ctx context.Context, customer string) (any, error) {
	list, err := a.Orders.List(ctx, customer, 0)
	if err != nil {
		return nil, err
	}
	orders := map[string]any{}
	for _, o := range list {
		orders[o.ID] = o
	}
	facts, err := a.Memory.Facts(ctx, customer)
	return map[string]any{"orders": orders, "facts": facts}, err
}
