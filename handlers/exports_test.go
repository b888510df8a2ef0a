package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers"
)

// columns are the keys of an export line and the heads of the CSV, in order.
var columns = strings.Fields(`seq time workspace operation batch actor_id actor_name actor_kind ip user_agent request_id action phase
	target_kind target_id target_name reason request response before after api_method api_path api_status latency_ms attempts error`)

// numbers are the columns that are no strings.
var numbers = []string{"seq", "api_status", "latency_ms", "attempts"}

// lines are the objects of an export, with the order of the keys of each.
func lines(t *testing.T, p page) (objects []map[string]any, keys [][]string) {
	t.Helper()
	if got := p.header.Get("Content-Type"); !strings.HasPrefix(got, "application/x-ndjson") {
		t.Errorf("the export is %q", got)
	}
	for line := range strings.Lines(p.body) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		objects, keys = append(objects, object), append(keys, keysOf(t, line))
	}
	return objects, keys
}

// keysOf are the keys of an object, in its order.
func keysOf(t *testing.T, line string) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// busyDesk has a history with a bit of everything in it.
func busyDesk(t *testing.T) (*desk, *browser) {
	t.Helper()
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, append([]string{"name", "ward-7", "description", "=1+1 & <é>"}, bucket("s3")...)...)).want(http.StatusSeeOther).location
	b.confirm(at+"/disable", "=cmd|' /C calc'!A0").want(http.StatusSeeOther)
	b.post("/rooms/new", fill(b, "name", "WARD-7")).want(http.StatusConflict)
	refuse(d, b, 400, 1, shapes["message"](400, "Error: region not supported"))
	return d, b
}

// split takes the last line, which has the checkpoint, off an export.
func split(t *testing.T, p page) (rows []map[string]any, keys [][]string, end map[string]any) {
	t.Helper()
	rows, keys = lines(t, p)
	last := len(rows) - 1
	if last < 0 || rows[last]["checkpoint"] == nil {
		t.Fatalf("the export doesn't end with a checkpoint: %s", p.body)
	}
	return rows[:last], keys[:last], rows[last]
}

// checked is the report about an export that has to be intact.
func checked(t *testing.T, export string) seal.Report {
	t.Helper()
	report, err := seal.CheckExport(strings.NewReader(export), seal.Trust{Keys: testSigner(t).Keys()})
	if err != nil || !report.Intact() {
		t.Errorf("the export is not intact: %+v, %v", report.Faults, err)
	}
	return report
}

func TestExportAsJSONLines(t *testing.T) {
	d, b := busyDesk(t)
	before := d.rows()
	p := b.get("/history.jsonl").want(http.StatusOK)
	objects, keys, end := split(t, p)
	rows := d.rows()
	if len(rows) != len(before)+1 || len(objects) != len(rows) {
		t.Fatalf("%d lines of %d rows, and %d rows since", len(objects), len(before), len(rows))
	}
	for i, object := range objects {
		if diff := cmp.Diff(slices.Concat(columns, []string{"leaf_hash"}), keys[i]); diff != "" {
			t.Fatalf("line %d has the keys (-want +got):\n%s", i+1, diff)
		}
		for _, column := range columns {
			if _, isText := object[column].(string); isText == slices.Contains(numbers, column) {
				t.Errorf("line %d: %s is %v", i+1, column, object[column])
			}
		}
		if object["seq"] != float64(i+1) || object["request"] != rows[i].Request || object["after"] != rows[i].After || object["operation"] != rows[i].Operation {
			t.Errorf("line %d is %v, want %+v", i+1, object, rows[i])
		}
	}
	note := rows[len(rows)-1]
	if note.Action != "history.export" || note.Phase != db.PhaseNote || note.ActorName != "operator@example.org" || note.TargetName != "jsonl" {
		t.Errorf("the export left %+v", note)
	}
	if got := p.header.Get("Content-Disposition"); !strings.Contains(got, ".jsonl") {
		t.Errorf("Content-Disposition is %q", got)
	}
	if end["key"] != d.ledger.PublicKey() || end["extract"] != nil {
		t.Errorf("the last line is %v", end)
	}
	if r := checked(t, p.body); r.Rows != note.Seq || r.Signed != note.Seq {
		t.Errorf("%d rows are checked, %d signed, of %d", r.Rows, r.Signed, note.Seq)
	}
}

// TestExportThatWasAltered is here to show that the check of the others can fail.
func TestExportThatWasAltered(t *testing.T) {
	_, b := busyDesk(t)
	for _, query := range []string{"", "?action=room.disable"} {
		p := b.get("/history.jsonl" + query).want(http.StatusOK)
		altered := strings.Replace(p.body, `"action":"room.disable"`, `"action":"room.enable"`, 1)
		report, err := seal.CheckExport(strings.NewReader(altered), seal.Trust{Keys: testSigner(t).Keys()})
		if err != nil || report.Intact() || altered == p.body {
			t.Errorf("%q: nothing is wrong with an export that was altered: %+v, %v", query, report, err)
		}
	}
}

