package blueprint_test

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// TestFull: a template with everything in it is valid, new and as it was, and full has a value for each field of the table.
func TestFull(t *testing.T) {
	if f := blueprint.NewForm(nil, newValues(t)); !f.Valid() {
		t.Error("new:", messages(f))
	} else if d := cmp.Diff(full(t), f.Tree()); d != "" {
		t.Errorf("(-wanted +made)\n%s", d)
	}
	if f := blueprint.FormOf(full(t)); !f.Valid() {
		t.Error("as it was:", messages(f))
	}
	names := fieldsOf(newValues(t))
	for _, field := range blueprint.Fields() {
		if names[field.Path] == "" {
			t.Errorf("full.json has no %s", field.Path)
		}
	}
}

// wrong are values that a field must not have; nothing for one that takes any text.
func wrong(f blueprint.Field) []string {
	n := f.Node
	switch n.Kind {
	case blueprint.Whole, blueprint.Number:
		return wrongNumbers(n)
	case blueprint.Switch:
		return []string{"off", "yes"}
	case blueprint.Choice, blueprint.Choices:
		return []string{"nothing-like-it", strings.ToUpper(n.Options[0].Value)}
	case blueprint.RoleName, blueprint.Roles:
		return []string{"nobody-here", "Tutor"}
	case blueprint.Lines:
		return []string{"good\nbad\x00", strings.Repeat("x", int(n.Max)+1), strings.Repeat("a\n", n.MaxRows+1)}
	case blueprint.Wholes:
		return []string{"4,x", "-1", "4.5", strconv.Itoa(int(n.Max) + 1), strings.Repeat("1,", 101)}
	case blueprint.Pairs:
		return []string{"pupil", "pupil: much too long a code", "nobody-here: es", "pupil: es\npupil: fr", ": es", "pupil: "}
	case blueprint.Text, blueprint.Secret:
		list := []string{"a\x00b", "a\tb", "\xff\xfe\xfd"}
		if n.Max > 0 {
			list = append(list, strings.Repeat("x", int(n.Max)+1))
		}
		if n.Min > 1 {
			list = append(list, strings.Repeat("x", int(n.Min)-1))
		}
		return list
	}
	return nil
}

func wrongNumbers(n blueprint.Node) []string {
	list := []string{
		"many", "1e3", "0x10", "1,5", "--1", "NaN", "Inf", "1 0", "99999999999999999999999999",
		strconv.FormatFloat(n.Min-1, 'f', -1, 64), strconv.FormatFloat(n.Max+1, 'f', -1, 64),
	}
	if n.Kind == blueprint.Whole {
		list = append(list, strconv.FormatFloat(n.Min, 'f', -1, 64)+".5")
	}
	if n.Step > 0 {
		list = append(list, strconv.Itoa(int(n.Min)+1))
	}
	return list
}

// TestEachField gives each field of the table what it must not have: there is a message at the field, what was typed stays, and
// where a row can't be without it, blank is refused as well. A field of a new kind has no case, and so fails.
func TestEachField(t *testing.T) {
	names := fieldsOf(newValues(t))
	base := full(t)
	for _, field := range blueprint.Fields() {
		t.Run(field.Path, func(t *testing.T) {
			bad := wrong(field)
			if len(bad) == 0 {
				t.Fatal("there is no case for this field")
			}
			name := names[field.Path]
			for _, typed := range bad {
				refuses(t, nil, newValues(t), name, typed)
				refuses(t, base, maps.Clone(fullValues()), name, typed)
			}
			if field.Node.Required {
				refuses(t, nil, newValues(t), name, "")
			}
			values := newValues(t)
			values.Add(name, values.Get(name))
			f := blueprint.NewForm(nil, values)
			multiple := field.Node.Kind == blueprint.Choices || field.Node.Kind == blueprint.Roles
			if f.Valid() != multiple || !multiple && f.Errors.Of(name) != form.SentTwice {
				t.Errorf("sent twice: %v", messages(f))
			}
		})
	}
}

