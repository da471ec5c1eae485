package script

import (
	"io/fs"
	"strings"
	"testing"
)

// Test plays every script of a file system, a subtest each.
func Test(t *testing.T, fsys fs.FS, cfg Config) {
	t.Helper()
	scripts, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		if cfg.Only != nil && !cfg.Only(s.Name) {
			continue
		}
		t.Run(s.file, func(t *testing.T) {
			for range max(1, cfg.Runs) {
				r, err := Play(t.Context(), s, cfg)
				if err != nil {
					t.Fatal(err)
				}
				if r.Skipped != "" {
					t.Skip(r.Skipped)
				}
				if !r.OK() {
					var b strings.Builder
					r.Print(&b, false)
					t.Error("\n" + b.String())
				}
			}
		})
	}
}
