package form

import (
	"net/url"
	"slices"
	"strings"
)

// MaxReason is how many bytes a reason may have; ours.
const MaxReason = 500

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
	f.Reason = strings.TrimSpace(unixLines(f.Reason))
	return f
}

// Valid checks every rule.
func (f *Confirm) Valid() bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	f.Errors.Check(len(f.Reason) <= MaxReason, "reason", "Shorten the reason to 500 characters or fewer.")
	f.Errors.Check(isPlain(f.Reason, "\n\t"), "reason", "Type the reason again; it holds something that is no text.")
	f.Errors.Check(isFormToken(f.FormToken) && !slices.Contains(f.Repeated, "form_token"), "",
		"This form is out of date. Check it and send it again.")
	return !f.Errors.Any()
}

// isFormToken says whether s has the shape of a form token.
func isFormToken(s string) bool {
	return len(s) >= 16 && len(s) <= 128 && consistsOf(s, isURLSafe)
}
