package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/agent/spans"
	"parley/channels"
	"parley/cmd/parley/demo"
	"parley/memory"
	"parley/memory/erasure"
	"parley/memory/seal"
	"parley/memory/store"
	"parley/prompts"
	"parley/recsys"
	"parley/tools"
	"parley/tools/catalog"
	"parley/tools/mcp"
	"parley/tools/orders"
	"parley/tools/sentiment"
)

// An app is all layers put together for one shop.
type app struct {
	Shop      *catalog.Shop
	Catalog   *catalog.Catalog
	People    []orders.Customer
	Store     store.Store
	Ring      *seal.Ring
	Orders    orders.Service
	Proofs    *orders.Proofs
	Memory    *memory.Memory
	Sentiment *sentiment.Analyzer
	Tools     *tools.Tools
	Views     *views
	Shelves   *shelves
	Alike     *likeness
	Models    []agent.Named
	Names     *agent.Names
	Agent     *agent.Agent
	Outside   *mcp.Outside // tools of outside servers; nil for none
	Hub       *channels.Hub
	Eraser    *erasure.Eraser
	Spans     *spans.Exporter // nil where no collector is named
	Keep      retentionSettings
	Now       func() time.Time
	Log       *slog.Logger
}

// An appConfig says what to put together.
type appConfig struct {
	Shop      *shop
	Catalog   *catalog.Catalog // of the shop, if it is indexed already
	Settled   func(conversation, message string)
	Store     store.Store
	Engine    *recsys.Engine // to begin with, if it is trained already
	Likeness  *likeness      // of the shop, if it is known already
	Artefacts string         // folder of trained engines; empty: none are looked for
	Shared    bool           // they lie in the store, shared with other processes
	Orders    orders.Service // of a shop that keeps its own; nil for the books in the store
	Backups   string         // folder of backups; empty: none is known
	Ring      *seal.Ring     // seals what is kept of customers; nil keeps it in plain
	SealKey   []byte         // see channels.Config
	Spans     *spans.Exporter
	Embedder  *memory.Embedder // of earlier turns; nil for the table in the binary
	Model     string           // the --model chain; empty for Models
	Tools     ollama.Mode      // how Ollama models call tools
	Models    []agent.Named
	Toolset   func(llm.Toolset) llm.Toolset // wraps the tools, for tests; nil for as they are
	Outside   *mcp.Outside                  // tools of outside servers; nil for none
	Mutant    *mutant                       // a rule dropped, for mutation tests; serve never sets it
	Budget    agent.Budget
	Overhear  bool // a model that costs tokens looks for facts after its answers
	Tokens    channels.DailyTokens
	Keep      retentionSettings // how long; empty: for good
	MostText  int               // see channels.Config
	Now       func() time.Time
	Log       *slog.Logger
}

// A shop is what a shop folder, a feed or the demo gives.
type shop struct {
	*catalog.Shop
	People []orders.Customer
	Orders []orders.Order
	Demo   bool
}

// openShop reads the demo shop, a folder or a feed file. Rows that a feed had
// to leave out are told through warn.
func openShop(name string, now time.Time, warn func(string)) (*shop, error) {
	if name == "demo" || name == "" {
		s, people, list, err := demo.Fernhill(now)
		return &shop{s, people, list, true}, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("open the shop %q: %w; give demo, a folder with products in it, or a feed file", name, err)
	}
	var s *catalog.Shop
	var report *catalog.Report
	if info.IsDir() {
		s, report, err = catalog.LoadDir(os.DirFS(name), catalog.LoadOptions{Name: nameOf(name)})
	} else {
		s, report, err = catalog.LoadFile(name, catalog.LoadOptions{})
	}
	if err != nil {
		return nil, err
	}
	if report != nil && len(report.Rejected) > 0 {
		warn(fmt.Sprintf("%d rows of the feed were left out; `parley import %s` lists them", len(report.Rejected), name))
	}
	return &shop{Shop: s}, nil
}

// nameOf makes a shop's name of its folder's.
func nameOf(folder string) string {
	if abs, err := filepath.Abs(folder); err == nil {
		folder = abs
	}
	first, size := utf8.DecodeRuneInString(filepath.Base(folder))
	return string(unicode.ToUpper(first)) + filepath.Base(folder)[size:]
}

