package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The documented limits of rooms.
const (
	sizeStandard   = 2500
	sizeLarge      = 20000
	durationMin    = 120   // seconds
	durationMax    = 43200 // seconds
	regionAuto     = "auto"
	nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:_"
)

var (
	regions     = []string{"in", "us", "eu", regionAuto}
	uploadTypes = []string{"s3", "gs", "oss", "azure"}
)

// roomBody is the body of a create or an update. A nil pointer is a key that wasn't sent.
type roomBody struct {
	name, templateID, region string // empty: not sent
	description              *string
	largeRoom, enabled       *bool
	size, maxDuration        *int
	recording                *recordingInfo
	webhook                  *webhook
	polls                    []string

	hasRecording, hasWebhook, hasPolls bool // sent, perhaps as null
	hasTemplate                        bool // sent the older API's template
	onlyEnabled                        bool // sent `enabled` and nothing else
	switchesTemplate                   bool // templateID counts
}

func readRoomBody(r *http.Request, c conf) (roomBody, error) {
	f, err := readFields(r)
	if err != nil {
		return roomBody{}, err
	}
	in := roomBody{
		name:        either(f.text("name"), ""),
		description: f.text("description"),
		templateID:  either(f.text("template_id"), ""),
		region:      either(f.text("region"), ""),
		largeRoom:   f.flag("large_room"),
		size:        f.integer("size"),
		maxDuration: f.integer("max_duration_seconds"),
		enabled:     f.flag("enabled"),
		polls:       f.texts("polls"),
		recording:   readRecording(f),
		webhook:     readWebhook(f),
	}
	in.hasRecording = replaces(f.raw, "recording_info", c)
	in.hasWebhook = replaces(f.raw, "webhook", c)
	in.hasPolls = replaces(f.raw, "polls", c)
	_, in.hasTemplate = f.raw["template"]
	in.onlyEnabled = len(f.raw) == 1 && in.enabled != nil
	return in, *f.err
}

// replaces says whether the body replaces what key names; null does as well, by clearing it.
func replaces(raw map[string]json.RawMessage, key string, c conf) bool {
	value, sent := raw[key]
	return sent && !(isNull(value) && c.reads(ReadingNullKeeps))
}

func readRecording(body fields) *recordingInfo {
	f, ok := body.object("recording_info")
	if !ok {
		return nil
	}
	info := &recordingInfo{Enabled: either(f.flag("enabled"), false)}
	f.texts("polls") // only its type is looked at, see choices.go
	up, ok := f.object("upload_info")
	if !ok {
		return info
	}
	info.UploadInfo = &uploadInfo{
		Type:     either(up.text("type"), ""),
		Location: either(up.text("location"), ""),
		Prefix:   either(up.text("prefix"), ""),
	}
	if keys, ok := up.object("credentials"); ok {
		info.UploadInfo.Credentials = &credentials{Key: either(keys.text("key"), ""), Secret: either(keys.text("secret"), "")}
	}
	if options, ok := up.object("options"); ok {
		info.UploadInfo.Options = &uploadOptions{Region: either(options.text("region"), "")}
	}
	return info
}

func readWebhook(body fields) *webhook {
	f, ok := body.object("webhook")
	if !ok {
		return nil
	}
	return &webhook{URL: either(f.text("url"), ""), Headers: f.textMap("headers")}
}

// planCreate returns the room that in makes where old has the name already, or nobody: then old is nil, and the caller dates it.
func (st *state) planCreate(in roomBody, old *room) (*room, error) {
	fresh := room{Enabled: true, Region: regionAuto, TemplateID: st.defaultTemplate.id}
	base := &fresh
	switch {
	case old == nil:
	case !old.Enabled && st.conf.reads(ReadingUpsertDisabled):
		return nil, errRoomInactive
	case st.conf.reads(ReadingUpsertResets):
		fresh.ID, fresh.Enabled, fresh.CreatedAt, fresh.UpdatedAt = old.ID, old.Enabled, old.CreatedAt, old.UpdatedAt
	default:
		base = old
	}
	if st.conf.reads(ReadingEnabledOnCreate) {
		in.enabled = nil
	}
	in.switchesTemplate = true
	return st.plan(in, base)
}

