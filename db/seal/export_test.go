package seal

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func signer(t testing.TB, letter string) *Signer {
	t.Helper()
	s, err := NewSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat(letter, ed25519.SeedSize))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sample is a history that exports are made of.
type sample struct {
	t      testing.TB
	signer *Signer
	fields []Fields
	leaves []Hash
	hashes []Hash // as the library stores them
}

func newSample(t testing.TB, rows int) *sample {
	t.Helper()
	s := &sample{t: t, signer: signer(t, "a")}
	for i := range rows {
		var f Fields
		for c := range f {
			f[c] = fmt.Appendf(nil, "%s-%d \"räum\"\n\\", columns[c].Name, i+1)
			if columns[c].Number {
				f[c] = strconv.AppendInt(nil, int64(i+c), 10)
			}
		}
		f[0] = strconv.AppendInt(nil, int64(i+1), 10)
		s.add(f)
	}
	return s
}

func (s *sample) add(f Fields) {
	s.t.Helper()
	leaf := LeafHash(AppendLeaf(nil, &f))
	more, err := tlog.StoredHashesForRecordHash(int64(len(s.leaves)), leaf, s.reader())
	if err != nil {
		s.t.Fatal(err)
	}
	s.fields, s.leaves, s.hashes = append(s.fields, f), append(s.leaves, leaf), append(s.hashes, more...)
}

func (s *sample) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		list := make([]Hash, len(indexes))
		for i, index := range indexes {
			list[i] = s.hashes[index]
		}
		return list, nil
	})
}

// checkpoint signs the first size rows.
func (s *sample) checkpoint(size int) string {
	s.t.Helper()
	root, err := tlog.TreeHash(int64(size), s.reader())
	if err != nil {
		s.t.Fatal(err)
	}
	note, err := s.signer.Checkpoint(int64(size), root)
	if err != nil {
		s.t.Fatal(err)
	}
	return note
}

// edge is that of the tree over the first rows.
func (s *sample) edge(rows int) (edge Edge) {
	for _, leaf := range s.leaves[:rows] {
		edge.Add(leaf, nil)
	}
	return edge
}

// tombstone signs that the rows of a tree were removed by a policy.
func (s *sample) tombstone(edge Edge) string {
	s.t.Helper()
	note, err := s.signer.Tombstone(Tombstone{Upto: edge.Size, Root: edge.Root(), Time: "2026-11-01T00:00:00Z", Policy: "after a year"})
	if err != nil {
		s.t.Fatal(err)
	}
	return note
}

// lines are an export of all rows but the first pruned.
func (s *sample) lines(pruned int) []string {
	var list []string
	if pruned > 0 {
		edge := s.edge(pruned)
		list = append(list, string(AppendHead(nil, edge, s.tombstone(edge))))
	}
	for i := pruned; i < len(s.fields); i++ {
		list = append(list, string(AppendLine(nil, &s.fields[i], s.leaves[i], nil)))
	}
	end := End{Checkpoint: s.checkpoint(len(s.fields)), Key: s.signer.Public()}
	return append(list, string(AppendEnd(nil, end)))
}

// extract is an export of some rows.
func (s *sample) extract(seqs ...int) []string {
	s.t.Helper()
	var list []string
	size := int64(len(s.fields))
	for _, seq := range seqs {
		hashes, err := tlog.ProveRecord(size, int64(seq-1), s.reader())
		if err != nil {
			s.t.Fatal(err)
		}
		list = append(list, string(AppendLine(nil, &s.fields[seq-1], s.leaves[seq-1], &Proof{size, hashes})))
	}
	end := End{Checkpoint: s.checkpoint(len(s.fields)), Key: s.signer.Public(), Extract: true}
	return append(list, string(AppendEnd(nil, end)))
}

