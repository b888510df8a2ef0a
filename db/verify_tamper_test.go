package db

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roomledger/db/seal"
)

// tampering is one way to change a file, and what is found.
type tampering struct {
	name string
	do   func(t *testing.T, path string)
	bad  int64 // the first bad row
	says string
	kept bool // it is found by a checkpoint of all rows but one that was kept elsewhere, and by nothing else
}

// statements tampers with SQL while the triggers are gone.
func statements(list ...string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		unguarded(t, path, func(exec func(string, ...any)) {
			for _, text := range list {
				exec(strings.ReplaceAll(text, "$bad", fmt.Sprint(sampleBad)))
			}
		})
	}
}

// kinds puts values of another kind into a row.
func kinds(list ...string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		loosely(t, path, func(exec func(string, ...any)) {
			for _, text := range list {
				exec(strings.ReplaceAll(text, "$bad", fmt.Sprint(sampleBad)))
			}
		})
	}
}

// damage overwrites bytes of the file: from where a text stands, or the beginning of that page.
func damage(text string, page bool) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(b, []byte(text))
		if at < 0 {
			t.Fatalf("%q isn't in the file", text)
		}
		if page {
			at -= at % 4096
		}
		copy(b[at:], bytes.Repeat([]byte{0xfe}, 24))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// dropped removes a table.
func dropped(table string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		raw(t, path, func(exec func(string, ...any)) { exec("DROP TABLE " + table) })
	}
}

func columnTamperings() []tampering {
	var list []tampering
	for _, c := range seal.Columns() {
		if c.Name == "seq" {
			continue
		}
		change := " || 'x'"
		if c.Number {
			change = " + 1"
		}
		list = append(list, tampering{
			"column " + c.Name, statements(fmt.Sprintf(`UPDATE history SET "%s" = "%[1]s"%s WHERE seq = $bad`, c.Name, change)), sampleBad, "row 177 was changed", false,
		})
	}
	return list
}

func rowTamperings() []tampering {
	return []tampering{
		{"column seq", statements("UPDATE history SET seq = 301 WHERE seq = $bad"), sampleBad, "row 177 is missing", false},
		{"removed", statements("DELETE FROM history WHERE seq = $bad"), sampleBad, "row 177 is missing", false},
		{"all removed", statements("DELETE FROM history"), 1, "row 1 is missing", false},
		{"inserted at the end", statements("INSERT INTO history SELECT 301, " + strings.TrimPrefix(strings.Join(strings.Fields(rowColumns), " "), "seq, ") + " FROM history WHERE seq = $bad"), 301, "row 301 isn't in the tree", false},
		{"two in the place of each other", statements("UPDATE history SET seq = 999 WHERE seq = $bad", "UPDATE history SET seq = $bad WHERE seq = 178", "UPDATE history SET seq = 178 WHERE seq = 999"), sampleBad, "row 177 was changed", false},
		{"end cut off, rows", statements("DELETE FROM history WHERE seq > 250"), 251, "row 251 is missing", false},
		{"end cut off, with the leaves", statements("DELETE FROM history WHERE seq > 250", "DELETE FROM leaves WHERE seq > 250"), 251, "the checkpoint is of 299 rows, but there are 250", false},
		{"end cut off, with leaves and checkpoints", statements("DELETE FROM history WHERE seq > 250", "DELETE FROM leaves WHERE seq > 250", "DELETE FROM checkpoints WHERE size > 250"), 251, "the checkpoint that was kept is of 299 rows", true},
		{"one value NULL", kinds("UPDATE history SET reason = NULL WHERE seq = $bad"), sampleBad, "row 177 was changed", false},
		{"all NULL", kinds(`UPDATE history SET reason = NULL, "error" = NULL, attempts = NULL WHERE seq = $bad`), sampleBad, "row 177 was changed", false},
		{"bytes for a text", kinds("UPDATE history SET action = CAST(action AS BLOB) WHERE seq = $bad"), sampleBad, "of another kind", false},
		{"a number for a text", kinds("UPDATE history SET reason = 7 WHERE seq = $bad"), sampleBad, "of another kind", false},
		{"a text for a number", kinds("UPDATE history SET attempts = '1' WHERE seq = $bad"), sampleBad, "of another kind", false},
		{"a zero byte", statements("UPDATE history SET reason = '7' || char(0) || request, request = '' WHERE seq = $bad"), sampleBad, "row 177 was changed", false},
		{"two rows in one", kinds(`UPDATE history SET "error" = (SELECT h."error" || char(0) || ` + strings.TrimSuffix(strings.TrimPrefix(leafSQL, "CAST("), " AS BLOB)") +
			` FROM history n WHERE n.seq = 178) FROM history h WHERE h.seq = 177 AND history.seq = 177`), sampleBad, "row 177 was changed", false},
		{"damaged value", damage("operation-177b7u1", false), sampleBad, "row 177 was changed", false},
	}
}

