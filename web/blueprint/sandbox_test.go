package blueprint_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"

	"roomledger/web/blueprint"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// sandboxClient is a client of a new sandbox.
func sandboxClient(t *testing.T) *hms.Client { return seededClient(t, sandbox.SeedPlain) }

func seededClient(t *testing.T, seed string) *hms.Client {
	t.Helper()
	const key, secret = "key-of-this-test", "secret-of-this-test-which-is-long-enough"
	api, err := sandbox.New(sandbox.Options{AccessKey: key, Secret: secret, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		server.Close()
		if err := api.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := hms.New(hms.Config{BaseURL: server.URL + "/v2", AccessKey: key, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestDemo: the templates of the demo can be changed in the usual ways, sent, and read again as they were meant.
func TestDemo(t *testing.T) {
	client := seededClient(t, sandbox.SeedDemo)
	changed := 0
	for template, err := range client.AllTemplates(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		tree := parse(t, toJSON(t, template))
		f := blueprint.FormOf(tree)
		if !f.Valid() {
			t.Errorf("%s: %v", template.Name, messages(f))
		}
		f.EditRows(url.Values{"add": {"roles"}})
		last := f.Rows("roles")[len(f.Rows("roles"))-1]
		f.Values.Set(last+".name", "added")
		f.Values.Set(last+".priority", "3")
		f.Values.Set("roles.0.name", "renamed")
		f.Values.Set("roles.0.maxPeerCount", "7")
		f.Values.Add(last+".subscribeParams.subscribeToRoles", "added")
		f = blueprint.NewForm(tree, f.Values)
		if !f.Valid() {
			t.Errorf("%s: %v", template.Name, messages(f))
			continue
		}
		var next hms.Template
		decode(t, toJSON(t, f.Tree()), &next)
		if _, err := client.UpdateTemplate(t.Context(), template.ID, next); err != nil {
			t.Error(template.Name, err)
			continue
		}
		got, err := client.Template(t.Context(), template.ID)
		if err != nil {
			t.Fatal(err)
		}
		left, err := blueprint.Diff(toJSON(t, f.Tree()), toJSON(t, got))
		if err != nil || len(left) > 0 {
			t.Error(template.Name, err, left)
		}
		changed++
	}
	if changed == 0 {
		t.Error("there is no template")
	}
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
