// Command parley gives a shop a chat assistant that answers from the shop's own
// catalogue. This package only wires: one file a subcommand, no logic. Start
// with [app], which puts the layers together.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"parley/memory/store/cluster"
)

type cli struct {
	Serve     serveCmd     `cmd:"" help:"Serve the shop's chat, and the demo shop around it."`
	Chat      chatCmd      `cmd:"" help:"Talk to the assistant in this terminal."`
	Import    importCmd    `cmd:"" help:"Read a product feed, report what is wrong with it, and keep the rest."`
	Train     trainCmd     `cmd:"" help:"Learn what to recommend, and keep it as an artefact that a running server takes up."`
	Eval      evalCmd      `cmd:"" help:"Is it right? Score the parts on public and own data."`
	Sentiment sentimentCmd `cmd:"" help:"Sum up reviews in bulk: per product and aspect, with quotes."`
	Bench     benchCmd     `cmd:"" help:"Is it fast? Time the parts on this machine."`
	Replay    replayCmd    `cmd:"" help:"Play scripted conversations and say which held."`
	Mcp       mcpCmd       `cmd:"" name:"mcp" help:"Offer the shop's catalogue to other assistants, over the Model Context Protocol."`
	Doctor    doctorCmd    `cmd:"" help:"Is this machine ready? Look at what serve needs, and say what to do."`
	Backup    backupCmd    `cmd:"" help:"Copy all that is kept, also while a server runs."`
	Restore   restoreCmd   `cmd:"" help:"Make a data folder of a backup, or check that one is whole."`
	Trace     traceCmd     `cmd:"" help:"Show what happened inside the turns of a conversation."`
	Customer  customerCmd  `cmd:"" help:"Show, export or erase what is kept of one customer."`
	Retention retentionCmd `cmd:"" help:"Let go of what was kept long enough, and show what went."`
	Keys      keysCmd      `cmd:"" help:"Look after the key that seals what is kept of customers."`
	Config    configCmd    `cmd:"" help:"Print the settings in force and where each came from."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

func main() {
	cluster.RunNode() // of parley bench crash --cluster
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run is main without its process: 0 for success, 1 for a failure it has told
// on stderr, 2 for wrong usage.
func run(ctx context.Context, args []string) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("parley"),
		kong.Description("A shop assistant that is right. It answers from your catalogue, recommends, remembers with consent, and hands over to people."),
		kong.Configuration(loadYAML, settingsFile), kong.Vars{"version": version(), "evaldata": evalData},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		return 2
	}
	k, err := parser.Parse(args)
	if err != nil {
		parser.Errorf("%s", err)
		return 2
	}
	err = k.Run()
	var quiet errQuiet
	switch {
	case errors.As(err, &quiet):
		return int(quiet)
	case err != nil:
		fmt.Fprintln(os.Stderr, "parley:", err)
		return 1
	}
	return 0
}

// errQuiet is a failure that was told already; its value is the exit code.
type errQuiet int

func (e errQuiet) Error() string { return fmt.Sprintf("exit %d", int(e)) }

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = s.Value
		}
	}
	return v + " " + info.GoVersion
}
