package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"roomledger/web/sandbox"
)

// sandboxUsage is what -help says before the flags. All of it fits one screen.
const sandboxUsage = `Usage: roomledger sandbox [flags]

The 100ms API (version 2) offline: its calls, rules, error texts, webhooks and quirks. Try it with curl:

  curl -s -X POST -H "Authorization: Bearer $(curl -s http://127.0.0.1:8100/sandbox/token?plain)" \
       -d '{"name":"ward-7"}' http://127.0.0.1:8100/v2/rooms

Point a program at it by its base URL, http://127.0.0.1:8100/v2, with the access key and secret that are
printed; the vendor's Node SDK and others with a fixed URL, unchanged, by a proxy:

  https_proxy=http://127.0.0.1:8100 HMS_ACCESS_KEY=... HMS_SECRET=... node your-script.js

People join, time passes and calls fail when asked: curl -s http://127.0.0.1:8100/sandbox lists how.

Flags:
`

// sandboxFlags reads the command line.
type sandboxFlags struct {
	*flag.FlagSet
	config *sandboxConfig
	lines  []string // of the help
	asked  bool     // for a list instead of a sandbox
}

// note adds a flag's line to the help, in the order in which flags are added.
func (f *sandboxFlags) note(name, value, help string) {
	f.lines = append(f.lines, fmt.Sprintf("  %-27s %s", strings.TrimSpace("-"+name+" "+value), help))
}

func (f *sandboxFlags) text(into *string, name, value, fallback, help string) {
	f.StringVar(into, name, fallback, "")
	f.note(name, value, help)
}

// list adds a flag that may stand more than once.
func (f *sandboxFlags) list(name, value, help string, take func(string) error) {
	f.Func(name, "", take)
	f.note(name, value, help)
}

func (f *sandboxFlags) yes(into *bool, name, help string) {
	f.BoolVar(into, name, false, "")
	f.note(name, "", help)
}

// parseSandbox reads flags and environment. The help goes to help, with flag.ErrHelp.
func parseSandbox(args []string, getenv func(string) string, help io.Writer) (sandboxConfig, error) {
	c := sandboxConfig{}
	f := &sandboxFlags{FlagSet: flag.NewFlagSet("sandbox", flag.ContinueOnError), config: &c}
	f.SetOutput(io.Discard) // errors are printed by the caller, on one line
	f.Usage = func() {}
	var rate string
	f.define(&rate, help)
	err := f.Parse(args)
	if f.asked {
		return c, flag.ErrHelp
	}
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(help, sandboxUsage+strings.Join(f.lines, "\n"))
	}
	if err != nil {
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("%q is not a flag", f.Arg(0))
	}
	return c, c.complete(rate, getenv)
}

func (f *sandboxFlags) define(rate *string, help io.Writer) {
	c, o := f.config, &f.config.options
	f.text(&c.addr, "addr", "ADDRESS", "127.0.0.1:8100", "where to listen (127.0.0.1:8100); port 0 picks a free one")
	f.text(&o.AccessKey, "access-key", "KEY", "", "that tokens must name ($HMS_ACCESS_KEY, else a demo key)")
	f.text(&o.Secret, "secret", "SECRET", "", "that tokens must be signed with ($HMS_SECRET, else a demo secret)")
	f.text(&c.data, "data", "DIR", "", "keep the state in this data directory (else in memory only)")
	f.text(&o.Seed, "seed", "demo|plain|empty", sandbox.SeedDemo, "what a new one holds: a busy account, two templates, or one")
	f.Uint64Var(&o.SeedNumber, "seed-number", 1, "")
	f.note("seed-number", "N", "another number, another busy account (1)")
	f.Float64Var(&o.Speed, "speed", 1, "")
	f.note("speed", "X", "how fast its time goes: 60 is a minute a second")
	f.text(rate, "rate", "N/s", "", "answer 429 above so many requests a second")
	f.DurationVar(&o.Latency, "latency", 0, "")
	f.note("latency", "50ms", "wait before each answer")
	f.DurationVar(&o.Jitter, "jitter", 0, "")
	f.note("jitter", "20ms", "wait up to that much longer, by chance")
	f.DurationVar(&o.Skew, "skew", 0, "")
	f.note("skew", "-5m", "let its clock be off")
	f.list("fault", "status=503,chance=5%", "spoil requests; -fault help lists the words", func(text string) error { return f.fault(text, help) })
	f.list("reading", "NAME", "read the documents otherwise where they are unclear; -reading help lists", func(text string) error { return f.reading(text, help) })
	f.yes(&o.HIPAA, "hipaa", "be a workspace with HIPAA rules")
	f.text(&o.WebhookURL, "webhook", "URL", "", "the workspace's webhook")
	f.list("webhook-header", "'X-Key: k'", "sent with it; may stand more than once", f.webhookHeader)
	f.yes(&o.Mute, "mute", "send no webhooks")
}

