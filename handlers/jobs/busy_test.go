package jobs

import "testing"

func TestMayWait(t *testing.T) {
	for name, tt := range map[string]struct {
		before, fed, head int64
		want              bool
	}{
		"just started":            {0, 9000, 9900, false},
		"new index":               {100, 0, 9900, false},
		"at rest":                 {9000, 9000, 9000, false},
		"a few":                   {9000, 9000, 9000 + busyGrowth, false},
		"busy":                    {9000, 9000, 9001 + busyGrowth, true},
		"busy for a while":        {20_000, 9000, 8999 + longestWait, true},
		"busy for too long":       {20_000, 9000, 9000 + longestWait, false},
		"far behind, and at rest": {40_000, 9000, 40_000, false},
	} {
		if got := mayWait(tt.before, tt.fed, tt.head); got != tt.want {
			t.Errorf("%s: mayWait(%d, %d, %d) = %v", name, tt.before, tt.fed, tt.head, got)
		}
	}
}
