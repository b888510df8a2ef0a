package components

import "github.com/a-h/templ"

// state returns the attributes that tell assistive technology how the control stands.
func (f Field) state() templ.Attributes {
	by := f.describedBy()
	if by == "" {
		return nil
	}
	if f.Error == "" {
		return templ.Attributes{"aria-describedby": by}
	}
	return templ.Attributes{"aria-describedby": by, "aria-invalid": "true"}
}

func choiceID(f Field, i int, o Option) string {
	if i == 0 {
		return f.id()
	}
	return f.id() + "-" + o.Value
}

func tickValue(f Field) string {
	if f.Value == "" {
		return "on"
	}
	return f.Value
}
