package sandbox

import (
	"cmp"
	"time"
)

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
func (st *state) baseReply(rm *room) *roomReply {
	t := st.templates.at(rm.TemplateID)
	return &roomReply{
		ID: rm.ID, Name: st.conf.shownName(rm.Name), Enabled: rm.Enabled, Description: st.conf.shownDescription(rm), CustomerID: customerID,
		TemplateID: t.id, Template: t.name, Region: st.shownRegion(rm, t),
		CreatedAt: rm.CreatedAt, UpdatedAt: rm.UpdatedAt,
		Size: rm.Size, MaxDuration: rm.MaxDuration, Polls: rm.Polls, Webhook: rm.Webhook,
	}
}

func (st *state) createReply(rm *room) *roomReply {
	reply := st.baseReply(rm)
	reply.AppID = appID
	reply.RecordingInfo = rm.Recording
	switch {
	case rm.Recording != nil:
	case st.conf.reads(ReadingRecordingOff):
		reply.RecordingInfo = &recordingInfo{}
	default:
		reply.RecordingSourceTemplate = new(true)
	}
	// Only the samples of large rooms and of polls have these two.
	if rm.LargeRoom || len(rm.Polls) > 0 {
		reply.Customer = customerID
		reply.LargeRoom = new(rm.LargeRoom)
	}
	return reply
}

func (st *state) getReply(rm *room) *roomReply {
	reply := st.baseReply(rm)
	reply.RecordingSourceTemplate = new(rm.Recording == nil)
	if rm.Recording != nil {
		reply.RecordingInfo = st.readRecording(rm)
	}
	if rm.LargeRoom {
		reply.LargeRoom = new(true)
	}
	return reply
}

func (st *state) updateReply(rm *room) *roomReply {
	reply := st.baseReply(rm)
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
func (tx *tx) switchReply(rm *room) *roomReply {
	reply := &roomReply{
		ID: rm.ID, Name: tx.conf.shownName(rm.Name), Enabled: rm.Enabled, Description: tx.conf.shownDescription(rm),
		CustomerID: customerID, Customer: customerID,
		RecordingSourceTemplate: new(rm.Recording == nil), Recording: (*recordingInfo)(nil),
		CreatedAt: rm.CreatedAt, UpdatedAt: rm.UpdatedAt, LargeRoom: new(rm.LargeRoom),
	}
	reply.EnabledSourceTemplate = reply.RecordingSourceTemplate
	if tx.now.After(rm.UpdatedAt) {
		reply.UpdatedAt = tx.now
	}
	return reply
}

// listReply is an item of a list: recording under its other name, a key of its own, and no updated_at to speak of.
func (st *state) listReply(rm *room) *roomReply {
	reply := st.baseReply(rm)
	reply.RecordingSourceTemplate = new(rm.Recording == nil)
	if rm.Recording != nil {
		reply.Recording = st.readRecording(rm)
	}
	reply.Key = customerID + ":" + st.conf.shownName(rm.Name)
	if !st.conf.reads(ReadingListTimes) {
		reply.UpdatedAt = time.Time{}
	}
	reply.LargeRoom = new(rm.LargeRoom)
	return reply
}

// readRecording returns a room's own recording settings as reading calls show them.
func (st *state) readRecording(rm *room) *recordingInfo {
	if st.conf.reads(ReadingReadsCredentials) {
		return rm.Recording
	}
	return rm.Recording.withoutCredentials()
}

// shownRegion is the region a room is answered with.
func (st *state) shownRegion(rm *room, t *template) string {
	if rm.Region == regionAuto && !st.conf.reads(ReadingOwnRegion) {
		return cmp.Or(t.region, regionAuto)
	}
	return rm.Region
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
