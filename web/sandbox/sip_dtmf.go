package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// toneStep is a tone of 100 ms and the gap of 100 ms after it (documentation: SIP, "DTMF transmission").
const toneStep = 200 * time.Millisecond

// tonesKept are the digits that are remembered of a call; of more it keeps the newest.
const tonesKept = 1000

// tone is a digit on its way to a telephone.
type tone struct {
	Digit string    `json:"digit"`
	At    time.Time `json:"at"` // when it sounds
}

// sendDigits sends DTMF digits to the telephones in the room of the auth token that the call is made with.
func (s *Server) sendDigits(r *http.Request) (any, error) {
	claims, err := s.bearerAuth(r)
	if err != nil {
		return nil, err
	}
	digits, err := readDigits(r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.update(func(tx *tx) error {
		if tx.rooms.at(claims.RoomID) == nil {
			return errSIPRoomNotFound
		}
		for _, p := range tx.connected(claims.RoomID) {
			if call := tx.callsOf[p.ID]; call != nil {
				tx.calls.put(tx, call.queued(digits, tx.now))
			}
		}
		return nil
	})
}

func readDigits(r *http.Request) ([]string, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, shortened(err)
	}
	digits := f.texts("digits")
	if *f.err != nil {
		return nil, shortened(*f.err)
	}
	if len(digits) == 0 {
		return nil, errNoDigits
	}
	for _, digit := range digits {
		if len(digit) != 1 || !strings.Contains("0123456789*#abcd", digit) {
			return nil, errDigit
		}
	}
	return digits, nil
}

// queued is the call with digits to sound after those that are on their way.
func (c *sipCall) queued(digits []string, now time.Time) *sipCall {
	next := *c
	next.Tones = slices.Clone(c.Tones)
	at := now
	if n := len(next.Tones); n > 0 {
		if free := next.Tones[n-1].At.Add(toneStep); free.After(at) {
			at = free
		}
	}
	for _, digit := range digits {
		next.Tones = append(next.Tones, tone{digit, at})
		at = at.Add(toneStep)
	}
	next.Tones = next.Tones[max(0, len(next.Tones)-tonesKept):]
	return &next
}
