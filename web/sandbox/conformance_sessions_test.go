package sandbox

var sessionRows []row
