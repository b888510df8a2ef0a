package sandbox

// This file lists what the sandbox does about templates where the API's documents are silent or contradict each other; choices.go has
// the rest.

var templateReadings []reading
