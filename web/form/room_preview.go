package form

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"roomledger/web/hms"
)

// Preview is the request that a form will send, secrets as $PLACEHOLDERS.
type Preview struct {
	JSON string // indented body
	Curl string // one command, line-broken
}

// Preview shows the request as it stands, also while the form is half typed: a field whose rule is broken is left out.
// No secret is read for it, so none can be in it. In the curl command the placeholders are shell variables, and
// everything else is quoted against the shell; the address is $HMS_API_URL, or 100ms itself.
func (f *Room) Preview() Preview {
	params := f.sendable().Params()
	setPlaceholders(&params)
	body := indented(params)
	return Preview{
		JSON: fillPlaceholders(body, func(name string) string { return "$" + name }),
		Curl: curl("POST", "/rooms", body),
	}
}

// sendable is a copy of the form without its secrets and without what breaks a rule.
func (f *Room) sendable() *Room {
	c := *f
	c.UploadKey, c.UploadSecret = "key", "secret"
	if base, _, found := strings.Cut(c.WebhookURL, "?"); found {
		c.WebhookURL = base + "?query"
	}
	c.Headers = sendableHeaders(f.Headers)
	c.Repeated = slices.Clone(f.Repeated)
	c.Valid()
	for _, in := range c.inputs() {
		if c.Errors.Of(in.name) != "" {
			*in.value = ""
		}
	}
	c.LargeRoom = c.LargeRoom && c.Errors.Of("large_room") == ""
	return &c
}

// sendableHeaders keeps the rows with a usable name, each with a stand-in for its value, which may be still to come.
func sendableHeaders(rows []Header) []Header {
	var keep []Header
	seen := map[string]bool{}
	for _, row := range rows {
		name := strings.ToLower(strings.TrimSpace(row.Name))
		if seen[name] || headerProblem(name, "value") != "" {
			continue
		}
		seen[name] = true
		if keep = append(keep, Header{Name: row.Name, Value: "value"}); len(keep) == MaxHeaders {
			break
		}
	}
	return keep
}

// setPlaceholders puts the names of the placeholders where the stand-ins for secrets are.
func setPlaceholders(p *hms.RoomParams) {
	if p.RecordingInfo != nil && p.RecordingInfo.UploadInfo != nil {
		p.RecordingInfo.UploadInfo.Credentials = &hms.Credentials{
			Key:    edge + "STORAGE_KEY" + edge,
			Secret: edge + "STORAGE_SECRET" + edge,
		}
	}
	if p.Webhook == nil {
		return
	}
	if base, _, found := strings.Cut(p.Webhook.URL, "?"); found {
		p.Webhook.URL = base + "?" + edge + "WEBHOOK_QUERY" + edge
	}
	names := variables{}
	for _, name := range sortedNames(p.Webhook.Headers) {
		p.Webhook.Headers[name] = names.placeholder("HEADER_" + name)
	}
}

// indented is the body as JSON that people can read: no \u003c for a plain <.
func indented(body any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(body); err != nil {
		return "{}" // strings, numbers and booleans always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}
