package hms

// TranscriptionMode says when speech is written down.
type TranscriptionMode string

// The documented modes; recordings know none but the first.
const (
	TranscribeRecorded TranscriptionMode = "recorded"
	TranscribeLive     TranscriptionMode = "live"
)

// TranscriptFormat is a kind of transcript file.
type TranscriptFormat string

// The documented formats; a summary is always JSON.
const (
	TranscriptText TranscriptFormat = "txt"
	TranscriptSRT  TranscriptFormat = "srt"
	TranscriptJSON TranscriptFormat = "json"
)

// SectionFormat is how a section of a summary is written.
type SectionFormat string

// The documented formats.
const (
	SectionBullets   SectionFormat = "bullets"
	SectionParagraph SectionFormat = "paragraph"
)
