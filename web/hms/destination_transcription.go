package hms

// TranscriptionDestination turns speech into text.
type TranscriptionDestination struct {
	Origin           Origin               `json:"-"`
	Name             string               `json:"name"`
	Role             string               `json:"role,omitzero"` // the recording's; the roles that it receives are transcribed
	Modes            []TranscriptionMode  `json:"modes,omitzero"`
	OutputModes      []TranscriptFormat   `json:"outputModes,omitzero"` // of TranscribeRecorded
	CustomVocabulary []string             `json:"customVocabulary,omitzero"`
	Summary          *TemplateSummary     `json:"summary,omitzero"`
	Translation      *TemplateTranslation `json:"translation,omitzero"`
}

// TranscribeCaption is the mode of captions in the room. Only templates know it.
const TranscribeCaption TranscriptionMode = "caption"

// TemplateSummary is the summary that is made of a transcript.
type TemplateSummary struct {
	Enabled     bool                     `json:"enabled,omitzero" alias:"enable"` // the documentation's table and samples differ
	Context     string                   `json:"context,omitzero"`                // at most 300 characters
	Temperature float64                  `json:"temperature,omitzero"`            // 0.1-1.0; 0: 0.5
	Sections    []TemplateSummarySection `json:"sections,omitzero"`               // at most 6
}

// TemplateSummarySection is one part of a summary.
type TemplateSummarySection struct {
	Origin Origin        `json:"-"`
	Title  string        `json:"title"` // at most 100 characters
	Format SectionFormat `json:"format"`
}

// TemplateTranslation translates captions in the room (TranscribeCaption).
type TemplateTranslation struct {
	Enabled       bool              `json:"enabled,omitzero"`
	RoleLanguages map[string]string `json:"roleLanguages,omitzero"` // language code by role
}
