package sandbox

var roomRows []row
