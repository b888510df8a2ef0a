package handlers

import (
	"net/url"
	"strings"

	"roomledger/web/blueprint"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// templateFields are the fields of a template's form for those that refusals about rooms name.
var templateFields = map[string]string{
	"name": "name", "region": "settings.region",
	"upload_info.location": "settings.recording.upload.location", "upload_info.type": "settings.recording.upload.type",
}

// tellRefusal puts the API's refusal of a template where the person looks: known texts in our words, others in the vendor's, at
// the field whose path they name, else over the form. The client has taken out what secrets they repeat.
func tellRefusal(f *blueprint.Form, e *hms.Error) {
	for _, text := range e.Texts() {
		if known, ok := form.FindRefusal(text); ok {
			f.Errors.Add(templateFields[known.Field], known.Says)
			continue
		}
		f.Errors.Add(refusedField(f.Values, text), "100ms answered: “"+text+"”.")
	}
}

// refusedField is the field that a text of the API names by its path in the JSON; "" when it names none.
func refusedField(values url.Values, text string) string {
	for word := range strings.FieldsSeq(text) {
		if word = inBrackets.Replace(strings.Trim(word, `"'“”:;,.`)); word == "" {
			continue
		}
		if name, ok := fieldAt(blueprint.Schema(), values, "", word); ok {
			return name
		}
	}
	return ""
}

// inBrackets writes layers[0].rid as layers.0.rid.
var inBrackets = strings.NewReplacer("[", ".", "]", "")

// fieldAt is the name in the form of a path in a template, in which rows go by their names.
func fieldAt(nodes []blueprint.Node, values url.Values, at, path string) (string, bool) {
	for _, n := range nodes {
		rest, ok := strings.CutPrefix(path, n.Key)
		if !ok || rest != "" && rest[0] != '.' {
			continue
		}
		here := joined(at, n.Key)
		rest = strings.TrimPrefix(rest, ".")
		switch {
		case rest == "" || len(n.Kids) == 0:
			return here, true
		case n.Kind == blueprint.ByName || n.Kind == blueprint.InOrder:
			return rowFieldAt(n, values, here, rest)
		}
		return fieldAt(n.Kids, values, here, rest)
	}
	return "", false
}

func rowFieldAt(n blueprint.Node, values url.Values, at, path string) (string, bool) {
	for _, row := range rowsAt(values, at) {
		name := strings.TrimSpace(values.Get(row + ".name"))
		if n.Kind == blueprint.InOrder {
			name = row[strings.LastIndexByte(row, '.')+1:]
		}
		rest, ok := strings.CutPrefix(path, name)
		switch {
		case !ok || name == "" || rest != "" && rest[0] != '.':
			continue
		case rest == "" && len(n.Kids) == 1 && n.Kids[0].Key == "":
			return row, true
		case rest == "":
			return row + "." + n.Kids[0].Key, true
		}
		return fieldAt(n.Kids, values, row, rest[1:])
	}
	return at, true
}
