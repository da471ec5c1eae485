package evaluate

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"parley/recsys"
)

var update = flag.Bool("update", false, "write testdata anew")

// write makes testdata's shop: people who like one or two of six kinds of
// things, some things that everybody buys, pairs that go together, and names
// with odd characters. It is invented; nothing of it is anybody's.
func write() (events, items []byte) {
	r := rand.New(rand.NewPCG(7, 7))
	kinds := []string{"tents", "mugs", "boots", "lamps", "maps", "ropes"}
	colours := []string{"red", "blue", "green", "grey"}
	id := func(kind, n int) string { return fmt.Sprintf("%s-%02d", kinds[kind], n) }
	var e, i bytes.Buffer
	we, wi := csv.NewWriter(&e), csv.NewWriter(&i)
	wi.Write([]string{"id", "title", "category", "colour", "price"})
	for kind, name := range kinds {
		for n := range 14 {
			colour := colours[(kind+n)%len(colours)]
			wi.Write([]string{id(kind, n), fmt.Sprintf("%s %s no. %d", colour, name[:len(name)-1], n), name, colour, strconv.Itoa(5 + 7*kind + 3*n)})
		}
	}
	wi.Write([]string{"maps-é/14", "green map of Łódź", "maps", "green", "12"})
	we.Write([]string{"customer_id", "product_id", "time", "order_id", "country"})
	start := time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)
	order := 0
	for u := range 150 {
		name := fmt.Sprintf("c%03d", u)
		if u%25 == 3 {
			name = fmt.Sprintf("Zoë, \"%d\"", u)
		}
		country := []string{"Norway", "Norway", "Chile", "Ghana"}[u%4]
		like := []int{r.IntN(6), r.IntN(6)}
		for range 4 + r.IntN(4) {
			at := start.Add(time.Duration(r.IntN(200*24*60)) * time.Minute)
			order++
			add := func(item string) {
				we.Write([]string{name, item, at.Format(time.RFC3339), fmt.Sprintf("o%d", order), country})
			}
			kind := like[max(0, r.IntN(5)-3)] // four times of five the first
			n := r.IntN(14)
			add(id(kind, n))
			if n%2 == 0 && r.IntN(3) > 0 {
				add(id(kind, n+1))
			}
			if r.IntN(3) == 0 {
				add(id(1, r.IntN(3))) // a mug that everybody has
			}
			if kind == 4 && r.IntN(8) == 0 {
				add("maps-é/14")
			}
		}
	}
	we.Flush()
	wi.Flush()
	return e.Bytes(), i.Bytes()
}

// shop reads the invented shop as a user's files are read.
func shop(t testing.TB) ([]recsys.Interaction, []recsys.Item) {
	t.Helper()
	e, i := write()
	events, err := recsys.ReadInteractions(bytes.NewReader(e), "events.csv")
	if err != nil {
		t.Fatal(err)
	}
	items, err := recsys.ReadItems(bytes.NewReader(i), "items.csv")
	if err != nil {
		t.Fatal(err)
	}
	return events.Interactions, items.Items
}

func TestTestdataIsWhatItIsMadeOf(t *testing.T) {
	events, items := write()
	for name, want := range map[string][]byte{"testdata/events.csv": events, "testdata/items.csv": items} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what it is made of: go test ./recsys/evaluate -run Testdata -update", name)
		}
	}
}