func treeTamperings() []tampering {
	return []tampering{
		{"leaf changed", statements("UPDATE leaves SET hashes = randomblob(32) WHERE seq = $bad"), sampleBad, "row 177 was changed", false},
		{"leaf removed", statements("DELETE FROM leaves WHERE seq = $bad"), sampleBad, "row 177 has no leaf", false},
		{"hash within the tree changed", statements("UPDATE leaves SET hashes = CAST(substr(hashes, 1, 32) || randomblob(32) AS BLOB) WHERE seq = 178"), 178, "the hashes of the tree at row 178", false},
		{"hashes divided in another way", statements("UPDATE leaves SET hashes = CAST(hashes || (SELECT n.hashes FROM leaves n WHERE n.seq = 178) AS BLOB) WHERE seq = $bad", "UPDATE leaves SET hashes = x'' WHERE seq = 178"), sampleBad, "the hashes of the tree at row 177", false},
		{"version of a leaf", statements("UPDATE leaves SET version = 2 WHERE seq = $bad"), sampleBad, "row 177 has no leaf", false},
		{"row changed with its hashes", resealed(sampleBad), 151, "one of the rows 151 to 299 was changed together with its hashes", false},
		{"row changed with its hashes and checkpoints", func(t *testing.T, path string) {
			resealed(sampleBad)(t, path)
			statements("DELETE FROM checkpoints WHERE size > 150")(t, path)
		}, 151, "the checkpoint that was kept of 299 rows isn't of this history", true},
		{"checkpoint changed", statements("UPDATE checkpoints SET note = replace(note, char(10) || '150' || char(10), char(10) || '151' || char(10)) WHERE size = 150"), 0, "the checkpoint of 150 rows: not signed by a trusted key", false},
		{"checkpoint of another size", statements("UPDATE checkpoints SET size = 149 WHERE size = 150"), 0, "the checkpoint of 149 rows is signed for 150", false},
		{"signed with another key", resigned, 0, "not signed by a trusted key", false},
		{"triggers dropped", func(t *testing.T, path string) {
			raw(t, path, func(exec func(string, ...any)) { exec("DROP TRIGGER history_no_update") })
		}, 0, "trigger history_no_update is missing", false},
		{"trigger that does nothing", func(t *testing.T, path string) {
			raw(t, path, func(exec func(string, ...any)) {
				exec("DROP TRIGGER leaves_no_delete")
				exec("CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves BEGIN SELECT 1; END")
			})
		}, 0, "trigger leaves_no_delete is not as it was made", false},
		{"table history dropped", dropped("history"), 0, "table history is missing", false},
		{"table leaves dropped", dropped("leaves"), 0, "table leaves is missing", false},
		{"table checkpoints dropped", dropped("checkpoints"), 0, "table checkpoints is missing", false},
		{"table tombstones dropped", dropped("tombstones"), 0, "table tombstones is missing", false},
		{"trigger added", func(t *testing.T, path string) {
			raw(t, path, func(exec func(string, ...any)) {
				exec("CREATE TRIGGER more AFTER INSERT ON history BEGIN UPDATE ready SET at = ''; END")
			})
		}, 0, "trigger more was added", false},
		{"table without its rules", func(t *testing.T, path string) {
			raw(t, path, func(exec func(string, ...any)) {
				exec("PRAGMA writable_schema = 1")
				exec("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'history'")
			})
		}, 0, "table history is not as it was made", false},
	}
}

// resealed changes a row and computes every hash anew, as somebody with the program at hand would.
func resealed(seq int64) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		var edge seal.Edge
		var all [][]byte
		statements(fmt.Sprintf("UPDATE history SET target_name = 'other' WHERE seq = %d", seq))(t, path)
		pool, err := sql.Open("sqlite3", dsn(path, "mode=ro&immutable=1"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := pool.QueryContext(t.Context(), "SELECT "+leafSQL+" FROM history ORDER BY seq")
		if err != nil {
			t.Fatal(err)
		}
		_, err = collect(rows, func(row scanner) (leaf []byte, err error) {
			err = row.Scan(&leaf)
			all = append(all, flatten(edge.Add(seal.LeafHash(leaf), nil)))
			return leaf, err
		})
		if err := errors.Join(err, pool.Close()); err != nil {
			t.Fatal(err)
		}
		unguarded(t, path, func(exec func(string, ...any)) {
			for i, hashes := range all {
				exec("UPDATE leaves SET hashes = ? WHERE seq = ?", hashes, i+1)
			}
		})
	}
}

// resigned signs the checkpoints with another key.
func resigned(t *testing.T, path string) {
	other := filepath.Dir(writeSample(t, sampleRows, sampleSigner(t, "b")))
	unguarded(t, path, func(exec func(string, ...any)) {
		exec("ATTACH ? AS other", filepath.Join(other, FileName))
		exec("UPDATE checkpoints SET note = (SELECT o.note FROM other.checkpoints o WHERE o.size = checkpoints.size)")
		exec("DETACH other")
	})
}

func TestVerifyFindsTampering(t *testing.T) {
	signer := sampleSigner(t, "a")
	sample := writeSample(t, sampleRows, signer)
	kept := keptOf(t, sample)
	tests := append(columnTamperings(), rowTamperings()...)
	for _, tt := range append(tests, treeTamperings()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := duplicate(t, sample)
			tt.do(t, path)
			r, err := Verify(t.Context(), path, seal.Trust{Keys: signer.Keys()})
			if err != nil {
				t.Fatal(err)
			}
			if r.Intact() != tt.kept {
				t.Fatalf("without a kept checkpoint: %+v", r.Faults)
			}
			if tt.kept {
				if r, err = Verify(t.Context(), path, seal.Trust{Keys: signer.Keys(), Kept: []string{kept}}); err != nil {
					t.Fatal(err)
				}
			}
			if r.FirstBad() != tt.bad || !says(r, tt.says) {
				t.Errorf("first bad row %d, want %d with %q; found %+v", r.FirstBad(), tt.bad, tt.says, r.Faults)
			}
		})
	}
}

func says(r seal.Report, text string) bool {
	for _, f := range r.Faults {
		if strings.Contains(f.Text, text) {
			return true
		}
	}
	return false
}

// keptOf is the newest checkpoint in a file.
func keptOf(t *testing.T, path string) (text string) {
	t.Helper()
	pool, err := sql.Open("sqlite3", dsn(path, "mode=ro&immutable=1"))
	if err != nil {
		t.Fatal(err)
	}
	err = pool.QueryRowContext(t.Context(), "SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").Scan(&text)
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	return text
}
