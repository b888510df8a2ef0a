package static

import (
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// get asks Handler for a path with header pairs.
func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryEmbeddedFileIsServed(t *testing.T) {
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		res := get(t, "GET", URL(name))
		if res.StatusCode != http.StatusOK || body(t, res.Body) != string(want) {
			t.Errorf("%s: status %d, or another content than embedded", name, res.StatusCode)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestURLCarriesTheHash(t *testing.T) {
	if got := URL("app.css"); !regexp.MustCompile(`^/static/app\.[0-9a-f]{16}\.css$`).MatchString(got) {
		t.Errorf("URL(app.css) = %q", got)
	}
	if a, b := newAsset("a.css", []byte("one")).url, newAsset("a.css", []byte("two")).url; a == b {
		t.Errorf("two contents share the address %s", a)
	}
}

func TestAnswers(t *testing.T) {
	css := URL("app.css")
	plain, packed := `"`+assets().byName["app.css"].etag+`"`, `"`+assets().byName["app.css"].etag+`-gz"`
	for name, tt := range map[string]struct {
		method, path string
		header       []string
		status       int
		encoding     string
		etag         string
	}{
		"plain":                    {"GET", css, nil, 200, "", plain},
		"gzip":                     {"GET", css, []string{"Accept-Encoding", "br, gzip;q=0.5"}, 200, "gzip", packed},
		"any coding":               {"GET", css, []string{"Accept-Encoding", "*"}, 200, "gzip", packed},
		"gzip refused":             {"GET", css, []string{"Accept-Encoding", "gzip; q=0"}, 200, "", plain},
		"weight that is no number": {"GET", css, []string{"Accept-Encoding", "gzip;q=x"}, 200, "", plain},
		"head":                     {"HEAD", css, nil, 200, "", plain},
		"known already":            {"GET", css, []string{"If-None-Match", `"other", W/` + plain}, 304, "", plain},
		"known as gzip":            {"GET", css, []string{"If-None-Match", packed, "Accept-Encoding", "gzip"}, 304, "", packed},
		"known in another coding":  {"GET", css, []string{"If-None-Match", packed}, 200, "", plain},
		"without hash":             {"GET", "/static/app.css", nil, 404, "", ""},
		"old hash":                 {"GET", "/static/app.0000000000000000.css", nil, 404, "", ""},
		"the source":               {"GET", "/static/static.go", nil, 404, "", ""},
		"above":                    {"GET", "/static/../static.go", nil, 404, "", ""},
		"the folder":               {"GET", "/static/", nil, 404, "", ""},
		"post":                     {"POST", css, nil, 405, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			res := get(t, tt.method, tt.path, tt.header...)
			if res.StatusCode != tt.status || res.Header.Get("Content-Encoding") != tt.encoding || res.Header.Get("ETag") != tt.etag {
				t.Errorf("status %d, encoding %q, etag %s; want %d, %q, %s", res.StatusCode, res.Header.Get("Content-Encoding"),
					res.Header.Get("ETag"), tt.status, tt.encoding, tt.etag)
			}
			if tt.status == 200 && !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("Cache-Control = %q", res.Header.Get("Cache-Control"))
			}
			if tt.method == "HEAD" && body(t, res.Body) != "" {
				t.Error("HEAD was answered with a body")
			}
		})
	}
}

func TestGzipUnpacksToTheFile(t *testing.T) {
	res := get(t, "GET", URL("app.js"), "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	want, err := files.ReadFile("app.js")
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, z); got != string(want) {
		t.Errorf("unpacked to %d bytes, want %d", len(got), len(want))
	}
}

func TestMediaTypes(t *testing.T) {
	for name, want := range map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "favicon.svg": "image/svg+xml",
	} {
		if got := get(t, "GET", URL(name)).Header.Get("Content-Type"); got != want {
			t.Errorf("%s: Content-Type %q, want %q", name, got, want)
		}
	}
}

func TestWhatCannotShrinkStaysPlain(t *testing.T) {
	if got := squeeze([]byte("x")); got != nil {
		t.Errorf("squeeze made %d bytes of one", len(got))
	}
}

// The pin of third_party/PINS: the file must be the published one, byte for byte.
func TestHtmxIsThePublishedFile(t *testing.T) {
	const pin = "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
	file, err := files.ReadFile("third_party/htmx.min.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum384(file)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != pin {
		t.Errorf("third_party/htmx.min.js is %s, want %s", got, pin)
	}
}

// A first visit to any page stays under 100 kB: files besides the page may take 40 kB packed.
func TestFilesAreSmall(t *testing.T) {
	total := 0
	for _, a := range assets().byName {
		if packed := a.gzip(); packed != nil {
			total += len(packed)
		} else {
			total += len(a.plain)
		}
	}
	if total > 40<<10 {
		t.Errorf("the files weigh %d bytes over the wire, want at most 40 kB", total)
	}
}

// Pages forbid code from strings and inline styles; a script that needs them would fail in the browser only.
func TestOurScriptNeedsNoEvalAndNoInlineStyle(t *testing.T) {
	script, err := files.ReadFile("app.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"eval(", "new Function", "innerHTML", "insertAdjacentHTML", "document.write", ".style.", `setAttribute("style"`} {
		if strings.Contains(string(script), word) {
			t.Errorf("app.js uses %s", word)
		}
	}
}
