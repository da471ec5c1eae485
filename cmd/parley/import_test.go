package main

import (
	"context"
	"os"
	"path/filepath"
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
	if _, err := openShop(out, time.Now(), func(string) {}); err != nil {
		t.Errorf("the imported folder cannot be served: %v", err)
	}
}
