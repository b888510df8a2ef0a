package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"time"
)

// How long a receiver may take; the documents don't say. These are times of the machine, not of the sandbox's clock.
const (
	sendTimeout = 10 * time.Second // for the whole answer
	dialTimeout = 5 * time.Second
)

// signatureHeader carries the signature of a HIPAA workspace (documentation: secure webhooks).
const signatureHeader = "x-100ms-signature"

// Why a try failed, as the history says it; of an answer other than 200 the status follows.
const (
	reasonTimeout   = "timeout"
	reasonNoAnswer  = "connection failed"
	reasonStatus    = "status code %d"
	reasonNotHTTPS  = "url is not https"
	reasonBadHook   = "invalid url or headers"
	reasonForgotten = "event is no longer kept"
	reasonMuted     = "sending is switched off"
)

// newSender returns the client that sends webhooks. It follows no redirects: only a 200 is a success.
func newSender() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout: dialTimeout,
			ForceAttemptHTTP2:   true,
			MaxIdleConns:        sendsAtOnce,
			MaxIdleConnsPerHost: sendsAtOnce / 4,
			IdleConnTimeout:     30 * time.Second,
		},
	}
}

// post sends one try and returns why it failed, "" when it didn't.
func (s *Server) post(d *delivery, e *event) (reason string) {
	switch {
	case s.mute:
		return reasonMuted
	case e == nil:
		return reasonForgotten
	case s.state.conf.hipaa && !isHTTPS(d.URL):
		return reasonNotHTTPS
	}
	ctx, cancel := context.WithTimeout(s.sending, sendTimeout)
	defer cancel()
	r, err := s.webhookRequest(ctx, d, e)
	if err != nil {
		return reasonBadHook
	}
	answer, err := s.sender.Do(r)
	if err != nil {
		return failedToAnswer(err)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, bodyLimit))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return failedToAnswer(err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Sprintf(reasonStatus, answer.StatusCode)
	}
	return ""
}

func isHTTPS(url string) bool {
	return len(url) >= len("https://") && strings.EqualFold(url[:len("https://")], "https://")
}

// failedToAnswer is the reason for an exchange that broke.
func failedToAnswer(err error) string {
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return reasonTimeout
	}
	return reasonNoAnswer
}

// webhookRequest makes the request of a try. It fails for a URL that is none, and for an event that JSON can't hold.
func (s *Server) webhookRequest(ctx context.Context, d *delivery, e *event) (*http.Request, error) {
	body, err := json.Marshal(s.state.conf.envelope(e, d.Replay != ""))
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range d.Headers {
		if strings.EqualFold(name, "Host") {
			r.Host = value // net/http takes it from here alone
			continue
		}
		r.Header.Del(name)
		r.Header[name] = []string{value} // sent as it was spelled
	}
	if s.state.conf.hipaa {
		r.Header.Set(signatureHeader, s.sign(body))
	}
	return r, nil
}

// sign returns the signature of a webhook's body: lower-case hex of an HMAC with SHA-256.
func (s *Server) sign(body []byte) string {
	s.state.mu.RLock()
	secret := s.state.workspace().WebhookSecret
	s.state.mu.RUnlock()
	key := s.secret
	if secret != "" {
		key = []byte(secret)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// envelope is the body of a webhook (documentation: webhooks, "Envelope").
type envelope struct {
	Version    string    `json:"version"`
	ID         string    `json:"id"`
	AccountID  string    `json:"account_id"`
	AppID      string    `json:"app_id,omitzero"`
	TemplateID string    `json:"template_id,omitzero"` // by a reading
	Timestamp  time.Time `json:"timestamp"`            // whole seconds
	Type       string    `json:"type"`
	Data       object    `json:"data"`
	IsReplay   bool      `json:"is_replay,omitzero"`
}

func (c conf) envelope(e *event, isReplay bool) envelope {
	env := envelope{
		Version: "2.0", ID: e.ID, AccountID: customerID, AppID: appID, Timestamp: e.At.Truncate(time.Second),
		Type: e.Type, Data: e.Data, IsReplay: isReplay,
	}
	if e.Type == "recording.success" || e.Type == "recording.failed" {
		env.Version = "1.0"
	}
	if c.reads(ReadingEnvelopeWithoutApp) {
		env.AppID = ""
	}
	if c.reads(ReadingEnvelopeTemplate) {
		env.Data = maps.Clone(e.Data)
		env.TemplateID, _ = e.Data["template_id"].(string)
		delete(env.Data, "template_id")
	}
	if isReplay && c.reads(ReadingReplayMark) {
		env.IsReplay = false
		env.Data = maps.Clone(env.Data)
		env.Data["is_replay"] = true
	}
	return env
}
