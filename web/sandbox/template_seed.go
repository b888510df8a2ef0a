package sandbox

import "maps"

// showcaseTemplates are the files of templates of further kinds, oldest first, for a seed that has something to look at.
var showcaseTemplates = []string{"seed/telehealth.json", "seed/audio-room.json", "seed/live-shopping.json", "seed/town-hall.json"}

// seedTemplate returns the template of a file: the document as it is answered, with its subdomain and its recording configuration
// beside what the API answers.
func seedTemplate(doc []byte) (*template, error) {
	t, err := parseTemplate(doc)
	if err != nil {
		return nil, err
	}
	tree := maps.Clone(t.tree)
	delete(tree, "subdomain")
	delete(tree, "recordings")
	planted, err := newTemplate(tree)
	if err != nil {
		return nil, err
	}
	planted.subdomain = textAt(t.tree, "subdomain")
	if recordings := objectsAt(t.tree, "recordings"); len(recordings) > 0 {
		planted.recording = recordings[0]
	}
	return planted, nil
}
