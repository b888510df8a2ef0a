package form

import (
	"errors"
	"strconv"
	"strings"
)

// How long a session may last, in seconds.
const (
	MinDuration = 120
	MaxDuration = 43200
)

// Why ParseDuration refuses.
var (
	ErrDuration      = errors.New("not a duration")
	ErrDurationShort = errors.New("duration under 120 seconds")
	ErrDurationLong  = errors.New("duration over 43200 seconds")
)

// unitSeconds knows the words for units, in lower case.
var unitSeconds = map[string]int{
	"h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
	"m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
	"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
}

// ParseDuration reads 5400, 90m, 1h30m, "1 h 30 min" or "2 hours": whole numbers, a bare one in seconds, else with
// units from the biggest down, each once, in any case and spacing. The result is 120 to 43200 seconds; outside it the
// error is ErrDurationShort or ErrDurationLong, and ErrDuration when s can't be read at all.
func ParseDuration(s string) (seconds int, err error) {
	s = strings.ToLower(strings.TrimSpace(s))
	total, ok := readDuration(s)
	switch {
	case !ok:
		return 0, ErrDuration
	case total < MinDuration:
		return 0, ErrDurationShort
	case total > MaxDuration:
		return 0, ErrDurationLong
	}
	return total, nil
}

func readDuration(s string) (total int, ok bool) {
	const enough = 64
	if s == "" || len(s) > enough {
		return 0, false
	}
	if consistsOf(s, isDigit) {
		return boundedNumber(s), true
	}
	smallest := MaxDuration
	for s != "" {
		count, unit, rest, found := cutPart(s)
		if !found || unit >= smallest {
			return 0, false
		}
		total += count * unit
		smallest, s = unit, rest
	}
	return total, true
}

// cutPart cuts one number with its unit off the front of s.
func cutPart(s string) (count, unit int, rest string, ok bool) {
	digits := prefixOf(s, isDigit)
	s = strings.TrimLeft(s[len(digits):], " ")
	word := prefixOf(s, isLower)
	unit, known := unitSeconds[word]
	return boundedNumber(digits), unit, strings.TrimLeft(s[len(word):], " "), digits != "" && known
}

func prefixOf(s string, ok func(byte) bool) string {
	for i := range len(s) {
		if !ok(s[i]) {
			return s[:i]
		}
	}
	return s
}

// boundedNumber reads digits; a number too big to matter comes back as one just over every limit, so that sums of
// three can't overflow.
func boundedNumber(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil || n > MaxDuration {
		return MaxDuration + 1
	}
	return n
}

func durationProblem(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrDurationShort):
		return "Choose 2 minutes (120 seconds) or longer."
	case errors.Is(err, ErrDurationLong):
		return "Choose 12 hours (43,200 seconds) or shorter."
	}
	return "Write the duration in seconds, such as 5400, or with units, such as 90m or 1h30m."
}

// DurationWords says a number of seconds for people: 5400 is "1 h 30 min". ParseDuration reads it back.
func DurationWords(seconds int) string {
	parts := make([]string, 0, 3)
	for _, u := range []struct {
		seconds int
		word    string
	}{{3600, " h"}, {60, " min"}, {1, " s"}} {
		if n := seconds / u.seconds; n > 0 {
			parts = append(parts, strconv.Itoa(n)+u.word)
			seconds -= n * u.seconds
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}
