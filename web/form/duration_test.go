package form_test

import (
	"errors"
	"strings"
	"testing"

	"roomledger/web/form"
)

func TestParseDuration(t *testing.T) {
	tests := []struct {
		typed   string
		seconds int
		err     error
	}{
		{"5400", 5400, nil},
		{" 120 ", 120, nil},
		{"43200", 43200, nil},
		{"90m", 5400, nil},
		{"1h30m", 5400, nil},
		{"1 h 30 min", 5400, nil},
		{"1H30M", 5400, nil},
		{"45min", 2700, nil},
		{"2 hours", 7200, nil},
		{"1 hour 5 minutes 7 seconds", 3907, nil},
		{"300s", 300, nil},
		{"12h", 43200, nil},
		{"119", 0, form.ErrDurationShort},
		{"1m59s", 0, form.ErrDurationShort},
		{"0", 0, form.ErrDurationShort},
		{"43201", 0, form.ErrDurationLong},
		{"12h1s", 0, form.ErrDurationLong},
		{"99999999999999999999h", 0, form.ErrDurationLong},
		{"99999999999999999999h99999999999999999999m", 0, form.ErrDurationLong},
		{"", 0, form.ErrDuration},
		{"-5400", 0, form.ErrDuration},
		{"+5400", 0, form.ErrDuration},
		{"0x1518", 0, form.ErrDuration},
		{"5400.0", 0, form.ErrDuration},
		{"1.5h", 0, form.ErrDuration},
		{"1h30", 0, form.ErrDuration},
		{"1:30", 0, form.ErrDuration},
		{"h", 0, form.ErrDuration},
		{"30m1h", 0, form.ErrDuration},
		{"1h1h", 0, form.ErrDuration},
		{"5 parsecs", 0, form.ErrDuration},
		{"٥٤٠٠", 0, form.ErrDuration},
		{strings.Repeat("1", 1<<20), 0, form.ErrDuration},
	}
	for _, tt := range tests {
		got, err := form.ParseDuration(tt.typed)
		if got != tt.seconds || !errors.Is(err, tt.err) {
			t.Errorf("ParseDuration(%.40q) = %d, %v, want %d, %v", tt.typed, got, err, tt.seconds, tt.err)
		}
	}
}

func TestDurationWords(t *testing.T) {
	for seconds, want := range map[int]string{
		5400: "1 h 30 min", 120: "2 min", 43200: "12 h", 3907: "1 h 5 min 7 s", 45: "45 s", 0: "0 s", -3: "0 s",
	} {
		if got := form.DurationWords(seconds); got != want {
			t.Errorf("DurationWords(%d) = %q, want %q", seconds, got, want)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"5400", "90m", "1h30m", "1 h 30 min", "12h1s", "-1", "0x10", "h", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := form.ParseDuration(s)
		if err != nil {
			if n != 0 {
				t.Errorf("ParseDuration(%q) = %d with %v", s, n, err)
			}
			return
		}
		if n < form.MinDuration || n > form.MaxDuration {
			t.Errorf("ParseDuration(%q) = %d, outside its range", s, n)
		}
		if back, err := form.ParseDuration(form.DurationWords(n)); back != n || err != nil {
			t.Errorf("%q does not read back: %d, %v", form.DurationWords(n), back, err)
		}
	})
}
