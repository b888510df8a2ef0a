package db

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// Keys of what a session of SessionStore holds in its Values. All are strings.
const (
	SessionUser      = "user"       // id of the user
	SessionIP        = "ip"         // address at sign-in
	SessionUserAgent = "user_agent" // browser at sign-in
)

const (
	// secretLen is how many random bytes a cookie holds.
	secretLen = 32
	// seenEvery is how far seen_at may be behind: reading a page should not mean writing to disk.
	seenEvery = time.Minute
)

// SessionOptions set up a SessionStore.
type SessionOptions struct {
	Name     string           // of the cookie
	Secure   bool             // sent over https only
	Idle     time.Duration    // ends a session that isn't used for so long; well over a minute (0: 12 hours)
	Absolute time.Duration    // ends a session however busy it is (0: 7 days)
	Now      func() time.Time // nil: time.Now
}

// SessionStore keeps sessions in the database, so that deleting a row signs somebody out at once. The cookie holds a
// signed random secret and nothing else; the row is keyed by its hash, so that a copy of the database opens no door.
//
// It is a [sessions.Store]; a session that doesn't hold a user is not kept.
type SessionStore struct {
	d       *DB
	options SessionOptions
	codecs  []securecookie.Codec
}

var _ sessions.Store = (*SessionStore)(nil)

// NewSessionStore makes a store. keyPairs are pairs of a signing key and an encryption key (nil: the secret is only
// signed), the newest pair first; older ones still open the cookies they signed.
func NewSessionStore(d *DB, o SessionOptions, keyPairs ...[]byte) *SessionStore {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Idle = cmp.Or(o.Idle, 12*time.Hour)
	o.Absolute = cmp.Or(o.Absolute, 7*24*time.Hour)
	s := &SessionStore{d: d, options: o, codecs: securecookie.CodecsFromPairs(keyPairs...)}
	for _, codec := range s.codecs {
		if c, ok := codec.(*securecookie.SecureCookie); ok {
			c.MaxAge(int(o.Absolute.Seconds())) // its own limit is 30 days
			c.SetSerializer(securecookie.NopEncoder{})
		}
	}
	return s
}

// Begin starts a session for user in tx, so that the sign-in can be written down with it, and returns the cookie to set
// once tx is committed. The secret is always a new one, and a session that the browser of r had until now ends.
func (s *SessionStore) Begin(tx *Tx, r *http.Request, user User, ip string) (*http.Cookie, error) {
	c, _, err := s.begin(tx, r, Session{UserID: user.ID, IP: ip, UserAgent: CutAgent(r.UserAgent())})
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	return c, nil
}

func (s *SessionStore) begin(tx *Tx, r *http.Request, session Session) (*http.Cookie, string, error) {
	if old, ok := s.idOf(r); ok {
		if _, err := tx.deleted("DELETE FROM sessions WHERE id = ?", old); err != nil {
			return nil, "", err
		}
	}
	secret := make([]byte, secretLen)
	rand.Read(secret) // never fails: the runtime ends the program first
	value, err := securecookie.EncodeMulti(s.options.Name, secret, s.codecs...)
	if err != nil {
		return nil, "", err
	}
	at := s.options.Now()
	id := hashOf(secret)
	_, err = tx.Exec("INSERT INTO sessions (id, user_id, created_at, seen_at, expires_at, ip, user_agent) VALUES (?, ?, ?3, ?3, ?, ?, ?)",
		id, session.UserID, stored(at), stored(at.Add(s.options.Absolute)), clean(session.IP), clean(session.UserAgent))
	if err == nil {
		err = tx.seen(session.UserID, at)
	}
	return s.cookie(value, int(s.options.Absolute.Seconds())), id, err
}

// Current returns the session that r belongs to and its user. The error is ErrNotFound when there is none: no cookie, a
// forged one, a session that was revoked or has expired, or a user who is disabled.
func (s *SessionStore) Current(r *http.Request) (Session, User, error) {
	id, ok := s.idOf(r)
	if !ok {
		return Session{}, User{}, ErrNotFound
	}
	at := s.options.Now()
	var session Session
	var user User
	err := s.d.readers.QueryRowContext(atOnce(r.Context()), "SELECT "+sessionColumns+", "+userColumns+
		" FROM sessions JOIN users ON users.id = user_id WHERE sessions.id = +? AND disabled = 0 AND +expires_at > +? AND sessions.seen_at > ?",
		id, stored(at), stored(at.Add(-s.options.Idle))).Scan(append(session.fields(), user.fields()...)...)
	if err != nil {
		return Session{}, User{}, fmt.Errorf("current session: %w", found(err))
	}
	if at.Sub(session.SeenAt) >= seenEvery {
		s.touch(r.Context(), &session, at)
	}
	return session, user, nil
}

