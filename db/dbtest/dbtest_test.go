package dbtest

import (
	"testing"

	"roomledger/db"
)

func TestOpen(t *testing.T) {
	var d *db.DB
	t.Run("while the test runs", func(t *testing.T) {
		d = Open(t)
		if n, err := d.UserCount(t.Context()); n != 0 || err != nil {
			t.Errorf("%d users, error %v", n, err)
		}
	})
	if err := d.Writable(t.Context()); err == nil {
		t.Error("still open after the test")
	}
}
