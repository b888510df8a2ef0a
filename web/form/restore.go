package form

import (
	"net/url"
	"strings"
	"time"
)

// secretField begins the names of the inputs for secrets; the secret's path in the API's JSON follows.
const secretField = "secret."

// maxSecret is how many bytes a secret may have; ours.
const maxSecret = 4096

// Restore is the form that brings a room or template back to an earlier state, as typed.
type Restore struct {
	*Confirm        // why, and the form token
	At       string // the moment
	Version  string // of what was agreed to
	Secrets  map[string]string
}

// ParseRestore reads what was typed.
func ParseRestore(values url.Values) *Restore {
	f := &Restore{Confirm: ParseConfirm(values), Secrets: map[string]string{}}
	f.Repeated = append(f.Repeated, readInputs(values, []input{{"at", &f.At}, {"version", &f.Version}})...)
	for name, typed := range values {
		if path, is := strings.CutPrefix(name, secretField); is && len(typed) > 0 {
			f.Secrets[path] = strings.TrimSpace(typed[0])
		}
	}
	return f
}

// Valid checks every rule but whether all secrets are there, which only a look at the room or template tells.
func (f *Restore) Valid() bool {
	f.Confirm.Valid()
	f.Errors.Check(!f.Time().IsZero(), "", "This form is damaged: it doesn't say which state to bring back. Open it again.")
	for path, typed := range f.Secrets {
		f.Errors.Check(len(typed) <= maxSecret && isPlain(typed, ""), SecretField(path), "Type this again; it is too long, or holds something that is no text.")
	}
	return !f.Errors.Any()
}

// Time is the moment; zero where it can't be read.
func (f *Restore) Time() time.Time { return endOf(f.At) }

// SecretField is the name of the input for the secret at a path.
func SecretField(path string) string { return secretField + path }
