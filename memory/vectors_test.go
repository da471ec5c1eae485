package memory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/philippgille/chromem-go"
)

// What chromem-go does that would hurt, each beside what recall does about it.

func vectorsFor(t *testing.T, e *Embedder) (*vectors, *meanings) {
	t.Helper()
	from, err := newMeanings(Config{Now: time.Now, Embedder: e})
	if err != nil {
		t.Fatal(err)
	}
	return &vectors{from: from, space: from.space()}, from
}

func texts(list ...string) (out []Turn) {
	for _, text := range list {
		out = append(out, Turn{Text: text})
	}
	return out
}

// fill makes the vectors of some turns.
func (v *vectors) of(t *testing.T, turns []Turn) *vectors {
	t.Helper()
	v.reset(v.space, len(turns))
	if err := v.fill(t.Context(), turns); err != nil {
		t.Fatal(err)
	}
	return v
}

// The library tells collections apart by 32 bits of a hash of their names, so
// that two customers may share one. Here a customer has a database.
func TestNoTwoCustomersShareACollection(t *testing.T) {
	a, _ := vectorsFor(t, nil)
	b, _ := vectorsFor(t, nil)
	a.of(t, texts("a secret of one customer"))
	b.of(t, texts("socks", "gloves"))
	if a.kept == b.kept || a.kept.Count() != 1 || b.kept.Count() != 2 {
		t.Errorf("collections of %d and %d vectors", a.kept.Count(), b.kept.Count())
	}
}

