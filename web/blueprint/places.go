package blueprint

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// places are the rows of a form, by the path of what they are rows of. They are found once, since a form has thousands of fields.
type places struct {
	of    map[string][]int // in order
	typed map[string]bool  // by the path of a row: something was typed in it
}

// deepest is more keys than any field's name has. Names that people make up may have a million.
const deepest = 16

func placesOf(values url.Values) places {
	p := places{map[string][]int{}, map[string]bool{}}
	for name, typed := range values {
		something := !strings.HasSuffix(name, "."+shown) && !blank(typed)
		start := strings.IndexByte(name, '.')
		for depth := 0; depth < deepest && start >= 0 && start < len(name); depth++ {
			end := len(name)
			if i := strings.IndexByte(name[start+1:], '.'); i >= 0 {
				end = start + 1 + i
			}
			p.add(name, start, end, something)
			start = end
		}
	}
	for _, list := range p.of {
		slices.Sort(list)
	}
	return p
}

// add notes that a name goes through a row, if what stands between the dot at start and the one at end is a place.
func (p places) add(name string, start, end int, something bool) {
	i, ok := placeOf(name[start+1 : end])
	if !ok {
		return
	}
	row := name[:end]
	had, known := p.typed[row]
	if !known {
		p.of[name[:start]] = append(p.of[name[:start]], i)
	}
	p.typed[row] = had || something
}

// rows are the paths of the rows of a path, in order.
func (p places) rows(at string) []string {
	var list []string
	for _, i := range p.of[at] {
		list = append(list, at+"."+place(i))
	}
	return list
}

// next is the place after the last row.
func (p places) next(at string) string {
	if list := p.of[at]; len(list) > 0 {
		return place(list[len(list)-1] + 1)
	}
	return "0"
}

func place(i int) string { return strconv.Itoa(i) }

// placeOf reads the number of a row, which is written in one way only.
func placeOf(s string) (int, bool) {
	const most = 6 // digits; far more rows than there may be
	if s == "" || len(s) > most || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	i := 0
	for _, digit := range []byte(s) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		i = 10*i + int(digit-'0')
	}
	return i, true
}
