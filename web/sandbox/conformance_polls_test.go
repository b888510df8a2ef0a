package sandbox

var pollRows []row
