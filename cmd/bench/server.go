package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	email    = "bench@example.org"
	password = "slow tide paper lantern"

	startWait = 20 * time.Second // until a process serves
	stopWait  = 30 * time.Second // until it has ended
)

// build makes the program as make build does, so that one cache serves both.
func (b *bench) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.program, "./cmd/roomledger")
	text, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w (run it from the top of the source tree): %s", err, bytes.TrimSpace(text))
	}
	return nil
}

// server is the program as a running process.
type server struct {
	cmd    *exec.Cmd
	log    string // file of its standard error
	base   string // http://host:port
	ready  time.Duration
	cookie string // of whoever is signed in
	ended  bool
	wires  wires
}

// environment is that of the process: nothing of ours may point it elsewhere than at its own sandbox.
func environment() []string {
	env := []string{"ROOMLEDGER_ADMIN_EMAIL=" + email, "ROOMLEDGER_ADMIN_PASSWORD=" + password}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "ROOMLEDGER_") && !strings.HasPrefix(v, "HMS_") {
			env = append(env, v)
		}
	}
	return env
}

var address = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// start runs the program with args and waits for its first good answer at probe; it has to print its address. Ready is
// the time from just before exec to that answer.
func (b *bench) start(ctx context.Context, probe string, args ...string) (*server, error) {
	return b.startWith(ctx, nil, probe, args...)
}

// startWith is start with more in the environment.
func (b *bench) startWith(ctx context.Context, more []string, probe string, args ...string) (*server, error) {
	log, err := os.CreateTemp(b.dir, "log-*.txt")
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.CommandContext(ctx, b.program, args...), log: log.Name()}
	s.cmd.Env, s.cmd.Stderr = append(environment(), more...), log
	printed, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	began := time.Now()
	err = s.cmd.Start()
	if err := errors.Join(err, log.Close()); err != nil { // the process has the file by now
		return nil, err
	}
	if err := s.greeted(ctx, printed, probe); err != nil {
		return nil, errors.Join(s.explain(err), s.stop())
	}
	s.ready = time.Since(began)
	return s, nil
}

// greeted reads the address off the first line and asks there until the answer is good.
func (s *server) greeted(ctx context.Context, printed io.Reader, probe string) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	line, err := bufio.NewReader(printed).ReadString('\n')
	if s.base = address.FindString(line); s.base == "" {
		return fmt.Errorf("it didn't print its address: %w", errors.Join(err, ctx.Err()))
	}
	for {
		answer, err := s.get(ctx, probe)
		if err == nil && answer.status < http.StatusInternalServerError {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer within %s: %w", startWait, errors.Join(err, ctx.Err()))
		case <-time.After(time.Millisecond / 2):
		}
	}
}

// explain adds the end of the process's log to an error.
func (s *server) explain(err error) error {
	text, readErr := os.ReadFile(s.log)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return fmt.Errorf("%w; its log ends with: %s", err, bytes.TrimSpace(text[max(0, len(text)-1000):]))
}

// stop ends the process as a service manager would, and waits for it. What never ran, or was stopped before, is left alone.
func (s *server) stop() error {
	if s == nil || s.ended || s.cmd.Process == nil {
		return nil
	}
	s.ended = true
	if err := s.wires.close(); err != nil {
		return err
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	killer := time.AfterFunc(stopWait, func() { _ = s.cmd.Process.Kill() }) // it fails only for a process that has ended
	defer killer.Stop()
	if err := s.cmd.Wait(); err != nil {
		return s.explain(fmt.Errorf("the program ended badly: %w", err))
	}
	return nil
}

// resident is the process's resident memory in megabytes, as Linux counts it.
func (s *server) resident() (float64, error) {
	text, err := os.ReadFile(s.proc("status"))
	if err != nil {
		return 0, fmt.Errorf("resident memory is read from /proc: %w", err)
	}
	return memoryOf(string(text), "VmRSS:")
}

// forgetPeak lets peak begin anew.
func (s *server) forgetPeak() error { return os.WriteFile(s.proc("clear_refs"), []byte("5"), 0o600) }

// peak is the most resident memory, in megabytes, that the process has had since forgetPeak.
func (s *server) peak() (float64, error) {
	text, err := os.ReadFile(s.proc("status"))
	if err != nil {
		return 0, fmt.Errorf("resident memory is read from /proc: %w", err)
	}
	return memoryOf(string(text), "VmHWM:")
}

func (s *server) proc(name string) string {
	return filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), name)
}

// memoryOf reads a line of a process's status, in megabytes.
func memoryOf(status, key string) (float64, error) {
	for line := range strings.Lines(status) {
		rest, ok := strings.CutPrefix(line, key)
		if !ok {
			continue
		}
		kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
		if err != nil {
			return 0, fmt.Errorf("resident memory: %w", err)
		}
		return kib * 1024 / 1e6, nil
	}
	return 0, errors.New("resident memory: no " + key + " in the status of the process")
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *server) get(ctx context.Context, path string) (answer, error) {
	return s.send(ctx, http.MethodGet, path, nil)
}

func (s *server) post(ctx context.Context, path string, form url.Values) (answer, error) {
	return s.send(ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
}

// stream reads a long answer as it comes, and returns the number of its lines.
func (s *server) stream(ctx context.Context, path string) (lines int, err error) {
	req, err := s.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s was answered with %d", path, resp.StatusCode)
	}
	for buf := make([]byte, 256<<10); ; {
		n, err := resp.Body.Read(buf)
		lines += bytes.Count(buf[:n], []byte("\n"))
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
	}
}

func (s *server) send(ctx context.Context, method, path string, body io.Reader) (answer, error) {
	req, err := s.request(ctx, method, path, body)
	if err != nil {
		return answer{}, err
	}
	return s.wires.send(req)
}

func (s *server) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if s.cookie != "" {
		req.Header.Set("Cookie", s.cookie)
	}
	return req, nil
}

// signIn signs the first admin in and reads one page.
func (s *server) signIn(ctx context.Context) error {
	a, err := s.post(ctx, "/signin", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		return err
	}
	if a.status != http.StatusSeeOther {
		return fmt.Errorf("signing in was answered with %d", a.status)
	}
	for _, text := range a.header["Set-Cookie"] {
		if c, err := http.ParseSetCookie(text); err == nil && c.Name == "roomledger" {
			s.cookie = c.Name + "=" + c.Value
		}
	}
	_, err = s.page(ctx, "/rooms")
	return err
}

// page reads a page that has to be there.
func (s *server) page(ctx context.Context, path string) ([]byte, error) {
	a, err := s.get(ctx, path)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("%s was answered with %d", path, a.status)
	}
	return a.body, nil
}
