package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roomledger/web/sandbox"

	"github.com/golang-jwt/jwt/v5"
)

// runningSandbox is runSandbox in the background.
type runningSandbox struct {
	ready string // the line it printed
	stop  context.CancelFunc
	code  chan int
	errs  *bytes.Buffer // read it after code only
}

func startSandbox(t *testing.T, args ...string) *runningSandbox {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	out, in := io.Pipe()
	s := &runningSandbox{stop: stop, code: make(chan int, 1), errs: &bytes.Buffer{}}
	go func() {
		s.code <- runSandbox(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), noEnvironment, in, s.errs)
		in.CloseWithError(io.EOF)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no ready line: %v", err)
	}
	s.ready = line
	return s
}

// url returns the base URL that the ready line names.
func (s *runningSandbox) url() string {
	_, after, _ := strings.Cut(s.ready, " on ")
	url, _, _ := strings.Cut(after, " ")
	return url
}

func (s *runningSandbox) end(t *testing.T) {
	t.Helper()
	s.stop()
	if code := <-s.code; code != exitFine {
		t.Errorf("exit code %d: %s", code, s.errs)
	}
}

func noEnvironment(string) string { return "" }

func sandboxToken(t *testing.T, key, secret string) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"access_key": key, "type": "management", "version": 2, "exp": time.Now().Add(time.Hour).Unix(),
	}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// ask sends one request and returns the status and the body.
func (s *runningSandbox) ask(t *testing.T, method, path, body, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestSandboxServes(t *testing.T) {
	data := t.TempDir()
	token := sandboxToken(t, "key-1", "secret-1")
	args := []string{"-access-key", "key-1", "-secret", "secret-1", "-data", data, "-seed", "empty"}
	s := startSandbox(t, args...)
	if strings.Contains(s.ready, "secret-1") {
		t.Errorf("the ready line gives a secret away: %s", s.ready)
	}
	if status, body := s.ask(t, "POST", "/rooms", `{"name":"kept"}`, token); status != 200 || !strings.Contains(body, "starter") {
		t.Errorf("create: %d %s", status, body)
	}
	if status, _ := s.ask(t, "GET", "/rooms", "", sandboxToken(t, "key-1", "other")); status != 401 {
		t.Errorf("another secret: status %d", status)
	}
	s.end(t)
	if _, err := os.Stat(filepath.Join(data, "sandbox")); err != nil {
		t.Error(err)
	}
	s = startSandbox(t, args...)
	if _, body := s.ask(t, "GET", "/rooms?name=kept", "", token); !strings.Contains(body, `"kept"`) {
		t.Errorf("after a restart: %s", body)
	}
	s.end(t)
}

func TestSandboxDemoCredentials(t *testing.T) {
	s := startSandbox(t, "-rate", "1/s")
	for _, want := range []string{"Sandbox of the 100ms API on http://127.0.0.1:", "/v2 ", sandbox.DemoAccessKey, sandbox.DemoSecret} {
		if !strings.Contains(s.ready, want) {
			t.Errorf("%q lacks %q", s.ready, want)
		}
	}
	token := sandboxToken(t, sandbox.DemoAccessKey, sandbox.DemoSecret)
	if status, body := s.ask(t, "GET", "/templates", "", token); status != 200 || !strings.Contains(body, "webinar") {
		t.Errorf("templates: %d %s", status, body)
	}
	s.end(t)
}

func TestSandboxFlags(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"HMS_ACCESS_KEY": "env-key", "HMS_SECRET": "env-secret"}[name]
	}
	c, err := parseSandbox([]string{"-rate", "2.5/s", "-latency", "50ms", "-data", "d", "-secret", "flag-secret"}, getenv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := sandbox.Options{
		AccessKey: "env-key", Secret: "flag-secret", Dir: filepath.Join("d", "sandbox"), Seed: "demo",
		Rate: 2.5, Latency: 50 * time.Millisecond,
	}
	if o := c.options; o.AccessKey != want.AccessKey || o.Secret != want.Secret || o.Dir != want.Dir || o.Seed != want.Seed ||
		o.Rate != want.Rate || o.Latency != want.Latency {
		t.Errorf("options %+v, want %+v", o, want)
	}
	if c.demo || strings.Contains(c.describe(), "secret") {
		t.Errorf("describe: %s", c.describe())
	}
}