// refuses tries one value of one field.
func refuses(t *testing.T, base blueprint.Tree, values url.Values, name, typed string) {
	t.Helper()
	values.Set(name, typed)
	sent := maps.Clone(values)
	f := blueprint.NewForm(base, maps.Clone(values))
	switch {
	case f.Valid():
		t.Errorf("%q was taken", typed)
	case f.Errors.Of(name) == "":
		t.Errorf("%q: no message at %s: %v", typed, name, messages(f))
	case !strings.HasSuffix(f.Errors.Of(name), "."):
		t.Errorf("%q: no sentence: %s", typed, f.Errors.Of(name))
	}
	if strings.HasPrefix(name, "roles.") && strings.HasSuffix(name, ".name") { // what names the role follows
		sent, f.Values = url.Values{name: sent[name]}, url.Values{name: f.Values[name]}
	}
	if !maps.EqualFunc(sent, f.Values, slices.Equal) {
		t.Errorf("%q: what was typed was changed: %s", typed, cmp.Diff(sent, f.Values))
	}
}

// TestEdges: the ends of each range are taken.
func TestEdges(t *testing.T) {
	names := fieldsOf(newValues(t))
	for _, field := range blueprint.Fields() {
		n := field.Node
		if n.Kind != blueprint.Whole && n.Kind != blueprint.Number {
			continue
		}
		for _, edge := range []float64{n.Min, n.Max} {
			values := newValues(t)
			values.Set(names[field.Path], strconv.FormatFloat(edge, 'f', -1, 64))
			f := blueprint.NewForm(nil, values)
			f.Valid()
			if text := f.Errors.Of(names[field.Path]); strings.HasPrefix(text, "Give a whole number from") || strings.HasPrefix(text, "Give an even") {
				t.Errorf("%s = %v: %s", field.Path, edge, text)
			}
		}
	}
	values := newValues(t)
	values.Set("settings.roomState.messageInterval", " 3,600 ")
	if f := blueprint.NewForm(nil, values); !f.Valid() || toJSON(t, f.Tree()["settings"].(map[string]any)["roomState"]) !=
		`{"enabled":true,"messageInterval":3600,"sendPeerList":true,"stopRoomStateOnJoin":true}` {
		t.Error("parted thousands:", messages(f))
	}
}

type set = map[string]string

