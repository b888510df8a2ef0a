package hms_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// listOf is the shape that lists have on the wire, with the polls' and the events' names for its members.
type listOf[T any] struct {
	Error     string `json:"error,omitzero"`
	Limit     *int   `json:"limit,omitzero"`
	Total     *int   `json:"total,omitzero"`
	Data      []T    `json:"data,omitzero"`
	Responses []T    `json:"responses,omitzero"`
	Results   []T    `json:"results,omitzero"`
	Events    []T    `json:"events,omitzero"`
	Last      string `json:"last,omitzero"`
	Next      string `json:"next,omitzero"`
}

type peerList struct {
	Peers map[string]hms.Peer `json:"peers"`
}

type words struct {
	Message string `json:"message"`
}

// documented says which type reads each example of testdata: an answer of every operation, in the documented shape.
var documented = map[string]any{
	"active_room/acknowledged":    words{},
	"active_room/got":             hms.ActiveRoom{},
	"analytics/connect_failed":    hms.ClientError{},
	"analytics/events":            listOf[hms.Event]{},
	"analytics/events_last":       listOf[hms.Event]{},
	"analytics/join_failed":       hms.ClientError{},
	"analytics/publish_failed":    hms.ClientError{},
	"analytics/recording":         hms.RecordingEvent{},
	"analytics/track_removed":     hms.TrackEvent{},
	"asset/got":                   hms.Asset{},
	"asset/list":                  listOf[hms.Asset]{},
	"asset/presigned_url":         hms.PresignedURL{},
	"external_stream/got":         hms.ExternalStream{},
	"external_stream/list":        listOf[hms.ExternalStream]{},
	"external_stream/started":     hms.ExternalStream{},
	"external_stream/stopped":     hms.ExternalStream{},
	"external_stream/stopped_all": listOf[hms.ExternalStream]{},
	"live_stream/got":             hms.LiveStream{},
	"live_stream/list":            listOf[hms.LiveStream]{},
	"live_stream/running":         hms.LiveStream{},
	"live_stream/started":         hms.LiveStream{},
	"live_stream/stopped":         hms.LiveStream{},
	"live_stream/stopped_all":     listOf[hms.LiveStream]{},
	"peer/got":                    hms.Peer{},
	"peer/list":                   peerList{},
	"peer/none":                   peerList{},
	"peer_stats/empty":            hms.PeerStats{},
	"peer_stats/got":              hms.PeerStats{},
	"poll/got":                    hms.Poll{},
	"poll/option":                 hms.PollOption{},
	"poll/question":               hms.PollQuestion{},
	"poll/response":               hms.PollResponse{},
	"poll/responses":              listOf[hms.PollResponse]{},
	"poll/result":                 hms.PollResult{},
	"poll/results":                listOf[hms.PollResult]{},
	"poll/sessions":               listOf[hms.PollSession]{},
	"recording/got":               hms.Recording{},
	"recording/list":              listOf[hms.Recording]{},
	"recording/paused":            hms.Recording{},
	"recording/started":           hms.Recording{},
	"recording/stopped":           hms.Recording{},
	"recording/stopped_all":       listOf[hms.Recording]{},
	"replay/completed":            hms.ReplayRun{},
	"replay/running":              hms.ReplayRun{},
	"replay/started":              hms.Replay{},
	"room/created":                hms.Room{},
	"room/disabled":               hms.Room{},
	"room/got":                    hms.Room{},
	"room/list":                   listOf[hms.Room]{},
	"room/updated":                hms.Room{},
	"room_code/created":           hms.RoomCode{},
	"room_code/created_all":       listOf[hms.RoomCode]{},
	"room_code/list":              listOf[hms.RoomCode]{},
	"room_code/updated":           hms.RoomCode{},
	"session/got":                 hms.Session{},
	"session/list":                listOf[hms.Session]{},
	"sip/call":                    hms.SIPHandle{},
	"sip/dtmf":                    struct{}{},
	"sip/trunk":                   hms.SIPHandle{},
	"stream_key/created":          hms.StreamKey{},
	"stream_key/disabled":         words{},
	"stream_key/list":             listOf[hms.StreamKey]{},
	"token_exchange/token":        hms.AuthToken{},
	"webhook/list":                hms.WebhookPage{},
}

