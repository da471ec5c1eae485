package catalog

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
)

// shopOf loads a made-up shop of testdata: corner sells games, books, pens and
// creams in English, kiosk small appliances, cosmetics and food in Chinese only.
func shopOf(t *testing.T, folder string) *Catalog {
	t.Helper()
	s, report, err := LoadDir(os.DirFS("testdata/"+folder), LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Rejected) > 0 {
		t.Fatalf("%+v", report.Rejected)
	}
	c, err := New(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answered writes what a query found: exact ids in order, or "~" and the nearest
// with what it lacks.
func answered(t *testing.T, c *Catalog, query string) string {
	t.Helper()
	r, err := c.Search(context.Background(), Query{Text: query, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range r.Hits[:r.Exact] {
		out = append(out, h.Product.ID)
	}
	if r.Nearest {
		out = append(out, "~"+r.Hits[0].Product.ID, "lacks", strings.Join(r.Missing, ","))
	}
	if len(r.Unstated) > 0 {
		out = append(out, "unstated", strings.Join(r.Unstated, ","))
	}
	return strings.Join(out, " ")
}

func TestWishesAreMetAsTheTextStatesThem(t *testing.T) {
	for folder, cases := range map[string]map[string]string{
		"corner": {
			// a stated range holds the number asked for
			"a game for 2 people":                               "duel worm",
			"games for two players":                             "duel worm",
			"game for 8 people":                                 "party",
			"game for 2 adults and a child":                     "epic worm",
			"a present for my nephew, he's 9 and loves animals": "fox",
			"book for a 9 year old":                             "fox",
			"what have you got for ages 8-12?":                  "fox duel worm",
			"a bedtime book for a 2 year old":                   "board",
			"my niece turns 2, something for bedtime":           "board",
			"a book for a teenager":                             "teen",
			"books or games for a 9-year-old boy":               "fox duel worm",
			"crime books for adults":                            "noir tea",
			// what is denied is not claimed
			"waterproof ink":                "ink2",
			"ink that is not waterproof":    "ink",
			"face cream without alcohol":    "cream2 cream3",
			"alcohol-free face cream":       "cream2 cream3",
			"face cream for sensitive skin": "cream2",
			// what fits is no nearest
			"a decent fountain pen, first one, left handed": "pen",
			"pen with a gold nib":                           "pen2",
			"a crime book, not for children":                "noir tea",
			"a thriller":                                    "noir tea",
			"kids book under 7 pounds":                      "board fox",
			"cosy crime, nothing gory":                      "tea unstated gory",
			"anything darker? something violent":            "noir",
			"vegan cookbook that's quick":                   "green",
			"fountain pen for my rented flat":               "pen2 pen unstated rented flat",
			"fountain pen with a clip":                      "~pen2 lacks clip",
		},
		"kiosk": {
			// a baby's age is told in months
			"8个月宝宝的奶粉":        "二段",
			"宝宝3个月喝的奶粉":       "一段",
			"想买个电饭煲，一个人住":     "小煲",
			"三口之家用的电饭煲":       "中煲",
			"两大一小用的电饭煲":       "中煲",
			"能预约的电饭煲，400以内":   "中煲",
			"15平米卧室用的加湿器":     "静 unstated 卧室",
			"孩子房间用的加湿器，要安静的":  "静 unstated 孩子房间",
			"敏感肌能用的面膜":        "柔面",
			"敏感肌能用的防晒":        "~晒二 lacks 敏感肌",
			"有啥防晒，去海边用":       "晒一",
			"不含酒精的防晒":         "晒二",
			"防水的防晒":           "晒一",
			"洗面奶，不要香精的，60以内":  "洁",
			"适合油皮的洗面奶":        "洁",
			"给男朋友买个控油的水，他出油多": "男水",
			"女生用的爽肤水":         "",
			"2岁宝宝吃的零食":        "豆",
			"没有糖的零食":          "饼 豆",
			"不要插电的加湿器":        "~客 lacks 不要插电",
			"有沒有防曬乳":          "晒二 晒一",
			"孕妇能用的护肤品":        "柔面",
			"绿茶":              "绿",
			"送长辈的茶叶，200左右":    "红",
		},
	} {
		c := shopOf(t, folder)
		var queries []string
		for q := range cases {
			queries = append(queries, q)
		}
		slices.Sort(queries)
		for _, q := range queries {
			if got := answered(t, c, q); got != cases[q] {
				t.Errorf("%s, %q\n got %s\nwant %s", folder, q, got, cases[q])
			}
		}
	}
}
