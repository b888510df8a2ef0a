package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

func TestLeafThereAndBack(t *testing.T) {
	want := newSample(t, 2).fields[1]
	leaf := AppendLeaf(nil, &want)
	var got Fields
	if err := ParseLeaf(leaf, &got); err != nil || !Whole(leaf) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range [][]byte{nil, leaf[1:], leaf[:len(leaf)-len(want[Width-1])-1], append(bytes.Clone(leaf), 0), []byte(Header)} {
		if err := ParseLeaf(bad, &got); err == nil {
			t.Errorf("taken: %q", bad)
		}
	}
}

// TestEdge compares the edge of growing trees with what the library makes of the same leaves.
func TestEdge(t *testing.T) {
	s := newSample(t, 70)
	var edge Edge
	at := 0
	for n, leaf := range s.leaves {
		made := edge.Add(leaf, nil)
		if diff := cmp.Diff(s.hashes[at:at+len(made)], made); diff != "" || len(made) != Completed(int64(n)) {
			t.Fatalf("leaf %d: %d hashes: %s", n, len(made), diff)
		}
		at += len(made)
		root, err := tlog.TreeHash(int64(n+1), s.reader())
		if err != nil || root != edge.Root() || !edge.Whole() {
			t.Fatalf("root of %d: %v, want %v, %v", n+1, edge.Root(), root, err)
		}
		for i, node := range EdgeNodes(edge.Size) {
			index := tlog.StoredHashIndex(node.Level, (node.Leaf+1)>>node.Level-1)
			if s.hashes[index] != edge.Hashes[i] || NodeAt(index) != node {
				t.Fatalf("edge of %d: %+v", n+1, node)
			}
		}
	}
	empty, err := tlog.TreeHash(0, nil)
	if err != nil || (Edge{}).Root() != empty {
		t.Errorf("the root of nothing is %v, %v", (Edge{}).Root(), err)
	}
}

// TestProvenRoot compares our reading of a proof with the library's making of it, for every leaf of every small tree.
func TestProvenRoot(t *testing.T) {
	s := newSample(t, 40)
	for size := int64(1); size <= 40; size++ {
		root, err := tlog.TreeHash(size, s.reader())
		if err != nil {
			t.Fatal(err)
		}
		for n := range size {
			hashes, err := tlog.ProveRecord(size, n, s.reader())
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := provenRoot(Proof{size, hashes}, n, s.leaves[n]); !ok || got != root {
				t.Fatalf("leaf %d of %d: %v, %v", n, size, got, ok)
			}
			if len(hashes) > 0 {
				if got, ok := provenRoot(Proof{size, hashes[1:]}, n, s.leaves[n]); ok && got == root {
					t.Fatalf("leaf %d of %d is proven with a hash too few", n, size)
				}
			}
			if got, ok := provenRoot(Proof{size, append(slices.Clone(hashes), Hash{})}, n, s.leaves[n]); ok && got == root {
				t.Fatalf("leaf %d of %d is proven with a hash too many", n, size)
			}
		}
		if _, ok := provenRoot(Proof{size, nil}, size, s.leaves[0]); ok {
			t.Fatalf("a leaf after the last of %d is proven", size)
		}
	}
}

