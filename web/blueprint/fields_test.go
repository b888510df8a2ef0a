package blueprint_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roomledger/web/blueprint"
	"roomledger/web/hms"
)

// notAsked are the fields of the client's types that no form asks for, by their path with * for each row, and why.
var notAsked = map[string]string{
	"id":             "the API's",
	"customerId":     "the API's",
	"appId":          "the API's",
	"default":        "chosen in the vendor's dashboard",
	"createdAt":      "the API's",
	"updatedAt":      "the API's",
	"settings.retry": "only in answers",

	"destinations.hlsDestinations.*.role":                            "only in answers",
	"roles.*.publishParams.simulcast.layers.*.rid":                   "a table has the layers here, samples in the tracks",
	"roles.*.publishParams.simulcast.layers.*.scaleResolutionDownBy": "a table has the layers here, samples in the tracks",
	"roles.*.publishParams.simulcast.layers.*.maxBitrate":            "a table has the layers here, samples in the tracks",
	"roles.*.publishParams.simulcast.layers.*.maxFramerate":          "a table has the layers here, samples in the tracks",
}

// TestTableIsWhole: each field of the client's types is asked for by the table or listed above, and the table asks for no other.
func TestTableIsWhole(t *testing.T) {
	known := jsonPaths(reflect.TypeFor[hms.Template](), "")
	known = append(known, jsonPaths(reflect.TypeFor[[]hms.RecordingConfig](), "recordings")...)
	var asked []string
	for _, f := range blueprint.Fields() {
		asked = append(asked, f.Path)
	}
	for _, path := range known {
		_, listed := notAsked[path]
		if inTable := slices.Contains(asked, path); inTable == listed && !strings.HasPrefix(path, "destinations.plugins.") {
			t.Errorf("%s: in the table %t, listed as not asked for %t", path, inTable, listed)
		}
	}
	for _, path := range asked {
		permission := strings.HasPrefix(path, "roles.*.permissions.") // a map in the client
		if !slices.Contains(known, path) && !permission {
			t.Errorf("the client knows no %s", path)
		}
	}
	for path := range notAsked {
		if !slices.Contains(known, path) {
			t.Errorf("the client knows no %s that could be left out", path)
		}
	}
}

// TestPermissions: the table has each permission of the API, in the words of its constants.
func TestPermissions(t *testing.T) {
	want := []string{
		hms.PermissionEndRoom, hms.PermissionRemoveOthers, hms.PermissionMute, hms.PermissionUnmute, hms.PermissionChangeRole,
		hms.PermissionSendRoomState, hms.PermissionPollRead, hms.PermissionPollWrite, hms.PermissionBrowserRecording,
		hms.PermissionRTMPStreaming, hms.PermissionHLSStreaming,
	}
	for _, permission := range want {
		if n, ok := blueprint.NodeAt("roles.0.permissions." + permission); !ok || n.Kind != blueprint.Switch || n.Label == "" {
			t.Errorf("%s: %+v", permission, n)
		}
	}
}

// jsonPaths are the paths of all values of a type.
func jsonPaths(typ reflect.Type, path string) []string {
	switch typ.Kind() {
	case reflect.Pointer:
		return jsonPaths(typ.Elem(), path)
	case reflect.Struct:
		if typ != reflect.TypeFor[time.Time]() {
			return structPaths(typ, path)
		}
	case reflect.Slice, reflect.Map:
		elem := typ.Elem()
		if elem.Kind() == reflect.Struct || elem == reflect.TypeFor[hms.StreamURL]() {
			return jsonPaths(elem, path+".*")
		}
		if elem.Kind() == reflect.Bool {
			return nil // permissions, see TestPermissions
		}
	}
	return []string{path}
}

func structPaths(typ reflect.Type, path string) []string {
	var paths []string
	for field := range typ.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		paths = append(paths, jsonPaths(field.Type, strings.TrimPrefix(path+"."+name, "."))...)
	}
	if len(paths) == 0 {
		return []string{path}
	}
	return paths
}
