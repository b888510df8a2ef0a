package sandbox

// This file lists what the sandbox does about events where the API's documents are silent or contradict each other; choices.go has
// the rest.

var eventReadings []reading
