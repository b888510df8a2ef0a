package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// filter collects the conditions of a WHERE clause.
type filter struct {
	terms   []string
	args    []any
	steered bool
}

func (f *filter) add(term string, args ...any) {
	f.terms = append(f.terms, term)
	f.args = append(f.args, args...)
}

// after is f with a term before its own.
func (f filter) after(term string, args ...any) filter {
	f.terms = slices.Concat([]string{term}, f.terms)
	f.args = slices.Concat(args, f.args)
	return f
}

// equal adds column = value, unless value is empty. The first column that is asked for steers, that is, its index is
// used, and a plus sign keeps SQLite from using the others: without statistics it can't know which one leaves the fewest
// rows. Callers know, and ask in that order.
//
// The plus sign before the value has another reason: SQLite would look at the value to plan by, and for that compile a
// prepared statement anew each time it is run with another one. That takes five times as long as most look-ups.
func (f *filter) equal(column, value string) {
	if value == "" {
		return
	}
	f.add(f.steer(column)+" = +?", value)
}

func (f *filter) steer(column string) string {
	if f.steered {
		return "+" + column
	}
	f.steered = true
	return column
}

// search asks for a part of what a person would remember. It is taken literally, in any case.
func (f *filter) search(part string) {
	if part != "" {
		f.add("instr(search, ?) > 0", strings.ToLower(part))
	}
}

// where is the clause with its keyword, or nothing.
func (f *filter) where() string {
	if len(f.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.terms, " AND ")
}

// countUpTo counts the rows of table that match, and stops at limit.
func (d *DB) countUpTo(ctx context.Context, table string, f filter, limit int) (int, error) {
	var n int
	err := d.readers.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+table+f.where()+" LIMIT ?)",
		append(f.args[:len(f.args):len(f.args)], limit)...).Scan(&n)
	return n, err
}

// scanner is a row that is ready to be read.
type scanner interface{ Scan(dest ...any) error }

// atOnce is for look-ups of one key: they are done before somebody could watch for the end of ctx, which takes two
// goroutines each time.
func atOnce(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// query runs a query on a reader and collects its rows.
func query[T any](ctx context.Context, d *DB, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	rows, err := d.readers.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scan)
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) (list []T, err error) {
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, closing(rows, err)
		}
		list = append(list, item)
	}
	return list, closing(rows, rows.Err())
}

// closing closes rows; err, when there is one, counts more than what closing says.
func closing(rows *sql.Rows, err error) error {
	if cerr := rows.Close(); err == nil {
		return cerr
	}
	return err
}

// scanText reads the only column of a row.
func scanText(row scanner) (string, error) {
	var text string
	return text, row.Scan(&text)
}

// menuCap is how many values a filter menu offers at most.
const menuCap = 200

// distinct lists the values of a column, but the empty one, in order. An index must begin with the columns of fixed and
// then this one: each value is found by jumping over the one before, a look-up per value instead of one per row.
func (d *DB) distinct(ctx context.Context, table, name string, fixed filter) ([]string, error) {
	next := func(after string) string {
		f := fixed
		f.terms = append(f.terms[:len(f.terms):len(f.terms)], name+" > "+after)
		return "(SELECT min(" + name + ") FROM " + table + f.where() + ")"
	}
	list, err := query(ctx, d, scanText, "WITH RECURSIVE v (x) AS (SELECT "+next("''")+
		" UNION ALL SELECT "+next("v.x")+" FROM v WHERE v.x IS NOT NULL) SELECT x FROM v WHERE x IS NOT NULL LIMIT ?",
		slices.Concat(fixed.args, fixed.args, []any{menuCap})...)
	if err != nil {
		return nil, fmt.Errorf("values of %s.%s: %w", table, name, err)
	}
	return list, nil
}
