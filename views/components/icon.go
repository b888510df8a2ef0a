package components

import (
	"embed"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// drawings holds the inside of each icon by its name.
var drawings = sync.OnceValue(func() map[string]string {
	entries, err := iconFiles.ReadDir("icons")
	if err != nil {
		return nil
	}
	m := make(map[string]string, len(entries))
	for _, e := range entries {
		file, err := iconFiles.ReadFile("icons/" + e.Name())
		if err != nil {
			continue
		}
		m[strings.TrimSuffix(e.Name(), ".svg")] = drawing(string(file))
	}
	return m
})

// drawing returns what stands inside the svg element, without the line breaks.
func drawing(svg string) string {
	_, rest, _ := strings.Cut(svg, "<svg")
	_, inside, _ := strings.Cut(rest, ">")
	inside, _, _ = strings.Cut(inside, "</svg>")
	return strings.ReplaceAll(strings.ReplaceAll(inside, "\n", ""), "  ", "")
}

func iconHTML(name string, size string) string {
	return `<svg class="icon" width="` + size + `" height="` + size + `" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
		`stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` + drawings()[name] + `</svg>`
}

// Icon draws an icon of the icons folder at 18 px, hidden from screen readers: a word always stands beside it or in the
// label of the control. An unknown name draws an empty square.
func Icon(name string) templ.Component { return templ.Raw(iconHTML(name, "18")) }

// SmallIcon is Icon at 14 px.
func SmallIcon(name string) templ.Component { return templ.Raw(iconHTML(name, "14")) }

// IconHTML is what Icon draws.
func IconHTML(name string) string { return iconHTML(name, "18") }

// SmallIconHTML is what SmallIcon draws.
func SmallIconHTML(name string) string { return iconHTML(name, "14") }

// Badge kinds. Each has its colour and its icon, so that colour never speaks alone.
const (
	Done  = "done"
	Fail  = "fail"
	Ask   = "ask"
	Plain = "plain"
)

var badgeIcons = sync.OnceValue(func() map[string]string {
	return map[string]string{
		Done:  iconHTML("check", "12"),
		Fail:  iconHTML("x", "12"),
		Ask:   iconHTML("circle-help", "12"),
		Plain: iconHTML("minus", "12"),
	}
})

// Badge draws a word with the colour and icon of its kind.
func Badge(kind, word string) templ.Component { return templ.Raw(BadgeHTML(kind, word)) }

// BadgeHTML is what Badge draws.
func BadgeHTML(kind, word string) string {
	return `<span class="badge ` + templ.EscapeString(kind) + `">` + badgeIcons()[kind] + templ.EscapeString(word) + `</span>`
}
