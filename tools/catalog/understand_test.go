package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// outfit is a shop that states enough for every reading: colours, sizes, people,
// prices, measured facts.
func outfit(t testing.TB) *Catalog {
	t.Helper()
	mk := func(id, title, category, text, gender string, attributes ...Attribute) *Product {
		p := &Product{ID: id, Title: title, Description: text, Categories: []string{category}, Price: 50_00, Attributes: attributes}
		if gender != "" {
			p.Gender = []string{gender}
		}
		for _, c := range []string{"black", "navy", "red"} {
			for _, s := range []string{"S", "M", "L", "XL", "42"} {
				p.Variants = append(p.Variants, Variant{SKU: id + c + s, Price: 50_00, Stock: 1, Options: map[string]string{"color": c, "size": s}})
			}
		}
		p.complete("USD")
		return p
	}
	c, err := New(&Shop{Currency: "USD", Products: []*Product{
		mk("1", "Jacket", "Jackets", "Waterproof to 5,000 mm.", "men", Attribute{"weight", []string{"400 g"}}, Attribute{"r-value", []string{"3.5"}}),
		mk("2", "Dress", "Dresses", "Wool, without zip.", "women"),
		mk("3", "Tent", "Tents", "Sleeps two people. 2 year warranty.", "kids", Attribute{"capacity", []string{"2 people"}}),
		mk("4", "Purifier", "Purifiers", "For rooms up to 60 m². 45 W, runs 20 hours on a battery.", ""),
	}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reading writes what was understood in one line.
func reading(u Understood) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if u.PriceMin > 0 || u.PriceMax > 0 {
		add("$%d-%d", u.PriceMin/100, u.PriceMax/100)
	}
	for _, b := range u.Bounds {
		switch b.Op {
		case Least:
			add("%s>=%.4g%s", b.Name, b.Low, b.Unit)
		case Most:
			add("%s<=%.4g%s", b.Name, b.High, b.Unit)
		default:
			add("%s=%.4g..%.4g%s", b.Name, b.Low, b.High, b.Unit)
		}
	}
	for name, v := range map[string]string{"size ": u.Size} {
		if v != "" {
			add("%s%s", name, v)
		}
	}
	if u.Gender != "" {
		add("for %s", u.Gender)
	}
	if len(u.Colors) > 0 {
		add("in %s", strings.Join(u.Colors, "/"))
	}
	if len(u.Not) > 0 {
		add("not %s", strings.Join(u.Not, "/"))
	}
	if len(u.sorts) > 0 {
		add("by %s", strings.Join(u.sorts, "/"))
	}
	add("[%s]", strings.Join(u.Terms, " "))
	return strings.Join(out, ", ")
}

func TestAQueryIsRead(t *testing.T) {
	c := outfit(t)
	for query, want := range map[string]string{
		// prices
		"jacket under 50":                  "$0-50, [jacket]",
		"jacket below $50":                 "$0-50, [jacket]",
		"jackets less than 50 dollars":     "$0-50, [jackets]",
		"jacket not more than 50":          "$0-50, [jacket]",
		"jacket no more than $1,250.50":    "$0-1250, [jacket]",
		"jacket up to 50 bucks":            "$0-50, [jacket]",
		"jacket max 50":                    "$0-50, [jacket]",
		"jacket 50 max":                    "$0-50, [jacket]",
		"jacket for 50 dollars or less":    "$0-50, [jacket]",
		"jacket within $50":                "$0-50, [jacket]",
		"jacket <= 50":                     "$0-50, [jacket]",
		"my budget is 50, a jacket":        "$0-50, [jacket]",
		"jacket, budget: 50":               "$0-50, [jacket]",
		"jacket around 50":                 "$35-65, [jacket]",
		"jacket about $50":                 "$35-65, [jacket]",
		"50ish dollar jacket":              "$35-65, [jacket]",
		"jacket over 50":                   "$50-0, [jacket]",
		"jacket at least $50":              "$50-0, [jacket]",
		"jacket $50 and up":                "$50-0, [jacket]",
		"jacket between 50 and 80":         "$50-80, [jacket]",
		"jacket between $50 and $80":       "$50-80, [jacket]",
		"jacket 50-80 bucks":               "$50-80, [jacket]",
		"jacket from 50 to 80 euros":       "$50-80, [jacket]",
		"jacket $50-$80":                   "$50-80, [jacket]",
		"jacket under $1.5k":               "$0-1500, [jacket]",
		"a jacket that costs less than 50": "$0-50, [jacket]",
		"300以内的夹克":                         "$0-300, [夹克]",
		"不超过300的夹克":                        "$0-300, [夹克]",
		"300块以下的夹克":                        "$0-300, [夹克]",
		"夹克 300元以内":                        "$0-300, [夹克]",
		"三百块以内的夹克":                         "$0-300, [夹克]",
		"一千五以下的夹克":                         "$0-1500, [夹克]",
		"夹克100左右":                          "$70-130, [夹克]",
		"100到200的夹克":                       "$100-200, [夹克]",
		"100-200元的夹克":                      "$100-200, [夹克]",
		"预算200的夹克":                         "$0-200, [夹克]",
		"夹克，预算两百左右":                        "$140-260, [夹克]",
		"500块以上的夹克":                        "$500-0, [夹克]",
		"价格低于50美元的夹克":                      "$0-50, [夹克]",
		// people, sizes, colours
		"women's dress size M":           "size M, for women, [dress]",
		"red dress for her in large":     "size L, for women, in red, [dress]",
		"xl black jacket for my husband": "size XL, for men, in black, [jacket]",
		"mens jacket, black or navy":     "for men, in black/navy, [jacket]",
		"42码的男士夹克":                       "size 42, for men, [夹克]",
		"红色连衣裙 加大码":                      "size XL, in red, [连衣裙]",
		"给女朋友的黑色裙子":                      "for women, in black, [裙子]",
		"tent for a family of four":      "people>=4, [tent]",
		"bottle 5l max 1.5kg":            "volume=4250..5750ml, mass<=1500g, [bottle]",
		"jacket 42":                      "size 42, [jacket]",
		"jacket size 42 under 60":        "$0-60, size 42, [jacket]",
		"tent for kids":                  "for kids, [tent]",
		// negation
		"jacket without hood":             "not hood, [jacket]",
		"jacket without a hood or zipper": "not hood/zipper, [jacket]",
		"dress not wool":                  "not wool, [dress]",
		"dress, no zipper and no buttons": "not zipper/buttons, [dress]",
		"dress but not in red":            "not red, [dress]",
		"sugar-free jacket":               "not sugar, [jacket]",
		"jacket not too expensive":        "[jacket]",
		"不要羊毛的裙子":                         "not 羊毛, [裙子]",
		"不带帽子的夹克":                         "not 帽子, [夹克]",
		"无拉链的裙子":                          "not 拉链, [裙子]",
		"有没有夹克":                           "[夹克]",
		// measured limits
		"jacket under 500 g":                    "mass<=500g, [jacket]",
		"jacket weighing less than 1 lb":        "weight<=453.6g, [jacket]",
		"jacket under 1 kg and under 60":        "$0-60, mass<=1000g, [jacket]",
		"tent for 3 people":                     "people>=3, [tent]",
		"two-person tent":                       "people>=2, [tent]",
		"tent that sleeps 4 people":             "people>=4, [tent]",
		"三人帐篷":                                  "people>=3, [帐篷]",
		"双人帐篷":                                  "people>=2, [帐篷]",
		"适合四个人的帐篷":                              "people>=4, [帐篷]",
		"purifier for a 70 square metre room":   "coverage>=70m2, [purifier]",
		"purifier for 80 sqm":                   "area>=80m2, [purifier]",
		"适合80平米的净化器":                            "area>=80m2, [净化器]",
		"净化器 800 square feet":                   "area>=74.32m2, [净化器]",
		"bottle at least 2 litres":              "volume>=2000ml, [bottle]",
		"2升以上的水壶":                               "volume>=2000ml, [水壶]",
		"水壶 至少1.5升":                             "volume>=1500ml, [水壶]",
		"1 gallon bottle":                       "volume=3218..4353ml, [bottle]",
		"sleeping bag for -10 degrees":          "temperature<=-10°C, [sleeping bag]",
		"sleeping bag 14°F":                     "temperature<=-10°C, [sleeping bag]",
		"sleeping bag for minus 5":              "temperature<=-5°C, [sleeping bag]",
		"零下10度的睡袋":                              "temperature<=-10°C, [睡袋]",
		"零下十度睡袋":                                "temperature<=-10°C, [睡袋]",
		"battery over 20 hours purifier":        "runtime>=1200min, [purifier]",
		"续航20小时以上的净化器":                          "runtime>=1200min, [净化器]",
		"tent with 2 year warranty":             "warranty>=1.051e+06min, [tent]",
		"质保两年的帐篷":                               "warranty>=1.051e+06min, [帐篷]",
		"jacket waterproof to at least 5000 mm": "waterproof>=5000mm, [jacket]",
		"backpack between 30 and 40 litres":     "volume=3e+04..4e+04ml, [backpack]",
		"purifier under 50 W":                   "power<=50W, [purifier]",
		"r-value over 3 jacket":                 "r-value>=3, [jacket]",
		"sunscreen SPF 50":                      "protection>=50SPF, [sunscreen]",
		"ladder 6 ft":                           "length=1554..2103mm, [ladder]",
		`55" tv`:                                "screen=1187..1607mm, [tv]",
		"power bank 20000mAh":                   "charge=1.7e+04..2.3e+04mAh, [power bank]",
		// order
		"3xl jacket under 1k": "$0-1000, size 3XL, [jacket]",
		"2万以下的夹克":             "$0-20000, [夹克]",
		"cheap jacket":        "by price_asc, [jacket]",
		"便宜的夹克":               "by price_asc, [夹克]",
		"cheapest jacket":     "by price_asc, [jacket]",
		"best rated tent":     "by rating, [tent]",
		"lightest jacket":     "by attr:weight:asc, [jacket]",
		"最轻的帐篷":               "by attr:weight:asc, [帐篷]",
		"最便宜的夹克":              "by price_asc, [夹克]",
		// names keep their numbers
		"iphone 13":               "[iphone 13]",
		"3 in 1 jacket":           "[jacket]",
		"jacket for a 5 year old": "for kids, [jacket]",
		"适合3岁孩子的夹克":               "for kids, [夹克]",
		"2 tents":                 "[tents]",
	} {
		if got := reading(c.understand(query)); got != want {
			t.Errorf("%q\n got %s\nwant %s", query, got, want)
		}
	}
}
