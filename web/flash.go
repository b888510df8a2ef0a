package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/sessions"
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
	name  string
	store *sessions.CookieStore
}

// NewFlashes keeps messages in a cookie of that name, with __Host- before it where secure is set, for https. It signs with
// hash (32 or 64 bytes) and encrypts with block (16, 24 or 32 bytes).
func NewFlashes(name string, hash, block []byte, secure bool) *Flashes {
	store := sessions.NewCookieStore(hash, block)
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	store.MaxAge(flashAge)
	return &Flashes{name: CookieName(name, secure), store: store}
}

// Set keeps the message for the next page. Call it before the first byte of the answer: later it would be lost without a word.
// A long text is cut; a link and words that don't fit into a cookie are an error.
func (f *Flashes) Set(w http.ResponseWriter, r *http.Request, flash Flash) error {
	s := sessions.NewSession(f.store, f.name)
	s.Options = new(*f.store.Options)
	s.Values["kind"] = flash.Kind
	s.Values["text"] = cut(flash.Text, flashText)
	s.Values["link"] = flash.Link
	s.Values["word"] = flash.Word
	if err := f.store.Save(r, w, s); err != nil {
		return fmt.Errorf("keep message for the next page: %w", err)
	}
	return nil
}

// Take returns the message and has the browser forget it, so call it before the first byte too. A cookie that is missing, broken, forged or
// too old is no message.
func (f *Flashes) Take(w http.ResponseWriter, r *http.Request) (Flash, bool) {
	if _, err := r.Cookie(f.name); err != nil {
		return Flash{}, false
	}
	gone := *f.store.Options
	gone.MaxAge = -1
	http.SetCookie(w, sessions.NewCookie(f.name, "", &gone))
	s, err := f.store.New(r, f.name)
	if err != nil || s.IsNew {
		return Flash{}, false
	}
	value := func(key string) string { text, _ := s.Values[key].(string); return text }
	return Flash{Kind: value("kind"), Text: value("text"), Link: value("link"), Word: value("word")}, true
}

// cut shortens text to n bytes, between characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}
