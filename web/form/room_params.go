package form

import (
	"slices"
	"strconv"
	"strings"

	"roomledger/web/hms"
)

// Params converts the form to what the API is sent: blanks are left out, and so is all that a choice makes irrelevant.
// Call it only after Valid said yes.
func (f *Room) Params() hms.RoomParams {
	p := hms.RoomParams{
		Name:          strings.TrimSpace(f.Name),
		TemplateID:    strings.TrimSpace(f.TemplateID),
		Region:        f.Region,
		RecordingInfo: f.recordingInfo(),
		Webhook:       f.webhook(),
	}
	if ids := pollIDs(f.Polls); len(ids) > 0 {
		p.Polls = ids
	}
	if strings.TrimSpace(f.Description) != "" {
		p.Description = new(unixLines(f.Description))
	}
	if f.LargeRoom {
		p.LargeRoom = new(true)
	}
	if size, ok := parseCount(f.Size); ok {
		p.Size = &size
	}
	if seconds, err := ParseDuration(f.MaxDurationSeconds); err == nil {
		p.MaxDurationSeconds = &seconds
	}
	return p
}

// recordingInfo is nil for a room that follows its template.
func (f *Room) recordingInfo() *hms.RecordingInfo {
	switch f.recording() {
	case RecordingOff:
		return &hms.RecordingInfo{}
	case RecordingOn:
		return &hms.RecordingInfo{Enabled: true, UploadInfo: f.uploadInfo()}
	}
	return nil
}

func (f *Room) uploadInfo() *hms.UploadInfo {
	if !f.ownBucket() {
		return nil
	}
	info := &hms.UploadInfo{
		Type:     f.UploadType,
		Location: strings.TrimSpace(f.UploadLocation),
		Prefix:   strings.TrimSpace(f.UploadPrefix),
		Credentials: &hms.Credentials{
			Key:    strings.TrimSpace(f.UploadKey),
			Secret: strings.TrimSpace(f.UploadSecret),
		},
	}
	if region := strings.TrimSpace(f.UploadRegion); region != "" {
		info.Options = &hms.UploadOptions{Region: region}
	}
	return info
}

func (f *Room) webhook() *hms.Webhook {
	target := strings.TrimSpace(f.WebhookURL)
	if target == "" {
		return nil
	}
	hook := &hms.Webhook{URL: target}
	for _, row := range f.Headers {
		if row.blank() {
			continue
		}
		if hook.Headers == nil {
			hook.Headers = make(map[string]string, len(f.Headers))
		}
		hook.Headers[strings.TrimSpace(row.Name)] = strings.TrimSpace(row.Value)
	}
	return hook
}

// RoomFrom fills a form from a room, to start a copy or an edit from. Secrets stay behind: the webhook comes without its
// query, its headers without values, the bucket without credentials. The name stays blank, since a used one overwrites.
func RoomFrom(r hms.Room) *Room {
	f := &Room{
		Description: r.Description,
		TemplateID:  r.TemplateID,
		Region:      r.Region,
		LargeRoom:   r.LargeRoom,
		Polls:       strings.Join(r.Polls, "\n"),
		Recording:   RecordingInherit,
		Storage:     StorageVendor,
		Headers:     []Header{{}},
	}
	if r.LargeRoom {
		f.LargeRoomValue = "on"
	}
	if r.Size > 0 {
		f.Size = strconv.Itoa(r.Size)
	}
	if r.MaxDurationSeconds > 0 {
		f.MaxDurationSeconds = strconv.Itoa(r.MaxDurationSeconds)
	}
	f.copyRecording(r)
	f.copyWebhook(r.Webhook)
	return f
}

func (f *Room) copyRecording(r hms.Room) {
	if inherits(r) {
		return
	}
	f.Recording = RecordingOff
	if r.RecordingInfo.Enabled {
		f.Recording = RecordingOn
	}
	up := r.RecordingInfo.UploadInfo
	if up == nil {
		return
	}
	f.Storage = StorageOwn
	f.UploadType, f.UploadLocation, f.UploadPrefix = up.Type, up.Location, up.Prefix
	if up.Options != nil {
		f.UploadRegion = up.Options.Region
	}
}

func (f *Room) copyWebhook(hook *hms.Webhook) {
	if hook == nil {
		return
	}
	f.WebhookURL = shownURL(hook.URL)
	names := sortedNames(hook.Headers)
	if len(names) > 0 {
		f.Headers = make([]Header, len(names))
	}
	for i, name := range names {
		f.Headers[i].Name = name
	}
}

// inherits says whether a room takes its recording settings from its template.
func inherits(r hms.Room) bool { return r.RecordingSourceTemplate || r.RecordingInfo == nil }

// sortedNames are the names of headers in an order that doesn't depend on their case.
func sortedNames(headers map[string]string) []string {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return names
}
