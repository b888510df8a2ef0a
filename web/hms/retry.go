package hms

import (
	"context"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

const (
	backoffBase = 200 * time.Millisecond
	backoffMax  = 5 * time.Second

	// maxWait is the longest pause within an operation. Whoever is asked to wait longer gets the error and the wait.
	maxWait = 10 * time.Second

	maxRetryAfter = 24 * time.Hour // what a server may ask for; more is taken for a mistake
)

// backoff returns the pause after the n-th attempt, n from 1: twice as long each time, the half of it by chance, so that
// those who failed together don't come back together.
func backoff(n int) time.Duration {
	full := backoffMax
	if shift := n - 1; shift < 10 {
		full = min(backoffBase<<shift, backoffMax)
	}
	return full/2 + rand.N(full/2)
}

// sleep waits for d, or until ctx ends and says why it did.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// affordable says whether a pause is short enough to be made within the operation, and ends before ctx does.
func affordable(ctx context.Context, pause time.Duration) bool { return pause <= patience(ctx) }

// patience is the longest pause that may be made within an operation and ends before ctx does.
func patience(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return maxWait
	}
	return min(maxWait, time.Until(deadline)-1) // at the very end there is no time left for the call
}

// retryText is where the vendor says the wait: in the message of a 429.
var retryText = regexp.MustCompile(`(?i)retry after (\d+) second`)

// retryAfter returns the wait that an answer asks for: by its header, in seconds or as a date, or in one of its texts.
func retryAfter(header http.Header, now time.Time, texts []string) time.Duration {
	value := header.Get("Retry-After")
	if wait, ok := seconds(value); ok {
		return wait
	}
	if at, err := http.ParseTime(value); err == nil {
		if date, err := http.ParseTime(header.Get("Date")); err == nil {
			now = date // both by the server's clock: ours may be off
		}
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	for _, text := range texts {
		if found := retryText.FindStringSubmatch(text); found != nil {
			wait, _ := seconds(found[1])
			return wait
		}
	}
	return 0
}

// seconds reads a wait in whole seconds, limited to maxRetryAfter.
func seconds(text string) (time.Duration, bool) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, false
	}
	return time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second, true
}
