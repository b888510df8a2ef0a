//go:build !race

package ledger_test

// manySteps is how long random courses are.
const manySteps = 2500
