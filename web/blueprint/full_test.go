package blueprint_test

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"roomledger/web/blueprint"
	"roomledger/web/form"
)

//go:embed testdata/full.json
var fullJSON []byte

// full is a template in which every field of the table has a value.
func full(t testing.TB) blueprint.Tree {
	t.Helper()
	return parse(t, string(fullJSON))
}

func parse(t testing.TB, text string) blueprint.Tree {
	t.Helper()
	tree, err := blueprint.ParseTree([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// newValues are the values of a form that makes a template like full: nothing of it is there yet, and secrets are typed.
func newValues(t testing.TB) url.Values {
	t.Helper()
	values := maps.Clone(fullValues())
	maps.DeleteFunc(values, func(name string, _ []string) bool { return strings.HasSuffix(name, ".was") })
	for name, secret := range secrets {
		values.Set(name, secret)
	}
	return values
}

// fullValues are the values of the form of full. They are shared, and so must be cloned.
var fullValues = sync.OnceValue(func() url.Values {
	tree, err := blueprint.ParseTree(fullJSON)
	if err != nil {
		return nil // full tells why
	}
	values := blueprint.Flatten(tree)
	for name, typed := range values {
		values[name] = slices.Clip(typed)
	}
	return values
})

// secrets are the fields of full that never come back from a page, with what stands there.
var secrets = map[string]string{
	"settings.recording.upload.credentials.key":       "AKIA-EVENING-SCHOOL-1",
	"settings.recording.upload.credentials.secretKey": "a-secret-of-the-evening",
	"destinations.rtmpDestinations.0.rtmpUrls.0":      "rtmp://relay.example.org/in/stream-key-of-ours",
}

// pattern is the path in the table of a field's name: * for each row.
func pattern(field string) string {
	parts := strings.Split(field, ".")
	for i, part := range parts {
		if strings.Trim(part, "0123456789") == "" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, ".")
}

// fieldsOf finds the names in a form of the table's fields.
func fieldsOf(values url.Values) map[string]string {
	names := map[string]string{}
	for name := range values {
		if at := pattern(name); names[at] == "" || name < names[at] {
			names[at] = name
		}
	}
	return names
}

func messages(f *blueprint.Form) []form.Message { return f.Errors.List }

func toJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
