package form

import (
	"cmp"
	"slices"
	"strings"

	"roomledger/web/hms"
)

// Refusal is one error text of the API that a call about a room can get, and what we make of it.
type Refusal struct {
	Text  string // as the API words it
	Field string // the input it belongs to; "" for the form as a whole
	Says  string // cause and remedy
	Auth  bool   // our key was refused: no form can cure that, so it is shown as a fault of the connection
}

// roomRefusals is the only place that knows the API's error texts about rooms: those the vendor documents, and after
// them those that other people's programs have met.
var roomRefusals = []Refusal{
	{
		Text: "Token validation error", Auth: true,
		Says: "100ms refused our access key. Ask an admin to check HMS_ACCESS_KEY and HMS_SECRET.",
	},
	{
		Text: "Authentication error", Auth: true,
		Says: "100ms refused our access key. Ask an admin to check HMS_ACCESS_KEY and HMS_SECRET.",
	},
	{
		Text: "insufficient permissions", Auth: true,
		Says: "100ms says that our access key may not do this. Ask an admin to check its rights in the 100ms dashboard.",
	},
	{
		Text: "Bucket location is missing", Field: "upload_info.location",
		Says: "100ms got no bucket to store in. Name the bucket (for Azure the container).",
	},
	{
		Text: "Invalid upload configuration", Field: "upload_info.type",
		Says: "100ms can't use this storage. Check that the kind of storage, the bucket and the key belong together.",
	},
	{
		Text: "Invalid body param: template. Use template_id", Field: "template_id",
		Says: "100ms takes a template by its id only. Choose it from the list again.",
	},
	{
		Text: "Error: region not supported", Field: "region",
		Says: "100ms has no such region. Choose automatic, India, United States or Europe.",
	},
	{
		Text: "Error: template not found", Field: "template_id",
		Says: "This workspace has no template with this id; it may have been deleted. Choose another from the list.",
	},
	{
		Text: "Invalid body param: max_duration_seconds less than 120 seconds", Field: "max_duration_seconds",
		Says: "100ms ends no session before 2 minutes. Choose 2 minutes (120 seconds) or longer.",
	},
	{
		Text: "Invalid body param: max_duration_seconds greater than 43200 seconds", Field: "max_duration_seconds",
		Says: "100ms ends every session after 12 hours. Choose 12 hours (43,200 seconds) or shorter.",
	},
	{
		Text: "Invalid body param: room size greater than 20000", Field: "size",
		Says: "A large room holds 20,000 people at most. Choose 20,000 or fewer.",
	},
	{
		Text: "Invalid body param: room size greater than 2500, set large_room flag as true", Field: "size",
		Says: "A standard room holds 2,500 people at most. Turn on large room, or choose 2,500 or fewer.",
	},
	{
		Text: "Room not found",
		Says: "100ms no longer knows this room in this workspace. Go back to the list and open it again.",
	},
	{
		Text: "Room is disabled",
		Says: "This room is disabled, and 100ms changes nothing in it. Enable the room first, then try again.",
	},
	{
		Text: "room not active", Field: "name",
		Says: "A room with this name exists and is disabled. Enable that room first, or choose another name.",
	},
	{
		Text: "user does not have required permission",
		Says: "100ms says that this room belongs to another workspace or doesn't exist. Check the room and the workspace.",
	},
	{
		Text: "request body must not be empty",
		Says: "100ms got the request without its content. Send the form again; if it happens again, tell an admin.",
	},
	{
		Text: "request body contains badly-formed JSON",
		Says: "100ms could not read the request, perhaps because it was cut on the way. Send the form again; if it happens again, tell an admin.",
	},
	{
		Text: "rate limit exceeded, retry after",
		Says: "100ms is getting too many requests from this workspace. Wait a minute, then send the form again.",
	},
}

// RoomRefusals returns the table of known refusals.
func RoomRefusals() []Refusal { return slices.Clone(roomRefusals) }

// FindRefusal returns the known refusal in a text of the API, in any case; of several the most specific, which is the
// one with the longest text. The API writes "Error: " before some texts in some places only, so that is not needed.
func FindRefusal(text string) (Refusal, bool) {
	text = strings.ToLower(text)
	var found Refusal
	for _, r := range roomRefusals {
		words := strings.TrimPrefix(strings.ToLower(r.Text), "error: ")
		if len(r.Text) > len(found.Text) && strings.Contains(text, words) {
			found = r
		}
	}
	return found, found.Text != ""
}

// Refused puts the API's refusal of this form where the person looks: known texts in our words at their fields, else the
// vendor's own words over the whole form, without the form's secrets. It says whether any text was known.
func (f *Room) Refused(e *hms.Error) (known bool) {
	var unknown []string
	for _, text := range e.Details {
		if r, ok := FindRefusal(text); ok {
			f.addOnce(r.Field, r.Says)
			known = true
		} else {
			unknown = append(unknown, text)
		}
	}
	if r, ok := FindRefusal(e.Message); ok {
		f.addOnce(r.Field, r.Says)
		known, unknown = true, nil // the details of a known message explain it to programmers
	} else if !known {
		unknown = e.Texts()
	}
	if !known || len(unknown) > 0 {
		f.Errors.Add("", f.vendorWords(unknown))
	}
	f.Errors.sort(roomFields)
	return known
}

// addOnce adds a message unless it stands there: the API often says the same in its message and its details.
func (f *Room) addOnce(field, text string) {
	if !slices.Contains(f.Errors.List, Message{Field: field, Text: text}) {
		f.Errors.Add(field, text)
	}
}

// vendorWords quotes the API, at most 500 characters of it.
func (f *Room) vendorWords(texts []string) string {
	const limit = 500
	words := oneLine(f.Scrub(strings.Join(texts, "; ")), limit)
	words = cmp.Or(words, "no, without saying why")
	if !strings.ContainsAny(words[len(words)-1:], ".!?") {
		words += "."
	}
	return "100ms answered: " + words
}
