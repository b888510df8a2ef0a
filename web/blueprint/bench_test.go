package blueprint_test

import (
	"maps"
	"strconv"
	"testing"

	"roomledger/web/blueprint"
)

// BenchmarkCheck draws and checks a template of 20 roles with everything in each; it should stay below 2 ms.
func BenchmarkCheck(b *testing.B) {
	tree := full(b)
	roles := tree["roles"].(map[string]any)
	for i := range 18 {
		role := maps.Clone(roles["tutor"].(map[string]any))
		role["name"] = "tutor" + strconv.Itoa(i)
		roles["tutor"+strconv.Itoa(i)] = role
	}
	for b.Loop() {
		f := blueprint.FormOf(tree)
		f.Values.Set("roles.3.priority", "2")
		if !f.Valid() {
			b.Fatal(f.Errors.List)
		}
	}
}