func TestSandboxHelp(t *testing.T) {
	var out, errs bytes.Buffer
	if code := runSandbox(t.Context(), []string{"-help"}, noEnvironment, &out, &errs); code != exitFine || errs.Len() > 0 {
		t.Errorf("exit code %d, errors %q", code, &errs)
	}
	for _, want := range []string{"curl", "https_proxy=", "/v2", "/sandbox", "-addr", "-access-key", "-secret", "-data", "-seed", "-rate", "-latency"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help lacks %s", want)
		}
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) > 40 {
		t.Errorf("the help has %d lines: more than one screen", len(lines))
	}
	for _, line := range lines {
		if len(line) > 110 {
			t.Errorf("too wide: %s", line)
		}
	}
}

// TestSandboxLists: the words of a fault and the readings can be asked for.
func TestSandboxLists(t *testing.T) {
	for _, tc := range []struct{ flag, want string }{{"-fault", "status=503"}, {"-reading", string(sandbox.ReadingClampLimits)}} {
		var out, errs bytes.Buffer
		if code := runSandbox(t.Context(), []string{tc.flag, "help"}, noEnvironment, &out, &errs); code != exitFine || !strings.Contains(out.String(), tc.want) {
			t.Errorf("%s help: %d %q %q", tc.flag, code, &out, &errs)
		}
	}
}

func TestSandboxFaultsAndReadings(t *testing.T) {
	c, err := parseSandbox([]string{
		"-fault", "status=503,times=2", "-fault", "cut=after", "-reading", "limits-clamped", "-hipaa", "-mute", "-skew", "-5m", "-speed", "60",
		"-webhook", "https://h.example.org/x", "-webhook-header", "X-Key: k", "-seed-number", "7", "-jitter", "1s",
	}, noEnvironment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o := c.options
	if len(o.Faults) != 2 || o.Faults[0].Status != 503 || !o.Faults[1].CutAfter || !o.Readings[sandbox.ReadingClampLimits] || len(o.Readings) != 1 ||
		!o.HIPAA || !o.Mute || o.Skew != -5*time.Minute || o.Speed != 60 || o.WebhookURL != "https://h.example.org/x" ||
		o.WebhookHeader.Get("X-Key") != "k" || o.SeedNumber != 7 || o.Jitter != time.Second {
		t.Errorf("options %+v", o)
	}
	if c, err = parseSandbox([]string{"-reading", "all"}, noEnvironment, io.Discard); err != nil || len(c.options.Readings) != len(sandbox.Readings()) {
		t.Errorf("all: %d, %v", len(c.options.Readings), err)
	}
}

func TestSandboxRefuses(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown flag", []string{"-port", "1"}, exitUsage, "-port"},
		{"argument", []string{"start"}, exitUsage, "start"},
		{"rate", []string{"-rate", "fast"}, exitUsage, "-rate must be"},
		{"negative rate", []string{"-rate", "-1/s"}, exitUsage, "-rate must be"},
		{"endless rate", []string{"-rate", "inf"}, exitUsage, "-rate must be"},
		{"latency", []string{"-latency", "50"}, exitUsage, "-latency"},
		{"negative latency", []string{"-latency", "-1s"}, exitUsage, "-latency must not"},
		{"jitter", []string{"-jitter", "-1s"}, exitUsage, "-jitter must not"},
		{"speed", []string{"-speed", "0"}, exitUsage, "-speed must be"},
		{"fault", []string{"-fault", "colour=red"}, exitUsage, "colour"},
		{"reading", []string{"-reading", "backwards"}, exitUsage, "backwards"},
		{"second reading", []string{"-reading", "limits-clamped", "-reading", "backwards"}, exitUsage, "backwards"},
		{"header", []string{"-webhook", "http://h", "-webhook-header", "X-Key"}, exitUsage, "X-Key: value"},
		{"header alone", []string{"-webhook-header", "X-Key: k"}, exitUsage, "goes with"},
		{"webhook", []string{"-webhook", "nowhere"}, exitNo, "webhook"},
		{"seed", []string{"-seed", "full"}, exitUsage, "-seed must be"},
		{"key alone", []string{"-access-key", "k"}, exitUsage, "both or neither"},
		{"address in use", []string{"-addr", taken.Addr().String()}, exitNo, "choose another address"},
		{"unusable directory", []string{"-data", "/dev/null/x"}, exitNo, "/dev/null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := runSandbox(t.Context(), tc.args, noEnvironment, &out, &errs); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			text := errs.String()
			if !strings.Contains(text, tc.want) || strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, ".\n") {
				t.Errorf("the message is %q", text)
			}
			if out.Len() > 0 {
				t.Errorf("standard output has %q", &out)
			}
		})
	}
}
