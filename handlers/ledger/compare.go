package ledger

import (
	"encoding/json"
	"strings"

	"roomledger/db"
)

// credentialsKey stands in the JSON of a room whose bucket's credentials are known.
const credentialsKey = `"credentials":`

// unowned are the keys of an object that nobody sets: ids, times, and what follows from other fields.
var unowned = map[string][]string{
	"room": {
		"id", "customer_id", "customer", "app_id", "key", "created_at", "updated_at", "template",
		"recording_source_template", "enabled_source_template",
	},
	"template": {"id", "_id", "customerId", "customer_id", "customer", "appId", "default", "createdAt", "updatedAt"},
}

// Where a room's recording settings come from, in what is compared.
const (
	recordingInherited = "as the template"
	recordingOwn       = "its own"
)

// compared is what of a redacted object counts when two states of it are compared: without what nobody sets, and without
// what is off, zero or empty, which the API drops from many answers.
func compared(kind, content string) string {
	tree, ok := parseObject(content)
	if !ok {
		return content
	}
	return comparedTree(kind, tree)
}

// comparedTree is compared for an object that was parsed, which it changes at its top and in its recording configurations.
func comparedTree(kind string, tree map[string]any) string {
	if kind == "room" {
		tree["recording"] = recordingOwn
		if inheritsRecording(tree) {
			tree["recording"] = recordingInherited
			delete(tree, "recording_info")
		}
	}
	if kind == "template" {
		sayComposite(tree)
	}
	for _, key := range unowned[kind] {
		delete(tree, key)
	}
	pruned, _ := prune(tree).(map[string]any)
	if pruned == nil {
		pruned = map[string]any{}
	}
	if enabled, told := tree["enabled"]; told && kind == "room" {
		pruned["enabled"] = enabled // off says as much as on
	}
	return encode(pruned)
}

// sayComposite says of each recording by a browser that it is on: some answers do, in others it is enough that it is there.
func sayComposite(template map[string]any) {
	list, _ := template[recordings].([]any)
	for _, item := range list {
		config, _ := item.(map[string]any)
		if browser := objectAt(config, "compositeRecording", "browserComposite"); browser != nil && browser["enabled"] == nil {
			browser["enabled"] = true
		}
	}
}

func inheritsRecording(room map[string]any) bool {
	return room["recording_source_template"] == true || room["recording_info"] == nil
}

// prune takes out what is off, zero or empty; nil where nothing is left.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return pruneObject(v)
	case []any:
		return pruneList(v)
	}
	if v == false || v == "" || v == json.Number("0") {
		return nil
	}
	return v
}

func pruneObject(v map[string]any) any {
	out := make(map[string]any, len(v))
	for key, value := range v {
		if kept := prune(value); kept != nil {
			out[key] = kept
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func pruneList(v []any) any {
	if len(v) == 0 {
		return nil
	}
	out := make([]any, len(v))
	for i := range v {
		out[i] = prune(v[i])
	}
	return out
}

// completed is the content of a state with what readings leave out although it is known.
func completed(row db.Row, s State, prev *State) string {
	switch {
	case prev == nil:
		return s.Content
	case subject(row.Action) == "template":
		return withUntold(s.Content, prev.Content)
	case subject(row.Action) != "room" || answered(row, s):
		return s.Content
	}
	return carried(s.Content, prev.Content)
}

// carried is a room with its bucket's credentials, taken from another state of it where it has none itself and the bucket
// is the same.
func carried(content, from string) string {
	if !strings.Contains(from, credentialsKey) || strings.Contains(content, credentialsKey) {
		return content
	}
	tree, _ := parseObject(content)
	old, _ := parseObject(from)
	up, before := bucketOf(tree), bucketOf(old)
	if up == nil || before == nil || up["type"] != before["type"] || up["location"] != before["location"] {
		return content
	}
	up["credentials"] = before["credentials"]
	return encode(tree)
}

func bucketOf(room map[string]any) map[string]any {
	return objectAt(room, "recording_info", "upload_info")
}

// withoutCredentials is a room without its bucket's credentials.
func withoutCredentials(content string) string {
	if !strings.Contains(content, credentialsKey) {
		return content
	}
	tree, _ := parseObject(content)
	delete(bucketOf(tree), "credentials")
	return encode(tree)
}

// credentialsIn are the redacted credentials of a room's bucket.
func credentialsIn(content string) string {
	tree, _ := parseObject(content)
	return encode(bucketOf(tree)["credentials"])
}

// answered says whether a state is what the API answered to a change, which shows credentials, rather than a reading.
func answered(row db.Row, s State) bool {
	return !s.Seen && row.Phase == db.PhaseDone && (row.Action == "room.create" || row.Action == "room.update")
}

// parseObject reads a JSON object; numbers keep their text.
func parseObject(text string) (map[string]any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var tree map[string]any
	err := d.Decode(&tree)
	return tree, err == nil && tree != nil
}

// objectAt returns the object at a path of keys; nil when there is none.
func objectAt(tree map[string]any, path ...string) map[string]any {
	for _, key := range path {
		tree, _ = tree[key].(map[string]any)
	}
	return tree
}
