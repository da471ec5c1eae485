package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
)

func opened(t *testing.T, cfg Config) Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// noting is a step that notes its turn in a log.
func noting(name string) Step {
	return Step{name, func(ctx context.Context, s Store) error {
		last, err := s.Last(ctx, "steps")
		if err == nil {
			_, err = s.Append(ctx, "steps", last, json.RawMessage(fmt.Sprintf("%q", name)))
		}
		return err
	}}
}

func noted(t *testing.T, s Store) string {
	t.Helper()
	items, err := s.Read(t.Context(), "steps", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range items {
		names = append(names, strings.Trim(string(i.Data), `"`))
	}
	return strings.Join(names, " ")
}

func schemaOf(t *testing.T, s Store) int {
	t.Helper()
	v, err := Schema(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnOlderStoreTakesTheStepsThatAreLeft(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, Config{Dir: dir})
	if v := schemaOf(t, s); v != 1 {
		t.Errorf("without steps the schema is %d", v)
	}
	s.Close()
	s = opened(t, Config{Dir: dir, Steps: []Step{noting("a")}})
	s.Close()
	for range 2 {
		s = opened(t, Config{Dir: dir, Steps: []Step{noting("a"), noting("b"), noting("c")}})
		if got, v := noted(t, s), schemaOf(t, s); got != "a b c" || v != 4 {
			t.Errorf("steps %q, schema %d; want a b c, 4", got, v)
		}
		s.Close()
	}
}

func TestANewStoreTakesNoStep(t *testing.T) {
	s := opened(t, Config{Dir: t.TempDir(), Steps: []Step{noting("a")}})
	if got, v := noted(t, s), schemaOf(t, s); got != "" || v != 2 {
		t.Errorf("steps %q, schema %d", got, v)
	}
}

func TestAStepThatFailsIsTakenAgainAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	opened(t, Config{Dir: dir}).Close()
	broken := Step{"b", func(context.Context, Store) error { return errors.New("no luck") }}
	_, err := Open(t.Context(), Config{Dir: dir, Steps: []Step{noting("a"), broken}})
	if err == nil || !strings.Contains(err.Error(), "from schema 2 to 3 (b): no luck") {
		t.Fatalf("the failure reads %v", err)
	}
	s := opened(t, Config{Dir: dir, Steps: []Step{noting("a"), noting("b")}})
	if got := noted(t, s); got != "a b" {
		t.Errorf("steps %q: the first is through, the second is taken again", got)
	}
}

func TestAStepSurvivesAKillInTheMiddle(t *testing.T) {
	if dir := os.Getenv("PARLEY_TEST_MIGRATE"); dir != "" {
		kill := Step{"b", func(ctx context.Context, s Store) error {
			if err := noting("half").Run(ctx, s); err != nil {
				return err
			}
			p, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = p.Kill()
			}
			<-ctx.Done()
			return err
		}}
		_, err := Open(t.Context(), Config{Dir: dir, Steps: []Step{noting("a"), kill}})
		t.Fatal("still here: ", err)
	}
	dir := t.TempDir()
	opened(t, Config{Dir: dir}).Close()
	cmd := exec.Command(os.Args[0], "-test.run", "TestAStepSurvivesAKillInTheMiddle$")
	cmd.Env = append(os.Environ(), "PARLEY_TEST_MIGRATE="+dir)
	if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "still here") {
		t.Fatalf("the child was not killed: %s", out)
	}
	if _, err := Open(t.Context(), Config{Dir: dir, Steps: []Step{noting("a")}}); !errors.Is(err, ErrSchema) {
		t.Errorf("a folder half on its way to 3 opened for schema 2: %v", err)
	}
	s := opened(t, Config{Dir: dir, Steps: []Step{noting("a"), noting("b")}})
	if got, v := noted(t, s), schemaOf(t, s); got != "a half b" || v != 3 {
		t.Errorf("steps %q, schema %d", got, v)
	}
}

// contents hashes all files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		out[name] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatANewerOneWroteIsRefusedAndNotTouched(t *testing.T) {
	dir := t.TempDir()
	opened(t, Config{Dir: dir, Steps: []Step{noting("a"), noting("b")}}).Close()
	before := contents(t, dir)
	_, err := Open(t.Context(), Config{Dir: dir, Steps: []Step{noting("a")}})
	if !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), dir+" has schema 3, and this one knows up to 2") {
		t.Errorf("got %v", err)
	}
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Error(cmp.Diff(before, after))
	}
	// Without its file the folder is known by what is stored in it.
	if err := os.Remove(filepath.Join(dir, schemaFile)); err != nil {
		t.Fatal(err)
	}
	limits := &Limits{Buckets: map[string]int64{schemaBucket: 1 << 20}}
	if _, err := Open(t.Context(), Config{Dir: dir, Limits: limits}); !errors.Is(err, ErrSchema) {
		t.Errorf("without its file: %v", err)
	}
	s := opened(t, Config{Dir: dir, Steps: []Step{noting("a"), noting("b")}})
	b, err := s.Bucket(t.Context(), schemaBucket)
	if err != nil {
		t.Fatal(err)
	}
	if most := b.(*bucket).stream.CachedInfo().Config.MaxBytes; most != -1 {
		t.Errorf("who was refused has set a bound of %d", most)
	}
}

// outside runs a server for processes to connect to.
func outside(t *testing.T) string {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server did not start")
	}
	return srv.ClientURL()
}

func TestOnlyOneProcessOfManyTakesAStep(t *testing.T) {
	url := outside(t)
	opened(t, Config{URL: url}).Close()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			s, err := Open(t.Context(), Config{URL: url, Steps: []Step{noting("a"), noting("b")}})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wait.Wait()
	s := opened(t, Config{URL: url, Steps: []Step{noting("a"), noting("b")}})
	if got := noted(t, s); got != "a b" {
		t.Errorf("steps %q", got)
	}
}

func TestAStepOfAProcessThatFellSilentIsTakenOver(t *testing.T) {
	url := outside(t)
	s := opened(t, Config{URL: url})
	b, err := s.Bucket(t.Context(), schemaBucket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), schemaKey, []byte(`{"version":1,"by":"gone","beat":7}`)); err != nil {
		t.Fatal(err)
	}
	s = opened(t, Config{URL: url, Steps: []Step{noting("a")}, silent: time.Millisecond})
	if got, v := noted(t, s), schemaOf(t, s); got != "a" || v != 2 {
		t.Errorf("steps %q, schema %d", got, v)
	}
}
