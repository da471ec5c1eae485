package memory

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/memory/embed"
)

// An Embedder turns texts into vectors, one each, all of one length. Which
// vectors may be compared is told by its name: two that go by one name share a
// space.
type Embedder struct {
	Name  string
	Embed func(ctx context.Context, texts []string) ([][]float32, error)
}

// How long an embedder outside may take, and for how long it is not asked
// again after it failed.
const (
	patience = 2 * time.Second
	pause    = time.Minute
)

// meanings is where vectors come from: an embedder outside, where there is one
// and it answers, else the table in the binary.
type meanings struct {
	outside *Embedder
	table   *embed.Table
	now     func() time.Time
	log     *slog.Logger

	mu   sync.Mutex
	away time.Time // until then the table is used
}

func newMeanings(cfg Config) (*meanings, error) {
	table, err := embed.Default()
	return &meanings{outside: cfg.Embedder, table: table, now: cfg.Now, log: cfg.Log}, err
}

// tableSpace is the name of the table's space.
const tableSpace = "table"

// space is the one to use now.
func (m *meanings) space() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.outside == nil || m.now().Before(m.away) {
		return tableSpace
	}
	return m.outside.Name
}

// embed gives the vectors of texts in a space. When the embedder outside fails,
// it is told once, and the table is the space to use for a while.
func (m *meanings) embed(ctx context.Context, space string, texts []string) ([][]float32, error) {
	if space == tableSpace {
		out := make([][]float32, len(texts))
		for i, t := range texts {
			out[i] = m.table.Vector(t)
		}
		return out, nil
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := m.outside.Embed(bounded, texts)
	if err == nil && len(out) != len(texts) {
		err = fmt.Errorf("%d vectors for %d texts", len(out), len(texts))
	}
	if err == nil || ctx.Err() != nil {
		return out, err
	}
	m.mu.Lock()
	m.away = m.now().Add(pause)
	m.mu.Unlock()
	if m.log != nil {
		m.log.Warn("recall uses the table in the binary: the embedding model does not answer", "model", space, "error", err)
	}
	return nil, err
}
