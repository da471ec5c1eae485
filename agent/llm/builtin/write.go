package builtin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var whatIn = regexp.MustCompile(`\bwhat('s| is| was| did i (order|buy)).*\b(in|order)\b|\bcontents?\b|\bitems\b|(都|里)有(啥|什么)|买了(啥|什么)|包含`)

func (c *clause) reviewed(r result) string {
	if r.Count == 0 && r.Rating > 0 {
		return c.say("rated_only", "title", r.Product.Title, "rating", rating(product{Rating: r.Rating}), "count", r.Rated)
	}
	if r.Count == 0 {
		return c.say("no_reviews", "title", r.Product.Title)
	}
	text := c.say("reviews", "title", r.Product.Title, "count", r.Count, "mean", fmt.Sprintf("%.1f", r.Mean))
	sides := []side{{"praised", true}, {"criticised", false}}
	switch {
	case blame.MatchString(c.text):
		sides = sides[1:]
	case praise.MatchString(c.text):
		sides = sides[:1]
	}
	told := 0
	quoted := map[string]bool{}
	for _, side := range sides {
		for _, a := range r.Aspects {
			n := a.Positive
			if !side.good {
				n = a.Negative
			}
			if n == 0 {
				continue
			}
			i := slices.IndexFunc(a.Quotes, func(q quote) bool {
				return q.good() == side.good && hasHan(q.Text) == (c.lang == "zh") && !quoted[q.Text]
			})
			if i < 0 { // none in the shopper's language: the aspect alone
				text = c.join([]string{text, c.say(side.key+"_bare", "aspect", c.aspect(a.Aspect))})
			} else {
				quoted[a.Quotes[i].Text] = true
				text = c.join([]string{text, c.say(side.key, "aspect", c.aspect(a.Aspect), "quote", a.Quotes[i].Text)})
			}
			if told++; len(sides) > 1 || told > 1 {
				break
			}
		}
	}
	if told == 0 && len(sides) == 1 {
		text = c.join([]string{text, c.say("none_" + sides[0].key)})
	}
	return text
}

// A side is what reviews praise, or what they criticise.
type side struct {
	key  string
	good bool
}

var (
	blame  = regexp.MustCompile(`\b(complain\w*|complaints?|bad|negative|dislike|hate|problems?|issues?|downsides?|cons|wrong|faults?|weak\w*)\b|差评|缺点|不好|槽点|问题|抱怨`)
	praise = regexp.MustCompile(`\b(like|love|praise|good reviews|positive|pros)\b|好评|优点`)
)

func (c *clause) aspect(name string) string {
	if c.lang == "zh" {
		if zh := map[string]string{"quality": "质量", "size": "尺码", "price": "价格", "delivery": "配送", "service": "服务", "comfort": "舒适", "looks": "外观", "fit": "合身", "material": "材质", "durability": "耐用", "warmth": "保暖", "packaging": "包装", "ease": "易用", "taste": "味道", "smell": "气味", "sound": "声音", "battery": "电池", "function": "功能", "weather": "防风防雨", "weight": "重量"}[name]; zh != "" {
			return zh
		}
	}
	return name
}

func (c *clause) ordered(r result) string {
	if len(r.Orders) == 0 {
		return c.say("orders_none")
	}
	if len(r.Orders) > 1 {
		var ids []string
		for _, o := range r.Orders {
			ids = append(ids, o.ID)
		}
		return c.say("orders", "list", c.list(ids))
	}
	o := r.Orders[0]
	if c.is("missing") && o.Status == "delivered" {
		return c.say("order_missing", "id", o.ID, "delivered", c.date(o.Delivered))
	}
	if (c.top == "change_address" || c.top == "change_order") && o.Status != "pending" {
		return c.say("too_late_change", "order", o.ID, "status", c.say("status_"+o.Status))
	}
	if whatIn.MatchString(c.text) && len(o.Lines) > 0 {
		var list []string
		for _, l := range o.Lines {
			list = append(list, l.Title)
		}
		return c.say("order_items", "id", o.ID, "list", c.list(list), "total", exact(o.Total, o.Currency))
	}
	items := c.say("items", "n", o.Items)
	due, back := "", ""
	if o.Due != "" {
		due = c.say("order_due", "due", c.date(o.Due))
	}
	if o.Until != "" {
		back = c.say("order_return", "until", c.date(o.Until))
	}
	return c.say("order_"+o.Status, "id", o.ID, "items", items, "total", exact(o.Total, o.Currency), "carrier", o.Carrier,
		"tracking", o.Tracking, "due", due, "delivered", c.date(o.Delivered), "return", back)
}

func (c *clause) card(paid string) string {
	if n := len(paid); n > 4 && strings.Trim(paid[n-4:], "0123456789") == "" {
		return c.say("card", "digits", paid[n-4:])
	}
	return paid
}

// date writes 2026-03-01 out: 1 March 2026, 2026年3月1日.
func (c *clause) date(iso string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	if c.lang == "zh" {
		return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.Day())
	}
	return d.Format("2 January 2006")
}

// recalled quotes what the shopper said in earlier conversations, each with its day.
func (c *clause) recalled(r result) string {
	var list []string
	for _, s := range r.Said {
		list = append(list, c.say("recalled", "date", c.date(s.On), "text", shortened(s.Text)))
	}
	if len(list) == 0 {
		return c.say("recalled_none")
	}
	return strings.Join(list, "\n")
}

// shortened is the beginning of a long text.
func shortened(text string) string {
	const most = 160
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
