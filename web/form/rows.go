package form

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// headerRows is the path of the header rows in the buttons named add and remove.
const headerRows = "webhook.header"

// EditRows does what a submit button named add or remove asks for, and says whether there was one. A path that names no
// row changes nothing.
func (f *Room) EditRows(values url.Values) bool {
	if values.Get("add") == headerRows {
		f.Headers = append(f.Headers, Header{})
	}
	if row, ok := strings.CutPrefix(values.Get("remove"), headerRows+"."); ok {
		f.removeHeader(row)
	}
	return values.Has("add") || values.Has("remove")
}

func (f *Room) removeHeader(row string) {
	n, err := strconv.Atoi(row)
	if err != nil || n < 0 || n >= len(f.Headers) {
		return
	}
	f.Headers = slices.Delete(f.Headers, n, n+1)
	if len(f.Headers) == 0 {
		f.Headers = []Header{{}} // one row to type into
	}
}
