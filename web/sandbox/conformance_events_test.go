package sandbox

var eventRows []row
