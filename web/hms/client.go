package hms

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

const (
	bodyLimit      = 4 << 20 // bytes of an answer
	connections    = 64      // to the API at a time
	defaultTimeout = 15 * time.Second
	defaultTries   = 3
)

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", bodyLimit>>20)

// Client talks to one account. It is safe for concurrent use, and prints without its secret.
type Client struct {
	base    string // without a slash at the end
	http    *http.Client
	timeout time.Duration
	tries   int
	now     func() time.Time
	report  func(Call)
	tokens  *tokens
	limiter *limiter // of all calls but those below
	history *limiter // of the webhooks' delivery history
	breaker *breaker
	clock   *serverClock
	auth    *Client // for the host that exchanges room codes; it has waits and a clock of its own
}

// New returns a client for the account in cfg. It fails when the address is not an absolute http(s) URL, or holds user
// info, a query or a fragment, and when a key is missing. Nothing is sent.
func New(cfg Config) (*Client, error) {
	if err := checkBase(cfg.BaseURL); err != nil {
		return nil, err
	}
	if err := checkBase(cfg.authURL()); err != nil {
		return nil, err
	}
	if cfg.AccessKey == "" || cfg.Secret == "" {
		return nil, errors.New("hms: both the access key and the secret are needed")
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	report := cfg.Observe
	if report == nil {
		report = func(Call) {}
	}
	client := &Client{
		base:    strings.TrimRight(cfg.BaseURL, "/"),
		http:    newHTTP(cfg.HTTP),
		timeout: cmp.Or(cfg.Timeout, defaultTimeout),
		tries:   cmp.Or(cfg.Tries, defaultTries),
		now:     now,
		report:  report,
		tokens:  newTokens(cfg.AccessKey, cfg.Secret, now),
		limiter: new(limiter),
		history: new(limiter),
		breaker: &breaker{base: cfg.HoldBack},
		clock:   new(serverClock),
	}
	client.auth = client.at(cfg.authURL())
	return client, nil
}

// at returns a client like c for another host.
func (c *Client) at(base string) *Client {
	other := *c
	other.base = strings.TrimRight(base, "/")
	other.limiter, other.history, other.breaker, other.clock = new(limiter), new(limiter), &breaker{base: c.breaker.base}, new(serverClock)
	return &other
}

// patient returns a client like c whose attempts may take at least as long as timeout.
func (c *Client) patient(timeout time.Duration) *Client {
	other := *c
	other.timeout = max(c.timeout, timeout)
	return &other
}

// checkBase keeps the address out of its errors: somebody may have put a password into it.
func checkBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return errors.New("hms: the API address must look like https://api.100ms.live/v2")
	case u.User != nil:
		return errors.New("hms: the API address must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("hms: the API address must not hold a query or a fragment")
	}
	return nil
}

// newHTTP returns a copy of given, or a client of our own, that doesn't follow redirects: they would carry the token
// elsewhere and turn a POST into a GET.
func newHTTP(given *http.Client) *http.Client {
	own := http.Client{Transport: newTransport()}
	if given != nil {
		own = *given
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConns:        connections,
		MaxIdleConnsPerHost: connections,
		MaxConnsPerHost:     connections,
		// Shorter than a load balancer's usual 60 s: a POST on a connection that the other side is just closing
		// ends without an answer, and we could not say whether it was done.
		IdleConnTimeout: 30 * time.Second,
	}
}

// String names the host, never the keys.
func (c *Client) String() string { return "hms.Client{" + hostOf(c.base) + "}" }

// GoString is String.
func (c *Client) GoString() string { return c.String() }

// LogValue is String for log/slog.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// hostOf returns scheme and host of a URL, without user info, path and query.
func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "(no address)"
	}
	return u.Scheme + "://" + u.Host
}

// answer is what came back of one attempt, as far as it came.
type answer struct {
	status int // 0: none
	header http.Header
	body   []byte
	sent   bool // a connection was had, so that the API may have got the request
}

// do sends a request once and reads its answer. It is the only function that touches net/http. The answer is filled as
// far as it came, also when there is an error.
func (c *Client) do(ctx context.Context, req request, token string) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, err
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var asked, got bool // of the transport, for a connection; both are set in this goroutine
	traced := httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		GetConn: func(string) { asked = true },
		GotConn: func(httptrace.GotConnInfo) { got = true },
	})
	out, err := http.NewRequestWithContext(traced, req.method, c.base+req.target(), bytes.NewReader(req.body))
	if err != nil {
		return answer{}, bare(err)
	}
	out.Header = http.Header{
		"Content-Type": {"application/json"},
		"Accept":       {"application/json"},
		"User-Agent":   {"roomledger"},
	}
	if token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	sent := c.now()
	resp, err := c.http.Do(out)
	if err != nil {
		// A transport that was never asked for a connection isn't net/http's: suppose that it sent.
		return answer{sent: got || !asked}, c.timedOut(ctx, limited, bare(err))
	}
	defer resp.Body.Close()
	c.clock.observe(resp.Header, sent, c.now())
	body, err := readBody(resp)
	return answer{resp.StatusCode, resp.Header, body, true}, c.timedOut(ctx, limited, err)
}

// timedOut words the error of an attempt that was ended by its own timeout, and not by the caller's context.
func (c *Client) timedOut(ctx, limited context.Context, err error) error {
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("no whole answer within %s: %w", c.timeout, context.DeadlineExceeded)
	}
	return err
}

// readBody reads an answer up to bodyLimit; beyond it fails with errTooLarge.
func readBody(resp *http.Response) ([]byte, error) {
	var text bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= bodyLimit {
		text.Grow(int(n) + bytes.MinRead) // the buffer wants that much room at the end, too
	}
	_, err := text.ReadFrom(io.LimitReader(resp.Body, bodyLimit+1))
	if text.Len() > bodyLimit {
		return text.Bytes()[:bodyLimit], errTooLarge
	}
	return text.Bytes(), err
}

// bare drops the URL that net/http puts around its errors, for the query in it.
func bare(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}
