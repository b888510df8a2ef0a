package sandbox

import "slices"

// Reading names another way to read the API's documents than the one that the sandbox usually takes.
type Reading string

// reading says what a Reading changes. The choices files declare them beside the choice that they turn over.
type reading struct {
	name         Reading
	usual, other string // what the sandbox does without and with it
	page         string // of the documents, which are silent there or contradict themselves
}

// readings lists them all; the flags, the help and the tests read it.
func readings() []reading {
	return slices.Concat(roomReadings, templateReadings, sessionReadings, beamReadings, pollReadings, eventReadings)
}

// Readings returns the names of all readings that can be chosen with Options.Readings, and what each of them does.
func Readings() []ReadingInfo {
	var all []ReadingInfo
	for _, r := range readings() {
		all = append(all, ReadingInfo{r.name, r.usual, r.other})
	}
	return all
}

// ReadingInfo says what the sandbox does without a reading and with it.
type ReadingInfo struct {
	Name         Reading
	Usual, Other string
}
