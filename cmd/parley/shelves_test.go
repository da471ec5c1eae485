package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/cmd/parley/demo"
	"parley/memory/store"
	"parley/recsys"
)

// favour trains an engine in which everybody took one product of the demo shop.
func favour(t *testing.T, a *app, product string) *recsys.Engine {
	t.Helper()
	var in []recsys.Interaction
	for n := range 50 {
		in = append(in, recsys.Interaction{Customer: fmt.Sprint(n), Item: product, At: time.Unix(int64(n), 0)})
	}
	e, err := recsys.Train(t.Context(), recsys.TrainConfig{Interactions: in, Items: itemsOf(a.Catalog)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A chatting app is one whose hub runs, with a folder of artefacts.
type chatting struct {
	*app
	t       *testing.T
	settled chan string
	told    *bytes.Buffer
	said    int
}

func chattingApp(t *testing.T, cfg appConfig) *chatting {
	t.Helper()
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	c := &chatting{t: t, settled: make(chan string, 64), told: &bytes.Buffer{}}
	if cfg.Store, err = store.Open(t.Context(), store.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cfg.Store.Close() })
	cfg.Shop, cfg.Model, cfg.Log = sh, "builtin", slog.New(slog.NewTextHandler(c.told, nil))
	cfg.Settled = func(_, message string) { c.settled <- message }
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if c.app, _, err = newApp(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	run, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.Hub.Run(run) })
	t.Cleanup(func() { stop(); wg.Wait() })
	return c
}

// ask says something and gives what it was answered with.
func (c *chatting) ask(id, text string) string {
	c.t.Helper()
	c.said++
	message := fmt.Sprint("m", c.said)
	if _, err := c.Hub.Post(c.t.Context(), id, channels.Post{ID: message, Text: text}); err != nil {
		c.t.Fatal(err)
	}
	for <-c.settled != message {
	}
	list, err := c.Hub.Entries(c.t.Context(), id, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		if e.Answers == message {
			out = append(out, string(e.Body))
		}
	}
	return strings.Join(out, "\n")
}

func TestANewArtefactIsTakenUpInTheMiddleOfAConversation(t *testing.T) {
	dir := artefactDir(t.TempDir())
	c := chattingApp(t, appConfig{Artefacts: dir})
	products := c.Catalog.All()
	first, second := products[0], products[7]
	put := func(e *recsys.Engine, minute int) string {
		path := filepath.Join(dir, e.FileName())
		at := time.Now().Add(time.Duration(minute) * time.Minute)
		if err := e.Save(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	talk, _, err := c.Hub.Start(t.Context(), channels.Visitor{Locale: "en", Transport: "test"})
	if err != nil {
		t.Fatal(err)
	}
	const question = "What do you recommend?"
	if before := c.ask(talk.ID, question); strings.Contains(before, `"`+first.ID+`"`) && strings.Contains(before, `"`+second.ID+`"`) {
		t.Fatal("both products are suggested before anything is trained; the test wants others")
	}
	put(favour(t, c.app, first.ID), 1)
	if !c.Shelves.look(t.Context()) || c.Shelves.look(t.Context()) {
		t.Error("a new artefact is to be taken up once")
	}
	if got := c.ask(talk.ID, question); !strings.Contains(got, `"`+first.ID+`"`) {
		t.Errorf("in the same conversation, %s (%s) is not suggested: %s", first.ID, first.Title, got)
	}

	path := put(favour(t, c.app, second.ID), 2)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(3 * time.Minute)
	os.Chtimes(path, later, later)
	for range 3 {
		if c.Shelves.look(t.Context()) {
			t.Error("half an artefact was taken up")
		}
	}
	if told := c.told.String(); strings.Count(told, "breaks off") != 1 || !strings.Contains(told, filepath.Base(path)) {
		t.Errorf("a bad artefact is to be told of once, by its name:\n%s", told)
	}
	if got := c.ask(talk.ID, question); !strings.Contains(got, `"`+first.ID+`"`) {
		t.Errorf("after a bad artefact, the old one does not answer: %s", got)
	}
	other, err := recsys.Train(t.Context(), recsys.TrainConfig{Interactions: []recsys.Interaction{{Customer: "a", Item: "no product of ours"}}})
	if err != nil {
		t.Fatal(err)
	}
	put(other, 4)
	if c.Shelves.look(t.Context()) || !strings.Contains(c.told.String(), "0 of its 1 items are in this shop's catalogue") {
		t.Errorf("another shop's artefact: %s", c.told)
	}
	put(favour(t, c.app, second.ID), 5)
	if !c.Shelves.look(t.Context()) {
		t.Error("the whole artefact was not taken up after the bad ones")
	}
	if got := c.ask(talk.ID, question); !strings.Contains(got, `"`+second.ID+`"`) {
		t.Errorf("%s (%s) is not suggested: %s", second.ID, second.Title, got)
	}
}

func TestEveryMessageIsAnsweredWhileArtefactsComeAndGo(t *testing.T) {
	c := chattingApp(t, appConfig{})
	engines := []*recsys.Engine{favour(t, c.app, c.Catalog.All()[0].ID), favour(t, c.app, c.Catalog.All()[7].ID)}
	talk, _, err := c.Hub.Start(t.Context(), channels.Visitor{Locale: "en", Transport: "test"})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				c.Shelves.Swap(engines[n%2])
			}
		}
	})
	for range 12 {
		if got := c.ask(talk.ID, "What do you recommend?"); !strings.Contains(got, `"products"`) {
			t.Errorf("no products in %s", got)
		}
	}
	close(stop)
	wg.Wait()
}

