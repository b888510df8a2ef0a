package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version and commit are set by the linker; a plain go build tells them from the build information.
var version, commit string

func runVersion(_ context.Context, args []string, getenv func(string) string, s streams) int {
	fs := flag.NewFlagSet("version", flag.ContinueOnError)
	dataFlag(fs, getenv)
	if code, done := parse(fs, args, s); done {
		return code
	}
	v, c := built()
	fmt.Fprintf(s.out, "roomledger %s, commit %s, %s\n", v, c, runtime.Version())
	return exitFine
}

func built() (v, c string) {
	v, c = version, commit
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return cmp.Or(v, "unknown"), cmp.Or(c, "unknown")
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			c = cmp.Or(c, setting.Value)
		}
	}
	return cmp.Or(v, info.Main.Version), cmp.Or(c, "unknown")
}
