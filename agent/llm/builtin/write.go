package builtin

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (t *turn) reviewed(r result) string {
	if r.Count == 0 {
		return t.say("no_reviews", "title", r.Product.Title)
	}
	text := t.say("reviews", "count", r.Count, "mean", fmt.Sprintf("%.1f", r.Mean))
	for _, side := range []struct {
		key  string
		good bool
	}{{"praised", true}, {"criticised", false}} {
		for _, a := range r.Aspects {
			if (a.Positive > a.Negative) != side.good || a.Positive+a.Negative == 0 {
				continue
			}
			i := slices.IndexFunc(a.Quotes, func(q struct {
				Text  string
				Stars int
			}) bool {
				return q.Stars >= 4 == side.good
			})
			if i >= 0 {
				text += t.say(side.key, "aspect", t.aspect(a.Aspect), "quote", a.Quotes[i].Text)
				break
			}
		}
	}
	return text
}

func (t *turn) aspect(name string) string {
	if t.lang == "zh" {
		if zh := map[string]string{"quality": "质量", "size": "尺码", "price": "价格", "delivery": "配送", "service": "服务", "comfort": "舒适"}[name]; zh != "" {
			return zh
		}
	}
	return name
}

func (t *turn) ordered(r result) string {
	if len(r.Orders) == 0 {
		return t.say("orders_none")
	}
	if len(r.Orders) > 1 {
		var ids []string
		for _, o := range r.Orders {
			ids = append(ids, o.ID)
		}
		return t.say("orders", "list", t.list(ids))
	}
	o := r.Orders[0]
	items := t.say("items_many", "n", o.Items)
	if o.Items == 1 {
		items = t.say("items_one")
	}
	due, back := "", ""
	if o.Due != "" {
		due = t.say("order_due", "due", t.date(o.Due))
	}
	if o.Until != "" {
		back = t.say("order_return", "until", t.date(o.Until))
	}
	return t.say("order_"+o.Status, "id", o.ID, "items", items, "total", exact(o.Total, o.Currency), "carrier", o.Carrier,
		"tracking", o.Tracking, "due", due, "delivered", t.date(o.Delivered), "return", back)
}

func (t *turn) card(paid string) string {
	if n := len(paid); n > 4 && strings.Trim(paid[n-4:], "0123456789") == "" {
		return t.say("card", "digits", paid[n-4:])
	}
	return paid
}

// date writes 2026-03-01 out: 1 March 2026, 2026年3月1日.
func (t *turn) date(iso string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	if t.lang == "zh" {
		return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.Day())
	}
	return d.Format("2 January 2006")
}

func (t *turn) list(items []string) string {
	if t.lang == "zh" {
		return strings.Join(items, "、")
	}
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// money writes a price, whole amounts without decimals.
func money(v float64, currency string) string {
	return strings.Replace(exact(v, currency), ".00", "", 1)
}

// exact writes an amount that is paid or paid back, always with decimals.
func exact(v float64, currency string) string {
	sign := map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}[currency]
	text := fmt.Sprintf("%.2f", v)
	if sign == "" {
		return text + " " + currency
	}
	return sign + text
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
