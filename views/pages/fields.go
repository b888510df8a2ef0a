package pages

import (
	"strconv"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/form"
)

func emailField(e form.Errors, value, autocomplete string, focus bool) components.Field {
	f := field(e, "email", "Email", value, "")
	f.Type = "email"
	f.Attrs = templ.Attributes{"autocomplete": autocomplete, "spellcheck": "false", "autocapitalize": "none", "autofocus": focus}
	return f
}

func passwordField(e form.Errors, label, help, autocomplete string) components.Field {
	f := field(e, "password", label, "", help)
	f.Type = "password"
	f.Attrs = templ.Attributes{"autocomplete": autocomplete}
	return f
}

func currentPasswordField(e form.Errors) components.Field {
	f := field(e, "current_password", "Current password", "", "Asked only when you change it.")
	f.Type = "password"
	f.Attrs = templ.Attributes{"autocomplete": "current-password"}
	return f
}

// reasonField asks why somebody makes a change.
func reasonField(e form.Errors, value string) components.Field {
	f := field(e, "reason", "Why? (optional)", value, "Goes into history with your name.")
	f.Attrs = templ.Attributes{"maxlength": strconv.Itoa(form.MaxReason), "autocomplete": "off"}
	return f
}

func roleField(e form.Errors, value string) components.Field {
	return field(e, "role", "Role", value, "")
}

// roles are the choices of a person's role, from the fewest rights to the most.
func roles() []components.Option {
	return []components.Option{
		{Value: db.RoleViewer, Label: "Viewer", Small: "reads rooms"},
		{Value: db.RoleAuditor, Label: "Auditor", Small: "also reads, verifies and exports history"},
		{Value: db.RoleOperator, Label: "Operator", Small: "also makes and changes rooms"},
		{Value: db.RoleAdmin, Label: "Admin", Small: "everything, also people, policies and backups"},
	}
}
