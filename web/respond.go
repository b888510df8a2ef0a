package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// Buffers larger than this in bytes are not kept for the next page.
const keptBuffer = 1 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render answers with the page. It is drawn whole before the first byte goes out: a page that can't be drawn is an error, and nothing
// was written. Where the reader went away the error is a context.Canceled, as nobody is left to be told anything.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= keptBuffer {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	if err := page.Render(r.Context(), buf); err != nil {
		return fmt.Errorf("draw page: %w", err)
	}
	h := w.Header()
	if status >= 400 {
		forget(h)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	if _, err := w.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("send page: %w: %w", context.Canceled, err)
	}
	return nil
}

// forget drops what a handler said about the answer it then couldn't give, such as the name of a download.
func forget(h http.Header) {
	for _, name := range []string{"Content-Disposition", "Content-Encoding", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
}

// Redirect answers 303 See Other to a path of our own, with or without a query. Any other address is an error and writes nothing:
// a redirect that can be talked into leaving the site helps those who fish for passwords.
func Redirect(w http.ResponseWriter, r *http.Request, path string) error {
	if !IsLocal(path) {
		return fmt.Errorf("redirect to %q: not a path of this site", path)
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// IsLocal says whether path is one of this site, however a browser may read it. Use it on what comes back in ?next=.
func IsLocal(path string) bool {
	// Browsers take \ for / and drop tabs and line breaks: both can turn a path into "//host".
	if strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return false
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return false
	}
	u, err := url.Parse(path)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil
}
