package form

import (
	"net/url"
	"slices"
	"strings"
)

// MaxReason is how many characters a reason may have; ours.
const MaxReason = 500

// cleanReason is a reason as history keeps it.
func cleanReason(s string) string { return strings.TrimSpace(unixLines(s)) }

// ReasonProblem says what to change in the reason of a change, or "" when it may be kept; it may be blank.
func ReasonProblem(s string) string {
	switch {
	case longerThan(s, MaxReason):
		return "Shorten the reason to 500 characters or fewer."
	case !isPlain(s, "\n\t"):
		return "Type the reason again; it holds something that is no text."
	}
	return ""
}

// Confirm is the form of a page that asks before a change, as typed.
type Confirm struct {
	Reason    string // why; may be blank
	FormToken string
	Repeated  []string
	Errors    Errors
}

// ParseConfirm reads what was typed.
func ParseConfirm(values url.Values) *Confirm {
	f := &Confirm{}
	f.Repeated = readInputs(values, []input{{"reason", &f.Reason}, {"form_token", &f.FormToken}})
	f.Reason = cleanReason(f.Reason)
	return f
}

// ValidLocal checks every rule of a change that calls no API, and so needs no form token.
func (f *Confirm) ValidLocal() bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	f.Errors.problem("reason", ReasonProblem(f.Reason))
	return !f.Errors.Any()
}

// Valid checks every rule.
func (f *Confirm) Valid() bool {
	f.ValidLocal()
	f.Errors.Check(isFormToken(f.FormToken) && !slices.Contains(f.Repeated, "form_token"), "",
		"This form is out of date. Check it and send it again.")
	return !f.Errors.Any()
}

// isFormToken says whether s has the shape of a form token.
func isFormToken(s string) bool {
	return len(s) >= 16 && len(s) <= 128 && consistsOf(s, isURLSafe)
}
