package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// errLine is the error for a line that isn't what an export has.
var errLine = errors.New("not a line of an export")

// exportLine is one line of an export. Which kind it is says which of the others are set.
type exportLine struct {
	kind   lineKind
	fields Fields // of a row; they lie within the line
	leaf   Hash
	proof  Proof // Size is 0 where there is none
	edge   Edge  // of a head
	stone  string
	end    End
}

type lineKind int

const (
	rowLine lineKind = iota
	headLine
	endLine
)

// parse reads a line, whose bytes it changes. Only white space may differ from what AppendLine, AppendHead and AppendEnd
// write, and which characters of a string are escaped: a key that nobody hashes must not look as if it were proven.
func (l *exportLine) parse(text []byte) error {
	if !utf8.Valid(text) {
		return errLine
	}
	c := cursor{rest: text}
	c.token('{')
	key := c.text()
	c.token(':')
	switch string(key) {
	case columns[0].Name:
		l.row(&c)
	case "pruned":
		l.head(&c)
	case "checkpoint":
		l.last(&c)
	default:
		return errLine
	}
	c.token('}')
	if c.space(); c.bad || len(c.rest) > 0 {
		return errLine
	}
	return nil
}

func (l *exportLine) row(c *cursor) {
	l.kind, l.proof.Size, l.proof.Hashes = rowLine, 0, l.proof.Hashes[:0]
	for i := range columns {
		if i > 0 {
			c.key(columns[i].Name)
		}
		if columns[i].Number {
			l.fields[i] = c.number()
		} else {
			l.fields[i] = c.text()
		}
	}
	c.key("leaf_hash")
	l.leaf = c.hash()
	if c.next() == ',' {
		c.key("tree_size")
		l.proof.Size = c.size()
		c.key("proof")
		l.proof.Hashes = c.hashes(l.proof.Hashes)
	}
}

func (l *exportLine) head(c *cursor) {
	l.kind, l.edge.Size = headLine, c.size()
	c.key("edge")
	l.edge.Hashes = c.hashes(nil)
	c.key("tombstone")
	l.stone = string(c.text())
}

func (l *exportLine) last(c *cursor) {
	l.kind, l.end = endLine, End{Checkpoint: string(c.text())}
	c.key("key")
	l.end.Key = string(c.text())
	if c.next() == ',' {
		c.key("extract")
		c.word("true")
		l.end.Extract = true
	}
}

// cursor is what is left of a line. Once something isn't as it should be, bad stays.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) space() {
	for len(c.rest) > 0 && (c.rest[0] == ' ' || c.rest[0] == '\t' || c.rest[0] == '\r' || c.rest[0] == '\n') {
		c.rest = c.rest[1:]
	}
}

// next is the byte that comes next after white space; 0 at the end.
func (c *cursor) next() byte {
	c.space()
	if len(c.rest) == 0 {
		return 0
	}
	return c.rest[0]
}

func (c *cursor) token(want byte) {
	if c.next() != want || c.bad {
		c.bad = true
		return
	}
	c.rest = c.rest[1:]
}

// key reads the name of the next member and what is around it.
func (c *cursor) key(want string) {
	c.token(',')
	if string(c.text()) != want {
		c.bad = true
	}
	c.token(':')
}

func (c *cursor) word(want string) {
	c.space()
	rest, ok := bytes.CutPrefix(c.rest, []byte(want))
	c.rest, c.bad = rest, c.bad || !ok
}

func (c *cursor) number() []byte {
	c.space()
	end := 0
	for end < len(c.rest) && (c.rest[end] == '-' || c.rest[end] >= '0' && c.rest[end] <= '9') {
		end++
	}
	number := c.rest[:end]
	c.rest, c.bad = c.rest[end:], c.bad || !isNumber(number)
	return number
}

// size is a number above 0.
func (c *cursor) size() int64 {
	n, err := strconv.ParseInt(string(c.number()), 10, 64)
	if err != nil || n <= 0 {
		c.bad = true
	}
	return n
}

func (c *cursor) hash() (h Hash) {
	text := c.text()
	if len(text) != 2*HashSize {
		c.bad = true
		return h
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		c.bad = true
	}
	return h
}

// hashes appends a list of hashes to list.
func (c *cursor) hashes(list []Hash) []Hash {
	c.token('[')
	for first := true; !c.bad && c.next() != ']'; first = false {
		if !first {
			c.token(',')
		}
		list = append(list, c.hash())
	}
	c.token(']')
	return list
}

// text reads a string and takes its escapes back in place: it never gets longer.
func (c *cursor) text() []byte {
	c.token('"')
	if c.bad {
		return nil
	}
	plain := plainLen(c.rest)
	from, to := plain, plain
	for from < len(c.rest) && c.rest[from] != '"' {
		n, width := c.unescape(c.rest[to:], c.rest[from:])
		if n == 0 {
			c.bad = true
			return nil
		}
		from, to = from+n, to+width
		plain = plainLen(c.rest[from:])
		copy(c.rest[to:], c.rest[from:from+plain])
		from, to = from+plain, to+plain
	}
	if from == len(c.rest) {
		c.bad = true
		return nil
	}
	text := c.rest[:to:to]
	c.rest = c.rest[from+1:]
	return text
}

// plainLen is how many bytes at the beginning of a string stand for themselves.
func plainLen(b []byte) int {
	for i, c := range b {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(b)
}

// escapes are the characters that a backslash and a letter stand for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape writes to dst what the escape at the beginning of src stands for, and returns how long both are; n is 0 where
// it isn't one. The zero byte is none: a leaf has it between its values.
func (c *cursor) unescape(dst, src []byte) (n, width int) {
	if len(src) < 2 || src[0] != '\\' {
		return 0, 0
	}
	if plain := escapes[src[1]]; plain != 0 {
		dst[0] = plain
		return 2, 1
	}
	r, ok := hexRune(src)
	n = 6
	if utf16.IsSurrogate(r) {
		low, second := hexRune(src[min(n, len(src)):])
		r, ok = utf16.DecodeRune(r, low), ok && second
		n = 12
		ok = ok && r != utf8.RuneError
	}
	if !ok || r == 0 {
		return 0, 0
	}
	return n, utf8.EncodeRune(dst, r)
}

// hexRune reads an escape like \u00e9.
func hexRune(src []byte) (rune, bool) {
	if len(src) < 6 || src[0] != '\\' || src[1] != 'u' {
		return 0, false
	}
	var b [2]byte
	_, err := hex.Decode(b[:], src[2:6])
	return rune(b[0])<<8 | rune(b[1]), err == nil
}
