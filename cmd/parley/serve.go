package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/channels"
	"parley/channels/webchat"
	"parley/cmd/parley/demo"
	"parley/tools"
	"parley/tools/catalog"
	"parley/tools/orders"
	"parley/tools/sentiment"
)

type serveCmd struct {
	settings
	serving
}

// Run serves until it is told to stop, then lets turns finish.
func (c *serveCmd) Run(ctx context.Context) error {
	log := c.logger()
	now := time.Now
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; give another address with --addr, for example --addr 127.0.0.1:8788", c.Addr, err)
	}
	defer listener.Close()
	a, model, err := c.open(ctx, log, now)
	if err != nil {
		return err
	}
	defer a.Store.Close()
	defer closeOutside(a.Outside, log)
	defer a.endSpans()
	key, public, err := customerKeys(c.KeyFile, c.Data)
	if err != nil {
		return err
	}
	chat, err := webchat.New(webchat.Config{
		Hub: a.Hub, Key: key, PublicKey: public, Origins: append(c.Origins, "http://"+listener.Addr().String()), Shop: a.Shop.Name,
		Starters: a.starters, Visited: a.visited, Privacy: a.privacy(), Now: now, Log: log,
	})
	if err != nil {
		return err
	}
	store, err := a.storefront(key)
	if err != nil {
		return err
	}
	old, err := a.retention(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", chat)
	mux.Handle("/privacy", chat)
	mux.Handle("/privacy/", chat)
	mux.Handle("/healthz", chat)
	mux.Handle("/readyz", chat)
	mux.Handle("/", store)
	mux.Handle("POST /v1/events", store)
	mux.Handle("GET /v1/product/", store)

	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	done := make(chan error, 1)
	go func() { done <- a.Hub.Run(working) }()
	var probing sync.WaitGroup
	probing.Go(func() { a.Shelves.run(working) })
	probing.Go(func() {
		if err := a.Views.Load(working); err != nil && working.Err() == nil {
			log.Warn("what was looked at before this start is not known", "error", err)
		}
	})
	probing.Go(func() {
		if err := a.Alike.ready(); err != nil {
			log.Error("what looks alike is not known; its rows stay empty", "error", err)
		}
	})
	probing.Go(func() { probe(working, a.Models, a.Tools.For(llm.Customer{Authenticated: true}), log) })
	probing.Go(func() { old.Loop(working) })
	defer func() { stopWork(); probing.Wait() }()
	defer openDoor(c.Data, a, log)()
	slack, err := c.startSlack(working, a, log)
	if err != nil {
		return err
	}

	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("Parley is at http://%s · shop %s, %d products · model %s · data %s%s\n",
		listener.Addr(), a.Shop.Name, len(a.Catalog.All()), model, c.where(), slack)

	select {
	case err := <-failed:
		return err
	case err := <-done:
		return fmt.Errorf("the hub stopped: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	chat.Shutdown(drain)
	server.Shutdown(drain)
	stopWork()
	select {
	case err = <-done:
	case <-drain.Done():
		return errors.New("some turns did not finish in 10 s; they run again at the next start")
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (s *settings) where() string {
	if s.Nats != "" {
		return s.told()
	}
	return s.Data
}

// open puts the app together from the settings.
func (s *settings) open(ctx context.Context, log *slog.Logger, now func() time.Time) (a *app, model string, err error) {
	cfg := appConfig{
		Model: s.Model, Tools: ollama.Mode(s.Tools), Now: now, Log: log,
		Tokens: channels.DailyTokens{Customer: s.Daily, Shop: s.DailyAll}, MostText: s.LongestText, Keep: s.retentionSettings,
		Shared: s.Nats != "", Backups: s.Backups,
	}
	if !cfg.Shared {
		cfg.Artefacts = artefactDir(s.Data)
	}
	if cfg.Embedder, err = embedderOf(s.Embed); err != nil {
		return nil, "", err
	}
	if cfg.Shop, err = openShop(s.Shop, now(), func(w string) { fmt.Fprintln(os.Stderr, "parley:", w) }); err != nil {
		return nil, "", err
	}
	st, err := openStore(ctx, s, now, log)
	if err != nil {
		return nil, "", err
	}
	if cfg.Store, err = mortal(st); err != nil {
		st.Close()
		return nil, "", err
	}
	defer func() {
		if err != nil {
			closeOutside(cfg.Outside, log)
			cfg.Store.Close()
		}
	}()
	if cfg.Ring, err = s.keyring.open(ctx, cfg.Store, s.Data, log, now); err != nil {
		return nil, "", err
	}
	cfg.SealKey = cfg.Ring.Derive(channels.ForContacts)
	if cfg.Spans, err = startSpans(ctx, log); err != nil {
		return nil, "", err
	}
	if cfg.Orders, err = s.ordersElsewhere(); err != nil {
		return nil, "", err
	}
	if cfg.Outside, err = s.openOutside(ctx, cfg.Store, log); err != nil {
		return nil, "", err
	}
	cfg.Overhear = true
	defer roomForGarbage()
	return newApp(ctx, cfg)
}

// customerKeys reads the key that is named: a secret, or a public key as PEM;
// with the latter the demo pages still sign with a secret of the data folder.
func customerKeys(file, data string) (secret []byte, public ed25519.PublicKey, err error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, fmt.Errorf("read the customer key: %w", err)
		}
		if block, _ := pem.Decode(b); block != nil {
			k, err := x509.ParsePKIXPublicKey(block.Bytes)
			var ok bool
			if public, ok = k.(ed25519.PublicKey); err != nil || !ok {
				return nil, nil, fmt.Errorf("the customer key in %s is no Ed25519 public key (PEM, PKIX)", file)
			}
			file = ""
		}
	}
	secret, err = customerKey(file, data)
	return secret, public, err
}

// customerKey reads the key that customer tokens are signed with, or makes one
// in the data folder, readable by its owner only.
func customerKey(file, data string) ([]byte, error) {
	if file == "" {
		file = filepath.Join(data, "customer.key")
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			b := make([]byte, 32)
			rand.Read(b)
			if err := os.MkdirAll(data, 0o700); err != nil {
				return nil, fmt.Errorf("make the data folder: %w", err)
			}
			if err := os.WriteFile(file, []byte(hex.EncodeToString(b)), 0o600); err != nil {
				return nil, fmt.Errorf("keep the customer key: %w", err)
			}
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the customer key: %w", err)
	}
	if b = []byte(strings.TrimSpace(string(b))); len(b) < 32 {
		return nil, fmt.Errorf("the customer key in %s has %d characters; HS256 wants at least 32", file, len(b))
	}
	return b, nil
}

// storefront serves the shop's pages around the chat.
func (a *app) storefront(key []byte) (http.Handler, error) {
	cfg := demo.Config{
		Catalog: a.Catalog, Assets: a.Shop.Assets, OnEvent: a.Views.On,
		Shelf: func(ctx context.Context, r demo.Row) []demo.Rec {
			who := llm.Customer{ID: r.Customer, Locale: r.Locale, Authenticated: r.Customer != ""}
			return a.recs(a.Tools.Shelf(ctx, tools.Shelf{Kind: r.Kind, Customer: who, Product: r.Product, Category: r.Category, K: r.N}))
		},
		Said: a.said, Fact: a.Tools.AttributeName,
	}
	people := map[string]orders.Customer{}
	for _, p := range a.People {
		people[p.ID] = p
	}
	for _, id := range []string{"C1007", "C1001", "C1002", "C1003", "C1004"} {
		if p, ok := people[id]; ok {
			cfg.People = append(cfg.People, demo.Person{ID: p.ID, Name: p.Name})
		}
	}
	if len(people) > 0 {
		cfg.SignIn = func(_ context.Context, id string) (string, string, error) {
			p, ok := people[id]
			if !ok {
				return "", "", fmt.Errorf("no customer %s", id)
			}
			token, err := signCustomer(key, llm.Customer{ID: p.ID, Name: p.Name}, a.Now())
			return token, p.Name, err
		}
	}
	return demo.Storefront(cfg)
}

func (a *app) recs(list []tools.ProductCard, err error) []demo.Rec {
	if err != nil {
		a.Log.Error("recommend for a page", "error", err)
		return nil
	}
	return convert(list, func(c tools.ProductCard) demo.Rec { return demo.Rec{ID: c.ID, Reason: c.Reason} })
}

// said counts praise and gripes of reviews, for a product's page.
func (a *app) said(reviews []catalog.Review) []demo.Said {
	texts := convert(reviews, func(r catalog.Review) sentiment.Review {
		return sentiment.Review{Text: r.Text, Author: r.Author, Stars: float64(r.Stars)}
	})
	return convert(a.Sentiment.Summarize(texts, "en").Aspects, func(x sentiment.AspectSummary) demo.Said {
		return demo.Said{Aspect: x.Aspect, Praise: x.Positive, Gripe: x.Negative}
	})
}

// signCustomer makes the token by which a shop tells the chat who is signed in.
func signCustomer(key []byte, c llm.Customer, now time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": c.ID, "name": c.Name, "aud": "parley", "exp": now.Add(12 * time.Hour).Unix(),
	}).SignedString(key)
}

func convert[F, T any](list []F, to func(F) T) []T {
	out := make([]T, len(list))
	for i, f := range list {
		out[i] = to(f)
	}
	return out
}