// touch remembers that the session is in use. Whoever reads a page should get it even when nothing can be written.
func (s *SessionStore) touch(ctx context.Context, session *Session, at time.Time) {
	err := s.d.InTx(ctx, func(tx *Tx) error {
		_, err := tx.Exec("UPDATE sessions SET seen_at = ?1 WHERE id = ? AND seen_at < ?1", stored(at), session.ID)
		return err
	})
	if err != nil {
		s.d.log.Warn("session use is not written down", "error", err)
		return
	}
	session.SeenAt = at.UTC().Truncate(time.Millisecond)
}

// Forget returns the cookie that makes a browser forget its session.
func (s *SessionStore) Forget() *http.Cookie { return s.cookie("", -1) }

// End ends the session of r, when there is one, and makes the browser forget it.
func (s *SessionStore) End(w http.ResponseWriter, r *http.Request) error {
	if id, ok := s.idOf(r); ok {
		if err := s.revoke(r.Context(), id); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.Forget())
	return nil
}

func (s *SessionStore) revoke(ctx context.Context, id string) error {
	err := s.d.InTx(ctx, func(tx *Tx) error {
		_, err := tx.RevokeSession(id)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Sessions returns the live sessions of a person, or of everybody when userID is empty, last used first.
func (s *SessionStore) Sessions(ctx context.Context, userID string) ([]Session, error) {
	at := s.options.Now()
	f := filter{
		terms: []string{"disabled = 0", "expires_at > ?", "sessions.seen_at > ?"},
		args:  []any{stored(at), stored(at.Add(-s.options.Idle))},
	}
	if userID != "" {
		f.add("user_id = ?", userID)
	}
	list, err := query(ctx, s.d, scanSession, "SELECT "+sessionColumns+" FROM sessions JOIN users ON users.id = user_id"+
		f.where()+" ORDER BY sessions.seen_at DESC, sessions.id", f.args...)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return list, nil
}

// Get returns the session of r, the same one each time it is asked for during a request. See New.
func (s *SessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New returns the session of r. One that is unknown, forged, revoked or expired is a new, empty session and no error.
// There is one kind of session: its name is that of the options, whatever name is asked for.
func (s *SessionStore) New(r *http.Request, _ string) (*sessions.Session, error) {
	session := sessions.NewSession(s, s.options.Name)
	session.IsNew = true
	session.Options = &sessions.Options{
		Path: "/", MaxAge: int(s.options.Absolute.Seconds()), Secure: s.options.Secure, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
	row, _, err := s.Current(r)
	if errors.Is(err, ErrNotFound) {
		return session, nil
	}
	if err != nil {
		return session, err
	}
	session.ID, session.IsNew = row.ID, false
	session.Values[SessionUser] = row.UserID
	session.Values[SessionIP] = row.IP
	session.Values[SessionUserAgent] = row.UserAgent
	return session, nil
}

// Save starts a session that is new, and ends one whose MaxAge is negative. What a session holds is settled when it
// starts: saving it again changes nothing, and one that holds something else than our three values is an error.
func (s *SessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options != nil && session.Options.MaxAge < 0 {
		return s.End(w, r)
	}
	row, err := held(session)
	if err != nil || !session.IsNew || row.UserID == "" {
		return err
	}
	var c *http.Cookie
	err = s.d.InTx(r.Context(), func(tx *Tx) (err error) {
		c, row.ID, err = s.begin(tx, r, row)
		return err
	})
	if err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	session.ID, session.IsNew = row.ID, false
	http.SetCookie(w, c)
	return nil
}

// held reads the values of a session.
func held(session *sessions.Session) (Session, error) {
	var row Session
	places := map[any]*string{SessionUser: &row.UserID, SessionIP: &row.IP, SessionUserAgent: &row.UserAgent}
	for key, value := range session.Values {
		place, known := places[key]
		text, isText := value.(string)
		if !known || !isText {
			return Session{}, fmt.Errorf("a session has no place for %v", key)
		}
		*place = text
	}
	return row, nil
}

// idOf returns the id of the session whose cookie r carries, and whether it is a cookie of ours.
func (s *SessionStore) idOf(r *http.Request) (string, bool) {
	c, err := r.Cookie(s.options.Name)
	if err != nil {
		return "", false
	}
	var secret []byte
	if err := securecookie.DecodeMulti(s.options.Name, c.Value, &secret, s.codecs...); err != nil {
		return "", false
	}
	return hashOf(secret), true
}

func hashOf(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}

func (s *SessionStore) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.options.Name, Value: value, Path: "/", MaxAge: maxAge, Secure: s.options.Secure, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// maxAgent is how many bytes of a browser's name are kept: strangers choose it, and history keeps it for good.
const maxAgent = 512

// CutAgent is a browser's name as it is kept.
func CutAgent(agent string) string {
	return strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], "")
}
