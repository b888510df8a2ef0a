package form

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// edge encloses the name of a placeholder in the values that are turned into JSON. No field that keeps its rule can
// hold this character, and JSON leaves it as it is, so nobody can type a placeholder of their own.
const edge = "\x7f"

// variables are the names of the shell variables of one command: each stands for one secret.
type variables map[string]bool

// placeholder is an enclosed variable called after name: HEADER_X_API_KEY for header_x-api-key, with a number when there
// is one already.
func (v variables) placeholder(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x80 && isAlnum(byte(r)) {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	free := name
	for n := 2; v[free]; n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	v[free] = true
	return edge + free + edge
}

// curl is a request to the API as a command for a POSIX shell. Placeholders in the body are shell variables, and
// everything else is quoted against the shell; the address is $HMS_API_URL, or 100ms itself. A body may be empty.
func curl(method, path, body string) string {
	command := "curl -X " + shellWord(method) + " \"${HMS_API_URL:-https://api.100ms.live/v2}" + quotedPath(path) + " \\\n" +
		"  -H \"Authorization: Bearer $HMS_TOKEN\""
	if body == "" {
		return command
	}
	return command + " \\\n  -H 'Content-Type: application/json' \\\n  --data-raw " + shellQuoted(body)
}

// quotedPath ends the double quotes that the address began, before the path unless that is plain.
func quotedPath(path string) string {
	if isPlainWord(path) {
		return path + `"`
	}
	return `"` + shellQuoted(path)
}

func shellWord(s string) string {
	if s != "" && isPlainWord(s) {
		return s
	}
	return shellQuoted(s)
}

// isPlainWord says whether no shell finds anything special in s.
func isPlainWord(s string) bool {
	return consistsOf(s, func(b byte) bool { return isURLSafe(b) || strings.IndexByte("/.:", b) >= 0 })
}

// shellQuoted quotes a text for a POSIX shell: all in single quotes, except for placeholders, which are expanded.
func shellQuoted(text string) string {
	quoted := "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	return fillPlaceholders(quoted, func(name string) string {
		if !consistsOf(name, func(b byte) bool { return b == '_' || isAlnum(b) }) {
			return name // none of ours: it stays text, whatever is in it
		}
		return `'"$` + name + `"'`
	})
}

// fillPlaceholders replaces every enclosed name by what write makes of it.
func fillPlaceholders(s string, write func(name string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, edge)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, edge)
		b.WriteString(write(name))
		s = after
	}
}

// RecordedCurl is a request of the record as a curl command. What the record hides in it is a $PLACEHOLDER, called after
// its field; body is redacted JSON or empty. Without a path there was no request, and the command is empty.
func RecordedCurl(method, path, body string) string {
	if path == "" {
		return ""
	}
	method, path, body = withoutEdge(method), withoutEdge(path), withoutEdge(body)
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return curl(method, path, body) // empty, or no JSON: nothing in it can be told apart
	}
	names := variables{}
	if text, whole := value.(string); whole && isMark(text) {
		return curl(method, path, names.placeholder("BODY"))
	}
	return curl(method, path, indented(names.unhidden("", value)))
}

// withoutEdge keeps the record from placing placeholders of its own.
func withoutEdge(s string) string { return strings.ReplaceAll(s, edge, "\uFFFD") }

// unhidden puts placeholders where redaction left its marks.
func (v variables) unhidden(field string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for _, key := range slices.Sorted(maps.Keys(value)) {
			out[withoutEdge(key)] = v.unhidden(joinPath(field, key), value[key])
		}
		return out
	case []any:
		for i := range value {
			value[i] = v.unhidden(joinPath(field, strconv.Itoa(i)), value[i])
		}
	case string:
		return v.unmarked(field, withoutEdge(value))
	}
	return value
}

// unmarked replaces the marks in a text: the text as a whole, or the user and the query of an address.
func (v variables) unmarked(field, text string) string {
	if isMark(text) {
		return v.placeholder(variableName(field))
	}
	name := strings.TrimSuffix(variableName(field), "_url")
	if scheme, rest, found := strings.Cut(text, "://%5Bsecret%5D@"); found {
		text = scheme + "://" + v.placeholder(name+"_user") + "@" + rest
	}
	if base, query, found := strings.Cut(text, "?"); found && isMark(query) {
		text = base + "?" + v.placeholder(name+"_query")
	}
	return text
}

// variableName is what a field's variable is called: as in the forms where they have the field. The others begin with a
// word of their own, so that no field is taken for a variable that every shell has.
func variableName(field string) string {
	parent, name := "", field
	if at := strings.LastIndexByte(field, '.'); at >= 0 {
		parent, name = field[:at], field[at+1:]
	}
	switch {
	case field == "webhook.url":
		return "webhook_url"
	case parent == "webhook.headers":
		return "header_" + name
	case strings.HasSuffix(parent, "upload_info.credentials"):
		return "storage_" + name
	}
	return "field_" + field
}

// isMark says whether a text is what stands in the record for one that isn't shown.
func isMark(text string) bool {
	return text == "[hidden]" || text == "[secret]" || strings.HasPrefix(text, "hmac-sha256:")
}
