package pages

import (
	"roomledger/views/components"
	"roomledger/web/form"
)

// download is a list's file with what its filter shows, from the first row to the last.
func download(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// relative joins a path with what the handlers give for a neighbouring page: a query string, or "" at the end of the list.
func relative(path, query string) string {
	if query == "" {
		return ""
	}
	return path + "?" + query
}

// sortURL is where the head of a column leads: the first click sorts the way that is most asked for, the next the other way.
func sortURL(f *form.RoomsFilter, column string) string {
	first, second := column, "-"+column
	if column == "created" {
		first, second = second, first
	}
	if f.Order() == first {
		return f.URL("sort", second)
	}
	return f.URL("sort", first)
}

// sorted is the value of aria-sort for a column.
func sorted(f *form.RoomsFilter, column string) string {
	switch f.Order() {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return ""
}

// narrowed says whether one of the folded filters is in use; the search box is always in sight.
func narrowed(chips []form.Chip) bool {
	for _, c := range chips {
		if c.Field != "q" {
			return true
		}
	}
	return false
}

func roomChips(d RoomsData) []components.Chip {
	return shownChips(d.Filter.Chips(), func(c form.Chip) string {
		switch c.Field {
		case "enabled":
			return map[string]string{"true": "yes", "false": "no"}[c.Value]
		case "template_id":
			return templateName(d.Templates, c.Value)
		case "region":
			return regionName(c.Value)
		case "recording":
			return recordingName(c.Value)
		}
		return c.Value
	})
}

func shownChips(chips []form.Chip, words func(form.Chip) string) []components.Chip {
	out := make([]components.Chip, len(chips))
	for i, c := range chips {
		out[i] = components.Chip{Label: c.Label + ": " + words(c), Remove: c.Remove}
	}
	return out
}
