package blueprint

// NodeAt is nodeAt, for tests.
var NodeAt = nodeAt
