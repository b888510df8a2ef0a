package pages

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/web/form"
)

// The largest room without and with the large-room switch.
const (
	plainSize = 2500
	largeSize = 20000
)

func changed(d RoomFormData) bool { return d.Form.Errors.Any() || d.Existing != nil || d.Secrets }

// code is a field whose text is for machines: no spell checking, no capitals, fixed width.
func code(f components.Field) components.Field {
	f.Attrs = templ.Attributes{"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "mono"}
	return f
}

// secret is a field that never carries its value.
func secret(f components.Field) components.Field {
	f.Type, f.Value = "password", ""
	f.Attrs = templ.Attributes{"autocomplete": "new-password", "spellcheck": "false", "class": "mono"}
	return f
}

// overwriteReason asks why a room is overwritten: beside the yes, outside of the form.
func overwriteReason(d RoomFormData) components.Field {
	f := reasonField(d.Form.Errors, d.Form.Reason)
	f.Attrs["form"] = "room-form"
	return f
}

// nameRule stands beside the name before anybody breaks it.
const nameRule = "Letters, digits and . - : _ are allowed; case doesn't count."

func nameField(d RoomFormData) components.Field {
	f := field(d.Form.Errors, "name", "Name", d.Form.Name, "")
	f.By = "name-state"
	f.Attrs = templ.Attributes{
		"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false",
		"hx-get": "/rooms/new", "hx-select": "#name-state", "hx-target": "#name-state", "hx-swap": "outerHTML",
		"hx-sync": "this:replace", "hx-trigger": "input changed delay:300ms",
	}
	return f
}

func nameStateClass(s NameState) string {
	switch s.State {
	case "free":
		return "good"
	case "taken":
		return "warn"
	case "bad":
		return "error"
	}
	return "source"
}

func sizeField(d RoomFormData) components.Field {
	f := field(d.Form.Errors, "size", "Size", d.Form.Size, "People at once: 0 to 2,500, with large room to 20,000.")
	f.Attrs = templ.Attributes{"inputmode": "numeric", "autocomplete": "off"}
	return f
}

func durationField(d RoomFormData) components.Field {
	f := field(d.Form.Errors, "max_duration_seconds", "Longest session", d.Form.MaxDurationSeconds,
		"E.g. 90m, 1h30m or 5400 seconds; between 2 min and 12 h.")
	f.Attrs = templ.Attributes{"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
	return f
}

func webhookField(d RoomFormData) components.Field {
	f := code(field(d.Form.Errors, "webhook.url", "URL", d.Form.WebhookURL, "Optional. Starts with https:// or http://."))
	f.Attrs["inputmode"], f.Attrs["placeholder"] = "url", " "
	return f
}

// needsLarge says whether the typed size wants the large-room switch, which is not on.
func needsLarge(f *form.Room) bool {
	n, err := strconv.Atoi(strings.ReplaceAll(f.Size, ",", ""))
	return err == nil && n > plainSize && n <= largeSize && !f.LargeRoom
}

// durationHint repeats what was typed in words, when it can be read and is within the limits.
func durationHint(f *form.Room) string {
	seconds, err := form.ParseDuration(f.MaxDurationSeconds)
	if err != nil || seconds <= 0 {
		return ""
	}
	return "= " + form.DurationWords(seconds)
}

// chosen is the template whose defaults apply: the one chosen, or the workspace's default.
func chosen(d RoomFormData) *Template {
	for i := range d.Templates {
		t := &d.Templates[i]
		if t.ID == d.Form.TemplateID || d.Form.TemplateID == "" && t.Default {
			return t
		}
	}
	return nil
}

func templateIDField(d RoomFormData) components.Field {
	return code(field(d.Form.Errors, "template_id", "Template id", d.Form.TemplateID, "24 characters. Left blank, the workspace's default is used."))
}

func templateField(d RoomFormData) components.Field {
	note := "Left open, the workspace's default is used."
	if t := chosen(d); t != nil {
		note = templateNote(t)
	}
	return field(d.Form.Errors, "template_id", "Template", d.Form.TemplateID, note)
}

// templateNote is what a room gets from the template.
func templateNote(t *Template) string {
	note := strings.Join(t.Roles, ", ")
	if len(t.Roles) > 4 || note == "" {
		note = components.Plural(len(t.Roles), "role", "roles")
	}
	note += " · recording " + onOff(t.Recording)
	if t.Bucket != "" {
		note += " to " + t.Bucket
	}
	return note + " · " + components.Plural(t.Rooms, "room uses it", "rooms use it")
}

// templateOptions carry what app.js repeats under the list and in the other fields when another one is chosen.
func templateOptions(d RoomFormData) []components.Option {
	out := make([]components.Option, 0, len(d.Templates)+2)
	first := components.Option{Label: "The workspace's default"}
	for i := range d.Templates {
		if t := &d.Templates[i]; t.Default {
			first.Label += " (" + t.Name + ")"
			first.Attrs = templateMarks(t)
		}
	}
	out = append(out, first)
	known := d.Form.TemplateID == ""
	for i := range d.Templates {
		t := &d.Templates[i]
		out = append(out, components.Option{Value: t.ID, Label: t.Name, Attrs: templateMarks(t)})
		known = known || t.ID == d.Form.TemplateID
	}
	if !known {
		out = append(out, components.Option{Value: d.Form.TemplateID, Label: d.Form.TemplateID})
	}
	return out
}

func templateMarks(t *Template) templ.Attributes {
	return templ.Attributes{"data-note": templateNote(t), "data-region": templateRegion(t), "data-recording": nowRecording(t)}
}

func templateRegion(t *Template) string {
	if t == nil || t.Region == "" {
		return "Automatic"
	}
	return "Automatic (" + regionName(t.Region) + ")"
}

func nowRecording(t *Template) string {
	if t == nil {
		return "follows its changes"
	}
	return "now: " + onOff(t.Recording)
}

func regionValue(d RoomFormData) string {
	if d.Form.Region == "" {
		return "auto"
	}
	return d.Form.Region
}

func regionOptions(d RoomFormData) []components.Option {
	return []components.Option{
		{Value: "auto", Label: templateRegion(chosen(d)), Attrs: templ.Attributes{"data-from-template": "region"}},
		{Value: "in", Label: "India"},
		{Value: "us", Label: "United States"},
		{Value: "eu", Label: "Europe"},
	}
}

func recordingValue(f *form.Room) string {
	if f.Recording == "" {
		return "inherit"
	}
	return f.Recording
}

func recordingOptions(d RoomFormData) []components.Option {
	return []components.Option{
		{Value: "inherit", Label: "As the template", Small: nowRecording(chosen(d))},
		{Value: "off", Label: "Off", Small: "whatever the template says"},
		{Value: "on", Label: "On", Small: "with the storage below"},
	}
}

func storageValue(f *form.Room) string {
	if f.Storage == "" {
		return "vendor"
	}
	return f.Storage
}

var storageOptions = []components.Option{
	{Value: "vendor", Label: "With 100ms", Small: "kept for 15 days"},
	{Value: "own", Label: "In your own bucket", Small: "kept as long as you like"},
}

var bucketOptions = []components.Option{
	{Value: "s3", Label: "Amazon S3", Small: "and what speaks it"},
	{Value: "gs", Label: "Google Cloud"},
	{Value: "oss", Label: "Alibaba OSS"},
	{Value: "azure", Label: "Azure Blob"},
}

// headerRows are the typed headers, or one blank row.
func headerRows(f *form.Room) []form.Header {
	if len(f.Headers) == 0 {
		return []form.Header{{}}
	}
	return f.Headers
}

// rowID keeps the field's own name as the id of the first row, so that links from the summary reach it.
func rowID(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "." + strconv.Itoa(i)
}

func rowIndex(i int) string { return strconv.Itoa(i) }

func rowNumber(i int) string { return strconv.Itoa(i + 1) }

func headerState(d RoomFormData) templ.Attributes {
	if d.Form.Errors.Of("webhook.header_name") == "" {
		return templ.Attributes{"aria-describedby": "webhook.header-help"}
	}
	return templ.Attributes{"aria-describedby": "webhook.header_name-error webhook.header-help", "aria-invalid": "true"}
}

func takenTitle(e *ExistingRoom) string {
	if e.Other {
		return "Another room has taken this name since you looked"
	}
	return "There is already a room called " + e.Name
}

func existingState(e *ExistingRoom) string {
	if e.Enabled {
		return "enabled"
	}
	return "disabled"
}
