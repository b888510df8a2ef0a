package sandbox

import "time"

// roomReply is a room as the API answers it. Each call shows other keys, so those that may be missing are pointers or
// omitted when empty; a fixed order of keys is not promised by anybody.
type roomReply struct {
	ID                      string    `json:"id"`
	Name                    string    `json:"name"`
	Enabled                 bool      `json:"enabled"`
	Description             string    `json:"description"`
	CustomerID              string    `json:"customer_id"`
	AppID                   string    `json:"app_id,omitzero"`
	RecordingSourceTemplate *bool     `json:"recording_source_template,omitzero"`
	EnabledSourceTemplate   *bool     `json:"enabled_source_template,omitzero"`
	RecordingInfo           any       `json:"recording_info,omitzero"` // nil: no key; a nil *recordingInfo: null
	Recording               any       `json:"recording,omitzero"`      // the same key, as lists and the short answer spell it
	TemplateID              string    `json:"template_id"`
	Template                string    `json:"template"`
	Region                  string    `json:"region"`
	CreatedAt               time.Time `json:"created_at"`
	Key                     string    `json:"key,omitzero"`
	UpdatedAt               time.Time `json:"updated_at"`
	Customer                string    `json:"customer,omitzero"`
	LargeRoom               *bool     `json:"large_room,omitzero"`
	Size                    int       `json:"size,omitzero"`
	MaxDuration             int       `json:"max_duration_seconds,omitzero"`
	Polls                   []string  `json:"polls,omitempty"`
	Webhook                 *webhook  `json:"webhook,omitzero"`
}

// baseReply has what all answers share.
func baseReply(rm *room, t *template) *roomReply {
	return &roomReply{
		ID: rm.ID, Name: rm.Name, Enabled: rm.Enabled, Description: rm.Description, CustomerID: customerID,
		TemplateID: t.id, Template: t.name, Region: shownRegion(rm, t),
		CreatedAt: rm.CreatedAt, UpdatedAt: rm.UpdatedAt,
		Size: rm.Size, MaxDuration: rm.MaxDuration, Polls: rm.Polls, Webhook: rm.Webhook,
	}
}

func createReply(rm *room, t *template) *roomReply {
	reply := baseReply(rm, t)
	reply.AppID = appID
	reply.RecordingInfo = rm.Recording
	if rm.Recording == nil {
		reply.RecordingSourceTemplate = new(true)
	}
	// Only the samples of large rooms and of polls have these two.
	if rm.LargeRoom || len(rm.Polls) > 0 {
		reply.Customer = customerID
		reply.LargeRoom = new(rm.LargeRoom)
	}
	return reply
}

func getReply(rm *room, t *template) *roomReply {
	reply := baseReply(rm, t)
	reply.RecordingSourceTemplate = new(rm.Recording == nil)
	if rm.Recording != nil {
		reply.RecordingInfo = rm.Recording.withoutCredentials()
	}
	if rm.LargeRoom {
		reply.LargeRoom = new(true)
	}
	return reply
}

func updateReply(rm *room, t *template) *roomReply {
	reply := baseReply(rm, t)
	reply.RecordingSourceTemplate = new(rm.Recording == nil)
	reply.EnabledSourceTemplate = reply.RecordingSourceTemplate
	reply.RecordingInfo = rm.Recording
	reply.Customer = customerID
	if rm.LargeRoom {
		reply.LargeRoom = new(true)
	}
	return reply
}

// switchReply is the short answer to enabling and disabling: template and region blank, recording null, and an updated_at
// with all the digits of the clock.
func switchReply(rm *room, now time.Time) *roomReply {
	reply := &roomReply{
		ID: rm.ID, Name: rm.Name, Enabled: rm.Enabled, Description: rm.Description, CustomerID: customerID, Customer: customerID,
		RecordingSourceTemplate: new(rm.Recording == nil), Recording: (*recordingInfo)(nil),
		CreatedAt: rm.CreatedAt, UpdatedAt: rm.UpdatedAt, LargeRoom: new(rm.LargeRoom),
	}
	reply.EnabledSourceTemplate = reply.RecordingSourceTemplate
	if now.After(rm.UpdatedAt) {
		reply.UpdatedAt = now
	}
	return reply
}

// listReply is an item of a list: recording under its other name, a key of its own, and no updated_at to speak of.
func listReply(rm *room, t *template) *roomReply {
	reply := baseReply(rm, t)
	reply.RecordingSourceTemplate = new(rm.Recording == nil)
	if rm.Recording != nil {
		reply.Recording = rm.Recording.withoutCredentials()
	}
	reply.Key = customerID + ":" + rm.Name
	reply.UpdatedAt = time.Time{}
	reply.LargeRoom = new(rm.LargeRoom)
	return reply
}

// withoutCredentials returns info as reading calls show it.
func (info *recordingInfo) withoutCredentials() *recordingInfo {
	if info.UploadInfo == nil || info.UploadInfo.Credentials == nil {
		return info
	}
	upload := *info.UploadInfo
	upload.Credentials = nil
	return &recordingInfo{Enabled: info.Enabled, UploadInfo: &upload}
}
