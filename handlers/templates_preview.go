package handlers

import (
	"encoding/json"
	"maps"
	"strings"

	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// hiddenSecret is how the record writes a secret that it doesn't show.
const hiddenSecret = "[hidden]"

// previewTemplate is what making a template sends, secrets as placeholders: the template, and its recording configurations after it.
func previewTemplate(tree blueprint.Tree) form.Preview {
	shown := hideSecrets(blueprint.Schema(), tree)
	recordings := shown["recordings"]
	delete(shown, "recordings")
	p := form.Preview{JSON: "POST /v2/templates\n\n" + placeholders(shown), Curl: form.RecordedCurl("POST", "/templates", compact(shown))}
	if list, _ := recordings.([]any); len(list) > 0 {
		p.JSON += "\n\nPOST /v2/templates/{its id}/recordings\n\n" + placeholders(recordings)
		p.Curl += "\n\n" + form.RecordedCurl("POST", "/templates/ID/recordings", compact(recordings))
	}
	return p
}

func compact(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// placeholders is a value as JSON for reading, where $SECRET stands for each secret.
func placeholders(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return ""
	}
	return strings.ReplaceAll(strings.TrimSpace(b.String()), `"`+hiddenSecret+`"`, "$SECRET")
}

// hideSecrets is a copy of a template, or a part of one, in which no secret is left.
func hideSecrets(nodes []blueprint.Node, of map[string]any) map[string]any {
	out := maps.Clone(of)
	for _, n := range nodes {
		if v, ok := of[n.Key]; ok {
			out[n.Key] = hideIn(n, v)
		}
	}
	return out
}

func hideIn(n blueprint.Node, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if n.Kind != blueprint.ByName {
			return hideSecrets(n.Kids, v)
		}
		rows := make(map[string]any, len(v))
		for key, row := range v {
			rows[key] = hideIn(blueprint.Node{Kind: blueprint.Object, Kids: n.Kids}, row)
		}
		return rows
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = hideIn(blueprint.Node{Kind: blueprint.Object, Kids: n.Kids}, item)
			if len(n.Kids) == 1 && n.Kids[0].Key == "" {
				list[i] = hideIn(n.Kids[0], item)
			}
		}
		return list
	}
	if n.Kind == blueprint.Secret {
		return hiddenSecret
	}
	return v
}
