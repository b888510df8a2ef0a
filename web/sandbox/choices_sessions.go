package sandbox

// This file lists what the sandbox does about sessions where the API's documents are silent or contradict each other; choices.go has
// the rest.

var sessionReadings []reading
