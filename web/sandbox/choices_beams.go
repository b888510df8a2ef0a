package sandbox

// This file lists what the sandbox does about beams where the API's documents are silent or contradict each other; choices.go has
// the rest.

var beamReadings []reading
