package db

import (
	"strings"
	"testing"
	"time"
)

// plan says how SQLite answers a query.
func plan(t *testing.T, d *DB, text string, args []any) string {
	t.Helper()
	list, err := query(t.Context(), d, func(from scanner) (string, error) {
		var id, parent, unused int
		var detail string
		return detail, from.Scan(&id, &parent, &unused, &detail)
	}, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

func TestOperationPlans(t *testing.T) {
	d := open(t, t.TempDir())
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		q    OperationQuery
		want string
	}{
		"actor":           {OperationQuery{Actor: "u", Outcome: OutcomeDone, Workspace: "w"}, "operations_actor_id (actor_id=?)"},
		"action":          {OperationQuery{Action: "room.create", TargetKind: "room"}, "operations_action (action=?)"},
		"open":            {OperationQuery{Outcome: OutcomeUnknown, Actor: "u", Action: "room.create"}, "operations_undone (outcome=?)"},
		"done":            {OperationQuery{Outcome: OutcomeDone, Workspace: "w"}, "operations_workspace (workspace=?)"},
		"kind":            {OperationQuery{TargetKind: "room", Workspace: "w"}, "operations_target_kind (target_kind=?)"},
		"workspace":       {OperationQuery{Workspace: "w"}, "operations_workspace (workspace=?)"},
		"target":          {OperationQuery{Target: "x", TargetKind: "room", Actor: "u"}, "operations_target_key (target_key=?)"},
		"next page":       {OperationQuery{Action: "room.create", BeforeSeq: 9}, "operations_action (action=? AND rowid<?)"},
		"page before":     {OperationQuery{Outcome: OutcomeFailed, AfterSeq: 9}, "operations_undone (outcome=? AND seq>?)"},
		"span":            {OperationQuery{From: at, To: at}, "PRIMARY KEY (rowid>? AND rowid<?)"},
		"actor in a span": {OperationQuery{Actor: "u", From: at, To: at}, "operations_actor_id (actor_id=? AND rowid>? AND rowid<?)"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := d.operationFilter(t.Context(), c.q, filter{})
			if err != nil {
				t.Fatal(err)
			}
			text, args := operationPage(operationColumns, c.q, f, 50)
			got := plan(t, d, text, args)
			if !strings.Contains(got, c.want) || strings.Contains(got, "SCAN operations") || strings.Contains(got, "TEMP B-TREE FOR ORDER") {
				t.Errorf("plan is\n%s", got)
			}
		})
	}
	text, args := openPage("w")
	if got := plan(t, d, text, args); got != "SEARCH operations USING INDEX operations_undone (outcome=?)" {
		t.Errorf("plan of the open ones is\n%s", got)
	}
	text, args = operationPage(operationColumns, OperationQuery{}, filter{}, 50)
	if got := plan(t, d, text, args); got != "SCAN operations" { // in order, up to the limit
		t.Errorf("plan of all is\n%s", got)
	}
}

func TestStreamPlans(t *testing.T) {
	d := open(t, t.TempDir())
	for name, q := range map[string]OperationQuery{
		"all":    {},
		"actor":  {Actor: "u", Action: "room.", Outcome: OutcomeDone},
		"target": {Target: "x"},
		"span":   {From: time.Unix(0, 0), To: time.Unix(1, 0)},
		"search": {Q: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := d.startStream(t.Context(), Extract{Query: q})
			if err != nil {
				t.Fatal(err)
			}
			got := plan(t, d, s.text, append([]any{1, 2}, s.args...))
			if !strings.Contains(got, "SEARCH history USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)") ||
				strings.Contains(got, "SCAN operations") || strings.Contains(got, "TEMP B-TREE FOR ORDER") ||
				len(s.args) > 0 && !strings.Contains(got, "INDEX sqlite_autoindex_operations_1 (id=?") {
				t.Errorf("plan is\n%s", got)
			}
		})
	}
}

