package sandbox

var templateRows []row