// newApp puts the layers together. The caller runs Hub.Run and closes the store.
func newApp(ctx context.Context, cfg appConfig) (a *app, model string, err error) {
	a = &app{Shop: cfg.Shop.Shop, People: cfg.Shop.People, Store: cfg.Store, Ring: cfg.Ring, Outside: cfg.Outside, Spans: cfg.Spans, Keep: cfg.Keep, Now: cfg.Now, Log: cfg.Log}
	if a.Catalog = cfg.Catalog; a.Catalog == nil {
		if a.Catalog, err = catalog.New(cfg.Shop.Shop, catalog.Options{}); err != nil {
			return nil, "", fmt.Errorf("index the catalogue: %w", err)
		}
	}
	if err = a.openOrders(ctx, cfg); err != nil {
		return nil, "", err
	}
	if a.Sentiment, err = sentiment.New(); err != nil {
		return nil, "", err
	}
	if a.Memory, err = memory.New(memory.Config{Store: cfg.Store, Ring: cfg.Ring, Turns: a.talks, Embedder: cfg.Embedder, Now: cfg.Now, Log: cfg.Log}); err != nil {
		return nil, "", err
	}
	if a.Shelves, err = openShelves(ctx, cfg, a.Catalog); err != nil {
		return nil, "", err
	}
	a.Views = newViews(cfg.Store, cfg.Ring)
	alike := cfg.Likeness
	if alike == nil {
		if alike, err = newLikeness(a.Shelves.orders, a.Catalog); err != nil {
			return nil, "", err
		}
	}
	a.Alike = alike
	popular, err := varied(a.Shelves.Shelf((*recsys.Engine).Trend), a.Catalog)
	if err != nil {
		return nil, "", err
	}
	a.Tools, err = tools.New(tools.Config{
		Catalog: a.Catalog, Orders: a.Orders, Proofs: a.Proofs, Memory: a.Memory, Sentiment: a.Sentiment,
		AlsoLike: a.Shelves.Shelf((*recsys.Engine).AlsoLike),
		Together: a.Shelves.Shelf((*recsys.Engine).Together),
		Popular:  popular,
		Again:    a.Shelves.Shelf((*recsys.Engine).Again),
		Look:     alike.look,
		Instead:  alike.instead,
		Picture:  alike.picture,
		Recent:   a.Views.Recent,
		Conversations: func(ctx context.Context, customer string) (int, error) {
			list, err := a.Hub.Talks(ctx, customer, nil)
			n := 0
			for _, t := range list {
				if len(t.Turns) > 0 {
					n++
				}
			}
			return n, err
		},
		Erase: func(ctx context.Context, customer string) (tools.Erased, error) {
			r, err := a.erase(ctx, customer, "chat")
			return tools.Erased{Receipt: r.ID, Facts: r.Sum("facts"), Entries: r.Sum("entries")}, err
		},
		Join:  a.join,
		Hours: a.hours,
		Now:   cfg.Now,
	})
	if err != nil {
		return nil, "", err
	}
	if cfg.Models == nil {
		if cfg.Models, model, err = models(ctx, cfg.Model, cfg.Tools, a.Catalog.Vocabulary()); err != nil {
			return nil, "", err
		}
	}
	open := public(cfg.Shop.Shop)
	cfg.Models = discreetly(cfg.Models, open)
	a.Models, a.Names = cfg.Models, agent.NewNames(a.titles())
	set, err := prompts.Load()
	if err != nil {
		return nil, "", err
	}
	toolset := withOutside(cfg.Outside, a.Tools.For)
	if cfg.Toolset != nil {
		toolset = cfg.Toolset(toolset)
	}
	a.Agent, err = agent.New(agent.Config{
		Models: cfg.Models, Tools: toolset, Prompts: set, Shop: cfg.Shop.Name, Currency: cfg.Shop.Currency, Budget: cfg.Budget,
		Mood: func(text, locale string) (float64, bool) {
			r := a.Sentiment.Analyze(text, locale)
			return r.Score, r.Angry
		},
		Heed: a.Tools.Heed, Overhear: cfg.Overhear,
		Names: a.Names, Now: cfg.Now, Log: cfg.Log, Without: cfg.Mutant.rules(),
	})
	if err != nil {
		return nil, "", err
	}
	a.Hub, err = channels.New(channels.Config{Store: cfg.Store, Agent: cfg.Mutant.replier(a), Without: cfg.Mutant.hubRules(), Background: a.background, Joins: a.joins, GuestLife: cfg.Keep.guestLife(cfg.Now()), Settled: cfg.Settled, SealKey: cfg.SealKey, Ring: cfg.Ring, Traced: a.traced, Tokens: cfg.Tokens, MostText: cfg.MostText, Public: open, Now: cfg.Now, Log: cfg.Log})
	if err != nil {
		return nil, "", err
	}
	a.Eraser, err = newEraser(ctx, erasing{
		Store: a.Store, Ring: a.Ring, Hub: a.Hub, Memory: a.Memory, Proofs: a.Proofs, Backups: cfg.Backups,
		Remote: cfg.Orders != nil, Spans: cfg.Spans != nil, Now: a.Now, Log: a.Log,
	})
	if err != nil {
		return nil, "", err
	}
	// What was begun before a crash is carried on before anybody is served.
	if n, err := a.Eraser.Resume(ctx); err != nil {
		a.Log.Error("an erasure that was begun is not ended; it is tried again at the next start", "error", err)
	} else if n > 0 {
		a.Log.Warn("erasures that were begun before are ended", "erasures", n)
	}
	return a, model, err
}

