package hms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// sandboxStart is when accounts begin, by the clocks of the sandbox and of the client. Only pass moves the former.
var sandboxStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	// classroomID is a template that sandboxes begin with. Its roles are teacher, assistant and student; it has a bucket, a link to its
	// rooms, and a recording called lesson.
	classroomID = "65c3a2480b7d4e2f9a6c1d31"

	absentID = "000000000000000000000000" // of nothing
)

// account is an account at a sandbox that is reached over HTTP: its client, and what people do there.
type account struct {
	*hms.Client
	t     *testing.T
	api   *sandbox.Server
	base  string // where the sandbox is; "": on a wire of its own
	reads map[sandbox.Reading]bool
	token string // a management token for what the client has no operation for
}

func newAccount(t *testing.T, options sandbox.Options, change ...func(*hms.Config)) *account {
	t.Helper()
	options.Now = func() time.Time { return sandboxStart }
	client, api, base := serveSandbox(t, options, append(change, func(c *hms.Config) { c.Now = options.Now }))
	return &account{Client: client, t: t, api: api, base: base, reads: options.Readings}
}

// serveSandbox returns a sandbox, where it is served, and a client for it.
func serveSandbox(
	t *testing.T, options sandbox.Options, change []func(*hms.Config),
) (client *hms.Client, api *sandbox.Server, base string) {
	t.Helper()
	options.AccessKey, options.Secret = testKey, testSecret
	api, err := sandbox.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		server.Close()
		if err := api.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := hms.Config{BaseURL: server.URL + "/v2", AccessKey: testKey, Secret: testSecret}
	for _, f := range change {
		f(&cfg)
	}
	client, err = hms.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client, api, server.URL
}

// withSandbox returns a client and the sandbox it talks to over HTTP, both with the machine's clock.
func withSandbox(t *testing.T, change ...func(*hms.Config)) (*hms.Client, *sandbox.Server) {
	t.Helper()
	client, api, _ := serveSandbox(t, sandbox.Options{}, change)
	return client, api
}

// mishap is a call that failed although it must not, and where it stands in the test.
type mishap struct {
	file string
	line int
	err  error
}

// must returns the value of a call that must not fail. Where it does, the scene is over: see scene.play.
func must[T any](value T, err error) T {
	stopAt(err)
	return value
}

// succeeds is must for what has no value.
func succeeds(err error) { stopAt(err) }

// stopAt ends the scene for an error, which was met by a line of it.
func stopAt(err error) {
	if err == nil {
		return
	}
	callers := make([]uintptr, 10)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	frame, more := frames.Next()
	for helper := frame.File; more && frame.File == helper && strings.HasSuffix(helper, "sandbox_test.go"); {
		frame, more = frames.Next()
	}
	panic(mishap{filepath.Base(frame.File), frame.Line, err})
}

// every returns all that an iterator yields; it must not fail.
func every[T any](items iter.Seq2[T, error]) []T {
	list := []T{}
	for item, err := range items {
		succeeds(err)
		list = append(list, item)
	}
	return list
}

// fetch sends a request that the client has no operation for, and returns the answer's body.
func (a *account) fetch(method, path, body string, want int) []byte {
	r := must(http.NewRequestWithContext(a.t.Context(), method, a.base+path, strings.NewReader(body)))
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	answer := must(http.DefaultClient.Do(r))
	defer answer.Body.Close()
	text := must(io.ReadAll(answer.Body))
	if answer.StatusCode != want {
		succeeds(fmt.Errorf("%s %s: status %d, want %d: %s", method, path, answer.StatusCode, want, text))
	}
	return text
}

// admin makes happen what people do, and returns what the sandbox says about it.
func (a *account) admin(path, body string) (reply map[string]any) {
	succeeds(json.Unmarshal(a.fetch("POST", "/sandbox"+path, body, 200), &reply))
	return reply
}

// join lets somebody into a room and returns the peer's id. Their name is the user's id.
func (a *account) join(roomID, role, userID string) string {
	reply := a.admin("/rooms/"+roomID+"/join", fmt.Sprintf(`{"name":%q,"user_id":%q,"role":%q}`, userID, userID, role))
	return reply["id"].(string)
}

