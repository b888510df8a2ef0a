// Package form has a file per HTML form: what was typed, its rules, its messages.
//
// A form holds strings exactly as typed; reading one can't fail, and only its Valid decides. It knows the API's
// parameters and errors (web/hms); it must not know requests, pages or the database.
package form

import (
	"cmp"
	"slices"
)

// Message is one broken rule: Field is the input's name ("" for the form as a whole), Text says what to do.
type Message struct {
	Field string
	Text  string
}

// Errors are the broken rules of a form in the order of its fields. The zero value is ready.
type Errors struct {
	List []Message
}

// Check adds text to field unless ok. The first message of a field stays.
func (e *Errors) Check(ok bool, field, text string) {
	if !ok {
		e.Add(field, text)
	}
}

// Add adds text to field, unless the field has a message already. Messages for the whole form (field "") all stay.
func (e *Errors) Add(field, text string) {
	if field != "" && e.Of(field) != "" {
		return
	}
	e.List = append(e.List, Message{Field: field, Text: text})
}

// Of returns the message of a field, or "".
func (e *Errors) Of(field string) string {
	for _, m := range e.List {
		if m.Field == field {
			return m.Text
		}
	}
	return ""
}

// Any says whether a rule is broken.
func (e *Errors) Any() bool { return len(e.List) > 0 }

// problem adds text to field when there is one: for rules that are functions from a value to a message.
func (e *Errors) problem(field, text string) { e.Check(text == "", field, text) }

// sort puts the messages into the order of fields; those of the whole form come first.
func (e *Errors) sort(fields []string) {
	slices.SortStableFunc(e.List, func(a, b Message) int {
		return cmp.Compare(slices.Index(fields, a.Field), slices.Index(fields, b.Field))
	})
}