// titles are the product names that a reply may carry only from results.
func (a *app) titles() []string {
	var out []string
	for _, p := range a.Catalog.All() {
		out = append(out, p.Title)
		if zh := p.TitleIn("zh"); zh != p.Title {
			out = append(out, zh)
		}
	}
	return out
}

// hours gives the shop's own words on when people answer.
func (a *app) hours(locale string) string {
	for _, p := range a.Catalog.Policies(locale) {
		if p.Topic == "contact" {
			return firstSentence(p.Text)
		}
	}
	return ""
}

func firstSentence(text string) string {
	if head, _, ok := strings.Cut(text, "。"); ok {
		return head + "。"
	}
	if head, _, ok := strings.Cut(text, "\n"); ok {
		return strings.TrimSpace(head)
	}
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

// talks are a customer's earlier words, for recall.
func (a *app) talks(ctx context.Context, customer string, after map[string]uint64) ([]memory.Talk, error) {
	if a.Hub == nil {
		return nil, nil
	}
	list, err := a.Hub.Talks(ctx, customer, after)
	out := make([]memory.Talk, len(list))
	for i, c := range list {
		out[i] = memory.Talk{Conversation: c.Conversation, Last: c.Last}
		for _, t := range c.Turns {
			out[i].Turns = append(out[i].Turns, memory.Turn{Conversation: c.Conversation, Seq: t.Seq, Speaker: t.Speaker, Text: t.Text, At: t.At})
		}
	}
	return out, err
}

// background is what a turn is told beside its own history: the consented
// facts, and earlier turns of other conversations that may matter.
func (a *app) background(ctx context.Context, who llm.Customer, text string) (facts []string, recalled []agent.Recalled, err error) {
	kept, err := a.Memory.Profile(ctx, who.ID)
	if err != nil {
		return nil, nil, err
	}
	if who.Heard != nil {
		who.Heard.Known = kept
	}
	for _, f := range kept.Live(a.Now()) {
		if f.Strength(a.Now()) >= memory.Faded {
			facts = append(facts, memory.Sentence(f, who.Locale))
		}
	}
	hits, err := a.Memory.Recall(ctx, who.ID, text, memory.RecallOptions{Skip: who.Conversation})
	for _, h := range hits {
		recalled = append(recalled, agent.Recalled{At: h.Turn.At, Text: h.Turn.Text})
	}
	return facts, recalled, err
}

// openStore opens the data folder or the cluster, its failures in words.
func openStore(ctx context.Context, s *settings, now func() time.Time, log *slog.Logger) (store.Store, error) {
	st, err := store.Open(ctx, s.in(store.Config{Dir: s.Data, Steps: s.steps(), Limits: s.limits.store(), Now: now, Log: log}))
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, fmt.Errorf("%w; stop that one, or give this one another folder with --data", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("%w; give a folder you may write to with --data", err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, store.ErrFull):
		return nil, fmt.Errorf("%w; free some space there, or give another folder with --data", err)
	}
	return st, err
}
