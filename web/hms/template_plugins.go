package hms

// Plugins are a template's extras (documentation: policy, "Template object").
type Plugins struct {
	Whiteboard     *WhiteboardPlugin     `json:"whiteboard,omitzero"`
	Transcriptions *TranscriptionsPlugin `json:"transcriptions,omitzero"`
}

// WhiteboardPlugin says who may do what with the whiteboard.
type WhiteboardPlugin struct {
	Permissions WhiteboardPermissions `json:"permissions,omitzero"`
}

// WhiteboardPermissions lists roles; one may be in several lists.
type WhiteboardPermissions struct {
	Admin  []string `json:"admin,omitzero"`  // open, close and see
	Writer []string `json:"writer,omitzero"` // draw and see
	Reader []string `json:"reader,omitzero"` // see
}

// TranscriptionsPlugin says who may switch captions.
type TranscriptionsPlugin struct {
	Permissions TranscriptionsPermissions `json:"permissions,omitzero"`
	Mode        TranscriptionMode         `json:"mode,omitzero"` // only TranscribeCaption
}

// TranscriptionsPermissions lists roles.
type TranscriptionsPermissions struct {
	Admin []string `json:"admin,omitzero"`
}
