package builtin

import (
	"encoding/json"

	"parley/agent/llm"
)

// results are what this turn's calls gave.
func (t *turn) results() []*llm.Result {
	var out []*llm.Result
	for _, m := range t.after {
		for _, p := range m.Parts {
			if p.Result != nil {
				out = append(out, p.Result)
			}
		}
	}
	return out
}

type product struct {
	ID, Title, Brand, Blurb, Currency, Description, Reason, Stated string
	Price                                                          float64
	List                                                           float64 `json:"list_price"`
	Rating                                                         float64
	Count                                                          int  `json:"review_count"`
	InStock                                                        bool `json:"in_stock"`
	Stock                                                          int
	Colors                                                         []struct{ Name string }
	Sizes, Bullets                                                 []string
	Attributes                                                     []struct {
		Name, Label string
		Values      []string
	}
	Variants []struct{ Options map[string]string }
}

type order struct {
	ID, Status, Due, Delivered, Carrier, Tracking string
	Total                                         float64
	Currency                                      string
	Items                                         int
	Until                                         string `json:"return_until"`
	Lines                                         []struct{ Title string }
}

// A quote is a sentence of a review, and which way it speaks.
type quote struct {
	Text, Sign string
	Stars      int
}

func (q quote) good() bool { return q.Sign == "positive" || q.Sign == "" && q.Stars >= 4 }

// result is the union of what tools give.
type result struct {
	Products []product
	Details  []product
	Rows     []struct {
		Name   string
		Values []string
	}
	Product    product
	Total      float64
	TotalPrice float64 `json:"total_price"`
	Quantity   int
	PriceGap   float64 `json:"price_gap"`
	Nearest    bool
	Sort       string
	Missing    []string
	Asked      *struct {
		Color, Size string
		Exists      bool
		InStock     bool `json:"in_stock"`
		Stock       int
		Price       float64
	}
	Count   int
	Rating  float64
	Rated   int
	Mean    float64
	Aspects []struct {
		Aspect             string
		Positive, Negative int
		Quotes             []quote
	}
	Orders    []order
	Order     json.RawMessage
	Refund    float64
	Currency  string
	PaidWith  string `json:"paid_with"`
	Policies  []struct{ Title, Text string }
	Said      []struct{ On, Text string }
	Note, Why string // of what was kept, or is never kept
	Remembers bool
	Kept      int
	Back      bool
	Used      []struct{ Said string } // facts that went into it
	Warning   string

	Forgotten int
	All       bool
	Receipt   string
	Basis     string
	Around    product
	Instead   []product // where a product cannot be had as asked for
	Guides    []struct{ Title, Text string }
	Unmet     string
	Kinds     []string

	// of a change of an order
	Done, Kind string
	Charge     float64
	Others     []struct{ Options string }
	Methods    []struct {
		ID, Text string
		Balance  float64
	} `json:"payment_methods"`

	Error, Status string
	Until         string `json:"return_until"`
	What          string

	content json.RawMessage // all of it, for names that mean other things elsewhere
}
