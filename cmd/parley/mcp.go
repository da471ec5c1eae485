package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/memory/store"
	"parley/tools/catalog"
	"parley/tools/mcp"
)

// outsideSettings say which outside servers' tools the assistant has.
type outsideSettings struct {
	Mcp         []string `name:"mcp" env:"PARLEY_MCP" sep:"none" placeholder:"CMD|URL" help:"MCP server whose tools the assistant may use: a command line or an http(s) address, each with a name before it if wanted, as in loyalty=https://loyalty.example/mcp. Repeatable; several in the environment stand on lines of their own. A bearer token comes from PARLEY_MCP_TOKEN_LOYALTY."`
	McpRead     []string `name:"mcp-read" env:"PARLEY_MCP_READ" placeholder:"TOOL" help:"Tools of these servers that change nothing and run without asking, as loyalty_points. All others run only after the customer's own yes."`
	McpCustomer []string `name:"mcp-customer" env:"PARLEY_MCP_CUSTOMER" placeholder:"NAME" help:"Servers that are told the customer's id, in _meta."`
}

// openOutside connects to the outside servers; nil when there are none. The
// store keeps which acts were begun, so that none is begun twice.
func (s *outsideSettings) openOutside(ctx context.Context, st store.Store, log *slog.Logger) (*mcp.Outside, error) {
	var servers []string
	for _, text := range s.Mcp {
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				servers = append(servers, line)
			}
		}
	}
	if len(servers) == 0 {
		if len(s.McpRead) > 0 || len(s.McpCustomer) > 0 {
			return nil, fmt.Errorf("--mcp-read and --mcp-customer are about outside servers, and there are none: give one with --mcp")
		}
		return nil, nil
	}
	begun, err := st.Bucket(ctx, "outside")
	if err != nil {
		return nil, err
	}
	return mcp.Open(ctx, mcp.Config{
		Servers: servers, Read: s.McpRead, Told: s.McpCustomer, Version: version(), Log: log,
		Begin: func(ctx context.Context, key string) (bool, error) {
			_, err := begun.Create(ctx, key, []byte(time.Now().UTC().Format(time.RFC3339)))
			if errors.Is(err, store.ErrConflict) {
				return false, nil
			}
			return err == nil, err
		},
		Token: func(server string) string { return os.Getenv("PARLEY_MCP_TOKEN_" + strings.ToUpper(server)) },
	})
}

// withOutside puts the outside tools behind our own.
func withOutside(o *mcp.Outside, own llm.Toolset) llm.Toolset {
	if o == nil {
		return own
	}
	return o.With(own)
}

func closeOutside(o *mcp.Outside, log *slog.Logger) {
	if o == nil {
		return
	}
	if err := o.Close(); err != nil {
		log.Warn("mcp: close the outside servers", "error", err)
	}
}

// offering is what mcp alone has: how the catalogue is offered to others.
type offering struct {
	HTTP        string   `name:"http" env:"PARLEY_MCP_HTTP" placeholder:"ADDR" help:"Serve streamable HTTP at this address, under /mcp, instead of standard input and output."`
	Site        string   `env:"PARLEY_SITE" placeholder:"URL" help:"Address of the shop's pages, for links and pictures that the feed gives without one."`
	HTTPOrigins []string `name:"http-origins" env:"PARLEY_MCP_ORIGINS" placeholder:"URL" help:"Origins of pages whose scripts may ask over HTTP."`
}

type mcpCmd struct {
	Shop     string `default:"demo" env:"PARLEY_SHOP" placeholder:"demo|DIR|FEED" help:"The shop: demo, a folder with products, or a product feed (XML, TSV, CSV, JSONL)."`
	LogLevel string `default:"warn" env:"PARLEY_LOG_LEVEL" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	offering
}

// Run offers the catalogue to one client on standard input and output, or to
// many over HTTP.
func (c *mcpCmd) Run(ctx context.Context) error {
	log := (&settings{LogLevel: c.LogLevel}).logger()
	sh, err := openShop(c.Shop, time.Now(), func(w string) { fmt.Fprintln(os.Stderr, "parley:", w) })
	if err != nil {
		return err
	}
	index, err := catalog.New(sh.Shop, catalog.Options{})
	if err != nil {
		return fmt.Errorf("index the catalogue: %w", err)
	}
	offered, err := mcp.NewCatalog(mcp.CatalogConfig{Catalog: index, Site: c.Site, Origins: c.HTTPOrigins, Version: version(), Log: log})
	if err != nil {
		return err
	}
	if c.HTTP == "" {
		return offered.Run(ctx, os.Stdin, os.Stdout)
	}
	listener, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; give another address with --http, for example --http 127.0.0.1:8790", c.HTTP, err)
	}
	server := &http.Server{
		Handler: offered.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	fmt.Fprintf(os.Stderr, "The catalogue of %s, %d products, is at http://%s/mcp\n", sh.Name, len(index.All()), listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
