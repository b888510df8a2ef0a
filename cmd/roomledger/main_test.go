package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// asProgram in the environment makes the test binary be the program, so that it can be started as a process and killed.
const asProgram = "ROOMLEDGER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		go func() {
			// Whoever started us holds the other end: when they are gone, nobody else would end us.
			if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
				fmt.Fprintln(os.Stderr, "watch the test:", err)
			}
			os.Exit(3)
		}()
		main()
	}
	code := m.Run()
	if err := os.RemoveAll(desk.dir); err != nil {
		fmt.Fprintln(os.Stderr, "remove the desk:", err)
	}
	os.Exit(code)
}

const (
	adminEmail    = "admin@example.org"
	adminPassword = "five quiet herons at dusk"

	patience = 30 * time.Second // for what takes a moment; only a failure uses it up
)

// environment is what a command gets as its environment.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// withAdmin is an environment that makes the first admin, with more besides.
func withAdmin(more environment) environment {
	env := environment{"ROOMLEDGER_ADMIN_EMAIL": adminEmail, "ROOMLEDGER_ADMIN_PASSWORD": adminPassword}
	maps.Copy(env, more)
	return env
}

// output keeps what a program writes, for whoever waits for a part of it.
type output struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{} // closed at the next write; nil while nobody waits
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.grown != nil {
		close(o.grown)
		o.grown = nil
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	text, _ := o.look(false)
	return text
}

func (o *output) look(wait bool) (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if wait && o.grown == nil {
		o.grown = make(chan struct{})
	}
	return o.text.String(), o.grown
}

// await returns what the first group of pattern matches as soon as it does; false when ctx ends before.
func (o *output) await(ctx context.Context, pattern *regexp.Regexp) (string, bool) {
	for {
		text, grown := o.look(true)
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found[len(found)-1], true
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return "", false
		}
	}
}

var (
	readyLine  = regexp.MustCompile(`(?m)^Roomledger serves on (http://\S+)$`)
	setUpLink  = regexp.MustCompile(`(?m)^Make the first admin.*: http://[^/]+(/setup\S+)$`)
	indexReady = regexp.MustCompile(`room index refreshed`) // logged after the first settling
)

// running is runServe in the background.
type running struct {
	t        *testing.T
	base     string // its address
	dir      string // its data
	out, log *output
	stop     context.CancelFunc
	ended    <-chan struct{}
	code     int // read it after ended only
}

// serving starts the program on a free port with its data in dir, and returns once it listens.
func serving(t *testing.T, dir string, env environment, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	r := &running{t: t, dir: dir, out: &output{}, log: &output{}, stop: stop, ended: ended}
	args = append([]string{"serve", "-addr", "127.0.0.1:0", "-data", dir}, args...)
	go func() {
		defer close(ended)
		r.code = run(ctx, args, env.get, streams{in: strings.NewReader(""), out: r.out, err: r.log})
		stop()
	}()
	t.Cleanup(func() { stop(); <-ended })
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	base, ok := r.out.await(limited, readyLine)
	if !ok {
		stop()
		<-ended
		t.Fatalf("no ready line; exit code %d\n%s%s", r.code, r.out, r.log)
	}
	r.base = base
	return r
}

// end stops the program and waits for it.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	<-r.ended
	if r.code != exitFine {
		r.t.Errorf("exit code %d\n%s", r.code, r.log)
	}
}

// awaitLog waits until the log has pattern.
func (r *running) awaitLog(pattern *regexp.Regexp) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if _, ok := r.log.await(ctx, pattern); !ok {
		r.t.Fatalf("the log never says %q\n%s", pattern, r.log)
	}
}

// ran is what came of a command.
type ran struct {
	code     int
	out, err string
}

// cli runs a command to its end.
func cli(t *testing.T, env environment, stdin string, args ...string) ran {
	t.Helper()
	var out, errs strings.Builder
	code := run(t.Context(), args, env.get, streams{in: strings.NewReader(stdin), out: &out, err: &errs})
	return ran{code, out.String(), errs.String()}
}

// want fails unless the command ended with this code, and with one line of complaint where that isn't 0.
func (r ran) want(t *testing.T, code int, complaint string) {
	t.Helper()
	lines := 1
	if code == exitFine {
		lines = 0
	}
	if r.code != code || !strings.Contains(r.err, complaint) {
		t.Errorf("exit code %d, want %d; standard error, to have %q:\n%s", r.code, code, complaint, r.err)
	}
	if strings.Count(r.err, "\n") != lines {
		t.Errorf("standard error has %d lines, want %d:\n%s", strings.Count(r.err, "\n"), lines, r.err)
	}
}

// browser is somebody in front of the program, with cookies. Redirects aren't followed, so that tests see them.
type browser struct{ http *http.Client }

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{http: &http.Client{
		Jar: jar, Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer.
type page struct {
	status         int
	location, body string
}

// send makes a request as a browser on the same site would; v nil is a GET.
func (b *browser) send(ctx context.Context, address string, v url.Values) (page, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if v != nil {
		method, body = http.MethodPost, strings.NewReader(v.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return page{}, err
	}
	if v != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.GetBody = nil // net/http must not repeat what this person sent once
	}
	resp, err := b.http.Do(r)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return page{resp.StatusCode, resp.Header.Get("Location"), string(text)}, err
}

// want sends and fails unless the answer has this status.
func (b *browser) want(t *testing.T, status int, address string, v url.Values) page {
	t.Helper()
	p, err := b.send(t.Context(), address, v)
	if err != nil {
		t.Fatal(err)
	}
	if p.status != status {
		t.Fatalf("%s: status %d, want %d\n%s", address, p.status, status, p.words(t))
	}
	return p
}

// signIn signs the admin in.
func (b *browser) signIn(t *testing.T, base, email, password string) {
	t.Helper()
	b.want(t, http.StatusSeeOther, base+"/signin", url.Values{"email": {email}, "password": {password}})
}

func (p page) document(t *testing.T) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(p.body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// words is the text of the page's main part.
func (p page) words(t *testing.T) string {
	t.Helper()
	return strings.Join(strings.Fields(p.document(t).Find("main").Text()), " ")
}

// formToken is the token of the page's form.
func (p page) formToken(t *testing.T) string {
	t.Helper()
	token := p.document(t).Find(`input[name="form_token"]`).AttrOr("value", "")
	if token == "" {
		t.Errorf("the form has no token\n%s", p.body)
	}
	return token
}

// roomForm is the form of a new room, filled in with a name and opened at base.
func (b *browser) roomForm(t *testing.T, base, name string) url.Values {
	t.Helper()
	p := b.want(t, http.StatusOK, base+"/rooms/new", nil)
	return roomValues(name, p.formToken(t))
}

func roomValues(name, token string) url.Values {
	return url.Values{"name": {name}, "recording": {"inherit"}, "storage": {"vendor"}, "form_token": {token}}
}