// TestAcross: rules between fields, each broken in a form that is good otherwise.
func TestAcross(t *testing.T) {
	const (
		video  = "roles.1.publishParams.simulcast.video.layers."
		bucket = "settings.recording.upload."
		relay  = "destinations.rtmpDestinations.0."
		watch  = "destinations.hlsDestinations.0."
		notes  = "destinations.transcriptions.0."
		lesson = "recordings.0."
	)
	cases := []struct {
		name, field, says string
		typed             set // "-" takes a field away
	}{
		{"role name with a slash", "roles.0.name", "slashes", set{"roles.0.name": "a/b"}},
		{"role called ..", "roles.0.name", "slashes", set{"roles.0.name": ".."}},
		{"template name", "name", "for example Rishabhs-School", set{"name": "Rishabh's School"}},
		{"two roles of one name", "roles.1.name", "Choose another name", set{"roles.1.name": "pupil"}},
		{"first layer", video + "0.rid", "Full", set{video + "0.rid": "h", video + "1.rid": "q"}},
		{"layers upside down", video + "1.rid", "lower layer", set{video + "1.rid": "f"}},
		{"first scale", video + "0.scaleResolutionDownBy", "Give 1", set{video + "0.scaleResolutionDownBy": "1.2"}},
		{"scales", video + "1.scaleResolutionDownBy", "more than", set{video + "1.scaleResolutionDownBy": "1"}},
		{"receives a stranger", "roles.0.subscribeParams.subscribeToRoles", `"ghost"`, set{"roles.0.subscribeParams.subscribeToRoles": "ghost"}},
		{"bucket of another kind", bucket + "location", "Azure", set{bucket + "type": "azure", bucket + "location": "with.dots"}},
		{"path of the bucket", bucket + "prefix", "slash", set{bucket + "prefix": "/abs"}},
		{"region of the bucket", bucket + "options.region", "letters, digits", set{bucket + "options.region": "eu west"}},
		{"bucket without key", bucket + "credentials.key", "access key", set{bucket + "credentials.key": ""}},
		{"bucket without secret", bucket + "credentials.secretKey", "secret", set{bucket + "credentials.secretKey": " "}},
		{"bucket without kind", bucket + "type", "Choose this", set{bucket + "type": "", watch + "recording.enableZipUpload": ""}},
		{"zip without bucket", watch + "recording.enableZipUpload", "bucket of your own", noBucket},
		{"interval", "settings.roomState.messageInterval", "steps of 5", set{"settings.roomState.messageInterval": "12"}},
		{"web address", relay + "rtmpUrls.0", "rtmp://", set{relay + "rtmpUrls.0": "https://relay.example.org/in"}},
		{"no host", relay + "rtmpUrls.0", "rtmp://", set{relay + "rtmpUrls.0": "rtmp:///in"}},
		{"user in the address", relay + "rtmpUrls.0", "password", set{relay + "rtmpUrls.0": "rtmp://me:secret@relay.example.org/in"}},
		{"spaces in the address", relay + "rtmpUrls.0", "without spaces", set{relay + "rtmpUrls.0": "rtmp://relay.example.org/a b"}},
		{"four addresses", relay + "rtmpUrls", "at most 3", set{relay + "rtmpUrls.1": "rtmp://a.example/b", relay + "rtmpUrls.2": "rtmp://a.example/c", relay + "rtmpUrls.3": "rtmp://a.example/d"}},
		{"stream too upright", relay + "width", "1,080 x 1,920", set{relay + "width": "1200", relay + "height": "1300"}},
		{"width alone", relay + "height", "Give the height", set{relay + "height": ""}},
		{"height alone", lesson + "streamRecording.width", "Give the width", set{lesson + "streamRecording.width": ""}},
		{"layer too small", watch + "layers.1.width", "shorter side", set{watch + "layers.1.width": "150", watch + "layers.1.height": "150"}},
		{"layer too large", watch + "layers.0.width", "longer side", set{watch + "layers.0.width": "1920", watch + "layers.0.height": "1200", "without recorded layers": ""}},
		{"ladder upside down", watch + "layers.1.width", "no larger", set{watch + "layers.1.width": "1920", watch + "layers.1.height": "1080"}},
		{"bits upside down", watch + "layers.1.videoBitrate", "no more bits", set{watch + "layers.1.videoBitrate": "1900"}},
		{"recorded layer", watch + "recording.layers.0.width", "stream has", set{watch + "recording.layers.0.videoBitrate": "1700"}},
		{"segments", watch + "numPlaylistSegments", "last segments", set{watch + "playlistType": "event"}},
		{"translation", notes + "translation.enabled", "captions", set{notes + "modes": "recorded"}},
		{"role of the recording", notes + "role", `"tutor"`, set{notes + "role": "pupil"}},
		{"unticked recording", lesson + "compositeRecording.browserComposite.enabled", "Choose this", set{lesson + "compositeRecording.browserComposite.enabled": "-"}},
		{"field of nobody", "", "settings.nothing", set{"settings.nothing": "x"}},
		{"row of nobody", "", "roles.-1.name", set{"roles.-1.name": "x"}},
		{"row in other digits", "", "roles.01.name", set{"roles.01.name": "x"}},
		{"far row", "", "roles.99999999.name", set{"roles.99999999.name": "x"}},
		{"object as a value", "", "settings.recording", set{"settings.recording": "x"}},
		{"prototype", "", "roles.__proto__.name", set{"roles.__proto__.name": "x"}},
		{"path up", "", "roles.../..", set{"roles.../../name": "x"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			values := newValues(t)
			for name, typed := range tc.typed {
				if name == "without recorded layers" {
					withoutRecordedLayers(values)
					continue
				}
				if values.Set(name, typed); typed == "-" {
					values.Del(name)
				}
			}
			f := blueprint.NewForm(nil, values)
			if f.Valid() || len(messages(f)) != 1 || !strings.Contains(f.Errors.Of(tc.field), tc.says) {
				t.Errorf("got %q", messages(f))
			}
		})
	}
}

