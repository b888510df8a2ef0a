package hms

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tokenLife   = 24 * time.Hour
	tokenSlack  = 10 * time.Second // back-dating, for a server whose clock is behind ours
	tokenMargin = 30 * time.Second // a token with less than this left is renewed before it is used
)

// claims is the content of a management token, or of a client's auth token.
type claims struct {
	AccessKey string `json:"access_key"`
	Type      string `json:"type"` // management or app
	Version   int    `json:"version"`
	RoomID    string `json:"room_id,omitempty"`
	Role      string `json:"role,omitempty"`
	UserID    string `json:"user_id,omitempty"`
	jwt.RegisteredClaims
}

// lasting returns the claims with an id of their own, good from a moment before now for as long as lifetime.
func (c claims) lasting(now time.Time, lifetime time.Duration) claims {
	from := now.Add(-tokenSlack)
	c.Version = 2
	c.RegisteredClaims = jwt.RegisteredClaims{
		ID:        newUUID(),
		IssuedAt:  jwt.NewNumericDate(from),
		NotBefore: jwt.NewNumericDate(from),
		ExpiresAt: jwt.NewNumericDate(from.Add(lifetime)),
	}
	return c
}

// tokens mints management tokens and keeps the newest one. It is safe for concurrent use.
//
// The secret lives only inside sign: fmt prints unexported fields without asking their String method, but a function
// prints as an address.
type tokens struct {
	now  func() time.Time
	sign func(claims) (string, error)

	mu     sync.Mutex
	text   string
	minted time.Time
}

func newTokens(accessKey, secret string, now func() time.Time) *tokens {
	key := []byte(secret) // the text itself is the key: it looks like base64, but isn't to be decoded
	return &tokens{now: now, sign: func(c claims) (string, error) {
		c.AccessKey = accessKey
		return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(key)
	}}
}

// current returns a token that is good for at least tokenMargin.
func (t *tokens) current() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if t.text != "" && !t.stale(now) {
		return t.text, nil
	}
	text, err := t.sign(claims{Type: "management"}.lasting(now, tokenLife))
	if err != nil {
		return "", fmt.Errorf("sign the management token: %w", err)
	}
	t.text, t.minted = text, now
	return text, nil
}

// stale says whether the token is about to end, or begins in the future because our clock was set back.
func (t *tokens) stale(now time.Time) bool {
	from := t.minted.Add(-tokenSlack)
	return now.Before(from) || from.Add(tokenLife).Sub(now) < tokenMargin
}

// refuse drops a token that the API did not take. A newer one, minted meanwhile for somebody else, stays.
func (t *tokens) refuse(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text == text {
		t.text = ""
	}
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
