package sandbox

import (
	"net/http"
	"strings"
)

// templateAdmin lists what people do to templates in the vendor's dashboard and the API can't.
func templateAdmin() []adminRoute {
	return []adminRoute{
		{"POST", "/templates/{template_id}/default", "makes a template the workspace's default", (*Server).makeDefault},
		{
			"POST", "/templates/{template_id}/subdomain",
			`gives a template the subdomain of its pages, or takes it: {"subdomain":"clinic"}`, (*Server).setSubdomain,
		},
	}
}

// dashboardTemplate is what the dashboard shows of a template and the API doesn't.
type dashboardTemplate struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Default   bool   `json:"default"`
	Subdomain string `json:"subdomain"`
}

func (t *template) inDashboard() dashboardTemplate {
	return dashboardTemplate{t.id, t.name, t.isDefault, t.subdomain}
}

func (s *Server) makeDefault(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		t, err := tx.calledTemplate(r)
		if err != nil {
			return err
		}
		next, before := *t, *tx.defaultTemplate
		next.isDefault, before.isDefault = true, false
		if before.id != next.id {
			tx.templates.put(tx, &next)
			tx.templates.put(tx, &before)
		}
		reply = next.inDashboard()
		return nil
	})
}

// subdomainCharacters are those of a label of a host name.
const subdomainCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-"

var errSubdomain = refuse(http.StatusBadRequest, "subdomain may contain a-z 0-9 - only")

func (s *Server) setSubdomain(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	subdomain := either(f.text("subdomain"), "")
	if *f.err != nil {
		return nil, *f.err
	}
	if strings.Trim(subdomain, subdomainCharacters) != "" {
		return nil, errSubdomain
	}
	return reply, s.update(func(tx *tx) error {
		t, err := tx.calledTemplate(r)
		if err != nil {
			return err
		}
		next := *t
		next.subdomain = subdomain
		tx.templates.put(tx, &next)
		reply = next.inDashboard()
		return nil
	})
}