func check(t testing.TB, lines []string, trust Trust) Report {
	t.Helper()
	r, err := CheckExport(strings.NewReader(strings.Join(lines, "")), trust)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheckExportIntact(t *testing.T) {
	s := newSample(t, 77)
	kept := []string{s.checkpoint(40), s.checkpoint(77)}
	tests := []struct {
		name  string
		lines []string
		want  Report
	}{
		{"all", s.lines(0), Report{Rows: 77, Size: 77, Checkpoints: 3, Signed: 77}},
		{"without the first 40", s.lines(40), Report{Rows: 37, Size: 77, Pruned: 40, Checkpoints: 3, Signed: 77}},
		{"without the first 50", s.lines(50), Report{Rows: 27, Size: 77, Pruned: 50, Checkpoints: 2, Signed: 77, Aside: 1}},
		{"without any", s.lines(77), Report{Size: 77, Pruned: 77, Checkpoints: 2, Signed: 77, Aside: 1}},
		{"an extract", s.extract(1, 2, 40, 76, 77), Report{Rows: 5, Size: 77, Extract: true, Proved: 5, Checkpoints: 2, Signed: 77, Aside: 1}},
		{"a proof", s.extract(64), Report{Rows: 1, Size: 77, Extract: true, Proved: 1, Checkpoints: 2, Signed: 77, Aside: 1}},
		{"an extract of nothing", s.extract(), Report{Size: 77, Extract: true, Checkpoints: 2, Signed: 77, Aside: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, keys := range []Keys{nil, s.signer.Keys()} {
				r := check(t, tt.lines, Trust{Keys: keys, Kept: kept})
				want := tt.want
				want.Pinned, want.Root = keys != nil, r.Root
				if fmt.Sprint(r) != fmt.Sprint(want) || r.Root == (Hash{}) {
					t.Errorf("got %+v\nwant %+v", r, want)
				}
			}
		})
	}
}

// TestCheckExportOfOne has an extract whose proofs are empty.
func TestCheckExportOfOne(t *testing.T) {
	s := newSample(t, 1)
	for _, lines := range [][]string{s.lines(0), s.extract(1)} {
		if r := check(t, lines, Trust{Keys: s.signer.Keys()}); !r.Intact() || r.Rows != 1 {
			t.Errorf("%+v", r)
		}
	}
}

// TestCheckExportLaidOut takes lines that another program wrote again.
func TestCheckExportLaidOut(t *testing.T) {
	s := newSample(t, 3)
	text := strings.Join(s.lines(0), "")
	text = strings.NewReplacer(`":`, `" : `, `,"`, ` , "`, "ä", `\u00e4`).Replace(text)
	if r := check(t, []string{text, "\n"}, Trust{}); r.Intact() {
		t.Error("an empty line after the last one is taken")
	}
	if r := check(t, []string{strings.ReplaceAll(text, "\n", "\r\n")}, Trust{}); !r.Intact() {
		t.Errorf("%+v", r)
	}
}

func TestCheckExportFindsChangedColumns(t *testing.T) {
	s := newSample(t, 9)
	for _, all := range [][]string{s.lines(0), s.extract(4, 5, 6)} {
		for c, column := range columns[1:] {
			t.Run(column.Name, func(t *testing.T) {
				changed := s.fields[4]
				changed[c+1] = append(bytes.Clone(changed[c+1]), '1')
				i := 4
				if len(all) < 5 {
					i = 1
				}
				lines := append([]string(nil), all...)
				old := keys[c+1] + string(value(column, s.fields[4][c+1]))
				lines[i] = strings.Replace(lines[i], old, keys[c+1]+string(value(column, changed[c+1])), 1)
				if lines[i] == all[i] {
					t.Fatal("nothing was changed")
				}
				if r := check(t, lines, Trust{}); r.FirstBad() != 5 {
					t.Errorf("first bad row %d: %+v", r.FirstBad(), r.Faults)
				}
			})
		}
	}
}

func value(c Column, v []byte) []byte {
	if c.Number {
		return v
	}
	return appendString(nil, v)
}

// exportTampering is one way to change an export, and what is found.
type exportTampering struct {
	name  string
	lines []string
	do    func(lines []string) []string
	trust Trust
	bad   int64 // the first bad row
	says  string
}

// set replaces a text in a line.
func set(i int, from, to string) func([]string) []string {
	return func(lines []string) []string {
		lines[i] = strings.Replace(lines[i], from, to, 1)
		return lines
	}
}

// cut removes lines.
func cut(from, to int) func([]string) []string {
	return func(lines []string) []string { return append(lines[:from:from], lines[to:]...) }
}

// instead is other lines.
func instead(lines []string) func([]string) []string {
	return func([]string) []string { return lines }
}

// rewritten changes row 40 together with its hash.
func (s *sample) rewritten(lines []string) []string {
	f := s.fields[39]
	f[3] = []byte("another")
	lines[39] = string(AppendLine(nil, &f, LeafHash(AppendLeaf(nil, &f)), nil))
	return lines
}

// different is a history that differs in its fourth row.
func (s *sample) different() *sample {
	other := newSample(s.t, 0)
	for i, f := range s.fields {
		if i == 3 {
			f[5] = []byte("another")
		}
		other.add(f)
	}
	return other
}

func (s *sample) lineTamperings() []exportTampering {
	all, leaf, longer := s.lines(0), Hex(s.leaves[39]), newSample(s.t, 90)
	return []exportTampering{
		{"a line removed", all, cut(39, 40), Trust{}, 40, "row 40 is missing"},
		{"the first line removed", all, cut(0, 1), Trust{}, 1, "row 1 is missing"},
		{"the last row removed", all, cut(76, 77), Trust{}, 77, "is of 77 rows, but there are 76"},
		{"all rows removed", all, cut(0, 77), Trust{}, 1, "is of 77 rows, but there are 0"},
		{"the last line removed", all, cut(77, 78), Trust{}, 78, "the end was cut off"},
		{"cut within a row", all, func(l []string) []string { return append(l[:39], l[39][:100]) }, Trust{}, 40, "line 40"},
		{"cut after a row", all, func(l []string) []string { return l[:39] }, Trust{}, 40, "the last line"},
		{"nothing left", all, func([]string) []string { return nil }, Trust{}, 1, "the last line"},
		{"a line twice", all, func(l []string) []string { return append(l[:40:40], l[39:]...) }, Trust{}, 41, "a row numbered 40 comes after row 40"},
		{"a row inserted at the end", all, func(l []string) []string { return append(l[:77:77], longer.lines(0)[77], l[77]) }, Trust{}, 78, "row 78 comes after the 77 rows"},
		{"two in the place of each other", all, func(l []string) []string { l[39], l[40] = l[40], l[39]; return l }, Trust{}, 40, "row 40 is missing"},
		{"a line after the last", all, func(l []string) []string { return append(l, l[76]) }, Trust{}, 78, "comes after the checkpoint"},
		{"leaf_hash", all, set(39, leaf, strings.Repeat("0", 64)), Trust{}, 40, "row 40 was changed"},
		{"a row and leaf_hash", all, s.rewritten, Trust{}, 1, "one of the rows 1 to 77 was changed"},
		{"a row and leaf_hash, after a kept checkpoint", all, s.rewritten, Trust{Kept: []string{s.checkpoint(30)}}, 31, "one of the rows 31 to 77 was changed"},
		{"a member added", all, set(39, `,"leaf_hash"`, `,"remark":"fine","leaf_hash"`), Trust{}, 40, "line 40"},
		{"a member twice", all, set(39, `,"error"`, `,"error":"","error"`), Trust{}, 40, "line 40"},
		{"a member after the hash", all, set(39, leaf+`"`, leaf+`","remark":"fine"`), Trust{}, 40, "line 40"},
		{"not UTF-8", all, set(39, "räum", "r\xe4um"), Trust{}, 40, "line 40"},
	}
}

func (s *sample) wholeTamperings() []exportTampering {
	all, longer, different, other := s.lines(0), newSample(s.t, 90), s.different(), newSample(s.t, 77)
	other.signer = signer(s.t, "b")
	return []exportTampering{
		{"another key", all, instead(other.lines(0)), Trust{Keys: s.signer.Keys()}, 0, "not signed by a trusted key"},
		{"another key, with a kept checkpoint", all, instead(other.lines(0)), Trust{Kept: []string{s.checkpoint(30)}}, 0, "the checkpoint that was kept: not signed"},
		{"a key that isn't", all, set(77, `"key":"roomledger`, `"key":"else`), Trust{}, 0, "the key in the last line"},
		{"a key that isn't, beside the one that is trusted", all, set(77, `"key":"roomledger`, `"key":"else`), Trust{Keys: s.signer.Keys()}, 0, "the key in the last line"},
		{"the key of somebody else", all, set(77, s.signer.Public(), other.signer.Public()), Trust{Keys: s.signer.Keys()}, 0, "the key in the last line isn't the one"},
		{"the checkpoint's size", all, set(77, `\n77\n`, `\n76\n`), Trust{}, 0, "not signed by a trusted key"},
		{"an older export", all, nil, Trust{Kept: []string{longer.checkpoint(90)}}, 78, "an older copy"},
		{"pruned: the edge", s.lines(40), func(l []string) []string { l[0] = longer.lines(32)[0]; return l }, Trust{}, 33, "row 33 is missing"},
		{"pruned: a hash of the edge", s.lines(40), func(l []string) []string { l[0] = different.lines(40)[0]; return l }, Trust{}, 1, "one of the rows 1 to 77"},
		{"the beginning cut off, as if a policy had", all, func(l []string) []string {
			return append([]string{string(AppendHead(nil, s.edge(40), ""))}, l[40:]...)
		}, Trust{Keys: s.signer.Keys()}, 1, "the rows 1 to 40 are missing"},
		{"more cut off than a policy has", s.lines(20), func(l []string) []string {
			return append([]string{string(AppendHead(nil, s.edge(40), s.tombstone(s.edge(20))))}, l[21:]...)
		}, Trust{}, 1, "it is of other rows, up to 20"},
		{"a tombstone of another history", s.lines(40), func(l []string) []string {
			l[0] = string(AppendHead(nil, s.edge(40), different.tombstone(different.edge(40))))
			return l
		}, Trust{}, 1, "it is of other rows, up to 40"},
		{"a tombstone by another key", s.lines(40), func(l []string) []string {
			l[0] = string(AppendHead(nil, s.edge(40), other.tombstone(s.edge(40))))
			return l
		}, Trust{Keys: s.signer.Keys()}, 1, "not signed by a trusted key"},
		{"pruned: in the middle", all, func(l []string) []string { l[40] = s.lines(40)[0]; return l }, Trust{}, 41, "is no beginning"},
	}
}

func (s *sample) extractTamperings() []exportTampering {
	all, some, leaf, different := s.lines(0), s.extract(10, 20, 30), Hex(s.leaves[39]), s.different()
	return []exportTampering{
		{"an extract of another tree", some, nil, Trust{Kept: []string{different.checkpoint(77)}}, 1, "isn't of this history"},
		{"extract: leaf_hash", some, set(1, Hex(s.leaves[19]), leaf), Trust{}, 20, "row 20"},
		{"extract: proof", some, set(0, `"proof":["`+Hex(s.leaves[8]), `"proof":["`+leaf), Trust{}, 10, "row 10 is not proven"},
		{"extract: a hash too many", some, set(1, `"proof":[`, `"proof":["`+leaf+`",`), Trust{}, 20, "the proof of row 20"},
		{"extract: no proof", some, func(l []string) []string { l[1] = all[19]; return l }, Trust{}, 11, "row 20 has no proof"},
		{"extract: tree_size", some, set(2, `"tree_size":77`, `"tree_size":78`), Trust{}, 30, "row 30"},
		{"extract: huge tree_size", some, set(2, `"tree_size":77`, `"tree_size":9223372036854775807`), Trust{}, 30, "row 30"},
		{"extract: said to be all", some, set(3, `,"extract":true`, ""), Trust{}, 0, "all rows, or an extract"},
		{"extract: another key", some, instead(newSampleBy(s.t, "b").extract(1)), Trust{Keys: s.signer.Keys()}, 0, "not signed by a trusted key"},
	}
}

func TestCheckExportFindsTampering(t *testing.T) {
	s := newSample(t, 77)
	for _, tt := range slices.Concat(s.lineTamperings(), s.wholeTamperings(), s.extractTamperings()) {
		t.Run(tt.name, func(t *testing.T) {
			lines := slices.Clone(tt.lines)
			if tt.do != nil {
				lines = tt.do(lines)
			}
			r := check(t, lines, tt.trust)
			if r.Intact() || r.FirstBad() != tt.bad || !strings.Contains(fmt.Sprint(r.Faults), tt.says) {
				t.Errorf("first bad row %d, want %d with %q; found %+v", r.FirstBad(), tt.bad, tt.says, r.Faults)
			}
		})
	}
}

func newSampleBy(t testing.TB, letter string) *sample {
	t.Helper()
	s := newSample(t, 3)
	s.signer = signer(t, letter)
	return s
}
