package form_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
)

func TestEmailProblem(t *testing.T) {
	good := []string{"asha@example.org", " Asha.Rao+desk@Example.ORG ", "root@localhost", "o'neill@example.org", "ünï@bücher.example"}
	for _, email := range good {
		if text := form.EmailProblem(email); text != "" {
			t.Errorf("EmailProblem(%q) = %q, want none", email, text)
		}
	}
	bad := []string{
		"", "   ", "asha", "@example.org", "asha@", "a@b@c", "asha@example..org", "asha@.org", "asha@example.", "a b@example.org",
		"a@exam ple.org", "a\x00@example.org", "a\r\n@example.org", "a\xff@example.org", "<a@example.org>", "a,b@example.org",
		strings.Repeat("a", 255) + "@example.org", strings.Repeat("a@", 1<<19),
	}
	for _, email := range bad {
		if text := form.EmailProblem(email); !strings.HasSuffix(text, ".") {
			t.Errorf("EmailProblem(%.40q) = %q, want a sentence", email, text)
		}
	}
	if got := form.CleanEmail(" Asha@Example.ORG\n"); got != "asha@example.org" {
		t.Errorf("CleanEmail = %q", got)
	}
}

func TestPasswordProblem(t *testing.T) {
	const email = "asha.rao@example.org"
	good := []string{"plum tent ocean", "1q!w2@e3#r4$", strings.Repeat("ab1é", 32), "ünïcödé pass", "tab\tin the middle"}
	for _, password := range good {
		if text := form.PasswordProblem(password, email); text != "" {
			t.Errorf("PasswordProblem(%q) = %q, want none", password, text)
		}
	}
	bad := map[string]string{
		"":                         "Choose a password of 12",
		"elevenchars":              "longer",
		"éééééé":                   "longer", // twelve bytes, six characters
		strings.Repeat("ab1é", 33): "128",
		strings.Repeat("a", 1<<20): "128",
		"Asha.Rao@example.ORG":     "not the e-mail",
		"Password1234":             "harder to guess",
		"aaaaaaaaaaaaaaa":          "harder to guess",
		"abababababab":             "harder to guess",
		"plum tent \xff ocean":     "no text",
		"plum tent \x00 ocean":     "no text",
	}
	for password, says := range bad {
		if text := form.PasswordProblem(password, email); !strings.Contains(text, says) || !strings.HasSuffix(text, ".") {
			t.Errorf("PasswordProblem(%.40q) = %q, want a sentence with %q", password, text, says)
		}
	}
}

func TestAccountForms(t *testing.T) {
	const (
		email    = "asha@example.org"
		password = "plum tent ocean"
		link     = "kq3Zt0_-Ww81LxPzB2aa"
	)
	values := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	signIn := func(v url.Values) []form.Message { f := form.ParseSignIn(v); f.Valid(); return f.Errors.List }
	setUp := func(v url.Values) []form.Message { f := form.ParseSetUp(v); f.Valid(); return f.Errors.List }
	person := func(v url.Values) []form.Message { f := form.ParsePerson(v); f.Valid(); return f.Errors.List }
	change := func(v url.Values) []form.Message {
		f := form.ParsePerson(v)
		f.ValidChange(email)
		return f.Errors.List
	}
	tests := []struct {
		name   string
		check  func(url.Values) []form.Message
		typed  url.Values
		fields []string
	}{
		{"sign in", signIn, values("email", email, "password", "x"), nil},
		{"sign in with nothing", signIn, nil, []string{"email", "password"}},
		{"sign in with too much", signIn, values("email", strings.Repeat("a", 255), "password", strings.Repeat("p", 1025)), []string{"email", "password"}},
		{"sign in with a null byte", signIn, values("email", "a\x00", "password", "x"), []string{"email"}},
		{"sign in twice", signIn, values("email", email, "password", "x", "password", "y"), []string{"password"}},
		{"set up", setUp, values("token", link, "email", email, "password", password), nil},
		{"set up without the link", setUp, values("email", email, "password", password), []string{""}},
		{"set up with rules broken", setUp, values("token", link, "email", "x", "password", "short"), []string{"email", "password"}},
		{"person", person, values("email", email, "role", "auditor", "password", password), nil},
		{"person with nothing", person, nil, []string{"email", "role", "password"}},
		{"person with another role", person, values("email", email, "role", "root", "password", password), []string{"role"}},
		{"person with e-mail as password", person, values("email", email, "role", "admin", "password", email), []string{"password"}},
		{"change keeps the password", change, values("role", "admin"), nil},
		{"change to a bad password", change, values("role", "admin", "password", email), []string{"password"}},
		{"change to no role", change, values("role", ""), []string{"role"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var fields []string
			for _, m := range tt.check(tt.typed) {
				fields = append(fields, m.Field)
			}
			if diff := cmp.Diff(tt.fields, fields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
	if f := form.ParsePerson(values("disabled", "on")); !f.Disabled {
		t.Error("the box for disabled is not read")
	}
}
