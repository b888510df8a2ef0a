package blueprint

import (
	"slices"
)

// onlyAnswers are the keys that the API says of a template by itself, by the path of what they stand in. No request has them.
var onlyAnswers = map[string][]string{
	"":                               {"id", "_id", "customerId", "customer_id", "customer", "appId", "default", "createdAt", "updatedAt"},
	"settings":                       {"retry"},
	"destinations.hlsDestinations.*": {"role"},
}

// answersOnly says whether a key of an object, by its path with * for rows, is one that only answers have.
func answersOnly(like, key string) bool { return slices.Contains(onlyAnswers[like], key) }
