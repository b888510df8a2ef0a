package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// What a row of the conformance table is about.
const (
	anEndpoint = "endpoint"
	aParameter = "parameter"
	aRefusal   = "refusal" // an error text
	aQuirk     = "quirk"
	aReading   = "reading" // another one than the usual, see choices.go
)

// row is one fact of the API's documents, and the test that the sandbox keeps to it.
type row struct {
	kind string // one of the above
	call string // "POST /rooms", as in the routes; of a quirk or reading of more than one call ""
	what string // a parameter's name, a refusal's text (details after " | "), a quirk in our words, a reading's name
	page string // of the documents
	test func(b *box)
	box  Options // of the box that the test gets
}

// conformance is what the sandbox promises. Each resource's rows stand in a file of their own.
func conformance() []row {
	return slices.Concat(requestRows, roomRows, roomReadingRows, codeRows, templateRows, sessionRows, beamRows, pollRows, eventRows)
}

func TestConformance(t *testing.T) {
	for _, r := range conformance() {
		t.Run(r.kind+" "+r.call+" "+r.what, func(t *testing.T) {
			r.test(newBox(t, r.box))
		})
	}
}

// TestConformanceIsWhole walks the code's own tables: what has no row fails.
func TestConformanceIsWhole(t *testing.T) {
	have := map[[3]string]bool{}
	said := map[[2]string]bool{}
	for _, r := range conformance() {
		if r.page == "" || r.test == nil {
			t.Errorf("%s %s %s: no page or no test", r.kind, r.call, r.what)
		}
		have[[3]string{r.kind, r.call, r.what}] = true
		said[[2]string{r.kind, r.what}] = true
	}
	for _, rt := range routes() {
		call := rt.method + " " + rt.path
		if !have[[3]string{anEndpoint, call, ""}] {
			t.Errorf("no row for %s", call)
		}
		for _, name := range slices.Concat(rt.query, rt.body) {
			if !have[[3]string{aParameter, call, name}] {
				t.Errorf("no row for %s of %s", name, call)
			}
		}
	}
	for _, e := range refusals {
		var text strings.Builder
		text.WriteString(e.Message)
		for _, detail := range e.Details {
			text.WriteString(" | " + detail)
		}
		if !said[[2]string{aRefusal, text.String()}] {
			t.Errorf("no row for the refusal %q", text.String())
		}
	}
	for _, r := range readings() {
		if !said[[2]string{aReading, string(r.name)}] {
			t.Errorf("no row for the reading %s", r.name)
		}
	}
}

// otherwise returns options with one reading.
func otherwise(name Reading) Options { return Options{Readings: map[Reading]bool{name: true}} }

// refused makes a call that has to be refused with e.
func (b *box) refused(e *apiError, method, path, body string) {
	b.t.Helper()
	details := make([]any, 0, len(e.Details))
	for _, d := range e.Details {
		details = append(details, d)
	}
	equal(b.t, method+" "+path+" "+body, b.call(e.Code, method, path, body), failure(e.Code, e.Message, details...))
}

func decodeObject(t testing.TB, text []byte) object {
	t.Helper()
	var out object
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// replaceAll replaces pairs in text.
func replaceAll(text string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(text)
}