func TestExportAsCSV(t *testing.T) {
	d, b := busyDesk(t)
	table := csvOf(t, b.get("/history.csv").want(http.StatusOK))
	if diff := cmp.Diff(columns, table[0]); diff != "" {
		t.Fatalf("heads (-want +got):\n%s", diff)
	}
	rows := d.rows()
	if len(table) != len(rows)+1 {
		t.Fatalf("%d lines of %d rows", len(table)-1, len(rows))
	}
	for i, line := range table[1:] {
		cells := map[string]string{}
		for at, column := range columns {
			cells[column] = line[at]
		}
		reason := rows[i].Reason
		if strings.HasPrefix(reason, "=") {
			reason = "'" + reason
		}
		if cells["seq"] != strconv.Itoa(i+1) || cells["request"] != rows[i].Request || cells["reason"] != reason || cells["api_status"] != strconv.Itoa(rows[i].APIStatus) {
			t.Errorf("line %d is %q, want %+v", i+1, line, rows[i])
		}
	}
}

func TestExportOfAFilter(t *testing.T) {
	d, b := busyDesk(t)
	for query, want := range map[string]string{
		"outcome=failed":                     "room.create note, room.create intent, room.create failed",
		"action=room.disable":                "room.disable intent, room.disable done",
		"action=room.%2A&outcome=done":       "room.create intent, room.create done, room.disable intent, room.disable done",
		"q=rom&actor=operator%40example.org": "",
		"q=nowhere":                          "",
		"from=2001-01-01&to=2001-01-31":      "",
		"action=room.disable&target=ward-7":  "room.disable intent, room.disable done",
	} {
		p := b.get("/history.jsonl?" + query + "&cursor=o2").want(http.StatusOK)
		objects, keys, end := split(t, p)
		var got []string
		for i, object := range objects {
			got = append(got, object["action"].(string)+" "+object["phase"].(string))
			if diff := cmp.Diff(slices.Concat(columns, []string{"leaf_hash", "tree_size", "proof"}), keys[i]); diff != "" {
				t.Errorf("line %d has the keys (-want +got):\n%s", i+1, diff)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("?%s: the export has %q, want %q", query, got, want)
		}
		rows := d.rows()
		if note := rows[len(rows)-1]; note.Action != "history.export" || note.Reason != query {
			t.Errorf("?%s: the export left %q with the reason %q", query, note.Action, note.Reason)
		}
		if r := checked(t, p.body); r.Proved != int64(len(objects)) || r.Signed != int64(len(rows)) || end["extract"] != true {
			t.Errorf("?%s: %d of %d lines are proven among %d rows", query, r.Proved, len(objects), r.Signed)
		}
		if lines := strings.Count(b.get("/history.csv?"+query).want(http.StatusOK).body, "\n"); want == "" && lines != 1 {
			t.Errorf("?%s: the CSV has %d lines", query, lines)
		}
	}
}

func TestExportIgnoresThePage(t *testing.T) {
	_, b := busyDesk(t)
	b.get("/history.jsonl?cursor=x1").want(http.StatusOK)
}

func TestExportThatCannotBeRecorded(t *testing.T) {
	d, b := busyDesk(t)
	proof := "/history/" + d.rows()[0].Operation + "/proof"
	undo := d.refuseRows(db.PhaseNote)
	defer undo()
	for _, path := range []string{"/history.jsonl", "/history.csv", "/history/evidence.zip", proof} {
		p := b.get(path).want(http.StatusServiceUnavailable)
		if p.header.Get("Content-Disposition") != "" || !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: the page comes as %v", path, p.header)
		}
	}
}

func TestProofOfAnOperation(t *testing.T) {
	d, b := busyDesk(t)
	operation := d.rows()[1].Operation
	p := b.get("/history/" + operation + "/proof").want(http.StatusOK)
	objects, _, _ := split(t, p)
	for _, object := range objects {
		if object["operation"] != operation {
			t.Errorf("the proof has row %v of operation %v", object["seq"], object["operation"])
		}
	}
	want, err := d.db.OperationRows(t.Context(), operation)
	if r := checked(t, p.body); err != nil || len(objects) != len(want) || r.Proved != int64(len(want)) {
		t.Errorf("%d rows, %d proven, of %d, %v", len(objects), r.Proved, len(want), err)
	}
	if got := p.header.Get("Content-Disposition"); got != `attachment; filename="proof-`+operation+`.jsonl"` {
		t.Errorf("Content-Disposition is %q", got)
	}
	rows := d.rows()
	if note := rows[len(rows)-1]; note.Action != "history.export" || note.Reason != "operation="+operation {
		t.Errorf("the proof left %q with the reason %q", note.Action, note.Reason)
	}
	b.get("/history/nope/proof").want(http.StatusNotFound)
	if got := len(d.rows()); got != len(rows) {
		t.Error("the proof of nothing is on record")
	}
}

