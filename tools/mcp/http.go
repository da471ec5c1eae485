package mcp

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/time/rate"
)

// The longest request, in bytes.
const mostBody = 64 << 10

// Handler serves streamable HTTP at /mcp, without sessions, and tells where that
// is at /.well-known/ucp. Scripts of foreign pages are refused by their Origin,
// and so is a name that was rebound to this machine.
func (c *Catalog) Handler() http.Handler {
	at := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return c.server }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: mostBody, Logger: c.cfg.Log,
	})
	mux := http.NewServeMux()
	mux.Handle("/mcp", at)
	mux.HandleFunc("GET /.well-known/ucp", c.profile)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	l := &limiter{rate: rate.Limit(c.cfg.Rate), burst: c.cfg.Burst, now: c.cfg.Now, callers: map[string]*caller{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && !slices.Contains(c.cfg.Origins, origin) {
			http.Error(w, "this origin may not ask here", http.StatusForbidden)
			return
		}
		if !l.allow(r.RemoteAddr) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests; ask again in a second", http.StatusTooManyRequests)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Add("Vary", "Origin")
			if r.Method == http.MethodOptions {
				w.Header().Set("Access-Control-Allow-Methods", "POST")
				w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Accept, Mcp-Protocol-Version, Mcp-Method, Mcp-Name")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// profile is UCP's description of a business, of what is offered here.
func (c *Catalog) profile(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	const site = "https://ucp.dev/" + ucpVersion
	offered := func(page, schema string) []entity {
		return []entity{{ucpVersion, site + "/specification/shopping/catalog/" + page, site + "/schemas/shopping/" + schema}}
	}
	body := map[string]any{"ucp": map[string]any{
		"version": ucpVersion,
		"services": map[string]any{"dev.ucp.shopping": []any{map[string]any{
			"version": ucpVersion, "transport": "mcp", "spec": site + "/specification/overview",
			"schema": site + "/services/shopping/mcp.openrpc.json", "endpoint": (&url.URL{Scheme: scheme, Host: r.Host, Path: "/mcp"}).String(),
		}}},
		"capabilities":     map[string]any{ucpSearch: offered("search", "catalog_search.json"), ucpLookup: offered("lookup", "catalog_lookup.json")},
		"payment_handlers": map[string]any{},
	}}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		c.cfg.Log.Debug("mcp: tell the profile", "error", err)
	}
}

// A limiter bounds requests by the address they come from, IPv6 by its /64. It
// remembers at most mostCallers; when full, it forgets those that are idle, then
// lets strangers share one place.
type limiter struct {
	rate    rate.Limit
	burst   int
	now     func() time.Time
	mu      sync.Mutex
	callers map[string]*caller
}

type caller struct {
	tokens *rate.Limiter
	last   time.Time
}

const mostCallers = 10_000

func (l *limiter) allow(from string) bool {
	key := addressKey(from)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.callers[key]
	if x == nil && len(l.callers) >= mostCallers {
		for k, old := range l.callers {
			if now.Sub(old.last) > time.Minute {
				delete(l.callers, k)
			}
		}
		if len(l.callers) >= mostCallers {
			key = "others"
			x = l.callers[key]
		}
	}
	if x == nil {
		x = &caller{tokens: rate.NewLimiter(l.rate, l.burst)}
		l.callers[key] = x
	}
	x.last = now
	return x.tokens.AllowN(now, 1)
}

func addressKey(from string) string {
	host, _, err := net.SplitHostPort(from)
	if err != nil {
		return from
	}
	host, _, _ = strings.Cut(host, "%")
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}
