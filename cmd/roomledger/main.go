// Command roomledger is an admin desk for video rooms on 100ms.
//
// This package reads flags and the environment and wires the rest together, one file per subcommand. Configuration is
// read nowhere else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

// Exit codes, for every subcommand.
const (
	exitFine  = 0
	exitNo    = 1 // the thing asked about is not so, or it failed
	exitUsage = 2 // usage or input
)

// streams is where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one subcommand. Records are the actions that it leaves in history; empty for one that leaves none, and then
// unrecorded says why. What one with verbs leaves stands with them.
type command struct {
	name, does string
	records    []string
	unrecorded string
	verbs      []verb
	run        func(ctx context.Context, args []string, getenv func(string) string, s streams) int
}

// verb is what a subcommand of several can be asked to do; records and unrecorded are as with a command.
type verb struct {
	name       string
	records    []string
	unrecorded string
}

func commands() []command {
	return []command{
		{
			name: "serve", does: "serve the desk", run: runServe,
			records: []string{"user.create", "keys.make", "workspace.create"}, // what starting it can change
		},
		{
			name: "sandbox", does: "serve the offline 100ms API alone", unrecorded: "it is the API, which has no history of ours",
			run: func(ctx context.Context, args []string, getenv func(string) string, s streams) int {
				return runSandbox(ctx, args, getenv, s.out, s.err)
			},
		},
		{name: "user", does: "add, list or disable people, or set a password", verbs: verbsOf(userVerbs()), run: runUser},
		{name: "export", does: "write the history to standard output", records: []string{"history.export"}, run: runExport},
		{name: "verify", does: "check that history is as it was written", unrecorded: "it writes nothing: a file in doubt must stay as it is", run: runVerify},
		{name: "backup", does: "copy the database to a file, also while it is in use", records: []string{"history.backup"}, run: runBackup},
		{name: "restore", does: "put a backup in the place of the database", records: []string{"history.restore"}, run: runRestore},
		{name: "rebuild", does: "make the lists of operations and rooms anew from history", records: []string{"history.rebuild"}, run: runRebuild},
		{name: "version", does: "print version, commit and Go version", unrecorded: "it reads nothing", run: runVersion},
	}
}

// gcPercent is how much the heap may grow between collections. What lives is a few megabytes: at the usual 100 % a busy
// desk would spend a sixth of its time collecting.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// run runs the subcommand that args name and returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		usage(s.out)
		return exitFine
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], getenv, s)
		}
	}
	return fail(s, exitUsage, fmt.Errorf("there is no command %q: run roomledger help for the list", args[0]))
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Roomledger: an admin desk for video rooms on 100ms.\n\nusage: roomledger COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.does)
	}
	fmt.Fprint(w, "\nroomledger COMMAND -help tells the flags of a command.\n")
}

// fail prints one line on standard error and returns the exit code.
func fail(s streams, code int, err error) int {
	fmt.Fprintln(s.err, "roomledger: "+err.Error())
	return code
}

// parse reads flags, and a file's name into each of files, before or after them; done is true when there is nothing left
// to do, with the exit code.
func parse(fs *flag.FlagSet, args []string, s streams, files ...*string) (code int, done bool) {
	fs.SetOutput(io.Discard) // it would print its usage with each mistake
	fs.Usage = func() {}
	err := fs.Parse(args)
	for _, file := range files {
		if err == nil && fs.NArg() > 0 {
			*file = fs.Arg(0)
			err = fs.Parse(fs.Args()[1:])
		}
		if err == nil && *file == "" {
			err = errors.New("name a file")
		}
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(s.out, "usage: roomledger %s%s [flags]\n\n", fs.Name(), strings.Repeat(" FILE", len(files)))
		fs.SetOutput(s.out)
		fs.PrintDefaults()
		return exitFine, true
	case err != nil:
		return fail(s, exitUsage, fmt.Errorf("%w: see roomledger %s -help", err, fs.Name())), true
	case fs.NArg() > 0:
		return fail(s, exitUsage, fmt.Errorf("%s takes no argument %q: see roomledger %s -help", fs.Name(), fs.Arg(0), fs.Name())), true
	}
	return exitFine, false
}

// envOr is the environment's value, or the default where it is empty.
func envOr(getenv func(string) string, name, otherwise string) string {
	if v := getenv(name); v != "" {
		return v
	}
	return otherwise
}

// dataFlag adds -data, which every subcommand takes.
func dataFlag(fs *flag.FlagSet, getenv func(string) string) *string {
	return fs.String("data", envOr(getenv, "ROOMLEDGER_DATA", "data"), "`directory` of the database and keys")
}
