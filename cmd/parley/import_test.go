package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestImportKeepsWhatIsSoundAndTheSecondTimeChangesNothing(t *testing.T) {
	dir := t.TempDir()
	feed, out := filepath.Join(dir, "feed.tsv"), filepath.Join(dir, "shop")
	if err := os.WriteFile(feed, []byte("id\ttitle\tprice\n1\tTent\t5 USD\n2\t\t3 USD\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(out, "products.jsonl")
	if code := run(context.Background(), []string{"import", feed, "--out", out}); code != 0 {
		t.Fatalf("exit %d", code)
	}
	old := time.Unix(1e9, 0)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	if code := run(context.Background(), []string{"import", feed, "--out", out}); code != 0 {
		t.Fatalf("the second time: exit %d", code)
	}
	if info, err := os.Stat(file); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("the same feed wrote the file again: %v", err)
	}
	if code := run(context.Background(), []string{"import", out, "--dry"}); code != 0 {
		t.Errorf("a shop's folder is no feed to import: exit %d", code)
	}
	if _, err := openShop(out, time.Now(), func(string) {}); err != nil {
		t.Errorf("the imported folder cannot be served: %v", err)
	}
}

func TestAFeedThatWasCutOffTakesNothingAway(t *testing.T) {
	dir := t.TempDir()
	item := func(id string) string {
		return "<item><g:id>" + id + "</g:id><g:title>Tent " + id + "</g:title><g:price>5 USD</g:price></item>"
	}
	whole := `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>` + item("1") + item("2") + item("3") + item("4") + `</channel></rss>`
	for name, cut := range map[string]string{"breaks off": whole[:strings.Index(whole, "Tent 4")], "loses most": whole[:strings.Index(whole, "<item><g:id>2")] + "</channel></rss>"} {
		feed, out := filepath.Join(dir, "feed.xml"), filepath.Join(dir, name)
		importing := func(text string, more ...string) (string, int) {
			write(t, feed, text)
			return parley(t, dir, nil, append([]string{"import", feed, "--out", out}, more...)...)
		}
		if said, code := importing(whole); code != 0 {
			t.Fatalf("exit %d\n%s", code, said)
		}
		said, code := importing(cut)
		if b, err := os.ReadFile(filepath.Join(out, "products.jsonl")); code != 1 || !strings.Contains(said, "--force") || err != nil || strings.Count(string(b), "\n") != 4 {
			t.Errorf("%s: exit %d, %v, now:\n%s\n%s", name, code, err, b, said)
		}
		if said, code := importing(cut, "--force"); code != 0 {
			t.Errorf("%s, forced: exit %d\n%s", name, code, said)
		}
	}
}
