package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const userColumns = "users.id, email, role, disabled, users.created_at, users.updated_at, users.seen_at"

func (u *User) fields() []any {
	return []any{&u.ID, &u.Email, &u.Role, &u.Disabled, column{&u.CreatedAt}, column{&u.UpdatedAt}, column{&u.SeenAt}}
}

func scanUser(from scanner) (User, error) {
	var u User
	return u, from.Scan(u.fields()...)
}

// plainEmail is the form in which an email is stored and looked up.
func plainEmail(email string) string { return strings.ToLower(strings.TrimSpace(clean(email))) }

// CreateUser adds a person. u needs an id (see NewID), an email and one of the roles; a zero CreatedAt becomes now. The
// error is ErrExists when the email, in any case, or the id is taken.
func (tx *Tx) CreateUser(u User, passwordHash string) error {
	u.Email = plainEmail(u.Email)
	if u.ID == "" || u.Email == "" {
		return errors.New("create user: an id and an email are needed")
	}
	if _, _, _, err := parseHash(passwordHash); err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = now()
	}
	updated := u.UpdatedAt
	if updated.IsZero() {
		updated = u.CreatedAt
	}
	_, err := tx.Exec(`INSERT INTO users (id, email, password, role, disabled, created_at, updated_at, seen_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, u.ID, u.Email, passwordHash, u.Role, u.Disabled, stored(u.CreatedAt), stored(updated),
		stored(u.SeenAt))
	if taken(err) {
		err = ErrExists
	}
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	return nil
}

// SetUserRole gives a person another role. The error is ErrNotFound when there is no such person.
func (tx *Tx) SetUserRole(id, role string) error { return tx.setUser(id, "role", role) }

// SetUserDisabled shuts a person out or lets them in again. Their sessions are not valid meanwhile; revoke them too, or
// they come back with the person. The error is ErrNotFound when there is no such person.
func (tx *Tx) SetUserDisabled(id string, disabled bool) error {
	return tx.setUser(id, "disabled", disabled)
}

// SetUserPassword replaces the hash of a person's password. The error is ErrNotFound when there is no such person.
func (tx *Tx) SetUserPassword(id, passwordHash string) error {
	if _, _, _, err := parseHash(passwordHash); err != nil {
		return fmt.Errorf("change password of user %s: %w", id, err)
	}
	return tx.setUser(id, "password", passwordHash)
}

func (tx *Tx) setUser(id, name string, value any) error {
	err := changed(tx.Exec("UPDATE users SET "+name+" = ?, updated_at = ? WHERE id = ?", value, stored(now()), id))
	if err != nil {
		return fmt.Errorf("change %s of user %s: %w", name, id, err)
	}
	return nil
}

// CountAdmins returns how many admins may sign in. Who takes the role or the right to sign in from somebody asks in the
// same transaction, so that one stays.
func (tx *Tx) CountAdmins() (int, error) {
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0").Scan(&n); err != nil {
		return 0, fmt.Errorf("count admins: %w", err)
	}
	return n, nil
}

// CountUsers returns how many people there are, as the transaction sees it: the first admin is made where it is 0.
func (tx *Tx) CountUsers() (int, error) {
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM users").Scan(&n); err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}

// Users returns everybody, by email.
func (d *DB) Users(ctx context.Context) ([]User, error) {
	list, err := query(ctx, d, scanUser, "SELECT "+userColumns+" FROM users ORDER BY email")
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	return list, nil
}

// User returns a person by id. The error is ErrNotFound when there is none.
func (d *DB) User(ctx context.Context, id string) (User, error) {
	u, err := scanUser(d.readers.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE id = ?", id))
	if err != nil {
		return User{}, fmt.Errorf("user %s: %w", id, found(err))
	}
	return u, nil
}

// UserByEmail returns a person by email, in any case. The error is ErrNotFound when there is none.
func (d *DB) UserByEmail(ctx context.Context, email string) (User, error) {
	u, _, err := d.userAndHash(ctx, email)
	if err != nil {
		return User{}, fmt.Errorf("user by email: %w", err)
	}
	return u, nil
}

// UserCount returns how many people there are, disabled ones too.
func (d *DB) UserCount(ctx context.Context) (int, error) {
	var n int
	if err := d.readers.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n); err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}

// Authenticate returns the person of that email and password. The error is ErrBadLogin when there is none, the password
// is another or the person is disabled, and takes as long in each case, so that nobody learns who has an account.
func (d *DB) Authenticate(ctx context.Context, email, password string) (User, error) {
	u, hash, err := d.userAndHash(ctx, email)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, fmt.Errorf("authenticate: %w", err)
	}
	ok, err := CheckPassword(ctx, cmp.Or(hash, dummyHash), password)
	if err != nil {
		return User{}, fmt.Errorf("authenticate: %w", err)
	}
	if !ok || hash == "" || u.Disabled {
		return User{}, ErrBadLogin
	}
	return u, nil
}

func (d *DB) userAndHash(ctx context.Context, email string) (u User, hash string, err error) {
	err = d.readers.QueryRowContext(ctx, "SELECT "+userColumns+", password FROM users WHERE email = ?", plainEmail(email)).
		Scan(append(u.fields(), &hash)...)
	return u, hash, found(err)
}

// seen remembers a sign-in.
func (tx *Tx) seen(userID string, at time.Time) error {
	return changed(tx.Exec("UPDATE users SET seen_at = ? WHERE id = ?", stored(at), userID))
}
