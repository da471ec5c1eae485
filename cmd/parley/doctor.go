package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/agent/llm/ollama"
	"parley/tools/catalog"
)

type doctorCmd struct {
	settings
	Addr   string `default:"127.0.0.1:8787" env:"PARLEY_ADDR" help:"Address that serve is to listen on."`
	Repair bool   `help:"Take damaged places out of the files of the data folder, and keep the files as they were beside it."`
	Pull   string `placeholder:"NAME" help:"Have Ollama fetch this model first, for example qwen3:4b."`
}

// A finding is one line of the doctor's: what was looked at, how it is, and what
// to do when it is not well.
type finding struct {
	grade string // "ok", "warn" or "fail"
	about string
	text  string
}

// Run looks at everything that serve needs, changes nothing, and prints a line
// for each. What fails makes it exit with 1; what is only worse than it could be
// does not.
func (c *doctorCmd) Run(ctx context.Context) error {
	if c.Pull != "" {
		if err := pullModel(ctx, os.Getenv("OLLAMA_HOST"), c.Pull, os.Stderr); err != nil {
			return err
		}
		fmt.Printf("ok    pull   %s is there\n", c.Pull)
	}
	failed := false
	for _, look := range []func(context.Context) []finding{c.lookAtData, c.lookAtKeys, c.lookAtAddress, c.lookAtShop, c.lookAtModels} {
		for _, f := range look(ctx) {
			failed = failed || f.grade == "fail"
			fmt.Printf("%-5s %-6s %s\n", f.grade, f.about, f.text)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if failed {
		return errQuiet(1)
	}
	return nil
}

func one(grade, about, format string, args ...any) []finding {
	return []finding{{grade, about, fmt.Sprintf(format, args...)}}
}

// lookAtData writes a file into the data folder and takes it away again. A
// folder that is not there yet is tried where it would be made.
func (c *doctorCmd) lookAtData(ctx context.Context) []finding {
	if c.Nats != "" {
		return c.lookAtCluster(ctx)
	}
	dir := c.Data
	info, err := os.Stat(dir)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return one("fail", "data", "%v; give another folder with --data", err)
	case !info.IsDir():
		return one("fail", "data", "%s is no folder; give another one with --data", dir)
	}
	if err := tryWrite(dir); err != nil {
		return one("fail", "data", "the folder %s cannot be written to: %v; give another one with --data", dir, err)
	}
	if dir != filepath.Clean(c.Data) {
		return one("ok", "data", "%s is made at the first start", c.Data)
	}
	if _, err := os.Stat(filepath.Join(dir, "nats")); errors.Is(err, fs.ErrNotExist) {
		return one("ok", "data", "%s can be written to", c.Data)
	}
	return c.examine(ctx)
}

// tryWrite makes a file, puts it on disk and takes it away.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 64<<10))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

func (c *doctorCmd) lookAtAddress(ctx context.Context) []finding {
	l, err := net.Listen("tcp", c.Addr)
	if err == nil {
		free := l.Addr()
		if err = l.Close(); err == nil {
			return one("ok", "port", "%s is free", free)
		}
	}
	ask, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if request, e := http.NewRequestWithContext(ask, http.MethodGet, "http://"+c.Addr+"/healthz", nil); e == nil {
		if r, e := http.DefaultClient.Do(request); e == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return one("warn", "port", "%s: a server answers there already, Parley perhaps; stop it, or give another address with --addr", c.Addr)
			}
		}
	}
	return one("fail", "port", "%v; give another address with --addr, for example --addr 127.0.0.1:8788", err)
}

func (c *doctorCmd) lookAtShop(context.Context) []finding {
	var warned []finding
	s, err := openShop(c.Shop, time.Now(), func(w string) { warned = one("warn", "shop", "%s", w) })
	switch {
	case err != nil:
		return one("fail", "shop", "%v", err)
	case len(s.Products) == 0:
		return one("fail", "shop", "%s has no product; give another shop with --shop", c.Shop)
	}
	return append(one("ok", "shop", "%s, %d products", s.Name, len(s.Products)), warned...)
}

