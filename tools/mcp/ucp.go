package mcp

import (
	"encoding/json"
	"fmt"
)

// The version of UCP whose catalogue schemas the answers have, and the two
// capabilities of it that are offered.
const (
	ucpVersion = "2026-08-25"
	ucpSearch  = "dev.ucp.shopping.catalog.search"
	ucpLookup  = "dev.ucp.shopping.catalog.lookup"
)

// What follows are UCP's shapes, of shopping/types and common/types, as far as a
// catalogue can fill them.

type envelope struct {
	Version      string              `json:"version"`
	Status       string              `json:"status,omitempty"` // "error" where there is no answer
	Capabilities map[string][]entity `json:"capabilities,omitempty"`
}

type entity struct {
	Version string `json:"version"`
	Spec    string `json:"spec,omitempty"`
	Schema  string `json:"schema,omitempty"`
}

func enveloped(capability string) envelope {
	return envelope{Version: ucpVersion, Capabilities: map[string][]entity{capability: {{Version: ucpVersion}}}}
}

// A message tells what is to be known about an answer. type is "error",
// "warning" or "info"; only errors have a severity.
type message struct {
	Type     string `json:"type"`
	Code     string `json:"code,omitempty"`
	Path     string `json:"path,omitempty"`
	Content  string `json:"content"`
	Severity string `json:"severity,omitempty"`
}

func info(code, format string, args ...any) message {
	return message{Type: "info", Code: code, Content: fmt.Sprintf(format, args...)}
}

func failure(code, severity, format string, args ...any) message {
	return message{Type: "error", Code: code, Severity: severity, Content: fmt.Sprintf(format, args...)}
}

// An amount is money in minor units of its currency, as ISO 4217 has them.
type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type span struct {
	Min amount `json:"min"`
	Max amount `json:"max"`
}

type description struct {
	Plain string `json:"plain"`
}

type category struct {
	Value    string `json:"value"`
	Taxonomy string `json:"taxonomy,omitempty"`
}

type medium struct {
	Type string `json:"type"`
	URL  string `json:"url"`
	Alt  string `json:"alt_text,omitempty"`
}

type availability struct {
	Available bool   `json:"available"`
	Status    string `json:"status"`
}

type rating struct {
	Value float64 `json:"value"`
	Min   float64 `json:"scale_min"`
	Max   float64 `json:"scale_max"`
	Count int     `json:"count,omitempty"`
}

type selected struct {
	Name  string `json:"name"`
	ID    string `json:"id,omitempty"`
	Label string `json:"label"`
}

type option struct {
	Name   string  `json:"name"`
	Values []value `json:"values"`
}

// A value of an option. The two signals stand in get_product's answer only.
type value struct {
	Label     string `json:"label"`
	Available *bool  `json:"available,omitempty"`
	Exists    *bool  `json:"exists,omitempty"`
}

type barcode struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type input struct {
	ID    string `json:"id"`
	Match string `json:"match"` // "exact" or "featured"
}

type variant struct {
	ID           string       `json:"id"`
	SKU          string       `json:"sku"`
	Barcodes     []barcode    `json:"barcodes,omitempty"`
	Title        string       `json:"title"`
	Description  description  `json:"description"`
	URL          string       `json:"url,omitempty"`
	Price        amount       `json:"price"`
	ListPrice    *amount      `json:"list_price,omitempty"`
	Availability availability `json:"availability"`
	Options      []selected   `json:"options,omitempty"`
	Media        []medium     `json:"media,omitempty"`
	Inputs       []input      `json:"inputs,omitempty"` // lookup only
}

type product struct {
	ID             string         `json:"id"`
	Title          string         `json:"title"`
	Description    description    `json:"description"`
	URL            string         `json:"url,omitempty"`
	Categories     []category     `json:"categories,omitempty"`
	PriceRange     span           `json:"price_range"`
	ListPriceRange *span          `json:"list_price_range,omitempty"`
	Media          []medium       `json:"media,omitempty"`
	Options        []option       `json:"options,omitempty"`
	Variants       []variant      `json:"variants"`
	Rating         *rating        `json:"rating,omitempty"`
	Metadata       map[string]any `json:"metadata,omitempty"`
	Selected       []selected     `json:"selected,omitzero"` // get_product only
}

type pagination struct {
	Cursor  string `json:"cursor,omitempty"`
	HasNext bool   `json:"has_next_page"`
	Total   *int   `json:"total_count,omitempty"`
}

type policy struct {
	Type        string      `json:"type"`
	Description description `json:"description"`
}

type productsAnswer struct {
	UCP        envelope    `json:"ucp"`
	Products   []product   `json:"products"`
	Pagination *pagination `json:"pagination,omitempty"`
	Messages   []message   `json:"messages,omitempty"`
}

type productAnswer struct {
	UCP      envelope  `json:"ucp"`
	Product  *product  `json:"product,omitempty"`
	Messages []message `json:"messages,omitempty"`
	Policies []policy  `json:"policies,omitempty"`
}

// Requests: what of them is read.

type buyer struct {
	Language string `json:"language"`
	Currency string `json:"currency"`
}

type filters struct {
	Categories []string `json:"categories"`
	Price      struct {
		Min *int64 `json:"min"`
		Max *int64 `json:"max"`
	} `json:"price"`
}

type searchRequest struct {
	Query      string   `json:"query"`
	Context    buyer    `json:"context"`
	Filters    *filters `json:"filters"`
	Pagination struct {
		Cursor string `json:"cursor"`
		Limit  int    `json:"limit"`
	} `json:"pagination"`
	// Of later versions: what is not understood may not be passed over.
	Purpose    string          `json:"purpose"`
	References json.RawMessage `json:"reference_ids"`
}

type lookupRequest struct {
	IDs     []string `json:"ids"`
	Context buyer    `json:"context"`
	Filters *filters `json:"filters"`
}

type productRequest struct {
	ID          string     `json:"id"`
	Selected    []selected `json:"selected"`
	Preferences []string   `json:"preferences"`
	Context     buyer      `json:"context"`
	Filters     *filters   `json:"filters"`
}
