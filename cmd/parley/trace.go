package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/channels"
	"parley/memory/store"
)

type traceCmd struct {
	Conversation string `arg:"" optional:"" help:"A conversation's id, or how it begins. Without one, the conversations are listed."`
	Last         bool   `help:"The conversation that something was said in last."`
	Turns        int    `placeholder:"N" help:"Only the last N turns."`
	JSON         bool   `help:"As JSON."`

	Data string `default:"parley-data" env:"PARLEY_DATA_DIR" placeholder:"DIR" help:"Where conversations are kept."`
	natsSettings
	keyring
}

// Run shows what happened in the turns of a conversation. When a server has the
// data folder, that server is asked.
func (c *traceCmd) Run(ctx context.Context) error {
	found, err := c.find(ctx)
	if err != nil {
		return err
	}
	return c.print(os.Stdout, found)
}

func (c *traceCmd) query() traceQuery {
	return traceQuery{Conversation: c.Conversation, Last: c.Last, Turns: c.Turns}
}

func (c *traceCmd) find(ctx context.Context) (*traced, error) {
	if c.Nats == "" {
		if _, err := os.Stat(filepath.Join(c.Data, "nats")); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there are no conversations in %s; name the folder that `parley serve` or `parley chat` works in with --data", c.Data)
		}
	}
	log := slog.New(slog.DiscardHandler)
	st, err := openStore(ctx, &settings{Data: c.Data, natsSettings: c.natsSettings, keyring: c.keyring}, time.Now, log)
	if errors.Is(err, store.ErrLocked) {
		found, asked := askOperator(ctx, c.Data, c.query())
		if errors.Is(asked, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w; that process does not answer `parley trace`: end it, and ask again", err)
		}
		return found, asked
	}
	if err != nil {
		return nil, err
	}
	defer st.Close()
	ring, err := c.keyring.read(ctx, st, c.Data, log)
	if err != nil {
		return nil, err
	}
	hub, err := channels.New(channels.Config{Store: st, Ring: ring, Log: log})
	if err != nil {
		return nil, err
	}
	return c.query().find(ctx, hub, st)
}

func (c *traceCmd) print(w io.Writer, found *traced) error {
	if c.JSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(found)
	}
	if found.Conversation != nil {
		return found.Conversation.Tree(w)
	}
	if len(found.List) == 0 {
		_, err := fmt.Fprintln(w, "no conversations yet")
		return err
	}
	for _, l := range found.List {
		fmt.Fprintf(w, "%s  %s  %3d entries  %s\n", l.ID, l.At.Local().Format(time.DateTime), l.Entries, l.Customer)
	}
	_, err := fmt.Fprintln(w, "\n`parley trace ID` shows one; the beginning of an id is enough.")
	return err
}

// A traceQuery says what to look for.
type traceQuery struct {
	Conversation string `json:"conversation,omitempty"`
	Last         bool   `json:"last,omitempty"`
	Turns        int    `json:"turns,omitempty"`
}

// traced is what was found: one conversation, or the list of all.
type traced struct {
	Conversation *channels.Chronicle `json:"conversation,omitempty"`
	List         []summary           `json:"list,omitempty"`
}

// A summary is one line of the list.
type summary struct {
	ID       string    `json:"id"`
	Customer string    `json:"customer"`
	Entries  uint64    `json:"entries"`
	At       time.Time `json:"at"` // of the last entry
}

func (q traceQuery) find(ctx context.Context, hub *channels.Hub, st store.Store) (*traced, error) {
	if q.Conversation != "" && !q.Last {
		if r, err := hub.Chronicle(ctx, q.Conversation, q.Turns); err == nil {
			return &traced{Conversation: r}, nil
		} else if !errors.Is(err, error(channels.ErrNoConversation)) {
			return nil, err
		}
	}
	var ids []string
	if err := st.Logs(ctx, func(name string) error {
		if strings.HasPrefix(name, q.Conversation) {
			ids = append(ids, name)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if q.Conversation != "" && len(ids) != 1 {
		switch len(ids) {
		case 0:
			return nil, fmt.Errorf("no conversation begins with %q; `parley trace` lists them", q.Conversation)
		default:
			return nil, fmt.Errorf("%d conversations begin with %q; give more of the id", len(ids), q.Conversation)
		}
	}
	var list []summary
	for _, id := range ids {
		l, err := line(ctx, hub, st, id)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b summary) int { return b.At.Compare(a.At) })
	if q.Conversation == "" && !q.Last {
		return &traced{List: list[:min(len(list), 200)]}, nil
	}
	if len(list) == 0 {
		return nil, errors.New("there are no conversations yet")
	}
	r, err := hub.Chronicle(ctx, list[0].ID, q.Turns)
	return &traced{Conversation: r}, err
}

func line(ctx context.Context, hub *channels.Hub, st store.Store, id string) (summary, error) {
	l := summary{ID: id}
	if c, err := hub.Get(ctx, id); err == nil {
		l.Customer = strings.TrimSpace(c.Customer.ID + " " + c.Customer.Name)
	}
	var err error
	if l.Entries, err = st.Last(ctx, id); err != nil || l.Entries == 0 {
		return l, err
	}
	items, err := st.Read(ctx, id, l.Entries-1, 1)
	if err == nil && len(items) > 0 {
		l.At = items[0].At
	}
	return l, err
}
