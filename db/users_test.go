package db

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cheapHash is a hash of "secret" that takes no time to check.
const cheapHash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$"

func hashOfSecret(t testing.TB) string {
	t.Helper()
	key, err := cost{memory: 8, passes: 1, threads: 1}.derive(t.Context(), "secret", []byte("saltsalt"), keyLen)
	if err != nil {
		t.Fatal(err)
	}
	return cheapHash + encoding.EncodeToString(key)
}

func addUser(t testing.TB, d *DB, u User) User {
	t.Helper()
	hash := hashOfSecret(t)
	do(t, d, func(tx *Tx) error { return tx.CreateUser(u, hash) })
	u, err := d.User(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCreateUser(t *testing.T) {
	d := open(t, t.TempDir())
	at := time.Date(2026, 2, 3, 4, 5, 6, 7e6, time.UTC)
	want := User{ID: "u1", Email: "ann@example.com", Role: RoleAdmin, CreatedAt: at, UpdatedAt: at}
	got := addUser(t, d, User{ID: "u1", Email: " Ann@Example.COM ", Role: RoleAdmin, CreatedAt: at})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := d.UserByEmail(t.Context(), "ANN@example.com"); err != nil || got != want {
		t.Errorf("by email: %+v, error %v", got, err)
	}
	hash := hashOfSecret(t)
	for name, c := range map[string]struct {
		u    User
		hash string
		want error
	}{
		"same email":    {User{ID: "u2", Email: "ANN@EXAMPLE.COM", Role: RoleViewer}, hash, ErrExists},
		"same id":       {User{ID: "u1", Email: "b@example.com", Role: RoleViewer}, hash, ErrExists},
		"no id":         {User{Email: "b@example.com", Role: RoleViewer}, hash, nil},
		"no email":      {User{ID: "u2", Email: " ", Role: RoleViewer}, hash, nil},
		"unknown role":  {User{ID: "u2", Email: "b@example.com", Role: "owner"}, hash, nil},
		"no hash":       {User{ID: "u2", Email: "b@example.com", Role: RoleViewer}, "", nil},
		"password text": {User{ID: "u2", Email: "b@example.com", Role: RoleViewer}, "secret", nil},
	} {
		err := d.InTx(t.Context(), func(tx *Tx) error { return tx.CreateUser(c.u, c.hash) })
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if n, err := d.UserCount(t.Context()); n != 1 || err != nil {
		t.Errorf("%d users, error %v", n, err)
	}
}

func TestChangeUser(t *testing.T) {
	d := open(t, t.TempDir())
	ann := addUser(t, d, User{ID: "u1", Email: "ann@example.com", Role: RoleAdmin, CreatedAt: time.Unix(1, 0)})
	addUser(t, d, User{ID: "u2", Email: "bob@example.com", Role: RoleAdmin, Disabled: true})
	admins := func(want int) {
		t.Helper()
		do(t, d, func(tx *Tx) error {
			if n, err := tx.CountAdmins(); n != want || err != nil {
				t.Errorf("%d admins, want %d, error %v", n, want, err)
			}
			if n, err := tx.CountUsers(); n != 2 || err != nil {
				t.Errorf("%d users, error %v", n, err)
			}
			return nil
		})
	}
	admins(1)
	do(t, d, func(tx *Tx) error { return tx.SetUserDisabled("u2", false) })
	admins(2)
	do(t, d, func(tx *Tx) error { return tx.SetUserRole("u1", RoleAuditor) })
	admins(1)
	list, err := d.Users(t.Context())
	if err != nil || len(list) != 2 || list[0].Role != RoleAuditor || list[1].Disabled || !list[0].UpdatedAt.After(ann.UpdatedAt) {
		t.Errorf("users are %+v, error %v", list, err)
	}
	hash := hashOfSecret(t)
	for name, fn := range map[string]func(*Tx) error{
		"role":     func(tx *Tx) error { return tx.SetUserRole("u3", RoleAdmin) },
		"disabled": func(tx *Tx) error { return tx.SetUserDisabled("u3", true) },
		"password": func(tx *Tx) error { return tx.SetUserPassword("u3", hash) },
	} {
		if err := d.InTx(t.Context(), fn); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of nobody: %v", name, err)
		}
	}
	for name, fn := range map[string]func(*Tx) error{
		"role":     func(tx *Tx) error { return tx.SetUserRole("u1", "owner") },
		"password": func(tx *Tx) error { return tx.SetUserPassword("u1", "secret") },
	} {
		if err := d.InTx(t.Context(), fn); err == nil {
			t.Errorf("bad %s: no error", name)
		}
	}
	if _, err := d.User(t.Context(), "u3"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := d.UserByEmail(t.Context(), "eve@example.com"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody by email: %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	d := open(t, t.TempDir())
	ann := addUser(t, d, User{ID: "u1", Email: "ann@example.com", Role: RoleAdmin})
	addUser(t, d, User{ID: "u2", Email: "bob@example.com", Role: RoleAdmin, Disabled: true})
	for name, c := range map[string]struct {
		email, password string
		want            error
	}{
		"right":           {"ann@example.com", "secret", nil},
		"email in caps":   {"ANN@example.com ", "secret", nil},
		"wrong password":  {"ann@example.com", "Secret", ErrBadLogin},
		"empty password":  {"ann@example.com", "", ErrBadLogin},
		"unknown":         {"eve@example.com", "secret", ErrBadLogin},
		"disabled":        {"bob@example.com", "secret", ErrBadLogin},
		"disabled, wrong": {"bob@example.com", "x", ErrBadLogin},
	} {
		u, err := d.Authenticate(t.Context(), c.email, c.password)
		if !errors.Is(err, c.want) || (u == ann) != (c.want == nil) {
			t.Errorf("%s: %+v, error %v", name, u, err)
		}
	}
	hash, err := HashPassword(t.Context(), "new")
	if err != nil {
		t.Fatal(err)
	}
	do(t, d, func(tx *Tx) error { return tx.SetUserPassword("u1", hash) })
	if _, err := d.Authenticate(t.Context(), "ann@example.com", "secret"); !errors.Is(err, ErrBadLogin) {
		t.Errorf("old password: %v", err)
	}
	if _, err := d.Authenticate(t.Context(), "ann@example.com", "new"); err != nil {
		t.Errorf("new password: %v", err)
	}
	if _, err := tamper(t, d); err == nil || errors.Is(err, ErrBadLogin) {
		t.Errorf("a hash that doesn't parse: %v", err)
	}
}

func tamper(t *testing.T, d *DB) (User, error) {
	t.Helper()
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("UPDATE users SET password = 'x' WHERE id = 'u1'")
		return err
	})
	return d.Authenticate(t.Context(), "ann@example.com", "x")
}

// Whoever has no account costs as much as whoever has one.
func TestDummyHashCostsTheSame(t *testing.T) {
	real, err := HashPassword(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	want, _, key, err := parseHash(real)
	if err != nil {
		t.Fatal(err)
	}
	got, salt, dummyKey, err := parseHash(dummyHash)
	if err != nil || got != want || len(salt) != saltLen || len(dummyKey) != len(key) {
		t.Errorf("the dummy costs %+v, a real one %+v, error %v", got, want, err)
	}
	if want != (cost{memory: 19456, passes: 2, threads: 1}) {
		t.Errorf("a hash costs %+v", want)
	}
}

func TestHashPassword(t *testing.T) {
	one, err1 := HashPassword(t.Context(), "secret")
	two, err2 := HashPassword(t.Context(), "secret")
	if err := errors.Join(err1, err2); err != nil || one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes are %q and %q, error %v", one, two, err)
	}
	for password, want := range map[string]bool{"secret": true, "secret ": false, "": false, strings.Repeat("x", 1<<16): false} {
		if got, err := CheckPassword(t.Context(), one, password); got != want || err != nil {
			t.Errorf("%.10q fits: %v, error %v", password, got, err)
		}
	}
	for _, hash := range []string{
		"", "secret", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=18$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=8,t=1,p=0$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=99,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=1$!$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$!",
	} {
		if ok, err := CheckPassword(t.Context(), hash, "secret"); ok || err == nil {
			t.Errorf("%q: fits %v, error %v", hash, ok, err)
		}
	}
}

// No more than two hash at once, and who waits can give up.
func TestHashingIsBounded(t *testing.T) {
	hashing <- struct{}{}
	hashing <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := HashPassword(ctx, "secret"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: %v", err)
	}
	if _, err := CheckPassword(ctx, dummyHash, "secret"); !errors.Is(err, context.Canceled) {
		t.Errorf("check: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if ok, err := CheckPassword(t.Context(), hashOfSecret(t), "secret"); !ok || err != nil {
			t.Errorf("after waiting: %v, error %v", ok, err)
		}
	})
	<-hashing
	<-hashing
	wg.Wait()
}

func TestNewID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := ""
		for range 100 {
			id := NewID()
			if len(id) != 36 || id[14] != '7' || !strings.Contains("89ab", id[19:20]) || id <= before {
				t.Fatalf("%s follows %s", id, before)
			}
			before = id
			time.Sleep(time.Millisecond) // of the bubble's clock
		}
	})
}
