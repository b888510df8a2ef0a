package handlers_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
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

func keysOf(t *testing.T, line string) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	var keys []string
	for depth, isKey := 0, true; dec.More() || depth == 0; isKey = !isKey {
		token, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		if depth == 0 {
			depth, isKey = 1, false
			continue
		}
		if isKey {
			keys = append(keys, token.(string))
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

func TestExportAsJSONLines(t *testing.T) {
	d, b := busyDesk(t)
	before := d.rows()
	p := b.get("/history.jsonl").want(http.StatusOK)
	objects, keys := lines(t, p)
	rows := d.rows()
	if len(rows) != len(before)+1 || len(objects) < len(before) {
		t.Fatalf("%d lines of %d rows, and %d rows since", len(objects), len(before), len(rows))
	}
	for i, object := range objects {
		if diff := cmp.Diff(columns, keys[i]); diff != "" {
			t.Fatalf("line %d has the keys (-want +got):\n%s", i+1, diff)
		}
		for _, column := range columns {
			if _, isText := object[column].(string); isText == strings.Contains(" "+strings.Join(numbers, " ")+" ", " "+column+" ") {
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
		"outcome=failed":      "room.create note, room.create intent, room.create failed",
		"action=room.disable": "room.disable intent, room.disable done",
		"q=nowhere":           "",
	} {
		objects, _ := lines(t, b.get("/history.jsonl?"+query+"&cursor=o2").want(http.StatusOK))
		var got []string
		for _, object := range objects {
			got = append(got, object["action"].(string)+" "+object["phase"].(string))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("?%s: the export has %q, want %q", query, got, want)
		}
		rows := d.rows()
		if note := rows[len(rows)-1]; note.Action != "history.export" || note.Reason != query {
			t.Errorf("?%s: the export left %q with the reason %q", query, note.Action, note.Reason)
		}
	}
}

func TestExportThatCannotBeRecorded(t *testing.T) {
	d, b := busyDesk(t)
	undo := d.refuseRows(db.PhaseNote)
	defer undo()
	for _, path := range []string{"/history.jsonl", "/history.csv"} {
		p := b.get(path).want(http.StatusServiceUnavailable)
		if p.header.Get("Content-Disposition") != "" || !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: the page comes as %v", path, p.header)
		}
	}
}