// How long a model may take until it is known how it calls tools: the server
// may have to load it from a slow disk.
const mostProbe = 2 * time.Minute

// lookAtModels looks at Ollama and at each model that is named. Without any the
// builtin model serves, which is well, and could be better.
func (c *doctorCmd) lookAtModels(ctx context.Context) []finding {
	if c.Model != "auto" {
		if _, _, err := models(ctx, c.Model, ollama.Mode(c.Tools), catalog.Vocabulary{}); err != nil {
			return one("fail", "model", "%v", err)
		}
	}
	host := os.Getenv("OLLAMA_HOST")
	var named []string
	for _, m := range strings.Split(c.Model, ",") {
		if _, name, ok := strings.Cut(strings.TrimSpace(m), "ollama:"); ok {
			named = append(named, name)
		}
	}
	grade := "warn" // without a model that nobody named, the builtin one serves
	if len(named) > 0 {
		grade = "fail"
	}
	ask, cancel := context.WithTimeout(ctx, 5*time.Second)
	info, err := ollama.Discover(ask, host)
	cancel()
	if err != nil {
		return one(grade, "ollama", "none answers at %s; the builtin model serves. Start one with `ollama serve`, or name another with OLLAMA_HOST", ollama.Host(host))
	}
	out := one("ok", "ollama", "answers at %s, models: %s", ollama.Host(host), strings.Join(info.Models, ", "))
	if len(info.Models) == 0 {
		out = one(grade, "ollama", "answers at %s and has no model; `parley doctor --pull qwen3:4b` fetches one", ollama.Host(host))
	}
	if c.Model == "auto" && info.Best != "" {
		named = []string{info.Best}
	}
	for _, name := range named {
		if !slices.Contains(info.Models, name) && !slices.Contains(info.Models, name+":latest") {
			out = append(out, finding{"fail", "model", fmt.Sprintf("ollama:%s is not there; `parley doctor --pull %s` fetches it", name, name)})
			continue
		}
		out = append(out, c.probeModel(ctx, host, name))
	}
	return out
}

func (c *doctorCmd) probeModel(ctx context.Context, host, name string) finding {
	m, err := ollama.New(ollama.Config{Host: host, Model: name, Tools: ollama.Mode(c.Tools), Patience: mostProbe})
	if err != nil {
		return finding{"fail", "model", err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, mostProbe)
	defer cancel()
	begun := time.Now()
	mode, err := m.Probe(ctx)
	switch {
	case err != nil:
		return finding{"fail", "model", fmt.Sprintf("ollama:%s does not answer: %v", name, err)}
	case mode == ollama.Structured:
		return finding{"ok", "model", fmt.Sprintf("ollama:%s fills in a form to call tools, and the builtin model words the results (%.1f s)", name, time.Since(begun).Seconds())}
	}
	return finding{"ok", "model", fmt.Sprintf("ollama:%s calls tools by itself (%.1f s)", name, time.Since(begun).Seconds())}
}

// pullModel has Ollama fetch a model, with a bar on a terminal and a line for
// each tenth elsewhere.
func pullModel(ctx context.Context, host, name string, out io.Writer) error {
	tell := lines(name, out)
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			draw := bar("pull "+name, true)
			tell = func(p ollama.Progress) {
				if p.Total > 0 {
					draw(p.Done, p.Total)
				}
			}
		}
	}
	return ollama.Pull(ctx, host, name, tell)
}

// lines tells a pull in plain lines: what it does when that changes, and each
// tenth that is there.
func lines(name string, out io.Writer) func(ollama.Progress) {
	doing, tenth := "", int64(-1)
	return func(p ollama.Progress) {
		if p.Total == 0 {
			if p.Doing != doing {
				doing = p.Doing
				fmt.Fprintf(out, "pull %s: %s\n", name, doing)
			}
			return
		}
		if now := p.Done * 10 / p.Total; now > tenth {
			tenth = now
			fmt.Fprintf(out, "pull %s: %d%% of %.1f MB\n", name, now*10, float64(p.Total)/1e6)
		}
	}
}
