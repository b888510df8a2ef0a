package main

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// victim is the program as a process of its own, to be killed and started again on the same data.
type victim struct {
	t   *testing.T
	dir string
	env environment
	now *process
	log []*output // of all processes

	mu   sync.Mutex
	base string        // of the process that serves
	up   chan struct{} // closed while one serves
}

// process is one life of a victim.
type process struct {
	cmd      *exec.Cmd
	lifeline io.Closer // it ends when this is closed, as happens when the test is gone
	out      *output
	ended    chan struct{}
}

func newVictim(t *testing.T, dir string, env environment) *victim {
	t.Helper()
	v := &victim{t: t, dir: dir, env: maps.Clone(env), up: make(chan struct{})}
	v.env[asProgram] = "1"
	t.Cleanup(func() {
		if v.now != nil {
			v.kill()
		}
		v.checkLogs()
	})
	return v
}

// launch starts a process and doesn't wait for it.
func (v *victim) launch() *process {
	v.t.Helper()
	p := &process{out: &output{}, ended: make(chan struct{})}
	log := &output{}
	p.cmd = exec.CommandContext(context.WithoutCancel(v.t.Context()), os.Args[0], "serve", "-addr", "127.0.0.1:0", "-data", v.dir, "-log", "json")
	for name, value := range v.env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, log
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	p.lifeline = stdin
	if err := p.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.now, v.log = p, append(v.log, log)
	go func() {
		defer close(p.ended)
		if err := p.cmd.Wait(); err != nil && p.cmd.ProcessState == nil {
			v.t.Logf("wait for the program: %v", err)
		}
	}()
	return p
}

// start launches a process and tells people of it once it serves.
func (v *victim) start() {
	v.t.Helper()
	p := v.launch()
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	go func() {
		select {
		case <-p.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	base, ok := p.out.await(ctx, readyLine)
	if !ok {
		v.t.Fatalf("the program doesn't start again\n%s", v.log[len(v.log)-1])
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.base = base
	close(v.up)
}

// kill ends the process at once, wherever it is.
func (v *victim) kill() {
	v.t.Helper()
	v.hang()
	if err := v.now.cmd.Process.Kill(); err != nil {
		v.t.Errorf("kill: %v", err)
	}
	<-v.now.ended
	v.now = nil
}

// hang makes people wait for the next start.
func (v *victim) hang() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.base != "" {
		v.base, v.up = "", make(chan struct{})
	}
}

// end stops the process as an operator does.
func (v *victim) end() {
	v.t.Helper()
	if err := v.now.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Errorf("stop: %v", err)
	}
	<-v.now.ended
	if code := v.now.cmd.ProcessState.ExitCode(); code != exitFine {
		v.t.Errorf("exit code %d after SIGTERM", code)
	}
	v.now = nil
}

// await returns the address of the process that serves, after waiting for one; "" when ctx ends before.
func (v *victim) await(ctx context.Context) string {
	for {
		v.mu.Lock()
		base, up := v.base, v.up
		v.mu.Unlock()
		if base != "" {
			return base
		}
		select {
		case <-up:
		case <-ctx.Done():
			return ""
		}
	}
}

// checkLogs looks for what must not be in the log of any process, and shows the warnings when the test failed.
func (v *victim) checkLogs() {
	for _, log := range v.log {
		for _, bad := range []string{"DATA RACE", "panic", adminPassword, v.env["HMS_SECRET"]} {
			if bad != "" && strings.Contains(log.String(), bad) {
				v.t.Errorf("a log has %q\n%s", bad, log)
			}
		}
	}
	if !v.t.Failed() {
		return
	}
	for i, log := range v.log {
		for line := range strings.Lines(log.String()) {
			if !strings.Contains(line, `"level":"INFO"`) {
				v.t.Logf("process %d: %s", i+1, line)
			}
		}
	}
}

// submission is a room that somebody wants, and what became of it.
type submission struct {
	name      string // blank: whatever the program chooses
	impatient bool   // whoever gets no answer fills in a new form instead of sending the same once more
	twice     bool   // the button is clicked twice

	form   url.Values // the last one
	broken bool       // an answer never came
	open   bool       // the program couldn't say what came of it
	room   string     // path of the page that they were sent to; "" when the name was taken already
}

// submit goes on until there is an answer.
func (c *crash) submit(s *submission) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*patience)
	defer cancel()
	for ctx.Err() == nil {
		base := c.victim.await(ctx)
		p, err := c.try(ctx, base, s)
		if err == nil {
			c.judge(s, p)
			return
		}
		if s.form != nil && !isRefused(err) {
			s.broken = true
			if s.impatient {
				s.form = nil
			}
		}
		<-time.After(10 * time.Millisecond) // the one who kills may not have told us yet
	}
	c.t.Errorf("no answer for %q", s.name)
}

// isRefused says whether nobody listened, so that nothing was sent.
func isRefused(err error) bool { return strings.Contains(err.Error(), "connect: connection refused") }

// try sends the form, after opening one where there is none.
func (c *crash) try(ctx context.Context, base string, s *submission) (page, error) {
	if s.form == nil {
		p, err := c.people.send(ctx, base+"/rooms/new", nil)
		if err != nil || p.status != http.StatusOK {
			return p, err
		}
		s.form = roomValues(s.name, p.formToken(c.t))
	}
	if !s.twice {
		return c.people.send(ctx, base+"/rooms/new", s.form)
	}
	var second page
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() { second, failed = c.people.send(ctx, base+"/rooms/new", s.form) })
	first, err := c.people.send(ctx, base+"/rooms/new", s.form)
	wg.Wait()
	if err == nil && failed == nil && !sameAnswer(first, second, s.broken) {
		c.t.Errorf("%q, clicked twice, got %d %s and %d %s", s.name, first.status, first.location, second.status, second.location)
	}
	if err != nil || failed == nil && second.status == http.StatusSeeOther {
		return second, failed
	}
	return first, nil
}

// sameAnswer says whether two clicks of one button were answered alike. An earlier form with the same name may be
// settled between the two: then only the second is let through.
func sameAnswer(first, second page, earlier bool) bool {
	if first.status == http.StatusSeeOther && second.status == http.StatusSeeOther {
		return first.location == second.location
	}
	return earlier || first.status == second.status
}

// judge notes what somebody was told.
func (c *crash) judge(s *submission, p page) {
	switch {
	case p.status == http.StatusSeeOther && strings.HasPrefix(p.location, "/rooms/"):
		s.room = p.location
	case s.broken && (p.status == http.StatusBadGateway || p.status == http.StatusConflict):
		s.open = true
	default:
		c.t.Errorf("%q got %d %s: %s", s.name, p.status, p.location, p.words(c.t))
	}
}

// submitAgain is for those who were told that the outcome was open. Nothing is any more: either the room is there, or it
// can be made with a new form.
func (c *crash) submitAgain(s *submission) {
	p, err := c.try(c.t.Context(), c.victim.base, s)
	if err == nil && p.status != http.StatusSeeOther {
		s.form = nil
		p, err = c.try(c.t.Context(), c.victim.base, s)
	}
	switch {
	case err != nil:
		c.t.Errorf("%q, sent again: %v", s.name, err)
	case p.status == http.StatusSeeOther:
		s.room = p.location
	case p.status != http.StatusConflict:
		c.t.Errorf("%q, sent again, got %d: %s", s.name, p.status, p.words(c.t))
	}
}
