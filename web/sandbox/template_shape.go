package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shape says what may stand at one place of a template. The tables of shapes in template_rules.go and template_destinations.go
// are the argument tables of the documents.
type shape struct {
	// read returns what is kept of v, which stands at path in the body.
	read     func(c *checker, path string, v any) any
	required bool
}

// checker goes through a body and remembers the first thing that is wrong with it.
type checker struct {
	conf  conf
	roles map[string]bool // of the template as it is about to be
	err   error
}

// ruleRequired is what a place says that must have something.
const ruleRequired = "is required"

func (c *checker) refuse(path, rule string) {
	if c.err == nil {
		c.err = badParam(strings.TrimPrefix(path+" "+rule, " "))
	}
}

// check returns what is kept of a whole body.
func (c *checker) check(s shape, body any) (any, error) {
	kept := s.read(c, "", body)
	if c.err != nil {
		return nil, c.err
	}
	return kept, nil
}

// inside is the path of a key of the object at path.
func inside(path, key string) string {
	return strings.TrimPrefix(path+"."+key, ".")
}

// need is a shape that has to be there.
func need(s shape) shape {
	s.required = true
	return s
}

// keys are the documented keys of an object.
type keys map[string]shape

// record is an object of known keys. Unknown ones are kept, nulls are not (see choices_templates.go). The rules look at what is
// kept once all keys are right.
func record(known keys, rules ...func(c *checker, path string, o object)) shape {
	return shape{read: func(c *checker, path string, v any) any {
		o, ok := v.(object)
		if !ok {
			c.refuse(path, "must be an object")
			return nil
		}
		kept := c.readKeys(known, path, o)
		for _, rule := range rules {
			if c.err == nil {
				rule(c, path, kept)
			}
		}
		return kept
	}}
}

func (c *checker) readKeys(known keys, path string, o object) object {
	kept := object{}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		s, isKnown := known[key]
		switch {
		case o[key] == nil:
		case isKnown:
			kept[key] = s.read(c, inside(path, key), o[key])
		case !c.conf.reads(ReadingUnknownTemplateKeysDropped):
			kept[key] = o[key]
		}
	}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if kept[key] == nil && known[key].required {
			c.refuse(inside(path, key), ruleRequired)
		}
	}
	return kept
}

// mapOf is an object of names that the caller gives.
func mapOf(s shape) shape {
	return shape{read: func(c *checker, path string, v any) any {
		o, ok := v.(object)
		if !ok {
			c.refuse(path, "must be an object")
			return nil
		}
		kept := object{}
		for _, name := range slices.Sorted(maps.Keys(o)) {
			if o[name] != nil {
				kept[name] = s.read(c, inside(path, name), o[name])
			}
		}
		return kept
	}}
}

// unlimited is the limit of an array that may have any length, and the end of a range without one.
const unlimited = math.MaxInt32

// listOf is an array. The rules look at it once all items are right.
func listOf(s shape, limit int, rules ...func(c *checker, path string, items []any)) shape {
	return shape{read: func(c *checker, path string, v any) any {
		items, ok := v.([]any)
		if !ok {
			c.refuse(path, "must be an array")
			return nil
		}
		if len(items) > limit {
			c.refuse(path, fmt.Sprintf("must have at most %d items", limit))
			return nil
		}
		kept := make([]any, len(items))
		for i, item := range items {
			kept[i] = s.read(c, fmt.Sprintf("%s[%d]", path, i), item)
		}
		for _, rule := range rules {
			if c.err == nil {
				rule(c, path, kept)
			}
		}
		return kept
	}}
}

// whole is an integer of a range.
func whole(from, to int) shape {
	rule := fmt.Sprintf("must be from %d to %d", from, to)
	if to == unlimited {
		rule = fmt.Sprintf("must be %d or more", from)
	}
	return shape{read: func(c *checker, path string, v any) any {
		digits, ok := v.(json.Number)
		if !ok || strings.Trim(string(digits), "-0123456789") != "" {
			c.refuse(path, "must be an integer")
			return nil
		}
		if n, err := strconv.Atoi(string(digits)); err != nil || n < from || n > to {
			c.refuse(path, rule)
		}
		return v
	}}
}

// number is any number of a range.
func number(from, to float64) shape {
	return shape{read: func(c *checker, path string, v any) any {
		digits, ok := v.(json.Number)
		if !ok {
			c.refuse(path, "must be a number")
			return nil
		}
		if n, err := digits.Float64(); err != nil || n < from || n > to {
			c.refuse(path, fmt.Sprintf("must be from %.1f to %.1f", from, to))
		}
		return v
	}}
}

// flag is true or false.
func flag() shape {
	return shape{read: func(c *checker, path string, v any) any {
		if _, ok := v.(bool); !ok {
			c.refuse(path, "must be a boolean")
		}
		return v
	}}
}

// words is a text of at most so many characters that keeps to the rules.
func words(limit int, rules ...func(c *checker, path, text string)) shape {
	return shape{read: func(c *checker, path string, v any) any {
		text, ok := v.(string)
		if !ok {
			c.refuse(path, "must be a string")
			return nil
		}
		if utf8.RuneCountInString(text) > limit {
			c.refuse(path, fmt.Sprintf("must have at most %d characters", limit))
		}
		for _, rule := range rules {
			rule(c, path, text)
		}
		return v
	}}
}

// named is a text that says something.
func named() shape {
	return words(unlimited, func(c *checker, path, text string) {
		if text == "" {
			c.refuse(path, ruleRequired)
		}
	})
}

// oneOf is a text out of a few.
func oneOf(values ...string) shape {
	return words(unlimited, func(c *checker, path, text string) {
		if !slices.Contains(values, text) {
			c.refuse(path, "must be one of "+strings.Join(values, ", "))
		}
	})
}

// aRole is the name of a role of the template.
func aRole() shape {
	return words(unlimited, func(c *checker, path, text string) {
		if !c.roles[text] {
			c.refuse(path, "must be a role of the template")
		}
	})
}
