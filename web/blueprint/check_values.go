package blueprint

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"roomledger/web/form"
)

const (
	needed    = "Fill this in; it can't be blank."
	unseen    = "This holds characters that can't be seen, such as a tab or a null byte. Type it again without them."
	tickAgain = "Tick or clear this box again."
)

// value checks one value. Names of roles are checked when they are as they were, too: their role may be gone.
func (c *checker) value(at, like string, n Node, base map[string]any, required bool) {
	typed, sent := c.values[at]
	if len(typed) > 1 && !n.multiple() {
		c.add(at, form.SentTwice)
		return
	}
	switch n.Kind {
	case Roles, RoleName, Pairs:
		c.add(at, c.unknownRoles(n, typed, base))
	}
	changed := base == nil || !c.unchanged(at, n, base)
	switch {
	case n.Kind == Secret && blank(typed): // that keeps what is there; bucket knows what must be
	case !changed || !sent && !n.Required:
	case blank(typed):
		if required && n.Required {
			c.add(at, missing(n))
		}
	default:
		c.add(at, c.problem(like, n, typed, base))
	}
}

// missing says what to put into a field that must not be blank.
func missing(n Node) string {
	switch n.Kind {
	case Whole, Number:
		return asked(n)
	case Choice:
		return choose(n)
	case RoleName:
		return "Choose a role."
	}
	return needed
}

// problem says what is wrong with what was typed, or "".
func (c *checker) problem(like string, n Node, typed []string, base map[string]any) string {
	s := strings.Join(trimmed(n, typed), "")
	switch n.Kind {
	case Whole, Number:
		return numberProblem(n, s)
	case Switch:
		if s != "on" {
			return tickAgain
		}
	case Choice:
		return choiceProblem(n, []string{s}, nil)
	case Choices:
		return choiceProblem(n, typed, items(n.of(base)))
	case Lines:
		return linesProblem(n, s)
	case Wholes:
		return wholesProblem(n, s)
	case Pairs:
		return pairsProblem(n, s)
	case Text, Secret:
		if text := lengthProblem(n, s); text != "" {
			return text
		}
		return c.special(like, s)
	}
	return ""
}

func numberProblem(n Node, s string) string {
	v, ok := number(n, s)
	if !ok || !inRange(n, v) {
		return asked(n)
	}
	return ""
}

// inRange says whether a number is one that the table allows.
func inRange(n Node, v any) bool {
	x, err := v.(json.Number).Float64()
	if err != nil || n.bounded() && (x < n.Min || x > n.Max) {
		return false
	}
	return n.Step == 0 || int64(x)%int64(n.Step) == 0
}

func (n Node) bounded() bool { return n.Min != 0 || n.Max != 0 }

// asked says which numbers a field takes.
func asked(n Node) string {
	what := "number"
	if n.Kind == Whole {
		what = "whole number"
	}
	if n.Step == 2 {
		what = "even number"
	}
	text := "Give a " + what
	if n.Step == 2 {
		text = "Give an " + what
	}
	if n.bounded() {
		text += " from " + grouped(strconv.FormatFloat(n.Min, 'f', -1, 64)) + " to " + grouped(strconv.FormatFloat(n.Max, 'f', -1, 64))
	}
	if n.Step > 2 {
		text += " in steps of " + strconv.Itoa(n.Step)
	}
	if n.Unit != "" {
		text += " (" + n.Unit + ")"
	}
	return text + "."
}

// grouped parts the thousands of a number.
func grouped(digits string) string {
	whole, fraction, _ := strings.Cut(digits, ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}

// choiceProblem takes the table's values, and those that the template has.
func choiceProblem(n Node, typed, have []string) string {
	for _, s := range typed {
		known := slices.ContainsFunc(n.Options, func(o Option) bool { return o.Value == s })
		if !known && !slices.Contains(have, s) {
			return choose(n)
		}
	}
	return ""
}

func choose(n Node) string {
	var labels []string
	for _, o := range n.Options {
		labels = append(labels, o.Label)
	}
	return "Choose from the list: " + strings.Join(labels, ", ") + "."
}

func lengthProblem(n Node, s string) string {
	switch length := utf8.RuneCountInString(s); {
	case n.Max > 0 && float64(length) > n.Max:
		return "Shorten this to " + grouped(strconv.FormatFloat(n.Max, 'f', -1, 64)) + " characters or fewer."
	case float64(length) < n.Min:
		return "Give at least " + strconv.FormatFloat(n.Min, 'f', -1, 64) + " characters."
	case !plain(s):
		return unseen
	}
	return ""
}

// plain says whether a text is valid and can be seen.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

func linesProblem(n Node, s string) string {
	lines := 0
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if line != "" {
			lines++
		}
		switch {
		case n.Max > 0 && float64(utf8.RuneCountInString(line)) > n.Max:
			return fmt.Sprintf("Shorten line %d to %.0f characters or fewer.", lines, n.Max)
		case !plain(line):
			return unseen
		}
	}
	if lines > n.limit() {
		return "Give " + grouped(place(n.limit())) + " lines or fewer."
	}
	return ""
}