// Delete with an empty filter deletes everything in the library: here nothing
// is ever deleted from a collection, it is dropped whole.
func TestNothingIsDeletedFromACollection(t *testing.T) {
	c, err := chromem.NewDB().CreateCollection("x", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2"} {
		if err := c.AddDocument(t.Context(), chromem.Document{ID: id, Embedding: []float32{1, 0}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Delete(t.Context(), map[string]string{}, nil, "1"); err != nil || c.Count() != 0 {
		t.Errorf("the library now keeps %d, %v: this trap is gone", c.Count(), err)
	}
	forbidden(t, "Delete")
}

// forbidden fails where the package's code that touches the library holds one
// of some words.
func forbidden(t *testing.T, words ...string) {
	t.Helper()
	b, err := os.ReadFile("vectors.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if strings.Contains(string(b), w) {
			t.Errorf("vectors.go holds %s", w)
		}
	}
}

// The library's files do not outlive a kill: nothing is written.
func TestVectorsAreNeverWrittenToDisk(t *testing.T) {
	forbidden(t, "NewPersistentDB", "Export", "Import")
	t.Chdir(t.TempDir())
	v, _ := vectorsFor(t, nil)
	v.of(t, texts("a tent", "a bag"))
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("files %v, %v", files, err)
	}
}

// A query for more than there are is an error in the library.
func TestAQueryNeverAsksForMoreThanThereAre(t *testing.T) {
	v, _ := vectorsFor(t, nil)
	turns := texts("a tent", "😀", "a bag") // one has no vector
	v.of(t, turns)
	if near, err := v.near(t.Context(), "tents", turns); err != nil || near[0] < .5 || near[1] != 0 {
		t.Errorf("%v, %v", near, err)
	}
	empty, _ := vectorsFor(t, nil)
	if near, err := empty.of(t, texts("😀")).near(t.Context(), "tents", texts("😀")); err != nil || near[0] != 0 {
		t.Errorf("of no vector: %v, %v", near, err)
	}
}

// A vector without direction has NaN for a cosine in the library, and one of
// another length is taken and then fails every query.
func TestABadVectorIsLeftOut(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	v, _ := vectorsFor(t, nil)
	for i, bad := range [][]float32{nil, {0, 0}, {nan, 1}, {inf, 1}} {
		if err := v.keep(t.Context(), i, bad); err != nil || v.kept != nil {
			t.Errorf("%v was kept, %v", bad, err)
		}
	}
	if err := v.keep(t.Context(), 5, []float32{1, 0}); err != nil {
		t.Fatal(err)
	}
	if err := v.keep(t.Context(), 6, []float32{1, 0, 0}); !errors.Is(err, errLength) || v.kept.Count() != 1 {
		t.Errorf("a longer vector: %v, %d kept", err, v.kept.Count())
	}
}

// Without a function the library sends texts to OpenAI: ours refuses.
func TestATextIsNeverSentAnywhere(t *testing.T) {
	v, _ := vectorsFor(t, nil)
	v.of(t, texts("a tent"))
	if _, err := v.kept.Query(t.Context(), "my address", 1, nil, nil); err == nil || !strings.Contains(err.Error(), "without its vector") {
		t.Errorf("a text was embedded by the library: %v", err)
	}
}

// An outside embedder of a test: letters are its dimensions.
func letters(dim int) *Embedder {
	return &Embedder{Name: "letters", Embed: func(_ context.Context, texts []string) ([][]float32, error) {
		out := make([][]float32, len(texts))
		for i, t := range texts {
			out[i] = make([]float32, dim)
			for _, c := range t {
				out[i][int(c)%dim]++
			}
		}
		return out, nil
	}}
}

func TestWhenTheEmbeddingModelIsAwayTheTableIsUsedAndSpacesNeverMix(t *testing.T) {
	e := letters(40)
	works, up := e.Embed, true
	e.Embed = func(ctx context.Context, texts []string) ([][]float32, error) {
		if !up {
			return nil, errors.New("connection refused")
		}
		return works(ctx, texts)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v, from := vectorsFor(t, e)
	from.now = func() time.Time { return now }
	turns := texts("a tent", "防水夹克", "a bag")
	look := func(space string, dim int) {
		t.Helper()
		if err := v.fill(t.Context(), turns); err != nil {
			t.Fatal(err)
		}
		near, err := v.near(t.Context(), "rain jacket", turns)
		if err != nil || v.space != space || v.dim != dim || v.kept.Count() != len(turns) {
			t.Fatalf("space %s of %d, %d vectors, %v; want %s of %d", v.space, v.dim, v.kept.Count(), err, space, dim)
		}
		if space == tableSpace && near[1] < near[2] {
			t.Errorf("the table finds %v", near)
		}
	}
	v.reset(v.space, len(turns))
	look("letters", 40)
	up = false // it goes away between the turns and the question
	look(tableSpace, 256)
	turns = append(turns, Turn{Text: "another"})
	v.waiting = append(v.waiting, len(turns)-1)
	look(tableSpace, 256)
	up = true
	look(tableSpace, 256) // it is not asked again yet
	now = now.Add(pause)
	look("letters", 40)
}

func TestAModelOfAnotherLengthUnderTheSameNameStartsAfresh(t *testing.T) {
	e := letters(40)
	v, _ := vectorsFor(t, e)
	turns := texts("a tent", "a bag")
	v.of(t, turns)
	e.Embed = letters(60).Embed
	turns = append(turns, Turn{Text: "socks"})
	v.waiting = append(v.waiting, 2)
	for range 2 { // it is seen with the first, all are made with the next
		if err := v.fill(t.Context(), turns); err != nil {
			t.Fatal(err)
		}
	}
	if near, err := v.near(t.Context(), "socks", turns); err != nil || v.dim != 60 || v.kept.Count() != 3 || near[2] < .99 {
		t.Errorf("%d vectors of %d: %v, %v", v.kept.Count(), v.dim, near, err)
	}
}

func TestALongHistoryIsEmbeddedBitByBitTheNewestFirst(t *testing.T) {
	asked := 0
	e := letters(40)
	works := e.Embed
	e.Embed = func(ctx context.Context, texts []string) ([][]float32, error) {
		asked = max(asked, len(texts))
		return works(ctx, texts)
	}
	v, _ := vectorsFor(t, e)
	var turns []Turn
	for i := range 150 {
		turns = append(turns, Turn{Text: fmt.Sprint("turn ", i)})
	}
	v.of(t, turns)
	if n := v.kept.Count(); n != atOnce || asked != atOnce || slices.Contains(v.waiting, 149) || !slices.Contains(v.waiting, 0) {
		t.Errorf("%d vectors at first, %d asked for", n, asked)
	}
	for range 2 {
		if err := v.fill(t.Context(), turns); err != nil {
			t.Fatal(err)
		}
	}
	if n := v.kept.Count(); n != 150 || len(v.waiting) != 0 {
		t.Errorf("%d vectors in the end", n)
	}
}
