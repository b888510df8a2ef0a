package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultHeader is the header by which a request asks for a fault of its own, as ParseFault reads it.
const FaultHeader = "X-Sandbox-Fault"

// forever is the number of times of a fault that stays until it is cleared.
const forever = math.MaxInt

// faultWord is one word of a fault's specification.
type faultWord struct {
	name, value, help string
	set               func(f *Fault, value string) error
	get               func(f *Fault) string // "" when it isn't set
}

// faultWords lists them all; the parser, the help and the tests read it.
var faultWords = []faultWord{
	{
		"status", "503", "answer with this status and the documented text where there is one",
		func(f *Fault, v string) (err error) { f.Status, err = readWhole(v, 200, 599); return err },
		func(f *Fault) string { return showWhole(f.Status, 0) },
	},
	{
		"retry", "45", "the seconds that a 429 asks to wait",
		func(f *Fault, v string) (err error) { f.Retry, err = readWhole(v, 1, 86400); return err },
		func(f *Fault) string { return showWhole(f.Retry, 0) },
	},
	{
		"done", "", "make the change all the same, then answer so",
		func(f *Fault, _ string) error { f.Handle = true; return nil },
		func(f *Fault) string { return showFlag(f.Handle) },
	},
	{
		"cut", "before|after", "cut the connection before or after the change was made",
		func(f *Fault, v string) error {
			f.CutBefore, f.CutAfter = v == "before", v == "after"
			return among(v, "before", "after")
		},
		func(f *Fault) string {
			switch {
			case f.CutBefore:
				return "before"
			case f.CutAfter:
				return "after"
			}
			return ""
		},
	},
	{
		"body", "broken|html|empty", "spoil the body: JSON that breaks off, a web page, nothing",
		func(f *Fault, v string) error { f.Spoil = v; return among(v, spoilBroken, spoilHTML, spoilEmpty) },
		func(f *Fault) string { return f.Spoil },
	},
	{
		"type", "text/plain", "say this content type",
		func(f *Fault, v string) error { f.ContentType = v; return nil },
		func(f *Fault) string { return f.ContentType },
	},
	{
		"delay", "2s", "wait before answering",
		func(f *Fault, v string) (err error) { f.Delay, err = readWait(v); return err },
		func(f *Fault) string { return showWait(f.Delay) },
	},
	{
		"jitter", "500ms", "wait up to that much longer, by chance",
		func(f *Fault, v string) (err error) { f.Jitter, err = readWait(v); return err },
		func(f *Fault) string { return showWait(f.Jitter) },
	},
	{
		"skew", "-10m", "check the token and say the date by a clock that is off by so much",
		func(f *Fault, v string) (err error) { f.Skew, err = time.ParseDuration(v); return err },
		func(f *Fault) string { return showWait(f.Skew) },
	},
	{
		"token", "expired", "refuse the token as one that has expired",
		func(f *Fault, v string) error { f.Expired = true; return among(v, "expired") },
		func(f *Fault) string {
			if f.Expired {
				return "expired"
			}
			return ""
		},
	},
	{
		"method", "POST", "requests with this method alone",
		func(f *Fault, v string) error { f.Method = strings.ToUpper(v); return nil },
		func(f *Fault) string { return f.Method },
	},
	{
		"path", "/rooms", "requests whose path after /v2 begins so",
		func(f *Fault, v string) error { f.Path = v; return nil },
		func(f *Fault) string { return f.Path },
	},
	{
		"times", "5|always", "so many requests; one where it isn't said",
		func(f *Fault, v string) (err error) {
			if v == "always" {
				f.Times = forever
				return nil
			}
			f.Times, err = readWhole(v, 1, forever)
			return err
		},
		func(f *Fault) string {
			if f.Times == forever {
				return "always"
			}
			return showWhole(f.Times, 0)
		},
	},
	{
		"skip", "2", "let so many pass before",
		func(f *Fault, v string) (err error) { f.Skip, err = readWhole(v, 0, forever); return err },
		func(f *Fault) string { return showWhole(f.Skip, 0) },
	},
	{
		"chance", "20%", "each request by this chance",
		func(f *Fault, v string) error {
			n, err := readWhole(strings.TrimSuffix(v, "%"), 1, 100)
			f.Chance = n
			return err
		},
		func(f *Fault) string {
			if f.Chance == 0 {
				return ""
			}
			return strconv.Itoa(f.Chance) + "%"
		},
	},
}

// ParseFault reads a fault such as "status=503,times=5,path=/rooms": words with commas or blanks between them; FaultHelp lists
// them. It fails on a word that isn't known or has a value that makes no sense, and on a text without any.
func ParseFault(text string) (Fault, error) {
	var f Fault
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	if len(words) == 0 {
		return f, fmt.Errorf("a fault needs at least one word, such as status=503")
	}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		known := findWord(name)
		if known == nil {
			return f, fmt.Errorf("%q is no word of a fault; there are %s", name, strings.Join(wordNames(), ", "))
		}
		if err := known.set(&f, value); err != nil {
			return f, fmt.Errorf("%s=%s makes no sense; write it like %s=%s", name, value, name, known.value)
		}
	}
	return f, nil
}

// String is the fault as ParseFault reads it; what only a program can ask for is left out.
func (f *Fault) String() string {
	var words []string
	for _, w := range faultWords {
		switch value := w.get(f); {
		case value == "":
		case w.value == "":
			words = append(words, w.name)
		default:
			words = append(words, w.name+"="+value)
		}
	}
	return strings.Join(words, ",")
}

// FaultHelp says what the words of a fault are, a line each.
func FaultHelp() []string {
	lines := make([]string, 0, len(faultWords))
	for _, w := range faultWords {
		example := w.name
		if w.value != "" {
			example += "=" + w.value
		}
		lines = append(lines, fmt.Sprintf("%-22s %s", example, w.help))
	}
	return lines
}

func findWord(name string) *faultWord {
	for i := range faultWords {
		if faultWords[i].name == name {
			return &faultWords[i]
		}
	}
	return nil
}

func wordNames() []string {
	names := make([]string, 0, len(faultWords))
	for _, w := range faultWords {
		names = append(names, w.name)
	}
	return names
}

func readWhole(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("not a number from %d to %d", least, most)
	}
	return n, nil
}

func readWait(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("not a wait")
	}
	return d, nil
}

func among(value string, values ...string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return fmt.Errorf("not one of %v", values)
}

func showWhole(n, unset int) string {
	if n == unset {
		return ""
	}
	return strconv.Itoa(n)
}

func showFlag(set bool) string {
	if set {
		return "yes"
	}
	return ""
}

func showWait(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// ownFault is the fault that a request asks for by its header; ok is false when it asks for none.
func ownFault(r *http.Request) (f Fault, ok bool, err error) {
	text := r.Header.Get(FaultHeader)
	if text == "" {
		return Fault{}, false, nil
	}
	f, err = ParseFault(text)
	if err != nil {
		return Fault{}, false, refuse(http.StatusBadRequest, FaultHeader+": "+err.Error())
	}
	return f, true, nil
}
