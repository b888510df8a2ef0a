package form

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of accounts.
const (
	MaxEmailBytes    = 254 // what mail servers take
	MinPassword      = 12  // characters
	MaxPassword      = 128 // characters
	maxPasswordBytes = 1024
)

// Roles are the roles a person can have, from the fewest rights to the most.
func Roles() []string { return []string{"viewer", "auditor", "operator", "admin"} }

// CleanEmail is an e-mail address as accounts are kept by: without blanks around it, in lower case.
func CleanEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// EmailProblem says what to change in the e-mail address of an account, or "" when it may be used. It catches typing
// errors; only sending to an address would prove it, and nothing is ever sent.
func EmailProblem(email string) string {
	email = strings.TrimSpace(email)
	local, domain, _ := strings.Cut(email, "@")
	switch {
	case email == "":
		return "Give an e-mail address."
	case len(email) > MaxEmailBytes:
		return "Shorten the e-mail address to 254 characters or fewer."
	case local == "", !isDomain(domain), !isPlain(email, ""), strings.ContainsFunc(email, notInAddress):
		return "Write the e-mail address in full, such as asha@example.org."
	}
	return ""
}

func notInAddress(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>()[],;:"\`, r) }

// isDomain wants one or more labels with a dot between each two; localhost is one.
func isDomain(s string) bool {
	return !strings.Contains(s, "@") && !slices.Contains(strings.Split(s, "."), "")
}

// PasswordProblem says what to change in a new password of the account with this e-mail address, or "" when it may be
// used. Length is what protects; signs and digits are not asked for.
func PasswordProblem(password, email string) string {
	switch {
	case password == "":
		return "Choose a password of 12 characters or more."
	case len(password) > maxPasswordBytes, longerThan(password, MaxPassword):
		return "Shorten the password to 128 characters or fewer."
	case !utf8.ValidString(password), strings.ContainsRune(password, 0):
		return "The password holds something that is no text. Type it again."
	case utf8.RuneCountInString(password) < MinPassword:
		return "Choose a longer password: 12 characters or more."
	case strings.EqualFold(password, strings.TrimSpace(email)):
		return "Choose a password that is not the e-mail address."
	case isGuessable(password):
		return "Choose a password that is harder to guess, such as four words that don't belong together."
	}
	return ""
}

// worstPasswords are the commonest of those that are long enough, in lower case.
var worstPasswords = []string{
	"123456123456", "123456789012", "1234567890123", "12345678901234", "123456789123", "123123123123", "111222333444",
	"1q2w3e4r5t6y", "1qaz2wsx3edc", "qwerty123456", "qwertyuiop12", "qwertyuiop123", "qwertyuiopasdf", "qwertyuiop[]",
	"asdfghjkl123", "abcdefghijkl", "abc123abc123", "password1234", "password12345", "password123456", "passwordpassword",
	"password123!", "passw0rd1234", "administrator", "administrator1", "admin1234567", "admin123456!", "adminadminadmin",
	"letmein12345", "iloveyou1234", "welcome12345", "welcome123456", "changeme1234", "changemenow!", "roomledger123",
	"roomledger1234", "roomledgerroomledger",
}

// isGuessable knows the worst passwords and those made of one or two different characters.
func isGuessable(password string) bool {
	different := map[rune]bool{}
	for _, r := range password {
		different[unicode.ToLower(r)] = true
	}
	return len(different) <= 2 || slices.Contains(worstPasswords, strings.ToLower(password))
}

// once checks that each field came once.
func once(e *Errors, repeated []string) {
	for _, field := range repeated {
		e.Add(field, SentTwice)
	}
}

// SignIn is the form that starts a session, as typed.
type SignIn struct {
	Email    string
	Password string // secret
	Next     string // where to go afterwards; use NextPath

	Repeated []string
	Errors   Errors
}

// ParseSignIn reads what was typed.
func ParseSignIn(values url.Values) *SignIn {
	f := &SignIn{}
	f.Repeated = readInputs(values, []input{{"email", &f.Email}, {"password", &f.Password}, {"next", &f.Next}})
	return f
}

// Valid asks for something in both fields and no more: the rules for new passwords would help only those who guess.
func (f *SignIn) Valid() bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	email := strings.TrimSpace(f.Email)
	f.Errors.Check(email != "", "email", "Give your e-mail address.")
	f.Errors.Check(len(email) <= MaxEmailBytes, "email", "Shorten the e-mail address to 254 characters or fewer.")
	f.Errors.Check(isPlain(email, ""), "email", "Type the e-mail address again; it holds something that is no text.")
	f.Errors.Check(f.Password != "", "password", "Give your password.")
	f.Errors.Check(len(f.Password) <= maxPasswordBytes, "password", "Shorten the password to 128 characters or fewer.")
	f.Errors.sort([]string{"email", "password", "next"})
	return !f.Errors.Any()
}

// SetUp is the form that makes the first admin, as typed.
type SetUp struct {
	Token    string // secret: from the one-time link
	Email    string
	Password string // secret

	Repeated []string
	Errors   Errors
}

// ParseSetUp reads what was typed.
func ParseSetUp(values url.Values) *SetUp {
	f := &SetUp{}
	f.Repeated = readInputs(values, []input{{"token", &f.Token}, {"email", &f.Email}, {"password", &f.Password}})
	return f
}

// Valid checks every rule; whether the token is the right one is not for a form to know.
func (f *SetUp) Valid() bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	usable := len(f.Token) >= 16 && len(f.Token) <= 128 && consistsOf(f.Token, isURLSafe)
	f.Errors.Check(usable, "", "This page was opened without a whole set-up link. Open the link that the server printed.")
	f.Errors.problem("email", EmailProblem(f.Email))
	f.Errors.problem("password", PasswordProblem(f.Password, f.Email))
	f.Errors.sort([]string{"token", "email", "password"})
	return !f.Errors.Any()
}

// Person is the form of somebody's account, as typed: to add one, or to change one.
type Person struct {
	Email    string
	Role     string
	Password string // secret; blank in a change keeps the old one
	Current  string // secret: the password as it is, asked of those who change their own
	Disabled bool   // in a change only
	Reason   string // of a change; may be blank

	Repeated []string
	Errors   Errors
}

// ParsePerson reads what was typed.
func ParsePerson(values url.Values) *Person {
	f := &Person{}
	var disabled string
	f.Repeated = readInputs(values, []input{
		{"email", &f.Email},
		{"role", &f.Role},
		{"password", &f.Password},
		{"current_password", &f.Current},
		{"disabled", &disabled},
		{"reason", &f.Reason},
	})
	f.Disabled = disabled == "on"
	f.Reason = cleanReason(f.Reason)
	return f
}

// Valid checks the form that adds a person.
func (f *Person) Valid() bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	f.Errors.problem("email", EmailProblem(f.Email))
	f.checkRole()
	f.Errors.problem("password", PasswordProblem(f.Password, f.Email))
	f.Errors.sort(personFields)
	return !f.Errors.Any()
}

// ValidChange checks the form that changes the person with this e-mail address. A blank password keeps the old one.
func (f *Person) ValidChange(email string) bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	f.checkRole()
	if f.Password != "" {
		f.Errors.problem("password", PasswordProblem(f.Password, email))
	}
	f.Errors.problem("reason", ReasonProblem(f.Reason))
	f.Errors.sort(personFields)
	return !f.Errors.Any()
}

var personFields = []string{"email", "role", "current_password", "password", "disabled", "reason"}

func (f *Person) checkRole() {
	f.Errors.Check(slices.Contains(Roles(), f.Role), "role", "Choose a role: viewer, auditor, operator or admin.")
}
