package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"roomledger/db"
	"roomledger/handlers"
	"roomledger/handlers/ledger"
	"roomledger/web/form"
)

// userArgs are the flags of all user commands; each uses its own.
type userArgs struct {
	data, email, role, reason string
	stdin                     bool
}

// userVerb is one user command.
type userVerb struct {
	verb
	password bool // it takes one
	run      func(context.Context, *db.DB, *ledger.Ledger, ledger.Change, userArgs, streams) error
}

func userVerbs() []userVerb {
	return []userVerb{
		{verb: verb{name: "add", records: []string{"user.create"}}, password: true, run: addUser},
		{verb: verb{name: "list", unrecorded: "it only reads"}, run: listUsers},
		{verb: verb{name: "disable", records: []string{"user.update"}}, run: disableUser},
		{verb: verb{name: "password", records: []string{"user.update"}}, password: true, run: setPassword},
	}
}

func verbsOf(of []userVerb) []verb {
	all := make([]verb, len(of))
	for i := range of {
		all[i] = of[i].verb
	}
	return all
}

func runUser(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	verbs := userVerbs()
	const help = "usage: roomledger user add|list|disable|password [flags]"
	if len(args) > 0 && slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		fmt.Fprintln(s.out, help)
		return exitFine
	}
	i := slices.IndexFunc(verbs, func(v userVerb) bool { return len(args) > 0 && v.name == args[0] })
	if i < 0 {
		return fail(s, exitUsage, errors.New(help))
	}
	v := verbs[i]
	a, code, done := userFlags(v, args[1:], getenv, s)
	if done {
		return code
	}
	return exit(s, withStore(ctx, a.data, getenv, func(d *db.DB, l *ledger.Ledger) error {
		ch := atTerminal(getenv)
		ch.Reason = a.reason
		return v.run(ctx, d, l, ch, a, s)
	}))
}

// userFlags reads the flags of a user command; done is true when there is nothing left to do, with the exit code.
func userFlags(v userVerb, args []string, getenv func(string) string, s streams) (a userArgs, code int, done bool) {
	fs := flag.NewFlagSet("user "+v.name, flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	fs.StringVar(&a.email, "email", "", "e-mail `address` of the person")
	if v.name == "add" {
		fs.StringVar(&a.role, "role", "", "`role`: admin, operator, viewer or auditor")
	}
	if v.password {
		fs.BoolVar(&a.stdin, "password-stdin", false, "read the password from standard input (the only way to give it)")
	}
	if len(v.records) > 0 {
		fs.StringVar(&a.reason, "reason", "", "`why`, for history; at most 500 characters")
	}
	if code, done := parse(fs, args, s); done {
		return a, code, true
	}
	a.data = *data
	if problem := form.ReasonProblem(a.reason); problem != "" {
		return a, fail(s, exitUsage, errors.New("-reason: "+problem)), true
	}
	return a, exitFine, false
}

func addUser(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, a userArgs, s streams) error {
	if problem := form.EmailProblem(a.email); problem != "" {
		return &usageError{"-email: " + problem}
	}
	if !slices.Contains(form.Roles(), a.role) {
		return &usageError{"-role is one of " + strings.Join(form.Roles(), ", ")}
	}
	password, err := readPassword(a, s)
	if err != nil {
		return err
	}
	u, err := handlers.CreateUser(ctx, d, l, ch, form.CleanEmail(a.email), a.role, password)
	if errors.Is(err, db.ErrExists) {
		return fmt.Errorf("%s has an account already: change its password with roomledger user password", form.CleanEmail(a.email))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "added %s as %s\n", u.Email, u.Role)
	return nil
}

// readPassword reads one line, so that a password never stands among a command's arguments.
func readPassword(a userArgs, s streams) (string, error) {
	if !a.stdin {
		return "", &usageError{"give -password-stdin and the password on standard input"}
	}
	line, err := bufio.NewReader(io.LimitReader(s.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if problem := form.PasswordProblem(password, a.email); problem != "" {
		return "", &usageError{problem}
	}
	return password, nil
}

func listUsers(ctx context.Context, d *db.DB, _ *ledger.Ledger, _ ledger.Change, _ userArgs, s streams) error {
	users, err := d.Users(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EMAIL\tROLE\tSTATE\tLAST SEEN")
	for _, u := range users {
		state, seen := "active", "never"
		if u.Disabled {
			state = "disabled"
		}
		if !u.SeenAt.IsZero() {
			seen = u.SeenAt.UTC().Format("2006-01-02 15:04 UTC")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Email, u.Role, state, seen)
	}
	return w.Flush()
}

func disableUser(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, a userArgs, s streams) error {
	u, err := knownUser(ctx, d, a.email)
	if err != nil {
		return err
	}
	if err := handlers.ChangeUser(ctx, d, l, ch, u, handlers.UserChange{Role: u.Role, Disabled: true}); err != nil {
		if errors.Is(err, handlers.ErrLastAdmin) {
			return fmt.Errorf("%s is the last admin who can sign in: add another admin first", u.Email)
		}
		return err
	}
	fmt.Fprintf(s.out, "disabled %s and ended their sessions\n", u.Email)
	return nil
}

func setPassword(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, a userArgs, s streams) error {
	u, err := knownUser(ctx, d, a.email)
	if err != nil {
		return err
	}
	password, err := readPassword(a, s)
	if err != nil {
		return err
	}
	if err := handlers.ChangeUser(ctx, d, l, ch, u, handlers.UserChange{Role: u.Role, Disabled: u.Disabled, Password: password}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "changed the password of %s and ended their sessions\n", u.Email)
	return nil
}

func knownUser(ctx context.Context, d *db.DB, email string) (db.User, error) {
	if email == "" {
		return db.User{}, &usageError{"say whom with -email"}
	}
	u, err := d.UserByEmail(ctx, form.CleanEmail(email))
	if errors.Is(err, db.ErrNotFound) {
		return db.User{}, fmt.Errorf("nobody has the address %s: see roomledger user list", form.CleanEmail(email))
	}
	return u, err
}
