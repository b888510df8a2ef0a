package db

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	oldKey = []byte("an old key of thirty-two bytes!!")
	newKey = []byte("the new key of thirty-two bytes!")
)

// desk is a store with a clock of its own and somebody who may sign in.
type desk struct {
	*SessionStore
	t   *testing.T
	now time.Time
	ann User
}

func newDesk(t *testing.T) *desk {
	d := open(t, t.TempDir())
	k := &desk{t: t, now: time.Now().UTC().Truncate(time.Millisecond)}
	k.SessionStore = k.store(d, newKey, nil, oldKey, nil)
	k.ann = addUser(t, d, User{ID: "u1", Email: "ann@example.com", Role: RoleAdmin})
	return k
}

func (k *desk) store(d *DB, keyPairs ...[]byte) *SessionStore {
	return NewSessionStore(d, SessionOptions{
		Name: "__Host-s", Secure: true, Idle: time.Hour, Absolute: 4 * time.Hour, Now: func() time.Time { return k.now },
	}, keyPairs...)
}

// request is one that carries these cookies.
func (k *desk) request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequestWithContext(k.t.Context(), "GET", "/", nil)
	r.Header.Set("User-Agent", "browser")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// signIn returns the cookie that signing in sets.
func (k *desk) signIn(u User, cookies ...*http.Cookie) *http.Cookie {
	k.t.Helper()
	var c *http.Cookie
	err := k.d.InTx(k.t.Context(), func(tx *Tx) (err error) {
		c, err = k.Begin(tx, k.request(cookies...), u, "192.0.2.1")
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

// in tells whether the cookie belongs to a session.
func (k *desk) in(c *http.Cookie) bool {
	k.t.Helper()
	s, u, err := k.Current(k.request(c))
	if err != nil && !errors.Is(err, ErrNotFound) {
		k.t.Fatal(err)
	}
	if err == nil && (s.UserID != u.ID || s.Email != u.Email) {
		k.t.Errorf("session %+v is of %+v", s, u)
	}
	return err == nil
}

func TestSessionCookie(t *testing.T) {
	k := newDesk(t)
	c := k.signIn(k.ann)
	value := c.Value
	want := &http.Cookie{
		Name: "__Host-s", Path: "/", MaxAge: 4 * 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	c.Value, c.Raw = "", ""
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	c.Value = value
	s, u, err := k.Current(k.request(c))
	if err != nil {
		t.Fatal(err)
	}
	wantSession := Session{
		ID: s.ID, UserID: "u1", Email: "ann@example.com", CreatedAt: k.now, SeenAt: k.now, ExpiresAt: k.now.Add(4 * time.Hour),
		IP: "192.0.2.1", UserAgent: "browser",
	}
	if diff := cmp.Diff(wantSession, s); diff != "" {
		t.Error(diff)
	}
	k.ann.SeenAt = k.now
	if diff := cmp.Diff(k.ann, u); diff != "" {
		t.Error(diff)
	}
	if len(s.ID) != 64 || strings.Contains(value, s.ID) {
		t.Errorf("cookie %q, id %q", value, s.ID)
	}
}

func TestSessionEnds(t *testing.T) {
	for name, end := range map[string]func(*desk, *http.Cookie, string) error{
		"absolute": func(k *desk, c *http.Cookie, _ string) error {
			for range 4 {
				if k.now = k.now.Add(50 * time.Minute); !k.in(c) {
					return errors.New("it ended early")
				}
			}
			k.now = k.now.Add(40 * time.Minute)
			return nil
		},
		"idle": func(k *desk, _ *http.Cookie, _ string) error { k.now = k.now.Add(time.Hour); return nil },
		"revoked": func(k *desk, _ *http.Cookie, id string) error {
			return k.d.InTx(k.t.Context(), func(tx *Tx) error {
				s, err := tx.RevokeSession(id)
				if s.Email != "ann@example.com" || s.ID != id {
					k.t.Errorf("revoked %+v", s)
				}
				return err
			})
		},
		"all of the user revoked": func(k *desk, _ *http.Cookie, _ string) error {
			return k.d.InTx(k.t.Context(), func(tx *Tx) error { _, err := tx.RevokeUserSessions("u1", ""); return err })
		},
		"user disabled": func(k *desk, _ *http.Cookie, _ string) error {
			return k.d.InTx(k.t.Context(), func(tx *Tx) error { return tx.SetUserDisabled("u1", true) })
		},
		"signed out": func(k *desk, c *http.Cookie, _ string) error {
			w := httptest.NewRecorder()
			err := k.End(w, k.request(c))
			if got := w.Result().Cookies(); len(got) != 1 || got[0].MaxAge != -1 || got[0].Value != "" || !got[0].Secure {
				k.t.Errorf("cookies are %v", got)
			}
			return err
		},
		"signed in again": func(k *desk, c *http.Cookie, _ string) error { k.signIn(k.ann, c); return nil },
		"dropped": func(k *desk, _ *http.Cookie, _ string) error {
			return k.d.InTx(k.t.Context(), func(tx *Tx) error {
				n, err := tx.DropExpiredSessions(k.now.Add(4 * time.Hour))
				if n != 1 {
					k.t.Errorf("dropped %d", n)
				}
				return err
			})
		},
		"key forgotten": func(k *desk, _ *http.Cookie, _ string) error {
			k.SessionStore = k.store(k.d, oldKey, nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newDesk(t)
			c := k.signIn(k.ann)
			s, _, err := k.Current(k.request(c))
			if err != nil {
				t.Fatal(err)
			}
			do(t, k.d, func(tx *Tx) error { // what doesn't concern it
				dropped, err1 := tx.DropExpiredSessions(k.now)
				revoked, err2 := tx.RevokeUserSessions("u1", s.ID)
				_, err3 := tx.RevokeSession("other")
				if dropped+revoked != 0 || !errors.Is(err3, ErrNotFound) {
					t.Errorf("dropped %d, revoked %d, error %v", dropped, revoked, err3)
				}
				return errors.Join(err1, err2)
			})
			if !k.in(c) {
				t.Fatal("not signed in")
			}
			if err := end(k, c, s.ID); err != nil {
				t.Fatal(err)
			}
			if k.in(c) {
				t.Error("still signed in")
			}
		})
	}
}

func TestSessionFixation(t *testing.T) {
	k := newDesk(t)
	one := k.signIn(k.ann)
	two := k.signIn(k.ann, one)
	if one.Value == two.Value || k.in(one) || !k.in(two) {
		t.Error("the session before signing in again goes on")
	}
	other := k.signIn(k.ann)
	if !k.in(two) || !k.in(other) {
		t.Error("signing in with another browser ends a session")
	}
}

func TestSessionCookiesOfOthers(t *testing.T) {
	k := newDesk(t)
	c := k.signIn(k.ann)
	older := newDesk(t)
	older.SessionStore = older.store(k.d, oldKey, nil)
	old := older.signIn(k.ann)
	foreign := newDesk(t)
	for name, try := range map[string]struct {
		cookie *http.Cookie
		want   bool
	}{
		"ours":             {c, true},
		"of the old key":   {old, true},
		"cut":              {&http.Cookie{Name: c.Name, Value: c.Value[:len(c.Value)-2]}, false},
		"empty":            {&http.Cookie{Name: c.Name}, false},
		"text":             {&http.Cookie{Name: c.Name, Value: "admin"}, false},
		"another name":     {&http.Cookie{Name: "s", Value: c.Value}, false},
		"not in this file": {foreign.signIn(foreign.ann), false},
	} {
		if got := k.in(try.cookie); got != try.want {
			t.Errorf("%s: signed in %v", name, got)
		}
	}
}

// Using a session is written down once a minute, so that reading pages doesn't write to disk.
func TestSessionSeen(t *testing.T) {
	k := newDesk(t)
	c := k.signIn(k.ann)
	start := k.now
	for _, step := range []struct{ after, seen time.Duration }{
		{30 * time.Second, 0},
		{59 * time.Second, 0},
		{time.Minute, time.Minute},
		{90 * time.Second, time.Minute},
		{10 * time.Minute, 10 * time.Minute},
	} {
		k.now = start.Add(step.after)
		s, _, err := k.Current(k.request(c))
		if err != nil || !s.SeenAt.Equal(start.Add(step.seen)) {
			t.Errorf("after %s it was seen %s, error %v", step.after, s.SeenAt.Sub(start), err)
		}
		list, err := k.Sessions(t.Context(), "")
		if err != nil || len(list) != 1 || !list[0].SeenAt.Equal(start.Add(step.seen)) {
			t.Errorf("after %s: %+v, error %v", step.after, list, err)
		}
	}
	k.now = start.Add(69 * time.Minute)
	if !k.in(c) {
		t.Error("a session in use came to its idle end")
	}
}

func TestSessionReadsWhenNothingCanBeWritten(t *testing.T) {
	k := newDesk(t)
	c := k.signIn(k.ann)
	do(t, k.d, func(tx *Tx) error {
		_, err := tx.Exec("CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'full'); END")
		return err
	})
	k.now = k.now.Add(2 * time.Minute)
	if !k.in(c) {
		t.Error("not signed in")
	}
}

func TestSessionsList(t *testing.T) {
	k := newDesk(t)
	bob := addUser(t, k.d, User{ID: "u2", Email: "bob@example.com", Role: RoleViewer})
	k.signIn(k.ann)
	k.now = k.now.Add(50 * time.Minute)
	k.signIn(bob)
	k.now = k.now.Add(5 * time.Minute)
	mine := k.signIn(k.ann)
	emails := func(userID string) string {
		list, err := k.Sessions(t.Context(), userID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			got = append(got, s.Email)
		}
		return strings.Join(got, " ")
	}
	for _, step := range []struct {
		wait          time.Duration
		all, ann, bob string
	}{
		{0, "ann@example.com bob@example.com ann@example.com", "ann@example.com ann@example.com", "bob@example.com"},
		{5 * time.Minute, "ann@example.com bob@example.com", "ann@example.com", "bob@example.com"},
		{55 * time.Minute, "", "", ""},
	} {
		k.now = k.now.Add(step.wait)
		if diff := cmp.Diff([]string{step.all, step.ann, step.bob}, []string{emails(""), emails("u1"), emails("u2")}); diff != "" {
			t.Errorf("after %s: %s", step.wait, diff)
		}
	}
	id, _ := k.idOf(k.request(mine))
	do(t, k.d, func(tx *Tx) error {
		n, err := tx.RevokeUserSessions("u1", id)
		if n != 1 {
			t.Errorf("revoked %d", n)
		}
		return err
	})
}

// A session that is begun in a transaction which fails was never begun.
func TestSessionBegin(t *testing.T) {
	k := newDesk(t)
	var c *http.Cookie
	begin := func(after error) error {
		return k.d.InTx(t.Context(), func(tx *Tx) (err error) {
			c, err = k.Begin(tx, k.request(), k.ann, "192.0.2.1")
			return errors.Join(err, after)
		})
	}
	if err := begin(errors.New("wrong")); err == nil || k.in(c) {
		t.Errorf("signed in, error %v", err)
	}
	if err := begin(nil); err != nil || !k.in(c) {
		t.Errorf("not signed in, error %v", err)
	}
	err := k.d.InTx(t.Context(), func(tx *Tx) error {
		_, err := k.Begin(tx, k.request(), User{ID: "nobody"}, "")
		return err
	})
	if err == nil {
		t.Error("no error for a session of nobody")
	}
}

func TestGorillaStore(t *testing.T) {
	k := newDesk(t)
	r := k.request(&http.Cookie{Name: "__Host-s", Value: "forged"})
	s, err := k.Get(r, "__Host-s")
	if err != nil || !s.IsNew || !s.Options.HttpOnly || s.Options.SameSite != http.SameSiteLaxMode {
		t.Fatalf("session is %+v, error %v", s, err)
	}
	w := httptest.NewRecorder()
	if err := s.Save(r, w); err != nil || len(w.Result().Cookies()) != 0 {
		t.Errorf("a session of nobody: cookies %v, error %v", w.Result().Cookies(), err)
	}
	s.Values[SessionUser], s.Values[SessionIP] = "u1", "192.0.2.1"
	w = httptest.NewRecorder()
	if err := s.Save(r, w); err != nil || s.IsNew || s.ID == "" {
		t.Fatalf("session is %+v, error %v", s, err)
	}
	c := w.Result().Cookies()[0]
	again, err := k.Get(k.request(c), "__Host-s")
	if err != nil || again.IsNew || again.ID != s.ID {
		t.Fatalf("session is %+v, error %v", again, err)
	}
	want := map[any]any{SessionUser: "u1", SessionIP: "192.0.2.1", SessionUserAgent: ""}
	if diff := cmp.Diff(want, again.Values); diff != "" {
		t.Error(diff)
	}
	again.Values["flash"] = "hello"
	if err := again.Save(k.request(c), httptest.NewRecorder()); err == nil {
		t.Error("no error for a value that is not kept")
	}
	again.Options.MaxAge = -1
	if err := again.Save(k.request(c), httptest.NewRecorder()); err != nil || k.in(c) {
		t.Errorf("still signed in, error %v", err)
	}
}

func TestEndWithoutSession(t *testing.T) {
	k := newDesk(t)
	c := k.signIn(k.ann)
	for name, r := range map[string]*http.Request{"none": k.request(), "ended": k.request(c), "ended before": k.request(c)} {
		if err := k.End(httptest.NewRecorder(), r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
