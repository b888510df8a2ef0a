//go:build race

package ledger_test

// manySteps is how long random courses are: the race detector makes each step several times as slow.
const manySteps = 500
