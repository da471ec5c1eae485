package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"parley/agent/llm"
	"parley/agent/llm/builtin"
	"parley/channels/script"
)

type replayCmd struct {
	Paths   []string `arg:"" optional:"" help:"Folders, scripts (.yaml) or archives of them (.txtar)."`
	Model   string   `placeholder:"NAME,..." help:"Play with these models instead of the scripts' own."`
	Runs    int      `default:"1" help:"Play each script so often and print the pass rate."`
	Filter  string   `name:"run" placeholder:"TEXT" help:"Only scripts whose name holds this text."`
	Record  bool     `help:"Write down what the models answer, in a folder cassettes beside each script; --model cassette then plays exactly that."`
	Judge   string   `placeholder:"NAME" help:"A live model that answers the scripts' judge questions; without one they are skipped."`
	JUnit   string   `name:"junit" placeholder:"FILE" help:"Write a JUnit report."`
	HTML    string   `name:"html" placeholder:"FILE" help:"Write a page to look at."`
	Verbose bool     `short:"v" help:"Show every turn with its trace."`
	Update  bool     `help:"Rewrite expectations that did not hold, where what happened can be written down; shows the difference."`
	Schema  bool     `help:"Print the JSON Schema of the format and stop."`
	Mutate  bool     `help:"Drop one rule of safety or behaviour at a time, and list those that no script notices; with --run, those whose name holds the text."`
}

// Run plays scripts and says which held.
func (c *replayCmd) Run(ctx context.Context) error {
	if c.Schema {
		b, err := script.Schema()
		if err != nil {
			return err
		}
		fmt.Println(string(b))
		return nil
	}
	if len(c.Paths) == 0 {
		return errors.New("name a folder of scripts, a script or an archive")
	}
	if c.Mutate {
		return mutate(ctx, c.Paths, c.Filter, os.Stdout)
	}
	if c.Record && (c.Runs > 1 || c.Model == "cassette" || c.Update) {
		return errors.New("--record plays each script once on its models: leave out --runs, --update and --model cassette")
	}
	judge, err := judgeModel(ctx, c.Judge)
	if err != nil {
		return err
	}
	all := &script.Report{Runs: max(1, c.Runs)}
	var customerTools []string
	for _, path := range c.Paths {
		scripts, base, err := loadScripts(path)
		if err != nil {
			return err
		}
		w := &worlds{base: base, log: slog.New(slog.DiscardHandler)}
		w.tapes.record = c.Record
		cfg := script.Config{Model: c.Model, Runs: c.Runs, Judge: judge, Only: func(name string) bool { return strings.Contains(name, c.Filter) }}
		cfg.Open = func(ctx context.Context, s script.Setup) (*script.World, error) {
			world, err := w.open(ctx, s)
			if err == nil && len(world.Tools) > len(customerTools) {
				customerTools = world.Tools
			}
			return world, err
		}
		var kept []error
		r, err := script.PlayAll(ctx, scripts, cfg, func(x *script.Result) {
			x.Print(os.Stdout, c.Verbose)
			if c.Record {
				wrote, err := w.tapes.save(base, x)
				if kept = append(kept, err); wrote != "" && err == nil {
					fmt.Println("     recorded", wrote)
				}
			}
		})
		if err := errors.Join(append(kept, err)...); err != nil {
			return err
		}
		all.Results = append(all.Results, r.Results...)
		if c.Update {
			if err := update(r, base); err != nil {
				return err
			}
		}
	}
	return c.report(all, customerTools)
}

func (c *replayCmd) report(r *script.Report, tools []string) error {
	fmt.Printf("%d of %d passed", r.Passed(), r.Played())
	if skipped := len(r.Results) - r.Played(); skipped > 0 {
		fmt.Printf(", %d skipped: their answers are written in them", skipped)
	}
	fmt.Println()
	if r.Runs > 1 {
		rate, low, high := r.Rate()
		fmt.Printf("pass rate %.2f [%.2f, %.2f]", rate, low, high)
		for k, p := range r.Every() {
			fmt.Printf(", pass^%d %.2f", k+1, p)
		}
		fmt.Println()
	}
	if yes, put, skipped := r.Judged(); put > 0 {
		fmt.Printf("judged, beside the result: %d of %d questions with yes\n", yes, put)
	} else if skipped > 0 {
		fmt.Printf("%d questions were not judged; --judge MODEL names who may\n", skipped)
	}
	if r.Played() == 0 {
		return errors.New("no script was played")
	}
	if shares, saved := r.Shares(); c.Model != "" && len(shares) > 0 {
		var told []string
		for _, s := range shares {
			told = append(told, fmt.Sprintf("%s %d turns, %d tokens", s.Model, s.Turns, s.Tokens))
		}
		fmt.Printf("answered by: %s; saved about %d tokens\n", strings.Join(told, "; "), saved)
	}
	if unused := r.Unused(append(tools, builtin.Intents()...)); len(unused) > 0 && c.Filter == "" {
		fmt.Println("never exercised:", strings.Join(unused, ", "))
	}
	for file, write := range map[string]func(io.Writer) error{c.JUnit: r.JUnit, c.HTML: r.HTML} {
		if file == "" {
			continue
		}
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return err
		}
	}
	if r.Passed() < r.Played() {
		return errQuiet(1)
	}
	return nil
}

// loadScripts reads a folder, or the one file that is named.
func loadScripts(path string) (scripts []*script.Script, base string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	if info.IsDir() {
		scripts, err = script.Load(os.DirFS(path))
		return scripts, path, err
	}
	base = filepath.Dir(path)
	scripts, err = script.Load(oneFile{os.DirFS(base), filepath.Base(path)})
	return scripts, base, err
}

// oneFile is a folder with one of its files.
type oneFile struct {
	fs.FS
	name string
}

func (f oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(f.FS, f.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}

// update writes what happened over expectations that did not hold.
func update(r *script.Report, base string) error {
	done := map[string]bool{}
	for _, x := range r.Results {
		if x.OK() || done[x.Script.File()] {
			continue
		}
		done[x.Script.File()] = true
		text, changes, err := x.Update()
		if err != nil {
			return err
		}
		for _, change := range changes {
			fmt.Println(change)
		}
		if len(changes) == 0 {
			continue
		}
		if err := x.Script.Rewrite(base, text); err != nil {
			return err
		}
	}
	return nil
}

func agentCustomer(s *script.Script) llm.Customer {
	return llm.Customer{ID: s.Customer.ID, Locale: s.Customer.Locale, Authenticated: s.Customer.Authenticated}
}