// plan returns the room that in makes of old. The checks stand in the order of the documents' error table.
func (st *state) plan(in roomBody, old *room) (*room, error) {
	kept := *old
	next := &kept
	in.mergeInto(next)
	if err := in.checkUpload(); err != nil {
		return nil, err
	}
	if in.hasTemplate {
		return nil, st.conf.placed(errTemplateKey)
	}
	if !slices.Contains(regions, next.Region) {
		return nil, errRegion
	}
	if in.switchesTemplate && in.templateID != "" {
		if st.templates.at(in.templateID) == nil {
			return nil, errNoTemplate
		}
		next.TemplateID = in.templateID
	}
	return next, cmp.Or(st.conf.checkDuration(in.maxDuration), st.conf.checkSize(next), st.conf.checkName(next.Name), in.checkWebhook())
}

// placed moves a text about a parameter from the message into the details, where that reading is chosen.
func (c conf) placed(e *apiError) error {
	if c.reads(ReadingTextInDetails) {
		return refuse(e.Code, "Invalid body param", e.Message)
	}
	return e
}

// mergeInto puts what was sent over rm. recording_info, webhook and polls replace the old ones as wholes.
func (in roomBody) mergeInto(rm *room) {
	rm.Name = cmp.Or(in.name, rm.Name)
	rm.Region = cmp.Or(in.region, rm.Region)
	rm.Description = either(in.description, rm.Description)
	rm.LargeRoom = either(in.largeRoom, rm.LargeRoom)
	rm.Size = either(in.size, rm.Size)
	rm.MaxDuration = either(in.maxDuration, rm.MaxDuration)
	rm.Enabled = either(in.enabled, rm.Enabled)
	if in.hasRecording {
		rm.Recording = in.recording
	}
	if in.hasWebhook {
		rm.Webhook = in.webhook
	}
	if in.hasPolls {
		rm.Polls = in.polls
	}
}

func (in roomBody) checkUpload() error {
	if in.recording == nil || in.recording.UploadInfo == nil {
		return nil
	}
	up := in.recording.UploadInfo
	if strings.TrimSpace(up.Location) == "" {
		return errBucketLocation
	}
	keys := up.Credentials
	if !slices.Contains(uploadTypes, up.Type) || (keys != nil && (keys.Key == "" || keys.Secret == "")) {
		return errUploadConfig
	}
	return nil
}

func (c conf) checkDuration(seconds *int) error {
	switch {
	case seconds == nil:
		return nil
	case *seconds < durationMin:
		return c.placed(errTooShort)
	case *seconds > durationMax:
		return c.placed(errTooLong)
	}
	return nil
}

func (c conf) checkSize(rm *room) error {
	tooLarge := rm.Size > sizeLarge
	switch {
	case rm.Size < 0:
		return badParam(textSizeNegative)
	case tooLarge && (rm.LargeRoom || c.reads(ReadingLargeFirst)):
		return errSizeLarge
	case !rm.LargeRoom && rm.Size > sizeStandard:
		return errSizeStandard
	}
	return nil
}

func (c conf) checkName(name string) error {
	characters := nameCharacters
	if c.reads(ReadingVendorNames) {
		characters += " '"
	}
	if strings.Trim(name, characters) != "" {
		return badParam(textNameChars)
	}
	return nil
}

func (in roomBody) checkWebhook() error {
	if in.webhook == nil {
		return nil
	}
	if !isWebURL(in.webhook.URL) {
		return badParam(textWebhookURL)
	}
	return nil
}

// isWebURL says whether text is an absolute http or https URL.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
