package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/memory/seal"
	"parley/memory/store"
	"parley/tools/measure"
)

// A startBench fills a data folder as if a shop had been open for long, and
// times how soon a process that is started on it reads and answers.
type startBench struct {
	Entries   int    `name:"entries" default:"1000000" help:"start: entries of conversations that lie there."`
	Customers int    `name:"customers" default:"100000" help:"start: customers, each with a conversation."`
	Restart   string `hidden:"" placeholder:"DIR" help:"start on this folder, and tell."`

	// run is how a process is started on a folder; nil: this program again.
	run func(ctx context.Context, dir string) (started, error)
}

// started is what a process tells of its start. Times are from its beginning.
type started struct {
	Readable time.Duration `json:"readable"` // a history is read
	Serving  time.Duration `json:"serving"`  // the first message is answered
	Swept    time.Duration `json:"swept"`    // what earlier processes left is looked for
	RSS      int64         `json:"rss"`      // bytes resident then; 0 where that is not known
	CPU      time.Duration `json:"-"`        // of all of it; on a busy machine it says more than the rest
}

func (b *startBench) bench(ctx context.Context, _ []string) (out []measure.Figure, err error) {
	figure := func(of, metric string, v float64) {
		out = append(out, measure.Figure{Suite: "start", Case: of, Metric: metric, Value: v, N: b.Entries})
	}
	if b.Restart != "" {
		s, _, err := startOn(ctx, b.Restart)
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(s)
		}
		if err == nil {
			select {} // the parent kills it
		}
		return nil, err
	}
	if b.Customers < 1 || b.Entries < b.Customers {
		return nil, fmt.Errorf("--entries %d and --customers %d: each customer has one entry at least", b.Entries, b.Customers)
	}
	root, err := os.MkdirTemp("", "parley-start-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	dir := filepath.Join(root, "data")
	begun := time.Now()
	if err := b.fill(ctx, dir); err != nil {
		return nil, fmt.Errorf("fill a folder: %w", err)
	}
	figure("fill", "s", time.Since(begun).Seconds())
	figure("fill", "MB_on_disk", float64(sizeOf(dir))/1e6)
	run := b.run
	if run == nil {
		run = startProcess
	}
	// Each is killed, so that the second and third start after a crash.
	for _, of := range []string{"first", "again", "third"} {
		s, err := run(ctx, dir)
		if err != nil {
			return nil, fmt.Errorf("start on it: %w", err)
		}
		figure(of, "readable_s", s.Readable.Seconds())
		figure(of, "serving_s", s.Serving.Seconds())
		figure(of, "swept_s", s.Swept.Seconds())
		figure(of, "cpu_s", s.CPU.Seconds())
		figure(of, "resident_MB", float64(s.RSS)/1e6)
	}
	return out, nil
}

