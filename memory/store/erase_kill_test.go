package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"parley/memory/store"
)

// A kill brings back nothing that was erased or deleted: neither the value that
// was, nor one from before it.
func TestWhatWasErasedStaysSoAfterAKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	st, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	b, err := st.Bucket(t.Context(), "things")
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"kept", "created", "put", "updated", "deleted", "again"} {
		rev, err := b.Create(t.Context(), key, []byte("first"))
		must(err)
		switch key {
		case "put":
			_, err = b.Put(t.Context(), key, []byte("second"))
		case "updated", "again":
			_, err = b.Update(t.Context(), key, []byte("second"), rev)
		case "deleted":
			err = b.Delete(t.Context(), key)
		}
		must(err)
	}
	for _, key := range []string{"created", "put", "updated", "deleted", "again"} {
		must(b.Erase(t.Context(), key))
	}
	_, err = b.Create(t.Context(), "again", []byte("third"))
	must(err)
	must(b.Erase(t.Context(), "again"))
	must(b.Erase(t.Context(), "again"))
	for n := range 3 { // each start after a kill reads the files anew
		left := filepath.Join(t.TempDir(), fmt.Sprint(n))
		must(os.CopyFS(left, os.DirFS(dir)))
		dir = left
		after, err := store.Open(t.Context(), store.Config{Dir: left})
		must(err)
		defer after.Close()
		b, err := after.Bucket(t.Context(), "things")
		must(err)
		if keys, err := b.Keys(t.Context()); err != nil || !slices.Equal(keys, []string{"kept"}) {
			t.Errorf("after kill %d there are %q, %v; want what was kept", n+1, keys, err)
		}
		for _, key := range []string{"created", "put", "updated", "deleted", "again"} {
			if value, _, err := b.Get(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("after kill %d %s is %q, %v", n+1, key, value, err)
			}
		}
		_, err = b.Create(t.Context(), fmt.Sprint("more", n), []byte("x"))
		must(err)
		must(b.Erase(t.Context(), fmt.Sprint("more", n)))
	}
}
