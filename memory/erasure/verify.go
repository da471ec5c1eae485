package erasure

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parley/memory/seal"
	"parley/memory/store"
)

// A Query says what to look for.
type Query struct {
	Customer string   `json:"customer"`
	Receipt  string   `json:"receipt,omitempty"` // its number; empty: the newest of the customer
	Words    []string `json:"words,omitempty"`   // more that must be in no file
	Dirs     []string `json:"dirs,omitempty"`    // whose every byte is read
}

// A Finding is one thing that was found.
type Finding struct {
	Left  bool   `json:"left"` // it should be gone
	Where string `json:"where"`
	What  string `json:"what"`
}

// A Report says what was looked at and what was found.
type Report struct {
	Receipt *Receipt  `json:"receipt,omitempty"`
	Records int       `json:"records"` // looked at in the store
	Files   int       `json:"files"`
	Bytes   int64     `json:"bytes"`
	Found   []Finding `json:"found"`
}

// Gone says that nothing is left that should be gone.
func (r *Report) Gone() bool {
	return !slices.ContainsFunc(r.Found, func(f Finding) bool { return f.Left })
}

func (r *Report) left(where, format string, args ...any) {
	r.Found = append(r.Found, Finding{true, where, fmt.Sprintf(format, args...)})
}

func (r *Report) stays(where, format string, args ...any) {
	r.Found = append(r.Found, Finding{false, where, fmt.Sprintf(format, args...)})
}

// Verify looks whether a customer was erased: that the receipt is ours, that no
// erasure is under way, that there is no key, that no record in the store is of
// them, and that no file holds their id.
func (e *Eraser) Verify(ctx context.Context, q Query) (*Report, error) {
	r := &Report{Found: []Finding{}}
	names := []string{e.cfg.Ring.Name(q.Customer)}
	if err := e.receipt(ctx, q, r); err != nil {
		return nil, err
	}
	if r.Receipt != nil {
		for _, n := range r.Receipt.Names {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	if _, _, err := e.begun.Get(ctx, names[0]); err == nil {
		r.left("the store", "an erasure has begun and not ended: it goes on at the next start, or with `parley customer erase`")
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err := e.records(ctx, q, names, r); err != nil {
		return nil, err
	}
	for _, dir := range q.Dirs {
		if err := e.search(ctx, dir, q, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// receipt finds the receipt and checks it.
func (e *Eraser) receipt(ctx context.Context, q Query, r *Report) error {
	ids := []string{q.Receipt}
	if q.Receipt == "" {
		var err error
		if ids, err = e.receipts.Keys(ctx); err != nil {
			return err
		}
	}
	for _, id := range ids {
		b, _, err := e.receipts.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			r.left("the receipt", "there is no receipt %s", id)
			return nil
		}
		var one Receipt
		if err == nil {
			err = json.Unmarshal(b, &one)
		}
		if err != nil {
			return fmt.Errorf("read the receipt %s: %w", id, err)
		}
		ours := len(one.Names) > 0 && one.Names[0] == e.cfg.Ring.Name(q.Customer)
		if ours && (r.Receipt == nil || one.Done.After(r.Receipt.Done)) {
			r.Receipt = &one
		}
		if !ours && q.Receipt != "" {
			r.left("the receipt", "%s is of another customer", id)
			return nil
		}
	}
	if r.Receipt == nil {
		r.left("the receipt", "no receipt tells that this customer was erased")
		return nil
	}
	if !hmac.Equal([]byte(r.Receipt.mac(e.cfg.Ring)), []byte(r.Receipt.MAC)) {
		r.left("the receipt", "%s was changed after it was written", r.Receipt.ID)
	}
	return nil
}

// records looks at everything that is in the store, keys included.
func (e *Eraser) records(ctx context.Context, q Query, names []string, r *Report) error {
	seen, back := map[string]int{}, 0
	// later says that what names the customer was sealed after the erasure.
	later := func(text []byte) bool {
		return r.Receipt != nil && !slices.ContainsFunc(r.Receipt.Keys, func(k string) bool { return bytes.Contains(text, []byte(k)) })
	}
	check := func(rec store.Record) error {
		r.Records++
		where := string(rec.Kind)
		if rec.Kind == store.KindKey {
			where = "the bucket " + rec.Name
		}
		if seal.Bucket(rec.Name) && rec.Kind == store.KindKey {
			for _, n := range names {
				if rec.Key != seal.KeyName(n) {
					continue
				}
				ref, has, err := e.cfg.Ring.Held(ctx, n)
				switch {
				case err != nil:
					return err
				case !has:
				case later([]byte(ref.String())):
					back++
				default:
					r.left(where, "there is a key: what is kept of them can be read")
				}
			}
			return nil
		}
		if rec.Kind == store.KindKey && (rec.Name == "receipts" || slices.Contains(e.cfg.Books, rec.Name)) {
			return nil
		}
		text := slices.Concat([]byte(rec.Name+"\x00"+rec.Key+"\x00"), rec.Data)
		for _, n := range names {
			if bytes.Contains(text, []byte(n)) {
				if later(text) && bytes.Contains(rec.Data, []byte(n+".")) {
					back++
				} else {
					seen[where]++
				}
				return nil
			}
		}
		for _, w := range q.plain() {
			if contains(text, w) {
				seen[where]++
				return nil
			}
		}
		return nil
	}
	if err := store.Export(ctx, e.cfg.Store, check); err != nil {
		return err
	}
	for _, where := range sorted(seen) {
		r.left(where, "%d records are of this customer", seen[where])
	}
	if back > 0 {
		r.stays("the store", "%d records are newer: this customer came back after the erasure, with another key", back)
	}
	return nil
}

func sorted(m map[string]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// plain are the words that must stand nowhere.
func (q Query) plain() []string { return append([]string{q.Customer}, q.Words...) }

// contains finds a word that is not a piece of a longer one: C100 is not in C1007.
func contains(text []byte, word string) bool {
	for {
		i := bytes.Index(text, []byte(word))
		if i < 0 || word == "" {
			return false
		}
		end := i + len(word)
		if (i == 0 || !inWord(text[i-1], word[0])) && (end == len(text) || !inWord(text[end], word[len(word)-1])) {
			return true
		}
		text = text[i+1:]
	}
}

// inWord says whether a byte beside an edge makes a longer word of it.
func inWord(beside, edge byte) bool {
	alnum := func(c byte) bool {
		return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '-'
	}
	return alnum(beside) && alnum(edge)
}

// search reads every byte of a folder, while others may write there.
func (e *Eraser) search(ctx context.Context, dir string, q Query, r *Report) error {
	dead := 0
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil || d.IsDir() {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Files++
		r.Bytes += int64(len(b))
		for _, w := range q.plain() {
			if !contains(b, w) {
				continue
			}
			if w == q.Customer && slices.ContainsFunc(e.cfg.Books, func(s string) bool { return strings.Contains(file, "KV_"+s+string(filepath.Separator)) }) {
				r.stays(file, "names the customer: these are the shop's own books")
				continue
			}
			r.left(file, "holds %q in plain", w)
		}
		if strings.Contains(file, "KV_receipts"+string(filepath.Separator)) {
			return nil
		}
		if r.Receipt != nil {
			for _, k := range r.Receipt.Keys {
				dead += bytes.Count(b, []byte(k))
			}
		}
		return nil
	})
	if dead > 0 && r.Gone() {
		r.stays(dir, "%d remnants of what was sealed: its key is gone, nobody can read it, and the engine writes over it by and by", dead)
	}
	return err
}
