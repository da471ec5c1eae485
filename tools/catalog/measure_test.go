package catalog

import (
	"context"
	"strings"
	"testing"
)

// gadgets is a shop of things with numbers, some in attributes, some only in
// the text, in metric and other units.
func gadgets(t testing.TB) *Catalog {
	t.Helper()
	mk := func(id, title, category, text string, price Money, facts ...string) *Product {
		p := &Product{ID: id, Title: title, Description: text, Categories: []string{category}, Price: price}
		for _, f := range facts {
			name, value, _ := strings.Cut(f, ": ")
			p.Attributes = append(p.Attributes, Attribute{name, []string{value}})
		}
		p.complete("USD")
		return p
	}
	c, err := New(&Shop{Currency: "USD", Products: []*Product{
		mk("P40", "Breeze Air Purifier", "Air purifiers", "Quiet, for rooms up to 40 m². 1 year warranty.", 99_00, "power: 30 W", "noise: 35 dB"),
		mk("P60", "Gust Air Purifier", "Air purifiers", "Cleans a room of 650 square feet.", 149_00, "power: 45 W", "warranty: 2 years", "noise: 48 dB"),
		mk("P90", "Storm Air Purifier", "Air purifiers", "Covers up to 90 square metres.", 249_00, "power: 0.07 kW", "warranty: 5 years", "noise: 55 dB"),
		mk("B1", "Hip Flask", "Bottles", "Holds 250 ml.", 19_00, "weight: 180 g"),
		mk("B2", "Trail Bottle", "Bottles", "A bottle of half a gallon for long days.", 25_00, "capacity: 1.9 l", "weight: 0.4 kg"),
		mk("B3", "Camp Bottle", "Bottles", "For the whole family.", 35_00, "capacity: 3 litres", "weight: 1.5 lb"),
		mk("K1", "Pocket Power Bank", "Power banks", "5,000 mAh, charges in 2 hours.", 20_00, "weight: 120 g"),
		mk("K2", "Brick Power Bank", "Power banks", "20000mAh in a metal case, charges in 6 hours.", 50_00, "weight: 410 g"),
		mk("T1", "Desk Television", "Televisions", "32 inch screen.", 199_00, "warranty: 1 year"),
		mk("T2", "Wall Television", "Televisions", "Screen size 55\", 120 Hz.", 599_00, "warranty: 3 years"),
		mk("S1", "Summer Sleeping Bag", "Sleeping bags", "Comfort 12 °C.", 40_00),
		mk("S2", "Winter Sleeping Bag", "Sleeping bags", "Comfortable down to -12 °C, limit 5 °F.", 140_00),
		mk("R1", "Shelf", "Shelves", "80 cm wide, 180 cm high. Carries up to 20 kg; weighs 9 kg.", 60_00),
		mk("R2", "Heavy Shelf", "Shelves", "120 cm wide, 2 m high. Carries up to 90 kg; weighs 15 kg.", 90_00),
		mk("Z1", "Pup Tent", "Tents", "Sleeps two people.", 90_00),
		mk("Z2", "Dome Tent", "Tents", "For 4 people.", 150_00),
		mk("Z3", "Hall Tent", "Tents", "8-person tent.", 300_00),
		mk("L1", "Lantern", "Lights", "Battery lasts 12 hours, recharges in 3 hours. 200 lumens.", 30_00),
		mk("L2", "Big Lantern", "Lights", "Runs 40 hours on one charge at 800 lm.", 60_00),
	}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMeasuredFactsAreComparedInTheRightDirection(t *testing.T) {
	c := gadgets(t)
	for query, want := range map[string]string{
		"air purifier for a 70 square metre room":     "P90",
		"air purifier for 50 m²":                      "P60 P90",
		"purifier for a 600 sq ft room":               "P60 P90",
		"80平米的空气净化器":                                  "P90",
		"适合50平方米房间的净化器":                               "P60 P90",
		"air purifier under 50 watts":                 "P40 P60",
		"air purifier below 40 dB":                    "P40",
		"air purifier with at least 2 years warranty": "P60 P90",
		"质保五年的空气净化器":                                  "P90",
		"quietest air purifier":                       "P40 P60 P90",
		"bottle at least 2 litres":                    "B3",
		"2升以上的水瓶":                                     "B3",
		"bottle of half a litre or more":              "B2 B3",
		"bottle under 500 g":                          "B2 B1",
		"bottle under 1 lb":                           "B2 B1",
		"一公斤以下的瓶子":                                    "B2 B3 B1",
		"power bank of 20000 mAh":                     "K2",
		"10000毫安以上的充电宝":                               "K2",
		"power bank that charges in under 3 hours":    "K1",
		"55 inch tv":                                  "T2",
		"tv at least 50\"":                            "T2",
		"tv with 3 year warranty":                     "T2",
		"sleeping bag for -10 degrees":                "S2",
		"sleeping bag for 20 °F":                      "S2",
		"零下10度的睡袋":                                    "S2",
		"sleeping bag for 15 degrees":                 "S1 S2",
		"shelf that holds 50 kg":                      "R2",
		"shelf under 10 kg":                           "R1",
		"shelf at most 100 cm wide":                   "R1",
		"承重50公斤的架子":                                   "R2",
		"tent for 3 people":                           "Z2 Z3",
		"tent for a family of 5 people":               "Z3",
		"三人帐篷":                                        "Z2 Z3",
		"六个人的帐篷":                                      "Z3",
		"smallest tent":                               "Z1 Z2 Z3",
		"lantern with over 20 hours of battery":       "L2",
		"续航10小时以上的灯":                                  "L1 L2",
		"brightest lantern":                           "L2 L1",
		"lantern that recharges within 4 hours":       "L1",
		"power bank of 90000 mAh":                     "",
	} {
		r, err := c.Search(context.Background(), Query{Text: query})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range r.Hits[:r.Exact] {
			got = append(got, h.Product.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q found %q, want %q: %s", query, strings.Join(got, " "), want, reading(r.Understood))
		}
	}
}
