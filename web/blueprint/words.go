package blueprint

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"roomledger/web/form"
)

// Words for what isn't a value.
const (
	notSet   = "not set"
	notThere = "not there"
	there    = "there"
	added    = "added"
	removed  = "removed"
)

// words say a value for people. Of a secret they say no more than that it is there.
func words(n Node, v any) string {
	if n.Kind == Switch {
		if len(texts(n, v)) > 0 {
			return "on"
		}
		return "off"
	}
	if v == nil {
		return notSet
	}
	switch n.Kind {
	case Whole, Number:
		return numberWords(n, text(v))
	case Choice:
		return optionLabel(n, text(v))
	case Choices, Roles:
		return listWords(n, items(v))
	case Wholes:
		return strings.TrimSpace(orNotSet(strings.Join(items(v), ", ")) + " " + n.Unit)
	case Lines:
		return orNotSet(strings.Join(items(v), ", "))
	case Pairs:
		return orNotSet(strings.ReplaceAll(pairText(object(v)), "\n", ", "))
	case Secret:
		return secretWords(text(v))
	}
	return textWords(text(v))
}

func orNotSet(s string) string {
	if s == "" {
		return notSet
	}
	return s
}

// textWords says a text; one that history doesn't keep is marked so there.
func textWords(s string) string {
	if s == "[hidden]" {
		return form.HiddenValue
	}
	return orNotSet(s)
}

func numberWords(n Node, s string) string {
	for _, o := range n.Words {
		if o.Value == s {
			return o.Label
		}
	}
	text := orNotSet(s)
	seconds, err := strconv.Atoi(s)
	if _, isNumber := number(Node{Kind: Number}, s); isNumber {
		text = grouped(s)
	}
	if n.Unit != "" && s != "" {
		text += " " + n.Unit
	}
	if n.Unit == "s" && err == nil && seconds >= 60 {
		text += " (" + form.DurationWords(seconds) + ")"
	}
	return text
}

func optionLabel(n Node, s string) string {
	if i := slices.IndexFunc(n.Options, func(o Option) bool { return o.Value == s }); i >= 0 {
		return n.Options[i].Label
	}
	return textWords(s)
}

// listWords are what is ticked, in the order of the table.
func listWords(n Node, list []string) string {
	if len(list) == 0 && n.Kind == Roles {
		return "nobody"
	}
	if len(list) == 0 {
		return "nothing"
	}
	var labels []string
	for _, o := range n.Options {
		if slices.Contains(list, o.Value) {
			labels = append(labels, o.Label)
		}
	}
	for _, s := range list {
		if !slices.ContainsFunc(n.Options, func(o Option) bool { return o.Value == s }) {
			labels = append(labels, s)
		}
	}
	return strings.Join(labels, ", ")
}

// secretWords show the host of an address, and nothing else of any secret.
func secretWords(s string) string {
	if s == "" {
		return notSet
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Hostname() + "/" + form.HiddenValue
	}
	return form.HiddenValue
}