func sizeOf(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

func (b *startBench) fill(ctx context.Context, dir string) error {
	set := settings{Data: dir}
	st, err := store.Open(ctx, store.Config{Dir: dir, Unsynced: true, Steps: set.steps()})
	if err != nil {
		return err
	}
	ring, err := set.keyring.open(ctx, st, dir, set.logger(), time.Now)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	defer ring.Close()
	return errors.Join(store.Import(ctx, st, b.records(ctx, ring)), st.Close())
}

// window is how many conversations are held at once: their entries lie between
// each other's.
const window = 500

func benchCustomer(n int) string { return fmt.Sprint("C", n) }

func benchConversation(n int) string { return fmt.Sprintf("c%032x", n) }

// records are what lies in the folder, sealed as a shop's own.
func (b *startBench) records(ctx context.Context, ring *seal.Ring) iter.Seq2[store.Record, error] {
	at := time.Now().Add(-time.Hour)
	share, more := b.Entries/b.Customers, b.Entries%b.Customers
	return func(yield func(store.Record, error) bool) {
		put := func(r store.Record, who, as string, v any) bool {
			plain, err := json.Marshal(v)
			if err == nil {
				r.Data, err = ring.Seal(ctx, who, as, plain)
			}
			if r.Kind == store.KindAppend {
				r.Data = append(append([]byte("["), r.Data...), ']')
			}
			return yield(r, err)
		}
		for from := 0; from < b.Customers; from += window {
			to := min(from+window, b.Customers)
			for k := 0; k <= share; k++ {
				for n := from; n < to; n++ {
					if k == share && n >= more {
						continue
					}
					id := benchConversation(n)
					if !put(store.Record{Kind: store.KindAppend, Name: id, Last: uint64(k + 1), At: at}, benchCustomer(n), fmt.Sprintf("log %s %d", id, k+1), benchEntry(n, k, at)) {
						return
					}
				}
			}
			for n := from; n < to; n++ {
				id, who := benchConversation(n), benchCustomer(n)
				name := ring.Name(who)
				c := channels.Conversation{ID: id, Customer: llm.Customer{ID: who, Authenticated: true, Conversation: id, Locale: "en"}, Locale: "en", Transport: "web", Created: at}
				if !put(store.Record{Kind: store.KindKey, Name: "records", Key: id}, who, "conversation "+id, c) ||
					!put(store.Record{Kind: store.KindKey, Name: "owned", Key: name}, who, "visits "+name, map[string]any{"conversations": []string{id}}) ||
					!put(store.Record{Kind: store.KindKey, Name: "facts", Key: name}, who, "facts "+name, map[string]any{"facts": []any{}}) ||
					!put(store.Record{Kind: store.KindEvent, Name: fmt.Sprint("e", n), At: at}, who, "event", map[string]any{
						"event": "Product Viewed", "messageId": fmt.Sprint("e", n), "userId": who, "properties": map[string]string{"product_id": fmt.Sprint("P", n%500)},
					}) {
					return
				}
			}
		}
	}
}

// benchEntry is a question, or the answer to it.
func benchEntry(n, k int, at time.Time) channels.Entry {
	question := fmt.Sprintf("m%d.%d", n, k-k%2)
	if k%2 == 0 {
		return channels.Entry{Seq: uint64(k + 1), ID: question, From: channels.From{Role: channels.RoleShopper}, Kind: channels.KindText, At: at,
			Body: json.RawMessage(`{"text":"do you have a waterproof jacket under 120 euros, in blue if possible?"}`)}
	}
	return channels.Entry{Seq: uint64(k + 1), ID: question + "/1", From: channels.From{Role: channels.RoleAssistant}, Kind: channels.KindText, At: at, Answers: question,
		Body: json.RawMessage(`{"text":"Yes: three of them. The lightest is 89 euros and there in blue, sizes S to XL. Shall I show it to you?","suggest":["Show it","Something cheaper"]}`)}
}

// startProcess runs this program again on a folder, and kills it once it has told.
func startProcess(ctx context.Context, dir string) (s started, err error) {
	me, err := os.Executable()
	if err != nil {
		return s, err
	}
	begun := time.Now()
	cmd := exec.CommandContext(ctx, me, "bench", "start", "--restart", dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}()
	exec := time.Since(begun)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return s, fmt.Errorf("it told nothing: %w", err)
	}
	if err := json.Unmarshal(line, &s); err != nil {
		return s, err
	}
	s.Readable, s.Serving, s.Swept = s.Readable+exec, s.Serving+exec, s.Swept+exec
	return s, nil
}

// startOn starts as serve does, up to the first answer.
func startOn(ctx context.Context, dir string) (s started, stop func(), err error) {
	begun := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	set := settings{Shop: "demo", Data: dir, Model: "builtin", Tools: "auto"}
	a, _, err := set.open(ctx, set.logger(), time.Now)
	if err != nil {
		cancel()
		return s, nil, err
	}
	ran := make(chan error, 1)
	var reading sync.WaitGroup
	stop = func() { cancel(); <-ran; reading.Wait(); a.Store.Close() }
	defer func() {
		if err != nil {
			stop()
		}
	}()
	reading.Go(func() { _ = a.Views.Load(ctx) }) // beside it, as serve does
	list, err := a.Hub.Entries(ctx, benchConversation(0), 0)
	if err != nil || len(list) == 0 || list[0].Kind != channels.KindText {
		close(ran)
		return s, nil, errors.Join(err, fmt.Errorf("%d entries of a conversation, or such as cannot be read", len(list)))
	}
	s.Readable = time.Since(begun)
	go func() { ran <- a.Hub.Run(ctx); close(ran) }()
	c, _, err := a.Hub.Start(ctx, channels.Visitor{Locale: "en", Transport: "bench"})
	if err != nil {
		return s, nil, err
	}
	if _, err = a.Hub.Post(ctx, c.ID, channels.Post{ID: "m1", Text: "hi"}); err != nil {
		return s, nil, err
	}
	answered := errors.New("answered")
	err = a.Hub.Follow(ctx, c.ID, 0, func(u channels.Update) error {
		if u.Entry != nil && u.Entry.Answers == "m1" {
			return answered
		}
		return nil
	})
	if !errors.Is(err, answered) {
		return s, nil, err
	}
	s.Serving = time.Since(begun)
	select {
	case <-a.Hub.Swept():
	case err = <-ran:
		return s, nil, fmt.Errorf("the hub stopped: %w", err)
	}
	s.Swept, s.RSS = time.Since(begun), resident()
	return s, stop, nil
}

// resident is how much memory this process holds, where Linux tells.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	kb, _ := strconv.ParseInt(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 10, 64)
	return kb << 10
}
