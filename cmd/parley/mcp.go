package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"parley/agent/llm"
	"parley/tools/mcp"
)

// outsideSettings say which outside servers' tools the assistant has.
type outsideSettings struct {
	Mcp         []string `name:"mcp" env:"PARLEY_MCP" sep:"none" placeholder:"CMD|URL" help:"MCP server whose tools the assistant may use: a command line or an http(s) address, each with a name before it if wanted, as in loyalty=https://loyalty.example/mcp. Repeatable; several in the environment stand on lines of their own. A bearer token comes from PARLEY_MCP_TOKEN_LOYALTY."`
	McpRead     []string `name:"mcp-read" env:"PARLEY_MCP_READ" placeholder:"TOOL" help:"Tools of these servers that change nothing and run without asking, as loyalty_points. All others run only after the customer's own yes."`
	McpCustomer []string `name:"mcp-customer" env:"PARLEY_MCP_CUSTOMER" placeholder:"NAME" help:"Servers that are told the customer's id, in _meta."`
}

// openOutside connects to the outside servers; nil when there are none.
func (s *outsideSettings) openOutside(ctx context.Context, log *slog.Logger) (*mcp.Outside, error) {
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
	return mcp.Open(ctx, mcp.Config{
		Servers: servers, Read: s.McpRead, Told: s.McpCustomer, Version: version(), Log: log,
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
