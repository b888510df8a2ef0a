package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/securecookie"
)

const (
	flashAge  = 120 // seconds; enough for a redirect
	flashText = 800 // bytes; more would not fit into a cookie once it is encoded
)

// Flash is one message that survives a redirect. What the kinds are is up to the pages.
type Flash struct {
	Kind string
	Text string
	Link string // a local path; may be empty
	Word string // the link's words
}

// Flashes carries a Flash from one request to the next, in an encrypted and signed cookie that lasts two minutes.
type Flashes struct {
	name   string
	secure bool
	codecs []securecookie.Codec
}

// NewFlashes keeps messages in a cookie of that name, with __Host- before it where secure is set, for https. It signs with
// hash (32 or 64 bytes) and encrypts with block (16, 24 or 32 bytes).
func NewFlashes(name string, hash, block []byte, secure bool) *Flashes {
	codec := securecookie.New(hash, block).MaxAge(flashAge).SetSerializer(securecookie.NopEncoder{})
	return &Flashes{name: CookieName(name, secure), secure: secure, codecs: []securecookie.Codec{codec}}
}

// Set keeps the message for the next page. Call it before the first byte of the answer: later it would be lost without a word.
// A long text is cut; a link and words that don't fit into a cookie are an error.
func (f *Flashes) Set(w http.ResponseWriter, flash Flash) error {
	value, err := securecookie.EncodeMulti(f.name, flash.encode(), f.codecs...)
	if err != nil {
		return fmt.Errorf("keep message for the next page: %w", err)
	}
	http.SetCookie(w, f.cookie(value, flashAge))
	return nil
}

// Take returns the message and has the browser forget it, so call it before the first byte too. A cookie that is missing, broken, forged or
// too old is no message.
func (f *Flashes) Take(w http.ResponseWriter, r *http.Request) (Flash, bool) {
	c, err := r.Cookie(f.name)
	if err != nil {
		return Flash{}, false
	}
	http.SetCookie(w, f.cookie("", -1))
	var text []byte
	if err := securecookie.DecodeMulti(f.name, c.Value, &text, f.codecs...); err != nil {
		return Flash{}, false
	}
	return decodeFlash(text)
}

func (f *Flashes) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: f.name, Value: value, Path: "/", MaxAge: maxAge, Secure: f.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// fieldEnd stands between the fields of a message in a cookie. The text, which may hold anything, is the last of them.
const fieldEnd = "\x00"

func (f Flash) encode() []byte {
	return []byte(strings.Join([]string{f.Kind, f.Link, f.Word, cut(f.Text, flashText)}, fieldEnd))
}

func decodeFlash(text []byte) (Flash, bool) {
	fields := strings.SplitN(string(text), fieldEnd, 4)
	if len(fields) < 4 {
		return Flash{}, false
	}
	return Flash{Kind: fields[0], Link: fields[1], Word: fields[2], Text: fields[3]}, true
}

// cut shortens text to n bytes, between characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}
