package web

import (
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// gzipFloor is the size in bytes up to which an answer goes out as it is: zipping would cost more than it saves.
const gzipFloor = 1024

var gzipWriters = sync.Pool{New: func() any {
	zw, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // fails for unknown levels only
	return zw
}}

// Compress zips text for clients that take gzip, except those on this machine, for whom it is only work.
// What is encoded already, a part of something, or small is left alone. A flush sends what is there.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || !acceptsGzip(r.Header.Values("Accept-Encoding")) || isLoopback(ClientIP(r.Context())) {
			next.ServeHTTP(w, r)
			return
		}
		zw := &zipper{ResponseWriter: w}
		next.ServeHTTP(zw, r)
		// Not deferred: after a panic the held-back bytes make room for the error page.
		if err := zw.close(); err != nil {
			panic(http.ErrAbortHandler) // the end is missing, and the client must see that it is
		}
	})
}

func isLoopback(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err == nil && addr.IsLoopback()
}

// acceptsGzip reads Accept-Encoding; q=0 is a no, and gzip's own word beats that for "*".
func acceptsGzip(accept []string) bool {
	all := false
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return quality(params) > 0
		case "*":
			all = quality(params) > 0
		}
	}
	return all
}

// quality is the q of an entry: 1 where there is none, 0 where it can't be read.
func quality(params string) float64 {
	key, value, found := strings.Cut(strings.TrimSpace(params), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(key), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}

// zipper holds the beginning of an answer back until it knows whether zipping pays.
type zipper struct {
	http.ResponseWriter
	status  int
	head    []byte
	decided bool
	zip     *gzip.Writer // nil: the answer goes out as it is
}

// WriteHeader keeps the status until the first bytes tell what becomes of the answer.
func (z *zipper) WriteHeader(status int) {
	if z.decided || status < 200 {
		z.ResponseWriter.WriteHeader(status)
		return
	}
	if z.status == 0 {
		z.status = status
	}
}

// Write holds bytes back, or passes them on once it is decided how.
func (z *zipper) Write(p []byte) (int, error) {
	if !z.decided {
		if len(z.head)+len(p) <= gzipFloor {
			z.head = append(z.head, p...)
			return len(p), nil
		}
		if err := z.decide(p); err != nil {
			return 0, err
		}
	}
	return z.out().Write(p)
}

// FlushError sends all that was written so far. A stream is zipped however little it begins with.
func (z *zipper) FlushError() error {
	if !z.decided {
		if err := z.decide(nil); err != nil {
			return err
		}
	}
	if z.zip != nil {
		if err := z.zip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(z.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (z *zipper) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *zipper) out() io.Writer {
	if z.zip != nil {
		return z.zip
	}
	return z.ResponseWriter
}

// decide picks the way for the whole answer, by its headers, and sends what was held back. next is what comes after that.
func (z *zipper) decide(next []byte) error {
	h := z.Header()
	if h.Get("Content-Type") == "" {
		if sample := slices.Concat(z.head, next[:min(len(next), 512)]); len(sample) > 0 {
			h.Set("Content-Type", http.DetectContentType(sample)) // net/http would look at the zipped bytes
		}
	}
	if z.worthwhile() {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		h.Del("Content-Length")
		if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
			h.Set("ETag", "W/"+tag) // the same content, no longer the same bytes
		}
		z.zip = gzipWriters.Get().(*gzip.Writer)
		z.zip.Reset(z.ResponseWriter)
	}
	return z.release()
}

func (z *zipper) worthwhile() bool {
	switch z.status {
	case http.StatusNoContent, http.StatusPartialContent, http.StatusNotModified:
		return false
	}
	h := z.Header()
	return h.Get("Content-Encoding") == "" && h.Get("Content-Range") == "" && isText(h.Get("Content-Type"))
}

func isText(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/jsonl", "application/x-ndjson", "application/javascript", "application/xml", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

// release sends the status and the bytes held back.
func (z *zipper) release() error {
	z.decided = true
	if z.status != 0 {
		z.ResponseWriter.WriteHeader(z.status)
	}
	if len(z.head) == 0 {
		return nil
	}
	_, err := z.out().Write(z.head)
	z.head = nil
	return err
}

// close ends the answer.
func (z *zipper) close() error {
	if !z.decided {
		return z.release()
	}
	if z.zip == nil {
		return nil
	}
	err := z.zip.Close()
	z.zip.Reset(io.Discard) // the pool must not keep the connection alive
	gzipWriters.Put(z.zip)
	z.zip = nil
	return err
}
