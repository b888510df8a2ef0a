package db

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// Policies say how long history is kept and how often its tree is signed. They hold for all workspaces, which share one
// history. The tags are for history.
type Policies struct {
	KeepDays          int `json:"keep_days"`          // 0: for good
	CheckpointRows    int `json:"checkpoint_rows"`    // a checkpoint after so many new rows
	CheckpointMinutes int `json:"checkpoint_minutes"` // or after so many minutes with a new one
}

// DefaultPolicies hold until somebody decides otherwise.
func DefaultPolicies() Policies { return Policies{CheckpointRows: 1000, CheckpointMinutes: 10} }

// settings are where each policy is kept, by its name in the table.
func (p *Policies) settings() map[string]*int {
	return map[string]*int{
		"history.keep_days": &p.KeepDays, "checkpoint.rows": &p.CheckpointRows, "checkpoint.minutes": &p.CheckpointMinutes,
	}
}

// Policies returns the policies that hold now.
func (d *DB) Policies(ctx context.Context) (Policies, error) {
	rows, err := d.readers.QueryContext(ctx, readSettings)
	return policies(rows, err)
}

// Policies returns the policies that hold now.
func (tx *Tx) Policies() (Policies, error) {
	rows, err := tx.Query(readSettings)
	return policies(rows, err)
}

const readSettings = "SELECT name, value FROM settings WHERE workspace = ''"

func policies(rows *sql.Rows, err error) (Policies, error) {
	if err != nil {
		return Policies{}, fmt.Errorf("policies: %w", err)
	}
	p := DefaultPolicies()
	places := p.settings()
	_, err = collect(rows, func(row scanner) (name string, err error) {
		var value string
		if err = row.Scan(&name, &value); err != nil || places[name] == nil {
			return name, err
		}
		*places[name], err = strconv.Atoi(value)
		return name, err
	})
	if err != nil {
		return Policies{}, fmt.Errorf("policies: %w", err)
	}
	return p, nil
}

// SetPolicies keeps p.
func (tx *Tx) SetPolicies(p Policies) error {
	for name, value := range p.settings() {
		_, err := tx.Exec(`INSERT INTO settings (workspace, name, value) VALUES ('', ?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value`, name, strconv.Itoa(*value))
		if err != nil {
			return fmt.Errorf("set policies: %w", err)
		}
	}
	return nil
}