// alike brings JSON to the form in which what says the same looks the same. It holds all the differences that reading and
// writing again may make: null, an empty cursor and a time that was never set are left out; and of a room also the twins of
// its keys, and false and "" where the API doesn't always send them.
func alike(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = alike(v[i])
		}
	case map[string]any:
		if recording, ok := v["recording"]; ok && v["template_id"] != nil {
			v["recording_info"] = recording // a room's: one key by two names
			delete(v, "recording")
		}
		for key, member := range v {
			if dropped(v, key, member) {
				delete(v, key)
				continue
			}
			v[key] = alike(member)
		}
	}
	return value
}

func dropped(object map[string]any, key string, member any) bool {
	if member == nil || member == "0001-01-01T00:00:00Z" || (key == "last" || key == "next") && member == "" {
		return true
	}
	if _, room := object["template_id"]; !room {
		return false
	}
	switch key {
	case "customer", "key":
		return true
	case "large_room", "recording_source_template", "enabled_source_template":
		return member == false
	case "template":
		return member == ""
	}
	return false
}

// example returns an answer out of testdata.
func example(t testing.TB, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// plain returns JSON text as the values that say the same.
func plain(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return alike(value)
}

// encoded returns a value as JSON, as the values that say the same.
func encoded(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, text)
}

func TestDocumentedAnswersSurvive(t *testing.T) {
	for name, kind := range documented {
		t.Run(name, func(t *testing.T) {
			body := example(t, name)
			value := reflect.New(reflect.TypeOf(kind))
			if err := json.Unmarshal([]byte(body), value.Interface()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain(t, []byte(body)), encoded(t, value.Interface())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// ofTemplates are the directories of testdata that the tests of templates read.
func ofTemplates(name string) bool {
	for _, start := range []string{"fuzz", "template", "role", "settings", "destination", "recording_config", "preserve"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

func TestEveryExampleHasARow(t *testing.T) {
	var files []string
	err := filepath.WalkDir("testdata", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "testdata/"), ".json")
		if !ofTemplates(name) {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), files); diff != "" {
		t.Error(diff)
	}
}

// Every exported type that reads itself from JSON is met in some example.
func TestEveryTypeHasAnExample(t *testing.T) {
	met := map[string]bool{}
	for _, kind := range documented {
		meet(met, reflect.TypeOf(kind))
	}
	for _, name := range decoders(t) {
		if !met[name] {
			t.Errorf("no example holds a %s", name)
		}
	}
}

// meet notes the named types of this package within kind.
func meet(met map[string]bool, kind reflect.Type) {
	if met[kind.Name()] && kind.Name() != "" {
		return
	}
	if strings.HasSuffix(kind.PkgPath(), "web/hms") {
		met[kind.Name()] = true
	}
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		meet(met, kind.Elem())
	case reflect.Struct:
		for field := range kind.Fields() {
			meet(met, field.Type)
		}
	}
}

// decoders returns the exported types of the package that have an UnmarshalJSON, but for those of templates.
func decoders(t *testing.T) []string {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") || ofTemplates(source) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if name := decoderOf(decl); ast.IsExported(name) {
				names = append(names, name)
			}
		}
	}
	if len(names) < 20 {
		t.Fatalf("only %d types: the search is broken", len(names))
	}
	return names
}

// decoderOf returns the type whose UnmarshalJSON a declaration is, or "".
func decoderOf(decl ast.Decl) string {
	method, ok := decl.(*ast.FuncDecl)
	if !ok || method.Recv == nil || method.Name.Name != "UnmarshalJSON" {
		return ""
	}
	if pointer, ok := method.Recv.List[0].Type.(*ast.StarExpr); ok {
		if name, ok := pointer.X.(*ast.Ident); ok {
			return name.Name
		}
	}
	return ""
}
