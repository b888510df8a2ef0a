package db

import (
	"context"
	"fmt"
	"time"
)

// UseFormToken uses up the token of a form for an operation. contentHash tells what was sent with it. The error is
// ErrTokenUsed when that user has used it in that workspace.
func (tx *Tx) UseFormToken(workspace, userID, token, contentHash, operation string) error {
	_, err := tx.Exec(`INSERT INTO form_tokens (workspace, user_id, token, content_hash, operation, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, workspace, userID, token, contentHash, operation, stored(now()))
	if taken(err) {
		return ErrTokenUsed
	}
	if err != nil {
		return fmt.Errorf("use up a form token: %w", err)
	}
	return nil
}

// FormToken returns what was sent with a token and the operation it was used up for. The error is ErrNotFound while it
// is unused.
func (d *DB) FormToken(ctx context.Context, workspace, userID, token string) (contentHash, operation string, err error) {
	err = d.readers.QueryRowContext(atOnce(ctx), `SELECT content_hash, operation FROM form_tokens
		WHERE workspace = ? AND user_id = ? AND token = ?`, workspace, userID, token).Scan(&contentHash, &operation)
	if err != nil {
		return "", "", fmt.Errorf("form token: %w", found(err))
	}
	return contentHash, operation, nil
}

// DropFormTokens forgets the tokens that were used before a time.
func (tx *Tx) DropFormTokens(before time.Time) error {
	if _, err := tx.Exec("DELETE FROM form_tokens WHERE created_at < ?", stored(before)); err != nil {
		return fmt.Errorf("drop form tokens: %w", err)
	}
	return nil
}