// TestExportOfWhatIsBroken wants a download cut off that can't be all there is, so that nobody takes it for that.
func TestExportOfWhatIsBroken(t *testing.T) {
	for name, c := range map[string]struct {
		how, query string
	}{
		"row missing":             {"DELETE FROM history WHERE seq = 2", ""},
		"row changed":             {"UPDATE history SET reason = char(0) WHERE seq = 2", ""},
		"row changed, in a part":  {"UPDATE history SET reason = char(0) WHERE seq = 2", "?action=room.create"},
		"leaf missing":            {"DELETE FROM leaves WHERE seq = 2", ""},
		"leaf missing, in a part": {"DELETE FROM leaves WHERE seq = 2", "?action=room.create"},
	} {
		t.Run(name, func(t *testing.T) {
			d, b := busyDesk(t)
			d.meddle("DROP TRIGGER history_no_delete", "DROP TRIGGER history_no_update", "DROP TRIGGER leaves_no_delete", c.how)
			for _, path := range []string{"/history.jsonl", "/history/evidence.zip"} {
				resp, err := b.http.Do(b.request(http.MethodGet, path+c.query, nil))
				if err != nil { // cut before anything was sent
					continue
				}
				_, err = io.ReadAll(resp.Body)
				if resp.Body.Close(); err == nil {
					t.Errorf("%s comes to its end", path)
				}
			}
			for _, route := range []string{"GET /history.jsonl", "GET /history/evidence.zip"} {
				if why := regexp.MustCompile(`"download broken off","err":"[^"]*(row|leaf) 2 [^"]*","route":"` + route); !why.MatchString(d.log.String()) {
					t.Errorf("the log doesn't say why: %s", d.log.String())
				}
			}
		})
	}
}

// tombstone signs that the first rows were removed by a policy.
func (d *desk) tombstone(rows int64) string {
	d.t.Helper()
	edge, err := d.db.EdgeAt(d.t.Context(), rows)
	if err != nil {
		d.t.Fatal(err)
	}
	note, err := testSigner(d.t).Tombstone(seal.Tombstone{Upto: rows, Root: edge.Root(), Time: "2026-11-01T00:00:00Z", Policy: "by hand"})
	if err != nil {
		d.t.Fatal(err)
	}
	return note
}

// TestExportOfAPrunedHistory removes the first rows as a policy does: their hashes stay.
func TestExportOfAPrunedHistory(t *testing.T) {
	for _, n := range []int{1, 3} {
		d, b := busyDesk(t)
		d.meddle("DROP TRIGGER history_no_delete", fmt.Sprintf("DELETE FROM history WHERE seq <= %d", n),
			fmt.Sprintf("INSERT INTO tombstones (upto, time, note) VALUES (%d, '', '%s')", n, d.tombstone(int64(n))))
		p := b.get("/history.jsonl").want(http.StatusOK)
		rows, disabled := int64(0), int64(0)
		for _, row := range d.rows() {
			rows++
			if row.Action == "room.disable" {
				disabled++
			}
		}
		if r := checked(t, p.body); r.Rows != rows || r.Pruned != int64(n) || r.Signed != rows+int64(n) {
			t.Errorf("%d of %d rows, %d pruned, %d signed", r.Rows, rows, r.Pruned, r.Signed)
		}
		if said, want := b.get("/history").Find("main .help").First().Text(), fmt.Sprintf(" %d rows.", len(d.rows())); !strings.Contains(said, want) {
			t.Errorf("the page says %q, want%s", said, want)
		}
		part := b.get("/history.jsonl?action=room.disable").want(http.StatusOK)
		if r := checked(t, part.body); r.Proved != disabled || r.Pruned != 0 {
			t.Errorf("%d rows are proven", r.Proved)
		}
		pack := unpack(t, b.get("/history/evidence.zip").want(http.StatusOK).body)
		byHand(t, pack)
	}
}

func TestCSVCells(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		"plain":       "plain",
		"a b":         "a b",
		" a":          `" a"`,
		"a,b":         `"a,b"`,
		`say "so"`:    `"say ""so"""`,
		`"`:           `""""`,
		"a\nb":        "\"a\nb\"",
		"a\r":         "\"a\r\"",
		"=1+1":        "'=1+1",
		"+1":          "'+1",
		"-1":          "'-1",
		"@a":          "'@a",
		"\ta":         "'\ta",
		"\ra":         "\"'\ra\"",
		`=HYPER("a")`: `"'=HYPER(""a"")"`,
		"é,ö":         `"é,ö"`,
	} {
		if got := string(handlers.AppendCell(nil, []byte(text))); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}
