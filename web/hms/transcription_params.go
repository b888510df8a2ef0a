package hms

// TranscriptionParams asks for a transcript and a summary at the start of a recording or a live stream. Without it the
// template's settings apply; with it they don't (documentation: Recordings, "Start a recording for a room").
type TranscriptionParams struct {
	Enabled          *bool               `json:"enabled,omitzero"`
	Modes            []TranscriptionMode `json:"modes,omitzero"` // live streams only
	OutputModes      []TranscriptFormat  `json:"output_modes,omitzero"`
	CustomVocabulary []string            `json:"custom_vocabulary,omitzero"`
	Summary          *SummaryParams      `json:"summary,omitzero"`
}

// SummaryParams asks for a summary of a transcript.
type SummaryParams struct {
	Enabled     *bool            `json:"enabled,omitzero"`
	Context     string           `json:"context,omitzero"`     // at most 300 characters
	Sections    []SummarySection `json:"sections,omitzero"`    // at most 6
	Temperature *float64         `json:"temperature,omitzero"` // 0.1-1.0; nil: 0.5
}

// SummarySection is one part of a summary.
type SummarySection struct {
	Title  string        `json:"title"` // at most 100 characters
	Format SectionFormat `json:"format"`
}
