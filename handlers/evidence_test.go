package handlers_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

// unpack returns the files of an evidence pack by name.
func unpack(t *testing.T, content string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatalf("the pack: %v", err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func TestEvidence(t *testing.T) {
	d, b := busyDesk(t)
	for query, want := range map[string]int{"": 0, "?action=room.disable": 2, "?outcome=failed": 3, "?q=nowhere": 0} {
		p := b.get("/history/evidence.zip" + query).want(http.StatusOK)
		if kind := p.header.Get("Content-Type"); kind != "application/zip" || !strings.Contains(p.header.Get("Content-Disposition"), ".zip") {
			t.Errorf("it comes as %q, %q", kind, p.header.Get("Content-Disposition"))
		}
		rows := d.rows()
		note := rows[len(rows)-1]
		if note.Action != "history.export" || note.TargetName != "evidence" || "?"+note.Reason != query && query != "" {
			t.Errorf("it left %+v", note)
		}
		if query == "" {
			want = len(rows)
		}
		pack := unpack(t, p.body)
		if r := checked(t, pack["rows.jsonl"]); r.Rows != int64(want) || r.Signed != note.Seq {
			t.Errorf("%s: %d rows, %d signed, want %d and %d", query, r.Rows, r.Signed, want, note.Seq)
		}
		byHand(t, pack)
		for _, part := range []string{"operator@example.org", "roomledger verify -export evidence.zip -key key.pub", strconv.FormatInt(note.Seq, 10) + " rows"} {
			if !strings.Contains(pack["README.txt"], part) {
				t.Errorf("the README lacks %q", part)
			}
		}
		for _, part := range []string{"<no value>", "{{", "%!"} {
			if strings.Contains(pack["README.txt"], part) {
				t.Errorf("the README has %q", part)
			}
		}
	}
}

// TestEvidenceOfManyRows has proofs of all shapes: from a lone leaf at the end to the left edge.
func TestEvidenceOfManyRows(t *testing.T) {
	d := newDesk(t)
	b := d.as(db.RoleAuditor)
	for range 21 {
		operationPath(d, b)
		byHand(t, unpack(t, b.get("/history/evidence.zip?action=test.look").want(http.StatusOK).body))
		byHand(t, unpack(t, b.get("/history/evidence.zip").want(http.StatusOK).body))
	}
}

// TestByHandFindsChanges is here to show that the check by hand can fail.
func TestByHandFindsChanges(t *testing.T) {
	_, b := busyDesk(t)
	for _, query := range []string{"", "?action=room.disable"} {
		good := unpack(t, b.get("/history/evidence.zip"+query).want(http.StatusOK).body)
		for name, change := range map[string]func(map[string]string){
			"row": func(p map[string]string) {
				replace(p, "rows.jsonl", `"action":"room.disable"`, `"action":"room.enable"`)
			},
			"size": func(p map[string]string) { replace(p, "checkpoint.txt", "\n", "\n1") },
			"key": func(p map[string]string) {
				p["key.pub"] = "roomledger/x+00000000+" + base64.StdEncoding.EncodeToString(make([]byte, 33))
			},
			"leaf hash": func(p map[string]string) { replace(p, "rows.jsonl", `"leaf_hash":"`, `"leaf_hash":"00`) },
		} {
			bad := maps.Clone(good)
			if change(bad); cmp.Equal(good, bad) {
				t.Fatalf("%s: nothing is changed", name)
			}
			if problem := checkByHand(bad); problem == "" {
				t.Errorf("%s: nothing is found", name)
			}
		}
	}
}

func replace(files map[string]string, name, before, after string) {
	files[name] = strings.Replace(files[name], before, after, 1)
}

func byHand(t *testing.T, pack map[string]string) {
	t.Helper()
	if problem := checkByHand(pack); problem != "" {
		t.Errorf("by hand, as the README says: %s", problem)
	}
}

// What follows is what somebody would write who has nothing but the README of a pack. It uses nothing of ours.

type handRow map[string]any

func checkByHand(pack map[string]string) (problem string) {
	size, root, problem := noteByHand(pack["checkpoint.txt"], strings.TrimSpace(pack["key.pub"]))
	if problem != "" {
		return problem
	}
	var rows []handRow
	for line := range strings.Lines(pack["rows.jsonl"]) {
		row := handRow{}
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&row); err != nil {
			return err.Error()
		}
		rows = append(rows, row)
	}
	end := rows[len(rows)-1]
	rows = rows[:len(rows)-1]
	if end["checkpoint"] != pack["checkpoint.txt"] || end["key"] != strings.TrimSpace(pack["key.pub"]) {
		return "the last line has another checkpoint or key"
	}
	for _, row := range rows {
		if row["seq"] != nil && row["leaf_hash"] != hex.EncodeToString(leafByHand(pack["README.txt"], row)) {
			return "the leaf hash of row " + row["seq"].(json.Number).String() + " is another one"
		}
	}
	if strings.Contains(pack["README.txt"], "rows.jsonl is all of history") {
		if problem := tombstoneByHand(rows[0], strings.TrimSpace(pack["key.pub"])); problem != "" {
			return problem
		}
		return treeByHand(rows, size, root)
	}
	for _, row := range rows {
		if problem := proofByHand(row, size, root); problem != "" {
			return problem
		}
	}
	return ""
}

// noteByHand is step 1.
func noteByHand(checkpoint, key string) (size int64, root []byte, problem string) {
	lines, problem := signedByHand(checkpoint, key)
	if problem != "" {
		return 0, nil, problem
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != lines[len(lines)-1] {
		return 0, nil, "the checkpoint is none"
	}
	root, err = base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return 0, nil, err.Error()
	}
	return size, root, ""
}

// signedByHand is what a note says, line by line, and in the place of what comes after its last line feed the name of the key.
func signedByHand(note, key string) (lines []string, problem string) {
	text, signature, _ := strings.Cut(note, "\n\n")
	text += "\n"
	name, rest, _ := strings.Cut(key, "+")
	digits, encoded, _ := strings.Cut(rest, "+")
	public, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(public) != 33 || public[0] != 1 {
		return nil, "the key is none"
	}
	mark := sha256.Sum256([]byte(name + "\n" + string(public)))
	if hex.EncodeToString(mark[:4]) != digits {
		return nil, "the digits of the key are others"
	}
	words := strings.Fields(signature)
	if len(words) != 3 || words[0] != "\u2014" || words[1] != name {
		return nil, "the signature's line is " + signature
	}
	signed, err := base64.StdEncoding.DecodeString(words[2])
	if err != nil || !bytes.Equal(signed[:4], mark[:4]) || !ed25519.Verify(public[1:], []byte(text), signed[4:]) {
		return nil, "the signature is wrong"
	}
	lines = strings.Split(text, "\n")
	lines[len(lines)-1] = name
	return lines, ""
}

// leafByHand is step 2. The columns are those of the list at the end of the text.
func leafByHand(readme string, row handRow) []byte {
	var leaf strings.Builder
	leaf.WriteString("roomledger row 1")
	_, list, _ := strings.Cut(readme, "THE COLUMNS OF A ROW")
	_, list, _ = strings.Cut(list, "\n")
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		if len(words) < 3 {
			continue
		}
		switch value := row[words[1]].(type) {
		case json.Number:
			leaf.WriteString("\x00" + value.String())
		case string:
			leaf.WriteString("\x00" + value)
		}
	}
	hash := sha256.Sum256([]byte("\x00" + leaf.String()))
	return hash[:]
}

