package hms

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var errSegment = errors.New("an id or name in the path is empty or made of dots")

// request is one operation on its way to the API.
type request struct {
	op       string // the method of Client
	method   string
	segments []string // of the path, not escaped
	list     bool     // the path names a collection, although it is longer than one segment
	query    url.Values
	token    *string  // sent instead of the management token; an empty one sends none
	params   any      // the body of a POST; nil sends {}
	partial  bool     // an error within a 2xx answer stands beside what was done
	repeat   bool     // may be sent again when no clear answer came
	secrets  []string // values that must not come back in an error's texts

	body []byte // params, encoded
}

// path is the path without the base URL.
func (r request) path() string {
	var b strings.Builder
	for _, segment := range r.segments {
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String()
}

// target is the path with the query.
func (r request) target() string {
	if len(r.query) == 0 {
		return r.path()
	}
	return r.path() + "?" + r.query.Encode()
}

// encode checks the path and turns params into the body. An empty segment would address the list instead of the thing.
func (r *request) encode() error {
	for _, segment := range r.segments {
		if strings.Trim(segment, ".") == "" {
			return errSegment
		}
	}
	if r.method == http.MethodGet {
		return nil
	}
	if r.params == nil {
		r.body = []byte("{}")
		return nil
	}
	body, err := json.Marshal(r.params)
	r.body = body
	return err
}

// fetch runs an operation whose answer is read by decode, and reports on it.
func fetch[T any](ctx context.Context, c *Client, req request, decode func([]byte) (T, error)) (T, error) {
	var value T
	call := Call{Op: req.op, Method: req.method, Path: req.path(), Started: c.now()}
	began := time.Now() // not c.now: the monotonic clock
	failed := c.run(ctx, req, &call, func(body []byte) (err error) {
		value, err = decode(body)
		return err
	})
	call.Latency = time.Since(began)
	if into := callOf(ctx); into != nil {
		*into = call
	}
	c.report(call)
	if failed != nil && !req.partial {
		var none T
		return none, failed
	}
	return value, failed
}

// run makes the attempts of an operation, as many as are safe and useful.
func (c *Client) run(ctx context.Context, req request, call *Call, read func([]byte) error) error {
	if err := req.encode(); err != nil {
		return req.failure(err)
	}
	maybe, renewed := false, false
	var failed *Error
	for tries := 1; ; tries++ {
		through, held := c.admit(ctx, req, call)
		if held != nil {
			if failed != nil && call.Held == HeldUnavailable {
				return failed // which tells more, and what may have been done
			}
			held.maybe, held.Attempts = maybe, call.Attempts
			return held
		}
		failed = c.attempt(ctx, req, through, call, read)
		if failed == nil {
			return nil
		}
		maybe = maybe || failed.maybe
		failed.maybe, failed.Attempts = maybe, call.Attempts
		if req.tokenRefused(failed) && !renewed && req.token == nil {
			// It means that nothing was done, so any request may be repeated, once, with the new token.
			renewed, failed = true, nil
			tries--
			continue
		}
		if !req.repeat || tries >= c.tries || !failed.retryable() || !c.pause(ctx, failed, tries) {
			return failed
		}
	}
}

// pause waits before the next attempt, and says whether to make it. When ctx ends meanwhile, failed says so.
func (c *Client) pause(ctx context.Context, failed *Error, tries int) bool {
	wait := failed.RetryAfter
	if wait == 0 {
		wait = backoff(tries)
	}
	if !affordable(ctx, wait) || c.breaker.held() > wait {
		return false
	}
	if err := sleep(ctx, wait); err != nil {
		failed.Err = errors.Join(failed.Err, err)
		return false
	}
	return true
}

// attempt sends the request once and judges what came back.
func (c *Client) attempt(ctx context.Context, req request, through *pass, call *Call, read func([]byte) error) *Error {
	told, problem := noVerdict, ""
	defer func() { c.breaker.leave(through, told, problem) }()
	token, err := c.tokenFor(req)
	if err != nil {
		return req.failure(err)
	}
	if call.Attempts == 0 {
		call.Started = c.now()
	}
	ans, err := c.do(ctx, req, token)
	if ans.sent || ctx.Err() == nil {
		call.Attempts++
	}
	if ans.status != 0 {
		call.Status, call.Body = ans.status, ans.body
	}
	req.secrets = append(req.secrets, token)
	failed := c.judge(req, ans, err, read)
	told, problem = verdictOn(ctx, ans, failed)
	if failed == nil {
		return nil
	}
	if req.tokenRefused(failed) {
		c.tokens.refuse(token)
	}
	if failed.Status == http.StatusTooManyRequests {
		c.limiterOf(req).refused(through.sent, failed.RetryAfter)
	}
	failed.cut = failed.cut && ctx.Err() == nil
	failed.maybe = failed.maybe && req.method != http.MethodGet
	return failed
}

// tokenFor returns the token that a request is sent with; "" for none.
func (c *Client) tokenFor(req request) (string, error) {
	if req.token != nil {
		return *req.token, nil
	}
	return c.tokens.current()
}

// tokenRefused says whether it was the token that was refused: with a 401, or by the webhooks' delivery history with a 403
// (documentation: Analytics, "List webhook events").
func (r request) tokenRefused(failed *Error) bool {
	return failed.Status == http.StatusUnauthorized || r.ofHistory() && failed.IsAuth()
}

// judge turns an answer into an error, or reads it and returns nil.
func (c *Client) judge(req request, ans answer, err error, read func([]byte) error) *Error {
	failed := req.failure(err)
	failed.Status = ans.status
	if err != nil {
		failed.RetryAfter = retryAfter(ans.header, c.now(), nil)
		failed.maybe = ans.sent && unclear(ans.status, failed.RetryAfter)
		failed.cut = !errors.Is(err, errTooLarge)
		return failed
	}
	if ans.status < 200 || ans.status > 299 {
		return c.refused(failed, readRefusal(ans.header, ans.body).mask(req.secrets), ans)
	}
	if inBand, ok := readInBand(ans.body); ok {
		if req.partial && isPage(ans.body) {
			failed.Err = read(ans.body)
		}
		if inBand.code >= 400 && inBand.code <= 599 {
			failed.Status = inBand.code
		}
		return c.refused(failed, inBand.mask(req.secrets), ans)
	}
	if err := read(ans.body); err != nil {
		failed.maybe = true
		if !json.Valid(ans.body) {
			failed.Message = misfit(ans.header, ans.body)
			return failed
		}
		failed.Err = err
		return failed
	}
	return nil
}

// refused fills in what the API said. The status of failed is set already.
func (c *Client) refused(failed *Error, said refusal, ans answer) *Error {
	failed.Code, failed.Message, failed.Details = said.code, said.message, said.details
	failed.RetryAfter = retryAfter(ans.header, c.now(), failed.Texts())
	failed.maybe = unclear(failed.Status, failed.RetryAfter)
	return failed
}

// failure returns an error of this operation.
func (r request) failure(err error) *Error {
	return &Error{Op: r.op, Method: r.method, Path: r.path(), Err: err, collection: r.list || len(r.segments) == 1}
}
