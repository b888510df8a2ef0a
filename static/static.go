// Package static holds what browsers load besides pages: the style sheet, the scripts and the icon of the tab. It knows
// files and their hashes; it must not know any page.
//
// Every file is served under a name that carries the hash of its content, so that browsers may keep it for ever and a
// new version is a new address.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed app.css app.js favicon.svg third_party/htmx.min.js
var files embed.FS

// names are the files served; their order means nothing.
var names = []string{"app.css", "app.js", "favicon.svg", "third_party/htmx.min.js"}

const prefix = "/static/"

// asset is one file, ready to be sent.
type asset struct {
	url   string
	kind  string // media type
	etag  string
	plain []byte
	gzip  func() []byte // made at the first request for it
}

type shelf struct {
	byName map[string]*asset
	byURL  map[string]*asset
}

var assets = sync.OnceValue(load)

func load() shelf {
	s := shelf{byName: make(map[string]*asset, len(names)), byURL: make(map[string]*asset, len(names))}
	for _, name := range names {
		body, err := files.ReadFile(name)
		if err != nil {
			// A name without a file is a slip in the list above: the file stays away and its address answers 404; a test sees it.
			continue
		}
		a := newAsset(name, body)
		s.byName[name], s.byURL[a.url] = a, a
	}
	return s
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:8])
	ext := path.Ext(name)
	return &asset{
		url:   prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		kind:  mediaType(ext),
		etag:  hash,
		plain: body,
		gzip:  sync.OnceValue(func() []byte { return squeeze(body) }),
	}
}

func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

// squeeze returns the body compressed as far as gzip goes: it is done once and sent often. It returns nil when that
// doesn't make it smaller.
func squeeze(body []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// URL returns the address of a file by its name, e.g. "app.css". The address of an unknown name answers 404.
func URL(name string) string {
	if a, ok := assets().byName[name]; ok {
		return a.url
	}
	return prefix + name
}

// Handler serves the files under /static/. An address that isn't one of URL's answers 404, also one with an old hash.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets().byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD are answered here.", http.StatusMethodNotAllowed)
			return
		}
		a.serve(w, r)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	body, etag := a.plain, `"`+a.etag+`"`
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if packed := a.gzip(); packed != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = packed, `"`+a.etag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return
	}
	// The only thing that can go wrong here is that the browser has gone; nobody is left to be told.
	_, _ = w.Write(body)
}

// acceptsGzip reads Accept-Encoding: gzip counts unless its weight is zero.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		coding = strings.TrimSpace(coding)
		if !strings.EqualFold(coding, "gzip") && coding != "*" {
			continue
		}
		value, found := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		if !found {
			return true
		}
		q, err := strconv.ParseFloat(value, 64)
		return err == nil && q > 0
	}
	return false
}

func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}