// What the index finds, and what it can't know yet, is looked at by number.
func TestSearchPlans(t *testing.T) {
	d := open(t, t.TempDir())
	if _, err := d.FeedSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	q := OperationQuery{
		Q: "standup x", Workspace: "w", Actor: "u", Action: "room.", Outcome: OutcomeDone, TargetKind: "room", Target: "x", From: at, To: at,
	}
	fi, err := d.finder(t.Context(), q, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer fi.snap.end()
	for name, c := range map[string]struct {
		f    filter
		want string
	}{
		"found": {fi.among("[1]"), "SEARCH operations USING INTEGER PRIMARY KEY (rowid=?)"},
		"late":  {fi.between(1, 2), "SEARCH operations USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
	} {
		got := plan(t, d, "SELECT "+hitColumns+" FROM operations"+c.f.where()+fi.order(), c.f.args)
		if !strings.Contains(got, c.want) || strings.Contains(got, "SCAN operations") || strings.Contains(got, "USING INDEX operations_") {
			t.Errorf("%s: plan is\n%s", name, got)
		}
	}
	got := plan(t, d, feedRows, []any{1, 2})
	if want := "SEARCH h USING INTEGER PRIMARY KEY (rowid>?)"; !strings.Contains(got, want) || !strings.Contains(got, "SEARCH o USING INDEX sqlite_autoindex_operations_1 (id=?)") {
		t.Errorf("fed by: plan is\n%s", got)
	}
}

func TestRoomPlans(t *testing.T) {
	d := open(t, t.TempDir())
	at, on := place{Key: "k", ID: "i"}, true
	for name, c := range map[string]struct {
		q    RoomQuery
		many bool
		want string
		sort bool
	}{
		"newest":                {RoomQuery{}, true, "rooms_created (workspace=? AND ", false},
		"oldest":                {RoomQuery{Sort: "created"}, false, "rooms_created (workspace=? AND ", false},
		"by name":               {RoomQuery{Sort: "name"}, true, "rooms_name (workspace=? AND ", false},
		"by name, backwards":    {RoomQuery{Sort: "-name"}, false, "rooms_name (workspace=? AND ", false},
		"enabled":               {RoomQuery{Enabled: &on}, false, "rooms_enabled (workspace=? AND enabled=? AND ", false},
		"template":              {RoomQuery{TemplateID: "t", Enabled: &on}, false, "rooms_template (workspace=? AND template_id=? AND ", false},
		"creator":               {RoomQuery{Creator: "t", Region: "in"}, false, "rooms_creator (workspace=? AND creator=? AND ", false},
		"region":                {RoomQuery{Region: "in", Enabled: &on}, false, "rooms_region (workspace=? AND region=? AND ", false},
		"recording":             {RoomQuery{Recording: "on"}, false, "rooms_recording (workspace=? AND recording=? AND ", false},
		"span":                  {RoomQuery{After: time.Unix(0, 0)}, false, "rooms_created (workspace=? AND ", false},
		"many enabled, by name": {RoomQuery{Sort: "name", Enabled: &on}, true, "rooms_name (workspace=? AND ", false},
		"many in a span, by name": {
			RoomQuery{Sort: "name", After: time.Unix(0, 0)}, true, "rooms_name (workspace=? AND ", false,
		},
		"many by two filters": {RoomQuery{Enabled: &on, Region: "in"}, true, "rooms_created (workspace=? AND ", false},
		"few, by name":        {RoomQuery{Sort: "name", TemplateID: "t"}, false, "rooms_template (workspace=? AND template_id=?)", true},
		"few in a span, by name": {
			RoomQuery{Sort: "name", After: time.Unix(0, 0)}, false, "rooms_created (workspace=? AND created_at>? AND created_at<?)", true,
		},
		"searched": {RoomQuery{Q: "abc", among: "[1]"}, false, "rooms USING INTEGER PRIMARY KEY (rowid=?)", true},
		"searched, many by filters": {
			RoomQuery{Q: "abc", Region: "in", After: time.Unix(0, 0), Sort: "name", among: "[1]"}, true, "rooms USING INTEGER PRIMARY KEY (rowid=?)", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, args, err := roomPage(c.q, at, 50, c.many)
			if err != nil {
				t.Fatal(err)
			}
			got := plan(t, d, text, args)
			if !strings.Contains(got, c.want) || strings.Contains(got, "SCAN rooms") || strings.Contains(got, "TEMP B-TREE") != c.sort {
				t.Errorf("plan is\n%s", got)
			}
		})
	}
}

func TestLookUpPlans(t *testing.T) {
	d := open(t, t.TempDir())
	for name, c := range map[string]struct{ text, want string }{
		"rows":     {"SELECT * FROM history WHERE operation = ? ORDER BY seq", "history_operation (operation=?)"},
		"room":     {roomWithData + " WHERE workspace = ? AND id = ?", "sqlite_autoindex_rooms_1 (workspace=? AND id=?)"},
		"named":    {roomWithData + " WHERE workspace = ? AND name_key = ?", "rooms_name (workspace=? AND name_key=?)"},
		"expired":  {"SELECT * FROM sessions WHERE expires_at <= ?", "sessions_expires (expires_at<?)"},
		"tokens":   {"SELECT * FROM form_tokens WHERE created_at < ?", "form_tokens_created (created_at<?)"},
		"all rows": {"SELECT coalesce(max(seq), 0) FROM history", "SEARCH history"},
	} {
		args := make([]any, strings.Count(c.text, "?"))
		if got := plan(t, d, c.text, args); !strings.Contains(got, c.want) {
			t.Errorf("%s: plan is\n%s", name, got)
		}
	}
}
