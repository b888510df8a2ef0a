package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	protocol "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	lookAgain    = 15 * time.Millisecond // between two looks at a page that is on its way somewhere
	stepPatience = 15 * time.Second      // for one step; only a failure uses it up
)

// unused are parts of the browser that no test has to do with. Each window would load the pages of its address bar and
// keep a process ready for the next site; the others are what chromedp leaves out, whose list this one replaces.
const unused = "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup," +
	"SpareRendererForSitePerProcess"

// chromium starts the one browser of a test. Where there is none the test is skipped, but not on a build machine.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		const lack = "no chromium, chromium-browser or google-chrome in PATH: install Chromium to run the browser tests"
		if os.Getenv("CI") == "true" {
			t.Fatal(lack)
		}
		t.Skip(lack)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-features", unused),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("js-flags", "--max-lazy")) // of a script as large as axe, each page runs a small part
	alone, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, closeBrowser := chromedp.NewContext(alone)
	t.Cleanup(func() { closeBrowser(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// tab is somebody's browser window, with cookies of its own. They find things by what assistive technology is told: a
// role and a name.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string // of the program

	mu         sync.Mutex
	complaints []string // of the browser, about our pages
	answer     bool     // to the next question of a page, such as whether to leave it
	questions  []string // that were asked
	received   int      // bytes over the wire
}

// newTab opens a window on base. Whatever a page complains about in the console fails the test.
func newTab(t *testing.T, chrome context.Context, base string) *tab {
	t.Helper()
	b := &tab{t: t, base: base}
	ctx, closeTab := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	b.ctx = ctx
	t.Cleanup(func() {
		closeTab()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			t.Errorf("the browser complains: %s", c)
		}
	})
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of its first step
		t.Fatalf("open a window: %v", err)
	}
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.size(1280)
	return b
}

// hear runs in the loop that reads from the browser: it only takes notes.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// A page that tells of a problem has its status, which the console repeats; files have to be there.
		told := e.Entry.Source == log.EntrySourceNetwork && !strings.Contains(e.Entry.URL, "/static/")
		if !told && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.complaints = append(b.complaints, fmt.Sprintf("console.%s: %s", e.Type, spoken(e.Args)))
		}
	case *protocol.EventJavascriptDialogOpening:
		b.questions = append(b.questions, string(e.Type)+" "+e.Message)
		go b.reply(b.answer)
	case *network.EventLoadingFinished:
		b.received += int(e.EncodedDataLength)
	}
}

func spoken(args []*runtime.RemoteObject) string {
	var text strings.Builder
	for _, arg := range args {
		fmt.Fprintf(&text, "%s%s ", arg.Value, arg.Description)
	}
	return text.String()
}

func (b *tab) reply(yes bool) {
	answer := protocol.HandleJavaScriptDialogParams{Accept: yes}
	if _, err := chromedp.Call(b.ctx, protocol.HandleJavaScriptDialog, answer); err != nil && b.ctx.Err() == nil {
		b.t.Errorf("answer the question: %v", err)
	}
}

// says sets what will be answered to a page's questions, and forgets the earlier ones.
func (b *tab) says(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer, b.questions = yes, nil
}

func (b *tab) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.questions)
}

// limited is a context for one step.
func (b *tab) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, stepPatience)
}

// call sends one command of the browser's protocol.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	result, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		b.t.Fatalf("%s: %v", cmd.Method, err)
	}
	return result
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// js evaluates an expression in the page, also where the page itself may not run scripts.
func js[T any](b *tab, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until looks again and again until look says yes, also while the page is replaced by another.
func (b *tab) until(what string, look func(ctx context.Context) (bool, error)) {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	var last error
	for {
		ok, err := look(ctx)
		if ok {
			return
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			b.t.Fatalf("%s: not so (%v)\n%s", what, last, b.words())
		}
	}
}

// is waits until a condition, an expression of the page's language, holds.
func (b *tab) is(condition string) {
	b.t.Helper()
	b.until(condition, func(ctx context.Context) (bool, error) {
		return chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
	})
}

// quoted is text as a literal of the page's language.
func quoted(text string) string {
	literal, err := json.Marshal(text)
	if err != nil {
		return `""` // there is no text that can't be written
	}
	return string(literal)
}

// words is what can be read on the page now.
func (b *tab) words() string {
	ctx, cancel := b.limited()
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.title + '\\n' + document.body.innerText"))
	return errors.Join(errors.New(text), err).Error()
}

// sees waits until all of these texts can be read on the page.
func (b *tab) sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.is("document.body.innerText.replace(/\\s+/g, ' ').includes(" + quoted(text) + ")")
	}
}

// at waits for the page with this path and heading.
func (b *tab) at(path, heading string) {
	b.t.Helper()
	b.is(fmt.Sprintf("document.readyState === 'complete' && new RegExp('^' + %s + '$').test(location.pathname) && "+
		"document.querySelector('h1')?.innerText.includes(%s)", quoted(path), quoted(heading)))
}

// open goes to an address as if it had been typed.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.base+path))
}

// size makes the window this wide.
func (b *tab) size(width int64) {
	b.t.Helper()
	b.do("size", chromedp.EmulateViewport(width, 900))
}

// dark sets what the system prefers.
func (b *tab) dark(yes bool) {
	b.t.Helper()
	scheme := "light"
	if yes {
		scheme = "dark"
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}
