package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"
)

// InProcess is an http.RoundTripper that hands each request to a handler of this process: for a server that a client of the
// same program talks to, without a port and without the cost of a connection.
//
// Both sides see what they would see over HTTP, but for what only a connection has: there is no address, no TLS and no
// hijacking, and an answer arrives as a whole, once the handler has returned. The handler runs on the caller's goroutine, so
// it has to return soon after the context of its request has ended.
type InProcess struct {
	Handler http.Handler
	Log     *slog.Logger // of panics, as net/http logs those of its handlers
}

// RoundTrip implements http.RoundTripper. The error is io.EOF, as over a connection that was closed without an answer, when the
// handler panics; what ended the context, when that has ended.
func (p InProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	in := received(req)
	defer in.Body.Close()
	w := &reply{header: http.Header{}}
	whole := p.serve(w, in)
	if err := context.Cause(req.Context()); err != nil {
		return nil, err
	}
	if !whole {
		return nil, io.EOF
	}
	return w.response(req), nil
}

// serve reports whether the handler came to its end.
func (p InProcess) serve(w *reply, r *http.Request) (whole bool) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			p.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("value", fmt.Sprint(v)),
				slog.String("method", methodOf(r)), slog.String("path", r.URL.Path), slog.String("stack", string(debug.Stack())))
		}
	}()
	p.Handler.ServeHTTP(w, r)
	return true
}

// received is the request as a server gets it: with a header of its own, and of the address only what a request line holds.
func received(req *http.Request) *http.Request {
	in := (&http.Request{
		Method: req.Method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: req.Header.Clone(), Host: req.Host,
		Body: req.Body, ContentLength: req.ContentLength, RequestURI: req.URL.RequestURI(),
		URL: &url.URL{Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery, ForceQuery: req.URL.ForceQuery},
	}).WithContext(apart{req.Context()})
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// apart is a context that ends with another one and holds none of its values: they don't travel over HTTP either.
type apart struct{ context.Context }

// Value implements context.Context.
func (apart) Value(any) any { return nil }

// reply is the answer while the handler writes it.
type reply struct {
	header http.Header
	status int         // 0 until the answer begins
	sent   http.Header // as it was when the answer began
	body   bytes.Buffer
}

func (w *reply) Header() http.Header { return w.header }

// WriteHeader begins the answer, with what the header holds by now. Only the first call counts; 1xx answers come before it.
func (w *reply) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *reply) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

// response is the whole answer to req, with what a server adds where a handler doesn't say it.
func (w *reply) response(req *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	if w.sent["Content-Type"] == nil && w.body.Len() > 0 {
		w.sent.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	if w.sent["Date"] == nil {
		w.sent.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if req.Method == http.MethodHead {
		w.body.Reset()
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: req,
	}
}
