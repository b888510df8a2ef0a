package hms_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// local are the methods of Client that send nothing.
var local = []string{"AuthToken", "GoString", "Health", "LogValue", "Probe", "ServerClock", "String"}

// arguments makes up the arguments of a method. Texts and numbers differ, so that their order shows; the rest is zero.
func arguments(ctx context.Context, method reflect.Type) (values []reflect.Value, inPath []string) {
	for i := range method.NumIn() {
		kind := method.In(i)
		switch {
		case method.IsVariadic() && i == method.NumIn()-1:
		case kind == reflect.TypeFor[context.Context]():
			values = append(values, reflect.ValueOf(ctx))
		case kind.Kind() == reflect.String:
			inPath = append(inPath, "text-"+strconv.Itoa(i))
			values = append(values, reflect.ValueOf(inPath[len(inPath)-1]).Convert(kind))
		case kind.Kind() == reflect.Int:
			inPath = append(inPath, strconv.Itoa(40+i))
			values = append(values, reflect.ValueOf(40+i))
		default:
			values = append(values, reflect.Zero(kind))
		}
	}
	return values, inPath
}

// callOperation calls a method of client with made-up arguments and drains it, if it is an iterator. It returns the
// arguments that may stand in the path, and the error.
func callOperation(ctx context.Context, client *hms.Client, name string) ([]string, error) {
	method := reflect.ValueOf(client).MethodByName(name)
	values, inPath := arguments(ctx, method.Type())
	results := method.Call(values)
	last := results[len(results)-1]
	if last.Kind() == reflect.Func {
		for _, failed := range last.Seq2() {
			last = failed
		}
	}
	err, _ := last.Interface().(error)
	return inPath, err
}

// filled puts the arguments into a path's places, in order.
func filled(pattern string, values []string) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(pattern, func(string) string {
		value := values[0]
		values = values[1:]
		return value
	})
}

func TestOperationsAreAllMethods(t *testing.T) {
	var listed, methods []string
	for _, op := range hms.Operations() {
		listed = append(listed, op.Name)
	}
	client := reflect.TypeFor[*hms.Client]()
	for method := range client.Methods() {
		if name := method.Name; !slices.Contains(local, name) {
			methods = append(methods, name)
		}
	}
	slices.Sort(listed)
	slices.Sort(methods)
	if diff := cmp.Diff(methods, listed); diff != "" {
		t.Error(diff)
	}
}

func TestOperationsSendWhatTheySay(t *testing.T) {
	for _, op := range hms.Operations() {
		t.Run(op.Name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"code":400,"message":"%s %s"}`, r.Method, r.URL.Path) // what came, told back
			})
			var call hms.Call
			inPath, err := callOperation(hms.WithCall(t.Context(), &call), client, op.Name)
			failed := asError(t, err)
			want := filled(op.Path, inPath)
			if call.Method != op.Method || call.Path != want || call.Op != op.Name {
				t.Errorf("it says %s %s %s, want %s %s", call.Op, call.Method, call.Path, op.Method, want)
			}
			if failed.Message != op.Method+" /v2"+want {
				t.Errorf("it sent %s, want %s %s", failed.Message, op.Method, want)
			}
		})
	}
}

// repeated are the operations that are sent again when no clear answer came, besides those that read.
var repeated = []string{
	"ExchangeRoomCode", "StopExternalStream", "StopLiveStream", "StopRecording", "UpdatePoll", "UpdatePollOption",
	"UpdatePollQuestion", "UpdateTrunk",
}

func TestOperationsRepeatWhatIsSafe(t *testing.T) {
	for _, op := range hms.Operations() {
		t.Run(op.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := 1
				if op.Method == "GET" || slices.Contains(repeated, op.Name) {
					want = 3
				}
				if strings.Contains(op.Path, "template") {
					return // their own tests tell
				}
				down := &script{steps: []step{{status: http.StatusBadGateway}}}
				_, err := callOperation(t.Context(), down.client(t), op.Name)
				failed := asError(t, err)
				// FindRoom sends two requests at once: their failures together open the breaker, perhaps before the last try of one.
				if failed.Attempts != want && (op.Name != "FindRoom" || failed.Attempts != want-1) {
					t.Errorf("sent %d times, want %d", failed.Attempts, want)
				}
				if failed.MaybeDone() != (op.Method != "GET") {
					t.Errorf("maybe done: %t", failed.MaybeDone())
				}
			})
		})
	}
}

// A peer that is removed by its id may be removed twice: who comes back is another.
func TestRemovePeerIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &script{steps: []step{{status: 0}, {status: 200, body: `{"message":"peer remove request submitted"}`}}}
		if err := down.client(t).RemovePeers(t.Context(), "r1", hms.RemoveParams{PeerID: "p1"}); err != nil {
			t.Error(err)
		}
	})
}

// A stop that was done at the first try, whose answer was lost, ends as "not found": still it may have been done.
func TestRepeatedStopStaysUnclear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := &script{steps: []step{{status: 0}, {status: 404, body: `{"code":404,"message":"beam not found"}`}}}
		_, err := lost.client(t).StopRecording(t.Context(), "j1")
		if failed := asError(t, err); !errors.Is(err, hms.ErrNotFound) || !failed.MaybeDone() {
			t.Errorf("got %v, maybe done %t", err, failed.MaybeDone())
		}
	})
}

// Collections with longer paths that aren't there mean a wrong address too.
func TestMissingLongCollectionIsNotNotFound(t *testing.T) {
	client := serve(t, reply(http.StatusNotFound, "text/plain", "404 page not found"))
	for _, name := range []string{
		"ListEvents", "ListWebhookEvents", "ReplayWebhookEvents", "CreateTrunk", "Call", "SendDTMF", "CreatePoll", "ActiveSession",
	} {
		if _, err := callOperation(t.Context(), client, name); err == nil || errors.Is(err, hms.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"WebhookReplay", "StreamKey", "ActiveRoom", "Asset", "UpdateTrunk"} {
		if _, err := callOperation(t.Context(), client, name); !errors.Is(err, hms.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
