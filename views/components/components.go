// Package components holds the pieces that pages are made of: fields, tables, badges, charts. They take plain values and
// know no word of the business; what a value means is decided by the page.
package components

import (
	"strings"

	"github.com/a-h/templ"
)

// Field is one control of a form with everything around it. Name is the input's name and id; Error and Help stand under
// the control and are tied to it.
type Field struct {
	Name  string
	Label string
	Value string
	Help  string
	Error string
	Type  string           // of an input; "" is text
	ID    string           // where it differs from Name, as in repeated rows
	By    string           // id of something else that describes the control, among the children
	Attrs templ.Attributes // more attributes of the control
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// describedBy lists the ids of what is said about the control, the error first.
func (f Field) describedBy() string {
	by := f.By
	if f.Help != "" {
		by = strings.TrimSpace(f.id() + "-help " + by)
	}
	if f.Error != "" {
		by = strings.TrimSpace(f.id() + "-error " + by)
	}
	return by
}

// Option is one choice of a Select or of Choices.
type Option struct {
	Value string
	Label string
	Small string           // a second line; only Choices show it
	Attrs templ.Attributes // more attributes of the option or radio button
}

// Message is one line of a Summary. Without a Field it is no link.
type Message struct {
	Field string // id of the control
	Text  string
	Where string // what the control belongs to, where the text alone doesn't tell
}

// Chip is an active filter with the address that removes it.
type Chip struct {
	Label  string
	Remove string
}

// Line is one line of a Diff.
type Line struct {
	Field string
	Have  string
	Will  string
	Kept  bool // stays as it is, because the change doesn't mention it
}

// Tab is one entry of a row of links to sister pages.
type Tab struct {
	Label   string
	URL     string
	Current bool
}
