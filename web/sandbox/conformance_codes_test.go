package sandbox

var codeRows []row
