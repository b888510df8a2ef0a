package db

import (
	"fmt"
	"time"
)

const sessionColumns = "sessions.id, user_id, email, sessions.created_at, sessions.seen_at, expires_at, ip, user_agent"

func (s *Session) fields() []any {
	return []any{
		&s.ID, &s.UserID, &s.Email, column{&s.CreatedAt}, column{&s.SeenAt}, column{&s.ExpiresAt}, &s.IP, &s.UserAgent,
	}
}

func scanSession(from scanner) (Session, error) {
	var s Session
	return s, from.Scan(s.fields()...)
}

// RevokeSession ends a session at once and returns it as it was. The error is ErrNotFound when there is none of that id.
func (tx *Tx) RevokeSession(id string) (Session, error) {
	s, err := scanSession(tx.QueryRow("SELECT "+sessionColumns+
		" FROM sessions JOIN users ON users.id = user_id WHERE sessions.id = ?", id))
	if err == nil {
		_, err = tx.Exec("DELETE FROM sessions WHERE id = ?", id)
	}
	if err != nil {
		return Session{}, fmt.Errorf("revoke session: %w", found(err))
	}
	return s, nil
}

// RevokeUserSessions ends all sessions of a person but one (empty: all) at once and returns how many there were.
func (tx *Tx) RevokeUserSessions(userID, exceptID string) (int, error) {
	n, err := tx.deleted("DELETE FROM sessions WHERE user_id = ? AND id <> ?", userID, exceptID)
	if err != nil {
		return 0, fmt.Errorf("revoke sessions of user %s: %w", userID, err)
	}
	return n, nil
}

// RevokeAllSessions ends everybody's sessions at once and returns how many there were.
func (tx *Tx) RevokeAllSessions() (int, error) {
	n, err := tx.deleted("DELETE FROM sessions")
	if err != nil {
		return 0, fmt.Errorf("revoke all sessions: %w", err)
	}
	return n, nil
}

// DropExpiredSessions removes the sessions that have come to their absolute end and returns how many there were.
func (tx *Tx) DropExpiredSessions(at time.Time) (int, error) {
	n, err := tx.deleted("DELETE FROM sessions WHERE expires_at <= ?", stored(at))
	if err != nil {
		return 0, fmt.Errorf("drop expired sessions: %w", err)
	}
	return n, nil
}

func (tx *Tx) deleted(statement string, args ...any) (int, error) {
	res, err := tx.Exec(statement, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