func wholesProblem(n Node, s string) string {
	numbers := 0
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		numbers++
		v, ok := number(Node{Kind: Whole}, item)
		if !ok || !inRange(n, v) {
			return "Give whole numbers from 0 to " + grouped(strconv.FormatFloat(n.Max, 'f', -1, 64)) + ", parted by commas, such as 4, 60."
		}
	}
	if numbers > n.limit() {
		return "Give " + place(n.limit()) + " numbers or fewer."
	}
	return ""
}

func pairsProblem(n Node, s string) string {
	seen := map[string]bool{}
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := cutPair(line)
		switch {
		case !ok || !languageCode(value):
			return "Write a line for each role: its name, a colon and the code of a language, such as host: es."
		case seen[name]:
			return "Keep one line for " + short(name) + "."
		}
		seen[name] = true
	}
	if len(seen) > n.limit() {
		return "Give " + place(n.limit()) + " lines or fewer."
	}
	return ""
}

// languageCode says whether a text looks like the code of a language, such as es or pt-BR.
func languageCode(s string) bool {
	return len(s) <= 16 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

// unknownRoles says which of the roles that a field names isn't there. A name stays that stood there already and was nobody's.
func (c *checker) unknownRoles(n Node, typed []string, base map[string]any) string {
	had := texts(n, n.of(base))
	named := slices.Clone(typed)
	if n.Kind == Pairs {
		named, had = pairNames(typed), pairNames(had)
	}
	for i, name := range had {
		had[i] = oneLine(name)
	}
	for _, name := range named {
		if name = oneLine(name); name == "" || c.names[name] || slices.Contains(had, name) && !c.had[name] {
			continue
		}
		return fmt.Sprintf("There is no role called %s. Choose from the roles of this template.", short(name))
	}
	return ""
}

func pairNames(typed []string) []string {
	v, _ := pairs(strings.Join(typed, "\n"))
	return slices.Collect(maps.Keys(object(v)))
}

// special are the rules of single fields that the table can't say.
func (c *checker) special(like, s string) string {
	switch like {
	case "name":
		return templateName(s)
	case "roles.*.name":
		return roleName(s)
	case "destinations.rtmpDestinations.*.rtmpUrls.*":
		return streamProblem(s)
	case upload + ".prefix":
		return form.PrefixProblem(s)
	case upload + ".options.region":
		return form.BucketRegionProblem(s)
	case upload + ".credentials.key", upload + ".credentials.secretKey":
		return form.CredentialProblem(s, needed)
	}
	return ""
}

const upload = "settings.recording.upload"

// templateName keeps to the characters of the documentation: policy, "Create a template".
func templateName(s string) string {
	allowed := func(r rune) bool {
		return r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" -._:", r))
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return !allowed(r) }) {
		return ""
	}
	const rule = "Use only letters a to z, digits, spaces and - . _ : in the name"
	if better := form.SuggestName(s); better != "" {
		return rule + ", for example " + better + "."
	}
	return rule + "."
}

// roleName: which names roles may have isn't documented. The API has them as a part of addresses, so what would break those is refused.
func roleName(s string) string {
	if s == "." || s == ".." || strings.ContainsAny(s, `/\`) {
		return "Choose a name without slashes; . and .. are none either. It becomes a part of web addresses."
	}
	return ""
}

// streamProblem checks an address that streams go to.
func streamProblem(s string) string {
	u, err := url.Parse(s)
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "Write the address without spaces and accents."
	case err != nil || u.Scheme != "rtmp" && u.Scheme != "rtmps" || u.Hostname() == "":
		return "Write an address that begins with rtmp:// or rtmps://, such as rtmp://live.example.org/app/stream-key."
	case u.User != nil:
		return "Take the user name and password out of the address; platforms give a stream key instead."
	}
	return ""
}

// short is a text that fits into a message.
func short(s string) string {
	const enough = 60
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > enough {
		s = string(r[:enough]) + "…"
	}
	return strconv.Quote(s)
}
