package sandbox

import (
	"cmp"
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
}

func readRoomBody(r *http.Request) (roomBody, error) {
	raw, err := readBody(r)
	if err != nil {
		return roomBody{}, err
	}
	f := newFields(raw)
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
	_, in.hasRecording = raw["recording_info"]
	_, in.hasWebhook = raw["webhook"]
	_, in.hasPolls = raw["polls"]
	_, in.hasTemplate = raw["template"]
	in.onlyEnabled = len(raw) == 1 && in.enabled != nil
	return in, *f.err
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

// plan returns the room that in makes of old, or a new one where old is nil; the caller dates it. The checks stand in the order
// of the documents' error table.
func (st *state) plan(in roomBody, old *room, create bool) (*room, error) {
	next := &room{Enabled: true, Region: regionAuto, TemplateID: st.defaultTemplate.id}
	if old != nil {
		kept := *old
		next = &kept
	}
	in.mergeInto(next)
	if err := in.checkUpload(); err != nil {
		return nil, err
	}
	if in.hasTemplate {
		return nil, errTemplateKey
	}
	if !slices.Contains(regions, next.Region) {
		return nil, errRegion
	}
	if create && in.templateID != "" {
		if st.templates.at(in.templateID) == nil {
			return nil, errNoTemplate
		}
		next.TemplateID = in.templateID
	}
	if err := cmp.Or(in.checkDuration(), checkSize(next), checkName(next.Name), in.checkWebhook()); err != nil {
		return nil, err
	}
	return next, nil
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

func (in roomBody) checkDuration() error {
	switch {
	case in.maxDuration == nil:
		return nil
	case *in.maxDuration < durationMin:
		return errTooShort
	case *in.maxDuration > durationMax:
		return errTooLong
	}
	return nil
}

func checkSize(rm *room) error {
	switch {
	case rm.Size < 0:
		return badParam(textSizeNegative)
	case !rm.LargeRoom && rm.Size > sizeStandard:
		return errSizeStandard
	case rm.Size > sizeLarge:
		return errSizeLarge
	}
	return nil
}

func checkName(name string) error {
	if strings.Trim(name, nameCharacters) != "" {
		return badParam(textNameChars)
	}
	return nil
}

func (in roomBody) checkWebhook() error {
	if in.webhook == nil {
		return nil
	}
	u, err := url.Parse(in.webhook.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return badParam(textWebhookURL)
	}
	return nil
}
