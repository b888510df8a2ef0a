package blueprint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// TestRenamed: roles are paired by what they are, whatever lists follow their names, and never where another can be meant.
func TestRenamed(t *testing.T) {
	const host = `"priority":1,"subscribeParams":{"maxSubsBitRate":3200,"subscribeToRoles":["host","guest"]}`
	for name, tt := range map[string]struct {
		have, will string
		want       map[string]string
	}{
		"itself received":  {`{"host":{` + host + `},"guest":{"priority":2}}`, `{"chair":{"priority":1,"subscribeParams":{"maxSubsBitRate":3200,"subscribeToRoles":["chair"]}},"guest":{"priority":2}}`, map[string]string{"host": "chair"}},
		"both":             {`{"a":{"priority":1},"b":{"priority":2}}`, `{"c":{"priority":2},"d":{"priority":1}}`, map[string]string{"a": "d", "b": "c"}},
		"changed as well":  {`{"a":{"priority":1}}`, `{"c":{"priority":2}}`, nil},
		"one of two":       {`{"a":{"priority":1}}`, `{"b":{"priority":1},"c":{"priority":1}}`, nil},
		"two into one":     {`{"a":{"priority":1},"b":{"priority":1}}`, `{"c":{"priority":1}}`, nil},
		"nothing in them":  {`{"a":{}}`, `{"b":{}}`, nil},
		"still there":      {`{"a":{"priority":1}}`, `{"a":{"priority":2},"b":{"priority":1}}`, nil},
		"no roles, no map": {`null`, `[]`, nil},
	} {
		got := blueprint.Renamed(parse(t, `{"roles":`+tt.have+`}`), parse(t, `{"roles":`+tt.will+`}`))
		if tt.want == nil {
			tt.want = map[string]string{}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	changes, err := blueprint.Diff(`{"roles":{"host":{"name":"host",`+host+`}}}`, `{"roles":{"chair":{"name":"chair","priority":1,"subscribeParams":{"maxSubsBitRate":3200,"subscribeToRoles":["chair","guest"]}}}}`)
	if err != nil || len(changes) == 0 || changes[0].Will != "chair (renamed)" {
		t.Errorf("the difference is %+v, %v", changes, err)
	}
}
