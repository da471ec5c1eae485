package store

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func exported(t *testing.T, s Store) []Record {
	t.Helper()
	var all []Record
	if err := Export(t.Context(), s, func(r Record) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func each(list []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// furnish keeps some of everything, with places that are free again.
func furnish(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log := func(name string, after uint64, items ...json.RawMessage) {
		t.Helper()
		_, err := s.Append(ctx, name, after, items...)
		check(err)
	}
	log("erased first", 0, json.RawMessage("0"))
	log("客户 1", 0, json.RawMessage(`{"a":1}`), json.RawMessage(`{"a":2}`))
	log("erased", 0, json.RawMessage("1"))
	log("b", 0, json.RawMessage("1"))
	log("erased", 1, json.RawMessage("2"))
	log("b", 1, json.RawMessage("2"))
	check(s.DeleteLog(ctx, "erased"))
	check(s.DeleteLog(ctx, "erased first"))
	for i := range 3 {
		check(s.Record(ctx, fmt.Sprint("event ", i), []byte{byte(i), 0xFF}))
	}
	for _, name := range []string{"one", "zwei-2"} {
		b, err := s.Bucket(ctx, name)
		check(err)
		for _, key := range []string{"k", "客户", "gone"} {
			_, err = b.Put(ctx, key, []byte("old"))
			check(err)
			_, err = b.Put(ctx, key, []byte(name+key))
			check(err)
		}
		check(b.Delete(ctx, "gone"))
	}
	check(s.PutObject(ctx, "big", []byte(strings.Repeat("x", 300_000))))
	check(s.Enqueue(ctx, "客户 1", "m1", []byte("m1")))
	check(s.Enqueue(ctx, "b", "m2", []byte("m2")))
}

func TestWhatIsExportedIsImportedWhole(t *testing.T) {
	from := opened(t, Config{})
	furnish(t, from)
	want := exported(t, from)
	kinds := map[Kind]int{}
	for _, r := range want {
		kinds[r.Kind]++
	}
	if d := cmp.Diff(map[Kind]int{KindAppend: 3, KindEvent: 3, KindKey: 4, KindObject: 1, KindWork: 2}, kinds); d != "" {
		t.Fatal(d)
	}
	to := opened(t, Config{Dir: t.TempDir(), Unsynced: true})
	if err := Import(t.Context(), to, each(want)); err != nil {
		t.Fatal(err)
	}
	// The engine's own times of keys and objects are of the new store.
	same := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".At" }, cmpopts.EquateApproxTime(time.Hour))
	if d := cmp.Diff(want, exported(t, to), same); d != "" {
		t.Error(d)
	}
	last, err := to.Append(t.Context(), "b", 2, json.RawMessage("3"))
	if err != nil || last != 3 {
		t.Errorf("a restored log goes on with %d, %v", last, err)
	}
	before, _, err := from.Ends(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := to.Ends(t.Context())
	if err != nil || after != before+1 {
		t.Errorf("the next place is %d, %v; want %d", after, err, before+1)
	}
	if err := to.Record(t.Context(), "event 1", nil); err != nil || len(exported(t, to)) != len(want)+1 {
		t.Errorf("an event that is restored is taken again, %v", err)
	}
}

func TestAKeyThatChangesWhileItIsExportedIsNotMissed(t *testing.T) {
	s := opened(t, Config{})
	b, err := s.Bucket(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if _, err := b.Put(t.Context(), fmt.Sprint(i), []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]string{}
	err = Export(t.Context(), s, func(r Record) error {
		if r.Kind != KindKey {
			return nil
		}
		if len(seen) == 0 { // the export has begun: move the last key to the end
			if _, err := b.Put(t.Context(), "1999", []byte("new")); err != nil {
				return err
			}
		}
		seen[r.Key] = string(r.Data)
		return nil
	})
	if err != nil || len(seen) != 2000 || seen["1999"] != "new" {
		t.Errorf("%d keys, the last %q, %v", len(seen), seen["1999"], err)
	}
}

func TestAnImportIntoAStoreThatHoldsSomethingIsRefused(t *testing.T) {
	s := opened(t, Config{})
	furnish(t, s)
	err := Import(t.Context(), s, each([]Record{{Kind: KindAppend, Name: "x", Place: 3, Last: 1, Data: []byte("[1]")}}))
	if err == nil || !strings.Contains(err.Error(), "holds") {
		t.Errorf("got %v", err)
	}
	if all := exported(t, s); slices.ContainsFunc(all, func(r Record) bool { return r.Name == "x" }) || len(all) == 0 {
		t.Errorf("something was imported or lost: %d records", len(all))
	}
}
