package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written gives a folder with ten appends to one log, whose process was killed.
func written(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := opened(t, Config{Dir: dir})
	for i := range uint64(10) {
		if _, err := s.Append(t.Context(), "a", i, json.RawMessage(fmt.Sprintf(`"item %d"`, i+1))); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	e, ok := readEnds(dir)
	if !ok || e.Logs != 10 || !e.Closed {
		t.Fatalf("the ends are %+v", e)
	}
	e.Closed = false
	if err := writeEnds(dir, e); err != nil {
		t.Fatal(err)
	}
	return dir
}

func block(dir string) string { return filepath.Join(streamsDir(dir), "log", "msgs", "1.blk") }

func edit(t *testing.T, name string, how func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, how(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flipIn(text string) func([]byte) []byte {
	return func(b []byte) []byte { b[bytes.Index(b, []byte(text))] ^= 1; return b }
}

func items(t *testing.T, s Store) string {
	t.Helper()
	list, err := s.Read(t.Context(), "a", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		out = append(out, fmt.Sprint(i.Seq))
	}
	return strings.Join(out, " ")
}

func TestBlocksOfAWholeFolderAreWhole(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, Config{Dir: dir})
	furnish(t, s) // with what is deleted again
	s.Close()
	streams, damages, err := InspectFiles(dir)
	if err != nil || len(damages) > 0 {
		t.Errorf("%v, %v", damages, err)
	}
	records := map[string]int{}
	for _, s := range streams {
		records[s.Name] = s.Records
	}
	if records["log"] < 6 || records["events"] != 3 || records["KV_one"] == 0 || records["OBJ_objects"] == 0 {
		t.Errorf("records: %v", records)
	}
}

func TestAFlippedByteIsFoundBeforeTheEngineCutsWhatIsBehindIt(t *testing.T) {
	dir := written(t)
	edit(t, block(dir), flipIn("item 4"))
	before := contents(t, dir)
	_, err := Open(t.Context(), Config{Dir: dir})
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "6 whole records (5 to 10)") || !strings.Contains(err.Error(), "parley doctor --repair") {
		t.Fatalf("opened with %v", err)
	}
	after := contents(t, dir)
	delete(before, filepath.Join(dir, "LOCK"))
	delete(after, filepath.Join(dir, "LOCK"))
	if !maps.Equal(before, after) {
		t.Error("the folder was changed")
	}
	damages, err := RepairFiles(dir)
	if err != nil || len(damages) != 1 {
		t.Fatal(damages, err)
	}
	s := opened(t, Config{Dir: dir})
	if got := items(t, s); got != "1 2 3 5 6 7 8 9 10" {
		t.Errorf("after the repair there are %s", got)
	}
	if last, err := s.Append(t.Context(), "a", 10, json.RawMessage(`"item 11"`)); err != nil || last != 11 {
		t.Errorf("it goes on with %d, %v", last, err)
	}
	if kept, err := os.ReadFile(filepath.Join(dir, "damaged", "log", "1.blk")); err != nil || len(kept) == 0 {
		t.Errorf("the block as it was is not kept: %v", err)
	}
}

func TestAHoleInABlockIsSteppedOver(t *testing.T) {
	dir := written(t)
	edit(t, block(dir), func(b []byte) []byte {
		at := bytes.Index(b, []byte("item 4"))
		clear(b[at-150 : at+120]) // headers of several records
		return b
	})
	_, damages, err := InspectFiles(dir)
	if err != nil || len(damages) != 1 || damages[0].Behind < 4 || damages[0].Last != 10 {
		t.Errorf("found %v, %v", damages, err)
	}
}

func TestATruncatedLastBlockOpensAndSaysWhatIsLost(t *testing.T) {
	for _, closed := range []bool{false, true} {
		t.Run(fmt.Sprint("closed ", closed), func(t *testing.T) { truncated(t, closed) })
	}
}

func truncated(t *testing.T, closed bool) {
	dir := written(t)
	if err := writeEnds(dir, ends{Logs: 10, Closed: closed}); err != nil {
		t.Fatal(err)
	}
	edit(t, block(dir), func(b []byte) []byte { return b[:bytes.Index(b, []byte(`"item 8"`))] })
	_, damages, err := InspectFiles(dir)
	if err != nil || len(damages) != 1 || !damages[0].Torn {
		t.Errorf("found %v, %v", damages, err)
	}
	var said bytes.Buffer
	s := opened(t, Config{Dir: dir, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if got := items(t, s); got != "1 2 3 4 5 6 7" {
		t.Errorf("there are %s", got)
	}
	for _, want := range []string{"level=ERROR", "acknowledged is gone", "lost=3", "ended at\"=10", "not whole; it is cut off"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, said.String())
		}
	}
	if last, err := s.Append(t.Context(), "a", 7, json.RawMessage(`"item 8"`)); err != nil || last != 8 {
		t.Errorf("it goes on with %d, %v", last, err)
	}
	s.Close()
	said.Reset()
	opened(t, Config{Dir: dir, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if strings.Contains(said.String(), "ERROR") {
		t.Errorf("it is told again:\n%s", said.String())
	}
}

func TestOfAFolderThatWasClosedOnlyTheEndsAreRead(t *testing.T) {
	dir := written(t)
	e, _ := readEnds(dir)
	e.Closed = true
	if err := writeEnds(dir, e); err != nil {
		t.Fatal(err)
	}
	// Another block comes after the one that is damaged.
	b, err := os.ReadFile(block(dir))
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(block(dir)), "2.blk"), nil, 0o600)
	}
	if err != nil || len(b) == 0 {
		t.Fatal(err)
	}
	edit(t, block(dir), flipIn("item 4"))
	if _, damages, err := inspect(dir, true); err != nil || len(damages) > 0 {
		t.Errorf("found %v, %v", damages, err)
	}
}

func FuzzInspectBlock(f *testing.F) {
	f.Add([]byte("\x1e\x00\x00\x00 not a record at all, but long enough to look at"))
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "1.blk")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		size, s, found, err := inspectBlock("log", name)
		if err != nil || size != int64(len(b)) {
			t.Fatal(size, err)
		}
		covered := int64(0)
		for _, d := range found {
			covered += d.Bytes
		}
		if covered > size || s.Records == 0 && covered != size {
			t.Errorf("%d of %d bytes are damaged, %d records are whole", covered, size, s.Records)
		}
	})
}

func BenchmarkInspectBlock(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(b.Context(), Config{Dir: dir, Unsynced: true})
	if err != nil {
		b.Fatal(err)
	}
	data := json.RawMessage(`"` + strings.Repeat("x", 300) + `"`)
	var list []Record
	for i := range 15_000 {
		list = append(list, Record{Kind: KindAppend, Name: fmt.Sprint("c", i%1000), Last: uint64(i/1000 + 1), Data: data})
	}
	if err := Import(b.Context(), s, each(list)); err != nil {
		b.Fatal(err)
	}
	s.Close()
	b.ReportAllocs()
	for b.Loop() {
		size, _, found, err := inspectBlock("log", block(dir))
		if err != nil || len(found) > 0 {
			b.Fatal(found, err)
		}
		b.SetBytes(size)
	}
}
