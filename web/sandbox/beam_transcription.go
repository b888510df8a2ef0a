package sandbox

import (
	"slices"
	"unicode/utf8"
)

// What is transcribed: the recording when it is over, or a live stream while it goes on.
const (
	modeRecorded = "recorded"
	modeLive     = "live"
)

var (
	transcriptionModes = []string{modeRecorded, modeLive}
	outputModes        = []string{"txt", "srt", "json"}
	sectionFormats     = []string{"bullets", "paragraph"}
)

// The documented limits of summaries (documentation: Recordings, "Start").
const (
	summaryContextMax  = 300 // characters
	summaryTitleMax    = 100 // characters
	summarySectionsMax = 6
	temperatureMin     = 0.1
	temperatureMax     = 1.0
)

// transcription is what is to be made of what is said.
type transcription struct {
	Modes       []string  `json:"modes,omitzero"`        // none: recorded
	OutputModes []string  `json:"output_modes,omitzero"` // none: all
	Summary     bool      `json:"summary,omitzero"`
	Sections    []section `json:"sections,omitzero"` // of the summary
}

// section is a part of a summary.
type section struct {
	Title  string `json:"title"`
	Format string `json:"format"`
}

// wanted says whether there is something to transcribe in a mode.
func (t *transcription) wanted(mode string) bool {
	if t == nil {
		return false
	}
	return slices.Contains(t.Modes, mode) || (len(t.Modes) == 0 && mode == modeRecorded)
}

// outputs are the files that transcripts are put into.
func (t *transcription) outputs() []string {
	if len(t.OutputModes) == 0 {
		return outputModes
	}
	return slices.DeleteFunc(slices.Clone(outputModes), func(mode string) bool { return !slices.Contains(t.OutputModes, mode) })
}

// readTranscription reads the key of a start; without one the template's holds. modes are for live streams alone.
func readTranscription(body fields, withModes bool) (asked *transcription, sent bool) {
	f, ok := body.object("transcription")
	if !ok {
		return nil, false
	}
	t := &transcription{OutputModes: readChoices(f, "output_modes", outputModes)}
	if withModes {
		t.Modes = readChoices(f, "modes", transcriptionModes)
	}
	f.texts("custom_vocabulary") // only its type is looked at: nobody speaks here
	readSummary(f, t)
	if !either(f.flag("enabled"), false) {
		return nil, true
	}
	return t, true
}

func readSummary(f fields, t *transcription) {
	f, ok := f.object("summary")
	if !ok {
		return
	}
	t.Summary = either(f.flag("enabled"), false)
	if utf8.RuneCountInString(either(f.text("context"), "")) > summaryContextMax {
		f.refuse(textLonger, "context", summaryContextMax)
	}
	if n := f.number("temperature"); n != nil && (*n < temperatureMin || *n > temperatureMax) {
		f.refuse(textTemperature, "temperature")
	}
	sections := f.objects("sections")
	if len(sections) > summarySectionsMax {
		f.refuse(textSections, "sections", summarySectionsMax)
	}
	for _, in := range sections {
		t.Sections = append(t.Sections, readSection(in))
	}
}

func readSection(f fields) section {
	s := section{Title: either(f.text("title"), ""), Format: either(f.text("format"), "")}
	switch {
	case s.Title == "":
		f.refuse(textRequired, "title")
	case utf8.RuneCountInString(s.Title) > summaryTitleMax:
		f.refuse(textLonger, "title", summaryTitleMax)
	case !slices.Contains(sectionFormats, s.Format):
		f.refuse(textOneOf, "format", sectionFormats)
	}
	return s
}

// readChoices reads an array of strings that have to be among those known.
func readChoices(f fields, key string, known []string) []string {
	texts := f.texts(key)
	for _, text := range texts {
		if !slices.Contains(known, text) {
			f.refuse(textSomeOf, key, known)
			return nil
		}
	}
	return texts
}