func (f *sandboxFlags) fault(text string, help io.Writer) error {
	if text == "help" {
		f.asked = true
		_, err := fmt.Fprintf(help, "A fault is words with commas between them, by -fault, the header %s or POST /sandbox/faults:\n\n  %s\n",
			sandbox.FaultHeader, strings.Join(sandbox.FaultHelp(), "\n  "))
		return err
	}
	fault, err := sandbox.ParseFault(text)
	if err == nil {
		f.config.options.Faults = append(f.config.options.Faults, fault)
	}
	return err
}

func (f *sandboxFlags) reading(text string, help io.Writer) error {
	if text == "help" {
		f.asked = true
		return listReadings(help)
	}
	o := &f.config.options
	if o.Readings == nil {
		o.Readings = map[sandbox.Reading]bool{}
	}
	known := false
	for _, r := range sandbox.Readings() {
		if text == "all" || text == string(r.Name) {
			o.Readings[r.Name], known = true, true
		}
	}
	if !known {
		return fmt.Errorf("there is no reading %q; -reading help lists them", text)
	}
	return nil
}

func listReadings(out io.Writer) error {
	var b strings.Builder
	b.WriteString("Where the documents are silent or contradict themselves, the sandbox takes the usual reading. To take the other one:\n")
	for _, r := range sandbox.Readings() {
		fmt.Fprintf(&b, "\n  -reading %s\n      usual: %s\n      other: %s\n", r.Name, r.Usual, r.Other)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (f *sandboxFlags) webhookHeader(text string) error {
	name, value, ok := strings.Cut(text, ":")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return errors.New("write it like 'X-Key: value'")
	}
	if f.config.options.WebhookHeader == nil {
		f.config.options.WebhookHeader = http.Header{}
	}
	f.config.options.WebhookHeader.Set(name, strings.TrimSpace(value))
	return nil
}

// complete fills in what the flags left open and checks what they said.
func (c *sandboxConfig) complete(rate string, getenv func(string) string) error {
	o := &c.options
	o.AccessKey = cmp.Or(o.AccessKey, getenv("HMS_ACCESS_KEY"))
	o.Secret = cmp.Or(o.Secret, getenv("HMS_SECRET"))
	if (o.AccessKey == "") != (o.Secret == "") {
		return errors.New("an access key and a secret belong together; give both or neither")
	}
	if c.demo = o.AccessKey == ""; c.demo {
		o.AccessKey, o.Secret = sandbox.DemoAccessKey, sandbox.DemoSecret
	}
	if seeds := []string{sandbox.SeedDemo, sandbox.SeedPlain, sandbox.SeedEmpty}; !slices.Contains(seeds, o.Seed) {
		return fmt.Errorf("-seed must be demo, plain or empty, not %q", o.Seed)
	}
	if o.Latency < 0 {
		return errors.New("-latency must not be negative")
	}
	if o.Jitter < 0 {
		return errors.New("-jitter must not be negative")
	}
	if !(o.Speed > 0) || math.IsInf(o.Speed, 0) {
		return errors.New("-speed must be more than 0; POST /sandbox/clock can stop the time")
	}
	if len(o.WebhookHeader) > 0 && o.WebhookURL == "" {
		return errors.New("-webhook-header goes with -webhook")
	}
	if c.data != "" {
		o.Dir = filepath.Join(c.data, "sandbox")
	}
	var err error
	o.Rate, err = parseRate(rate)
	return err
}

// parseRate reads a number of requests a second, such as 20/s or 0.5; empty and 0 mean no limit.
func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		return 0, fmt.Errorf("-rate must be a number of requests a second such as 20/s, not %q", text)
	}
	return n, nil
}
