package components

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Ago says how long t is past, in words that stay true for a while: "just now", "2 min ago", "3 h ago", "yesterday",
// "5 days ago", then the date (UTC). A zero time gives "never". app.js has the same rules.
func Ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < -time.Minute:
		return Exact(t)
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min ago"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h ago"
	case d < 48*time.Hour:
		return "yesterday"
	case d < 14*24*time.Hour:
		return strconv.Itoa(int(d/(24*time.Hour))) + " days ago"
	}
	return Date(now, t)
}

// Date is a day for people, in UTC: "3 Sep", with the year unless it is now's.
func Date(now, t time.Time) string {
	now, t = now.UTC(), t.UTC()
	if now.Year() == t.Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// Exact is a point in time to the second, in UTC: "2026-11-22 20:51:07 UTC". A zero time gives "never".
func Exact(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(exactLayout)
}

const (
	exactLayout = "2006-01-02 15:04:05 UTC"
	stampLayout = "2006-01-02T15:04:05.000Z"
)

// Time shows a point in time in words, with the exact UTC time on hover. app.js keeps the words fresh.
func Time(now, t time.Time) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var space [128]byte
		_, err := w.Write(AppendTime(space[:0], now, t))
		return err
	})
}

// Number writes n with commas between thousands: 10,482.
func Number[N int | int64](n N) string {
	var space [27]byte
	return string(AppendNumber(space[:0], n))
}

// Took writes milliseconds as people read them: "182 ms", "9.1 s", "30 s". Zero gives an en dash: it wasn't measured.
func Took(ms int64) string {
	switch {
	case ms <= 0:
		return "–"
	case ms < 1000:
		return strconv.FormatInt(ms, 10) + " ms"
	case ms < 10_000:
		return strconv.FormatFloat(float64(ms/100)/10, 'f', -1, 64) + " s"
	}
	return Number(ms/1000) + " s"
}

// Plural writes a count with its word: "1 room", "38 rooms".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// ShortID keeps the two ends of a long id: "65a0…3b4c". Ids of twelve characters or fewer stay whole.
func ShortID(id string) string {
	if len(id) <= 12 {
		return id
	}
	return id[:4] + "…" + id[len(id)-4:]
}