func TestCheckpoints(t *testing.T) {
	a, b := signer(t, "a"), signer(t, "b")
	note, err := a.Checkpoint(7, Hash{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	want := Checkpoint{Origin: a.Name(), Size: 7, Root: Hash{1, 2}}
	both, err := ParseKeys("# ours\n" + b.Public() + "\n\n" + a.Public() + "\n" + a.Public())
	if err != nil || len(both) != 2 {
		t.Fatalf("%d keys, %v", len(both), err)
	}
	for _, keys := range []Keys{a.Keys(), both} {
		if got, err := keys.Open(note); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if got, err := ReadCheckpoint(note); err != nil || got != want {
		t.Errorf("unchecked: %+v, %v", got, err)
	}
	for name, keys := range map[string]Keys{"another key": b.Keys(), "none": nil} {
		if _, err := keys.Open(note); err == nil || !strings.Contains(err.Error(), "not signed by a trusted key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	changed := strings.Replace(note, "\n7\n", "\n8\n", 1)
	if _, err := a.Keys().Open(changed); err == nil {
		t.Error("a changed checkpoint is taken")
	}
	for _, text := range []string{"", "x", "\n\n", note[:len(note)-3], strings.ReplaceAll(note, "\n\n", "\n")} {
		if _, err := ReadCheckpoint(text); err == nil {
			t.Errorf("taken: %q", text)
		}
	}
}

func TestCheckpointsOfOthers(t *testing.T) {
	s := signer(t, "a")
	root := Hash{}.String()
	for _, text := range []string{"other\n7\n" + root + "\n", s.Name() + "\n07\n" + root + "\n", s.Name() + "\n-1\n" + root + "\n", s.Name() + "\n7\nAAA\n", s.Name() + "\n7\n", "\n7\n" + root + "\n"} {
		note, err := s.note(text)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := s.Keys().Open(note); err == nil {
			t.Errorf("%q is taken for %+v", text, c)
		}
	}
	note, err := s.note(s.Name() + "\n7\n" + root + "\nmore lines\n")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Keys().Open(note); err != nil || c.Size != 7 {
		t.Errorf("with more lines: %+v, %v", c, err)
	}
}

func TestParseKeysRefuses(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "roomledger/1+2", signer(t, "a").Public() + "x"} {
		if keys, err := ParseKeys(text); err == nil {
			t.Errorf("%q is taken: %v", text, keys)
		}
	}
}

func TestTombstones(t *testing.T) {
	a := signer(t, "a")
	want := Tombstone{Upto: 9, Root: Hash{4}, Time: "2026-01-02T03:04:05.000Z", Policy: "older than 90 days"}
	line := want
	line.Policy = "older\nthan  90 days"
	note, err := a.Tombstone(line)
	if err != nil {
		t.Fatal(err)
	}
	for _, trust := range []Trust{{}, {Keys: a.Keys()}} {
		if got, err := trust.OpenTombstone(note); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := signer(t, "b").Keys().OpenTombstone(note); err == nil {
		t.Error("another key's tombstone is taken")
	}
	checkpoint, err := a.Checkpoint(9, Hash{4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Keys().OpenTombstone(checkpoint); err == nil {
		t.Error("a checkpoint is taken for a tombstone")
	}
	if _, err := a.Keys().Open(note); err == nil {
		t.Error("a tombstone is taken for a checkpoint")
	}
}

func TestSplitNotes(t *testing.T) {
	s := newSample(t, 3)
	one, two := s.checkpoint(1), s.checkpoint(3)
	for name, text := range map[string]string{
		"one after the other": one + two, "with lines between": "\n\n" + one + "\n\n\n" + two + "\n \n",
		"of another system": strings.ReplaceAll(one+two, "\n", "\r\n"), "without the last end of line": one + strings.TrimSpace(two),
	} {
		notes := SplitNotes([]byte(text))
		if diff := cmp.Diff([]string{one, two}, notes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if notes := SplitNotes([]byte("\n \n")); len(notes) != 0 {
		t.Errorf("%q", notes)
	}
}

// TestLinesAreJSON reads what is written with the library.
func TestLinesAreJSON(t *testing.T) {
	s := newSample(t, 2)
	s.fields[1][4] = []byte("\x01\t\r\u2028</script>\x7f")
	var row map[string]any
	if err := json.Unmarshal([]byte(s.extract(2)[0]), &row); err != nil {
		t.Fatal(err)
	}
	for i, c := range columns {
		if got := fmt.Sprint(row[c.Name]); got != string(s.fields[1][i]) {
			t.Errorf("%s is %q, want %q", c.Name, got, s.fields[1][i])
		}
	}
	if row["leaf_hash"] != Hex(s.leaves[1]) || row["tree_size"] != 2.0 || fmt.Sprint(row["proof"]) != "["+Hex(s.leaves[0])+"]" {
		t.Errorf("%v", row)
	}
	var end map[string]any
	if err := json.Unmarshal([]byte(s.lines(0)[2]), &end); err != nil || end["checkpoint"] != s.checkpoint(2) || end["key"] != s.signer.Public() || len(end) != 2 {
		t.Errorf("%v, %v", end, err)
	}
}

func FuzzStrings(f *testing.F) {
	f.Add([]byte("a\"b\\\n\x00ä"), []byte(`"\u00e4\ud83d\ude00\/"`))
	f.Fuzz(func(t *testing.T, value, text []byte) {
		c := cursor{rest: appendString(nil, value)}
		zero := bytes.IndexByte(value, 0) >= 0
		if got := c.text(); c.bad != zero || !zero && !bytes.Equal(got, value) {
			t.Errorf("%q came back as %q, bad %v", value, got, c.bad)
		}
		var want string
		valid := json.Unmarshal(text, &want) == nil && len(text) > 0 && text[0] == '"'
		c = cursor{rest: bytes.TrimSpace(bytes.Clone(text))}
		got := c.text()
		if !c.bad && len(c.rest) == 0 && bytes.Equal(text, bytes.ToValidUTF8(text, nil)) && (!valid || want != string(got)) {
			t.Errorf("%q is taken for %q, the library says %q, %v", text, got, want, valid)
		}
	})
}

func FuzzCheckExport(f *testing.F) {
	s := newSample(f, 5)
	trust := Trust{Keys: s.signer.Keys(), Kept: []string{s.checkpoint(3)}}
	for _, lines := range [][]string{s.lines(0), s.lines(3), s.extract(2, 4)} {
		f.Add([]byte(strings.Join(lines, "")))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := CheckExport(bytes.NewReader(text), trust)
		if err != nil {
			t.Fatal(err)
		}
		if r.Intact() && r.Checkpoints == 0 {
			t.Errorf("intact without a checkpoint: %+v", r)
		}
	})
}

func FuzzNotes(f *testing.F) {
	s := newSample(f, 3)
	f.Add(s.checkpoint(3), s.signer.Public())
	f.Fuzz(func(_ *testing.T, text, key string) {
		keys, err := ParseKeys(key)
		if err != nil {
			keys = s.signer.Keys()
		}
		for _, one := range SplitNotes([]byte(text)) {
			_, _ = keys.Open(one)
			_, _ = keys.OpenTombstone(one)
			_, _ = ReadCheckpoint(one)
		}
	})
}

// BenchmarkCheckExport checks an export whose rows have some 900 bytes.
func BenchmarkCheckExport(b *testing.B) {
	s := newSample(b, 0)
	for i := range 1000 {
		var f Fields
		for c := range f {
			f[c] = []byte("1234567")
			if !columns[c].Number {
				f[c] = []byte(`{"name":"ward-7","id":"65a0b1c2"}`)
			}
		}
		f[0] = fmt.Append(nil, i+1)
		s.add(f)
	}
	text := []byte(strings.Join(s.lines(0), ""))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if r, err := CheckExport(bytes.NewReader(text), Trust{}); err != nil || !r.Intact() {
			b.Fatal(r, err)
		}
	}
}