func TestACustomersOwnOrdersReachAnEngineThatKnowsNoCustomer(t *testing.T) {
	c := chattingApp(t, appConfig{})
	who := llm.Customer{ID: "C1007", Name: "Ana", Authenticated: true}
	talk, _, err := c.Hub.Start(t.Context(), channels.Visitor{Customer: who, Locale: "en", Transport: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ask(talk.ID, "What do you recommend for me?"); !strings.Contains(got, "you bought") && !strings.Contains(got, "your ") {
		t.Errorf("no reason speaks of what Ana bought: %s", got)
	}
}

func TestTheStartTakesTheNewestArtefactOfTheFolder(t *testing.T) {
	dir := artefactDir(t.TempDir())
	plain := chattingApp(t, appConfig{Artefacts: dir})
	e := favour(t, plain.app, plain.Catalog.All()[3].ID)
	if err := (&recsys.Folder{Dir: dir}).Put(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if c := chattingApp(t, appConfig{Artefacts: dir}); c.Shelves.Engine().Hash != e.Hash {
		t.Errorf("begins with %+v", c.Shelves.Engine().About)
	}
	if plain.Shelves.Engine().Hash == e.Hash || plain.Shelves.Engine().Customers != 300 {
		t.Errorf("without an artefact it begins with %+v", plain.Shelves.Engine().About)
	}
}

func TestEnoughNewEventsTrainANewArtefactInTheBackground(t *testing.T) {
	now := time.Now()
	for name, cfg := range map[string]appConfig{"folder": {Artefacts: artefactDir(t.TempDir())}, "cluster": {Shared: true}} {
		cfg.Now = func() time.Time { return now }
		c := chattingApp(t, cfg)
		before := c.Shelves.Engine()
		r := &refresh{shelves: c.Shelves}
		maybe := func() bool {
			now = now.Add(countEvery)
			r.maybe(t.Context())
			began := r.done != nil
			r.wait()
			return began
		}
		product := c.Catalog.All()[5].ID
		view := func(n int) {
			for k := range n {
				e := demo.Event{Name: "Product Viewed", MessageID: fmt.Sprint(now.UnixNano(), k), UserID: fmt.Sprint("shopper-", k), Properties: map[string]any{"product_id": product}}
				if err := c.Views.On(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
		}
		if maybe() {
			t.Errorf("%s: trained although nothing happened", name)
		}
		need := max(freshLeast, before.Interactions/freshShare)
		view(need - 1)
		bad := demo.Event{Name: "Product Viewed", MessageID: "bad", UserID: "x", Properties: map[string]any{"product_id": "no such product"}}
		if err := c.Views.On(t.Context(), bad); err != nil {
			t.Fatal(err)
		}
		if maybe() {
			t.Errorf("%s: trained after %d events of use, want %d", name, need-1, need)
		}
		view(1)
		if !maybe() || !c.Shelves.look(t.Context()) {
			t.Fatalf("%s: %d new events and no new artefact: %s", name, need, c.told)
		}
		after := c.Shelves.Engine()
		if got := after.Interactions - before.Interactions; got != need || after.Knows("no such product") {
			t.Errorf("%s: learnt from %d more interactions, want %d", name, got, need)
		}
		if b, err := after.Bytes(); err != nil || bytes.Contains(b, []byte("shopper-")) {
			t.Errorf("%s: the artefact names a shopper (%v)", name, err)
		}
		r.begin()
		view(need * 2)
		if maybe() {
			t.Errorf("%s: trained again after a minute", name)
		}
		other := &refresh{shelves: c.Shelves} // another process of the cluster
		now = now.Add(refreshEvery)
		if !maybe() || other.mine(t.Context()) {
			t.Errorf("%s: when the time has come one process trains, and only one", name)
		}
	}
}

func TestTrainReadsFilesAndWritesTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("user_id\titem_id\ttime\n")
	for n := range 200 {
		fmt.Fprintf(&rows, "u%d\ti%d\t2026-01-%02d 10:00\n", n%40, n*7%13, 1+n/40)
	}
	write(t, filepath.Join(dir, "events.tsv"), rows.String()+"\ti1\t\n")
	write(t, filepath.Join(dir, "items.csv"), "id,title\ni1,Tent\nnew,Lamp\n")
	args := []string{"train", "--events", "events.tsv", "--items", "items.csv", "--data", "d"}
	said, code := parley(t, dir, nil, args...)
	if code != 0 || !strings.Contains(said, "events.tsv:202: it names no customer") || !strings.Contains(said, "200 interactions of 40 customers with 14 items, 2026-01-01 to 2026-01-05") || !strings.Contains(said, "held out") {
		t.Fatalf("exit %d\n%s", code, said)
	}
	parley(t, dir, nil, append(slices.Clone(args), "--out", "two.parley")...)
	list, _ := filepath.Glob(filepath.Join(dir, "d/artefacts/recsys-*.parley"))
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	a, _ := os.ReadFile(list[0])
	b, _ := os.ReadFile(filepath.Join(dir, "two.parley"))
	if !bytes.Equal(a, b) || len(a) == 0 {
		t.Error("the same inputs gave other bytes")
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "--items", "items.csv"}, "give that as well"},
		{[]string{"train", "--events", "none.tsv"}, "none.tsv: no such file"},
		{[]string{"train", "--events", "items.csv"}, "no column names the customer"},
		{[]string{"train", "--shop", "items.csv"}, "parley: "},
	} {
		if said, code := parley(t, dir, nil, c.args...); code != 1 || !strings.Contains(said, c.want) {
			t.Errorf("%v: exit %d\n%s", c.args, code, said)
		}
	}
}

func TestTrainWorksBesideAServerThatHoldsTheDataFolder(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Config{Dir: filepath.Join(dir, "d")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if said, code := parley(t, dir, nil, "train", "--data", "d"); code != 0 || !strings.Contains(said, "blend: ") {
		t.Errorf("exit %d\n%s", code, said)
	}
}
