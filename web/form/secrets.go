package form

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hiddenMark stands where a secret stood.
const hiddenMark = "••••"

// Secrets returns every secret that was typed, longest first, so that replacing them in this order leaves no part of
// one: the bucket's key and secret, each header's value, the query of the webhook's URL, and what else of a URL must
// stay private (user info, fragment). Telling parts of them (a query's values, what follows "Bearer ") are listed too.
func (f *Room) Secrets() []string {
	all := []string{f.UploadKey, f.UploadSecret}
	for _, row := range f.Headers {
		all = append(all, row.Value)
		if _, token, found := strings.Cut(strings.TrimSpace(row.Value), " "); found {
			all = appendPart(all, token)
		}
	}
	all = append(all, urlSecrets(f.WebhookURL)...)
	for i, s := range all {
		all[i] = strings.TrimSpace(s)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	all = slices.Compact(all)
	if last := len(all) - 1; all[last] == "" {
		all = all[:last]
	}
	return all
}

// Shown is the form as it may come back to a page: without its secrets.
func (f *Room) Shown() *Room {
	shown := *f
	shown.UploadKey, shown.UploadSecret = "", ""
	shown.Headers = slices.Clone(f.Headers)
	for i := range shown.Headers {
		shown.Headers[i].Value = ""
	}
	shown.WebhookURL = shownURL(f.WebhookURL)
	return &shown
}

// HasSecrets says whether a secret was typed, which then has to be typed again when the form is shown again.
func (f *Room) HasSecrets() bool { return len(f.Secrets()) > 0 }

// appendPart adds a part of a secret unless it is so short that it would be found in any text.
func appendPart(all []string, part string) []string {
	const telling = 6
	if len(part) < telling {
		return all
	}
	return append(all, part)
}

// urlSecrets cuts by hand, because what can't be parsed may hold secrets as well.
func urlSecrets(raw string) []string {
	rest, fragment, _ := strings.Cut(raw, "#")
	base, query, _ := strings.Cut(rest, "?")
	all := []string{query, fragment}
	for pair := range strings.SplitSeq(query, "&") {
		_, value, _ := strings.Cut(pair, "=")
		all = appendPart(all, value)
		if plain, err := url.QueryUnescape(value); err == nil {
			all = appendPart(all, plain)
		}
	}
	if _, authority, found := strings.Cut(base, "//"); found {
		authority, _, _ = strings.Cut(authority, "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			_, password, _ := strings.Cut(authority[:at], ":")
			all = append(appendPart(all, password), authority[:at])
		}
	}
	return all
}

// Scrub replaces the form's secrets in a text, such as the API's answer, which echoes what it was sent. A secret of up
// to three characters is replaced only where it stands as a word; inside words it would be everywhere and tell nothing.
func (f *Room) Scrub(text string) string {
	secrets := f.Secrets()
	const short = 3
	split := len(secrets)
	for split > 0 && len(secrets[split-1]) <= short {
		split--
	}
	pairs := make([]string, 0, 2*split)
	for _, secret := range secrets[:split] {
		pairs = append(pairs, secret, hiddenMark)
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	for _, secret := range secrets[split:] {
		text = replaceWord(text, secret, hiddenMark)
	}
	return text
}

// replaceWord replaces word where no letter or digit touches it.
func replaceWord(text, word, with string) string {
	var b strings.Builder
	done := 0
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			break
		}
		start, end := from+i, from+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !isWordRune(before) && !isWordRune(after) {
			b.WriteString(text[done:start])
			b.WriteString(with)
			done = end
		}
		from = end
	}
	b.WriteString(text[done:])
	return b.String()
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
