package db

import (
	"context"
	"database/sql"
	"errors"
	"testing"
)

// raw runs fn on one connection that isn't ours.
func raw(t testing.TB, path string, fn func(exec func(string, ...any))) {
	t.Helper()
	pool, err := sql.Open("sqlite3", dsn(path, "_journal_mode=DELETE"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	fn(func(text string, args ...any) {
		t.Helper()
		if _, err := conn.ExecContext(context.Background(), text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	})
	if err := errors.Join(conn.Close(), pool.Close()); err != nil {
		t.Fatal(err)
	}
}

// unguarded drops every trigger, runs fn and puts them back as they were. Checks of values don't count meanwhile.
func unguarded(t testing.TB, path string, fn func(exec func(string, ...any))) {
	t.Helper()
	triggers := map[string]string{}
	pool, err := sql.Open("sqlite3", dsn(path, "mode=ro&immutable=1"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := pool.QueryContext(t.Context(), "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(rows, func(row scanner) (name string, err error) {
		var text string
		err = row.Scan(&name, &text)
		triggers[name] = text
		return name, err
	})
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	raw(t, path, func(exec func(string, ...any)) {
		exec("PRAGMA ignore_check_constraints = 1")
		for name := range triggers {
			exec("DROP TRIGGER " + name)
		}
		fn(exec)
		for _, text := range triggers {
			exec(text)
		}
	})
}

// loosely runs fn while the table of history takes values of any kind.
func loosely(t testing.TB, path string, fn func(exec func(string, ...any))) {
	t.Helper()
	schema := func(from, to string) {
		raw(t, path, func(exec func(string, ...any)) {
			exec("PRAGMA writable_schema = 1")
			exec("UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'history' AND type = 'table'", from, to)
		})
	}
	schema(") STRICT", ") /*!*/")
	schema("NOT NULL", "/*!!*/  ")
	schema("TEXT", "BLOB")
	schema("INTEGER NOT", "BLOB    NOT")
	schema("INTEGER /*!!*/", "BLOB    /*!!*/")
	unguarded(t, path, fn)
	schema("BLOB    /*!!*/", "INTEGER /*!!*/")
	schema("BLOB", "TEXT")
	schema("/*!!*/  ", "NOT NULL")
	schema(") /*!*/", ") STRICT")
}
