package sandbox

var beamRows []row