func (a *account) leave(peerID string) { a.admin("/peers/"+peerID+"/leave", "") }

// pass lets time go by at the sandbox, and all that is due happen.
func (a *account) pass(d time.Duration) { succeeds(a.api.Advance(d)) }

// room makes a room of the classroom template.
func (a *account) room(name string) hms.Room {
	return must(a.CreateRoom(a.t.Context(), hms.RoomParams{Name: name, TemplateID: classroomID}))
}

func (a *account) equal(what string, got, want any) {
	a.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		a.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (a *account) contains(what, text, want string) {
	a.t.Helper()
	if !strings.Contains(text, want) {
		a.t.Errorf("%s: %q is not in %s", what, want, text)
	}
}

// refused checks that a call was refused with a status and, where text isn't empty, with these words.
func (a *account) refused(what string, err error, status int, text string) {
	a.t.Helper()
	failed, ok := errors.AsType[*hms.Error](err)
	switch {
	case !ok:
		a.t.Errorf("%s: got %v, want a refusal with %d", what, err, status)
	case failed.Status != status || (text != "" && !slices.Contains(failed.Texts(), text)):
		a.t.Errorf("%s: got %v, want %d %q", what, err, status, text)
	case failed.MaybeDone() != (status >= 500):
		a.t.Errorf("%s: maybe done: %t", what, failed.MaybeDone())
	}
}

// scene is a part of the API, played from its beginning in an account of its own.
type scene struct {
	name string
	run  func(a *account)

	hipaa bool // the workspace is one with HIPAA rules
}

// options are those of the scene's sandbox with some readings.
func (s scene) options(readings ...sandbox.Reading) sandbox.Options {
	options := sandbox.Options{Readings: map[sandbox.Reading]bool{}, HIPAA: s.hipaa}
	for _, reading := range readings {
		options.Readings[reading] = true
	}
	return options
}

var scenes = []scene{
	{name: "rooms", run: playRooms},
	{name: "room pages", run: playRoomPages},
	{name: "room refusals", run: playRoomRefusals},
	{name: "codes", run: playCodes},
	{name: "people", run: playPeople},
	{name: "sessions", run: playSessions},
	{name: "templates", run: playTemplates},
	{name: "roles", run: playRoles},
	{name: "template parts", run: playTemplateParts},
	{name: "unknown keys", run: playKeepsUnknown},
	{name: "recordings", run: playRecordings},
	{name: "transcripts", run: playTranscripts},
	{name: "live streams", run: playLiveStreams},
	{name: "external streams", run: playExternalStreams},
	{name: "stream keys", run: playStreamKeys},
	{name: "polls", run: playPolls},
	{name: "poll answers", run: playPollAnswers},
	{name: "events", run: playEvents},
	{name: "webhooks", run: playWebhooks},
	{name: "sip", run: playSIP},
}

// play runs the scene, and makes a failure of what must not fail.
func (s scene) play(a *account) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case mishap:
			a.t.Fatalf("%s:%d: %v", cause.file, cause.line, cause.err)
		default:
			panic(cause)
		}
	}()
	if a.base != "" {
		a.token = strings.TrimSpace(string(a.fetch("GET", "/sandbox/token?plain", "", 200)))
	}
	s.run(a)
}

// callBook notes which operations were called.
type callBook struct {
	mu  sync.Mutex
	ops map[string]bool
}

func (b *callBook) observe(call hms.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ops[call.Op] = true
}

// TestSandbox plays all scenes, which must call each operation at least once.
func TestSandbox(t *testing.T) {
	called := callBook{ops: map[string]bool{}}
	played := 0
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			s.play(newAccount(t, s.options(), func(c *hms.Config) { c.Observe = called.observe }))
			played++
		})
	}
	if played < len(scenes) {
		return // some were deselected
	}
	for _, op := range hms.Operations() {
		if !called.ops[op.Name] {
			t.Errorf("%s was not called", op.Name)
		}
	}
}