func nodeByHand(left, right []byte) []byte {
	hash := sha256.Sum256([]byte("\x01" + string(left) + string(right)))
	return hash[:]
}

// treeByHand is step 3 for all of history.
func treeByHand(rows []handRow, size int64, root []byte) string {
	type pair struct {
		hash  []byte
		width int64
	}
	var list []pair
	last := int64(0)
	join := func(width int64) {
		n := len(list)
		list = append(list[:n-2], pair{nodeByHand(list[n-2].hash, list[n-1].hash), width})
	}
	for _, row := range rows {
		if pruned, ok := row["pruned"].(json.Number); ok {
			last, _ = pruned.Int64()
			edge := row["edge"].([]any)
			for bit := int64(1) << 62; bit > 0; bit >>= 1 {
				if last&bit != 0 {
					list = append(list, pair{unhex(edge[0]), bit})
					edge = edge[1:]
				}
			}
			continue
		}
		last++
		if row["seq"] != json.Number(strconv.FormatInt(last, 10)) {
			return "a row is missing"
		}
		list = append(list, pair{unhex(row["leaf_hash"]), 1})
		for len(list) > 1 && list[len(list)-1].width == list[len(list)-2].width {
			join(2 * list[len(list)-1].width)
		}
	}
	for len(list) > 1 {
		join(0)
	}
	if last != size || !bytes.Equal(list[0].hash, root) {
		return "the root is another one"
	}
	return ""
}

// tombstoneByHand is what step 3 says of removed rows.
func tombstoneByHand(first handRow, key string) string {
	pruned, ok := first["pruned"].(json.Number)
	if !ok {
		return ""
	}
	lines, problem := signedByHand(first["tombstone"].(string), key)
	if problem != "" {
		return "tombstone: " + problem
	}
	if lines[0] != "roomledger tombstone" || lines[1] != lines[len(lines)-1] || lines[2] != pruned.String() {
		return "the tombstone is of other rows"
	}
	edge := first["edge"].([]any)
	root := unhex(edge[len(edge)-1])
	for _, left := range slices.Backward(edge[:len(edge)-1]) {
		root = nodeByHand(unhex(left), root)
	}
	if lines[3] != base64.StdEncoding.EncodeToString(root) {
		return "the tombstone has another root"
	}
	return ""
}

// proofByHand is step 3 for a part.
func proofByHand(row handRow, size int64, root []byte) string {
	n, _ := row["tree_size"].(json.Number).Int64()
	i, _ := row["seq"].(json.Number).Int64()
	i--
	if n != size || i >= n {
		return "the proof is of another tree"
	}
	h, a, b := unhex(row["leaf_hash"]), i, n-1
	for _, p := range row["proof"].([]any) {
		if b == 0 {
			return "the proof is too long"
		}
		if a%2 == 1 || a == b {
			h = nodeByHand(unhex(p), h)
			for a%2 == 0 && a != 0 {
				a, b = a/2, b/2
			}
		} else {
			h = nodeByHand(h, unhex(p))
		}
		a, b = a/2, b/2
	}
	if b != 0 || !bytes.Equal(h, root) {
		return "the proof leads to another root"
	}
	return ""
}

func unhex(text any) []byte {
	hash, err := hex.DecodeString(text.(string))
	if err != nil {
		return nil
	}
	return hash
}
