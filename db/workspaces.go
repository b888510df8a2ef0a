package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// PutWorkspace adds a workspace or changes what is known of it.
func (tx *Tx) PutWorkspace(w Workspace) error {
	_, err := tx.Exec(`INSERT INTO workspaces (id, name, api_url, sandbox) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET name = excluded.name, api_url = excluded.api_url, sandbox = excluded.sandbox`,
		w.ID, clean(w.Name), w.APIURL, w.Sandbox)
	if err != nil {
		return fmt.Errorf("remember workspace %s: %w", w.ID, err)
	}
	return nil
}

// Workspaces returns all workspaces in the order in which they came.
func (d *DB) Workspaces(ctx context.Context) ([]Workspace, error) {
	list, err := query(ctx, d, func(from scanner) (Workspace, error) {
		var w Workspace
		return w, from.Scan(&w.ID, &w.Name, &w.APIURL, &w.Sandbox)
	}, "SELECT id, name, api_url, sandbox FROM workspaces ORDER BY rowid")
	if err != nil {
		return nil, fmt.Errorf("workspaces: %w", err)
	}
	return list, nil
}

// SetIndexState remembers when all rooms of a workspace were read, and what was wrong the last time. A zero at keeps
// the time that is known: a try that failed read nothing.
func (tx *Tx) SetIndexState(workspace string, at time.Time, problem string) error {
	_, err := tx.Exec(`INSERT INTO index_state (workspace, at, problem) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET at = iif(excluded.at = '', at, excluded.at), problem = excluded.problem`,
		workspace, stored(at), clean(problem))
	if err != nil {
		return fmt.Errorf("remember the state of the index: %w", err)
	}
	return nil
}

// IndexState returns when all rooms of a workspace were last read (zero: never) and why the last try failed (empty: it
// didn't).
func (d *DB) IndexState(ctx context.Context, workspace string) (at time.Time, problem string, err error) {
	err = found(d.readers.QueryRowContext(ctx, "SELECT at, problem FROM index_state WHERE workspace = ?", workspace).
		Scan(column{&at}, &problem))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, "", fmt.Errorf("state of the index: %w", err)
	}
	return at, problem, nil
}