func withoutRecordedLayers(values url.Values) {
	maps.DeleteFunc(values, func(name string, _ []string) bool { return strings.Contains(name, ".recording.layers.") })
}

// noBucket takes away all that full says of a bucket.
var noBucket = set{
	"settings.recording.upload.type": "", "settings.recording.upload.location": "", "settings.recording.upload.prefix": "",
	"settings.recording.upload.options.region": "", "settings.recording.upload.credentials.key": "",
	"settings.recording.upload.credentials.secretKey": "",
}

// TestOrder: messages stand in the order of the form, those about the form itself first, and each field has one.
func TestOrder(t *testing.T) {
	values := newValues(t)
	for _, name := range []string{
		"plugins.whiteboard.permissions.admin", "recordings.0.maxDuration", "roles.1.priority", "roles.0.priority", "name", "settings.nothing",
		"destinations.hlsDestinations.0.layers.1.width", "destinations.hlsDestinations.0.layers.0.width",
	} {
		values.Set(name, "b\x00d")
	}
	withoutRecordedLayers(values)
	f := blueprint.NewForm(nil, values)
	f.Valid()
	f.Valid() // afresh
	var fields []string
	for _, m := range messages(f) {
		fields = append(fields, m.Field)
	}
	want := []string{
		"", "name", "roles.0.priority", "roles.1.priority", "destinations.hlsDestinations.0.layers.0.width",
		"destinations.hlsDestinations.0.layers.1.width", "recordings.0.maxDuration", "plugins.whiteboard.permissions.admin",
	}
	if d := cmp.Diff(want, fields); d != "" {
		t.Error(d)
	}
}

// TestRowsAtBounds: buttons of rows that aren't there do nothing, and say so.
func TestRowsAtBounds(t *testing.T) {
	for _, path := range []string{
		"", ".", "roles.0", "roles.-1", "roles.99999999", "roles.2", "roles.01", "roles.+1", "roles.0x0", "__proto__", "roles.__proto__", "name", "settings",
		"roles.9.publishParams.simulcast.video.layers", "roles.tutor.publishParams.simulcast.video.layers", "roles.0.name",
		strings.Repeat("roles.0.", 10_000), "\x00", "roles..", "..", "roles.0.was",
	} {
		for _, button := range []string{"add", "remove"} {
			if button == "remove" && path == "roles.0" {
				continue
			}
			f := blueprint.FormOf(full(t))
			before := maps.Clone(f.Values)
			if !f.EditRows(url.Values{button: {path}}) {
				t.Errorf("%s=%q is no button", button, path)
			}
			if d := cmp.Diff(before, f.Values); d != "" || len(messages(f)) != 1 {
				t.Errorf("%s=%q: %v, %s", button, path, messages(f), d)
			}
		}
	}
	f := blueprint.FormOf(full(t))
	for range 3 {
		f.EditRows(url.Values{"add": {"roles.1.publishParams.simulcast.video.layers"}})
	}
	if got := f.Rows("roles.1.publishParams.simulcast.video.layers"); len(got) != 3 || len(messages(f)) != 1 {
		t.Errorf("layers %v, %v", got, messages(f))
	}
	if f.EditRows(url.Values{"step": {"review"}}) {
		t.Error("another button edits rows")
	}
}

// TestManyRows: thousands of rows give a message, not a slow page.
func TestManyRows(t *testing.T) {
	values := newValues(t)
	for i := range 10_000 {
		values.Set("roles."+strconv.Itoa(i)+".name", "role"+strconv.Itoa(i))
		values.Add("roles.0.subscribeParams.subscribeToRoles", "x"+strconv.Itoa(i))
	}
	values.Set("roles"+strings.Repeat(".0", 200_000), "deep")
	f := blueprint.NewForm(nil, values)
	if f.Valid() || !strings.Contains(f.Errors.Of("roles"), "at most 100") || len(f.Errors.Of("")) > 300 {
		t.Errorf("%d messages, at roles %q", len(messages(f)), f.Errors.Of("roles"))
	}
	f.Tree()
}
