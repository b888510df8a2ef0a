package db

import (
	"encoding/hex"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// trigramLength is how many letters the index knows a text by.
const trigramLength = 3

// phraseLength is how many trigrams are asked for in a row. Up to four are read from the index piece by piece; of a
// longer phrase SQLite would read everything first.
const phraseLength = 4

// Bounds for what somebody may type: the rest is checked on the operations that these leave.
const (
	maxPhrases = 32 // of the expression for the index
	maxWords   = 16 // with a condition each
)

// Words cuts what somebody typed into the words that all have to match, each literally as a part and in any case. White
// space separates them, but a word that begins with a double quote goes to the next one, or to the end, and may hold
// spaces. A quote within a word is a letter like others.
//
// Words of one or two letters can't be looked up. Without a longer one beside them they are looked for among the newest
// 20,000 operations only; beside longer ones they narrow down what those find.
func Words(q string) []string {
	var words []string
	for q = strings.TrimSpace(q); q != ""; q = strings.TrimSpace(q) {
		var word string
		if rest, quoted := strings.CutPrefix(q, `"`); quoted {
			word, q, _ = strings.Cut(rest, `"`)
		} else {
			end := strings.IndexFunc(q, unicode.IsSpace)
			if end < 0 {
				end = len(q)
			}
			word, q = q[:end], q[end:]
		}
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

// folded are the words of q as operations.search has them, each once.
func folded(q string) []string {
	var words []string
	for _, word := range Words(q) {
		word = strings.ToLower(clean(word))
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// indexable tells whether word is long enough for the index.
func indexable(word string) bool { return utf8.RuneCountInString(word) >= trigramLength }

// appendTrigrams appends the trigrams of text, which is in lower case, each after a space. They are spelt in hex, for
// the tokenizer would drop whatever is no letter or digit.
func appendTrigrams(to []byte, text string) []byte {
	var starts [trigramLength]int // of the last runes
	n := 0
	for i := range text {
		if n >= trigramLength {
			to = hex.AppendEncode(append(to, ' '), []byte(text[starts[n%trigramLength]:i]))
		}
		starts[n%trigramLength] = i
		n++
	}
	if n >= trigramLength {
		to = hex.AppendEncode(append(to, ' '), []byte(text[starts[n%trigramLength]:]))
	}
	return to
}

// What an operation can be filtered by, as the first letter of the token for it: none that a number in hex begins with.
const (
	byWorkspace  = 'w'
	byActorName  = 'n'
	byActorID    = 'u'
	byAction     = 'v'
	byObject     = 'o'
	byOutcome    = 'r'
	byKind       = 'k'
	byTargetID   = 'i'
	byTargetName = 't'
)

// appendFilter appends a space and the token for one value, unless that is empty.
func appendFilter(to []byte, by byte, value string) []byte {
	if value == "" {
		return to
	}
	return append(append(to, ' '), filterToken(by, value)...)
}

// filterToken is a hash rather than the value, so that all are short and of letters and digits.
func filterToken(by byte, value string) string {
	h := fnv.New64a()
	h.Write([]byte(value)) // never fails
	return string(by) + strconv.FormatUint(h.Sum64(), 36)
}

// wanted is what a query asks of the index.
type wanted struct {
	words   [][]string // the trigrams of each, in order
	filters [][]string // tokens, of each group one
}

// want is what of q the index can look up. byName tells what q.Actor is.
func want(q OperationQuery, byName bool) wanted {
	var w wanted
	for _, word := range folded(q.Q) {
		if indexable(word) {
			w.words = append(w.words, strings.Fields(string(appendTrigrams(nil, word))))
		}
	}
	actor := byte(byActorID)
	if byName {
		actor = byActorName
	}
	w.filter(byTargetID, q.Target)
	if q.Target != "" { // is an id or a name
		group := &w.filters[len(w.filters)-1]
		*group = append(*group, filterToken(byTargetName, strings.ToLower(q.Target)))
	}
	w.filter(byOutcome, q.Outcome)
	w.filter(actor, q.Actor)
	if object, whole := objectOf(q.Action); whole {
		w.filter(byObject, object)
	} else {
		w.filter(byAction, q.Action)
	}
	w.filter(byKind, q.TargetKind)
	w.filter(byWorkspace, q.Workspace)
	return w
}

func (w *wanted) filter(by byte, value string) {
	if value != "" {
		w.filters = append(w.filters, []string{filterToken(by, value)})
	}
}

// tokens are all that w asks for, each once.
func (w wanted) tokens() []string {
	list := slices.Concat(slices.Concat(w.words...), slices.Concat(w.filters...))
	slices.Sort(list)
	return slices.Compact(list)
}

// exactly is the expression for operations that have all filters and all phrases of the words. It is as good as exact:
// only a word of more than six letters could have its phrases in different places.
func (w wanted) exactly() string {
	var list []string
	for _, word := range w.words {
		list = append(list, phrases(word)...)
	}
	list = list[:min(len(list), maxPhrases)]
	for _, tokens := range w.filters {
		list = append(list, either(tokens))
	}
	return strings.Join(list, " AND ")
}

// phrases covers the trigrams of a word. The last two overlap where it doesn't come out even.
func phrases(trigrams []string) []string {
	var list []string
	for i := 0; i < len(trigrams); i += phraseLength {
		from := max(min(i, len(trigrams)-phraseLength), 0)
		list = append(list, `"`+strings.Join(trigrams[from:min(from+phraseLength, len(trigrams))], " ")+`"`)
	}
	return list
}

func either(tokens []string) string { return "(" + strings.Join(tokens, " OR ") + ")" }
