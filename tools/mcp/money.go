package mcp

import (
	"strings"

	"parley/tools/catalog"
)

// Currencies whose minor unit is not the hundredth, of ISO 4217.
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// minor gives hundredths in minor units of a currency; 52.00 is 5200 of USD and
// 52 of JPY.
func minor(m catalog.Money, currency string) amount {
	n := int64(m)
	e, ok := exponents[currency]
	if !ok {
		e = 2
	}
	switch {
	case e == 0:
		n = (n + 50) / 100
	case e > 2:
		for range e - 2 {
			n *= 10
		}
	}
	return amount{max(n, 0), currency}
}

// hundredths is the other way.
func hundredths(n int64, currency string) catalog.Money {
	e, ok := exponents[currency]
	if !ok {
		e = 2
	}
	switch {
	case e == 0:
		n *= 100
	case e > 2:
		for range e - 2 {
			n /= 10
		}
	}
	return catalog.Money(n)
}

// currencyOf is a product's currency, in ISO's letters.
func (c *Catalog) currencyOf(p *catalog.Product) string {
	for _, s := range []string{p.Currency, c.cfg.Catalog.Shop().Currency} {
		if s = strings.ToUpper(strings.TrimSpace(s)); len(s) == 3 {
			return s
		}
	}
	return "USD"
}
