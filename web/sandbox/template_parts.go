package sandbox

import (
	"maps"
	"net/http"
)

// The parts of a template that calls of their own read and replace: settings, destinations and the recording configuration.

func templatePartRoutes() []route {
	const path = "/templates/{template_id}"
	return []route{
		{method: "GET", path: path + "/settings", page: "Templates: get settings", handle: (*Server).settings},
		{
			method: "POST", path: path + "/settings", page: "Templates: update settings", handle: (*Server).updateSettings,
			body: []string{"region", "recording", "roomState"},
		},
		{method: "GET", path: path + "/destinations", page: "Templates: get destinations", handle: (*Server).destinations},
		{
			method: "POST", path: path + "/destinations", page: "Templates: update destinations", handle: (*Server).updateDestinations,
			body: []string{"rtmpDestinations", "hlsDestinations", "transcriptions", "browserRecordings"},
		},
		{method: "GET", path: path + "/recordings", page: "Templates: get recordings", handle: (*Server).templateRecordings},
		{
			method: "POST", path: path + "/recordings", page: "Templates: configure recordings", handle: (*Server).configureRecordings,
			body: []string{
				"name", "role", "maxDuration", "presignDuration", "thumbnails", "compositeRecording", "trackRecording", "streamRecording",
			},
		},
	}
}

// draft is a template being changed: a tree and a recording configuration to work on.
type draft struct {
	t               *template // as it is
	tree, recording object
}

// checker returns one that knows the roles of the template.
func (d *draft) checker(c conf) checker {
	ch := checker{conf: c, roles: map[string]bool{}}
	for _, role := range d.t.roles {
		ch.roles[role] = true
	}
	return ch
}

// changeTemplate puts what change makes of the template that r names.
func (s *Server) changeTemplate(r *http.Request, change func(tx *tx, d *draft) error) error {
	return s.update(func(tx *tx) error {
		t, err := tx.calledTemplate(r)
		if err != nil {
			return err
		}
		d := &draft{t: t, tree: cloneObject(t.tree), recording: maps.Clone(t.recording)}
		if err := change(tx, d); err != nil {
			return err
		}
		next, err := t.changed(d.tree, tx.now)
		if err != nil {
			return err
		}
		next.recording = d.recording
		tx.templates.put(tx, next)
		return nil
	})
}

func (s *Server) settings(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		t, err := st.calledTemplate(r)
		if err != nil {
			return err
		}
		reply = completeSettings(objectAt(t.tree, "settings"))
		return nil
	})
}

// updateSettings replaces the settings as a whole.
func (s *Server) updateSettings(r *http.Request) (reply any, err error) {
	body, err := readTree(r)
	if err != nil {
		return nil, err
	}
	return reply, s.changeTemplate(r, func(tx *tx, d *draft) error {
		ch := d.checker(tx.conf)
		kept, err := ch.check(settingsCallShape, body)
		if err != nil {
			return err
		}
		sent, _ := kept.(object)
		settings := completeSettings(sent)
		if err := checkZip(settings, objectAt(d.tree, "destinations")); err != nil {
			return err
		}
		d.tree["settings"] = settings
		reply = tx.conf.updatedSettings(settings)
		return nil
	})
}

// settingsCallShape is settingsShape with what the page of the call says otherwise.
var settingsCallShape = shape{read: func(c *checker, path string, v any) any {
	kept := settingsShape.read(c, path, v)
	settings, _ := kept.(object)
	if c.conf.reads(ReadingSettingsWithoutAzure) && textAt(objectAt(objectAt(settings, "recording"), "upload"), "type") == "azure" {
		c.refuse("recording.upload.type", "must be one of s3, gs, oss")
	}
	return kept
}}

// completeSettings returns settings with what every answer has.
func completeSettings(sent object) object {
	settings := object{"region": regionAuto, "recording": nil}
	maps.Copy(settings, sent)
	settings["retry"] = object{}
	return settings
}

// updatedSettings is the answer to an update of the settings, which alone calls the bucket's secret by its other name.
func (c conf) updatedSettings(settings object) object {
	if c.reads(ReadingSettingsSecretKey) {
		return settings
	}
	shown := cloneObject(settings)
	keys := objectAt(objectAt(objectAt(shown, "recording"), "upload"), "credentials")
	if secret, ok := keys["secretKey"]; ok {
		delete(keys, "secretKey")
		keys["secret"] = secret
	}
	return shown
}

func (s *Server) destinations(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		t, err := st.calledTemplate(r)
		if err != nil {
			return err
		}
		reply = st.conf.shownDestinations(t.tree)
		return nil
	})
}

// updateDestinations replaces the destinations as a whole. Plugins among them are those of the template.
func (s *Server) updateDestinations(r *http.Request) (reply any, err error) {
	body, err := readTree(r)
	if err != nil {
		return nil, err
	}
	return reply, s.changeTemplate(r, func(tx *tx, d *draft) error {
		ch := d.checker(tx.conf)
		kept, err := ch.check(destinationsShape, body)
		if err != nil {
			return err
		}
		destinations, _ := kept.(object)
		if err := checkZip(objectAt(d.tree, "settings"), destinations); err != nil {
			return err
		}
		if tx.conf.reads(ReadingPluginsInDestinations) {
			delete(d.tree, "plugins")
		}
		if destinations["plugins"] != nil {
			d.tree["plugins"] = destinations["plugins"]
			delete(destinations, "plugins")
		}
		d.tree["destinations"] = destinations
		reply = tx.conf.shownDestinations(d.tree)
		return nil
	})
}

// templateRecordings answers with the one recording configuration, as an array.
func (s *Server) templateRecordings(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		t, err := st.calledTemplate(r)
		if err != nil {
			return err
		}
		reply = st.conf.shownRecordings(t.recording)
		return nil
	})
}

// configureRecordings replaces the recording configuration.
func (s *Server) configureRecordings(r *http.Request) (reply any, err error) {
	body, err := readTrees(r)
	if err != nil {
		return nil, err
	}
	if len(body) != 1 {
		return nil, badParam(textOneRecording)
	}
	return reply, s.changeTemplate(r, func(tx *tx, d *draft) error {
		ch := d.checker(tx.conf)
		kept, err := ch.check(recordingsShape, body)
		if err != nil {
			return err
		}
		items, _ := kept.([]any)
		d.recording, _ = items[0].(object)
		reply = withoutFalse(kept)
		return nil
	})
}

// shownRecordings is the recording configuration as it is read; nil stands for none.
func (c conf) shownRecordings(recording object) any {
	if recording == nil && c.reads(ReadingRecordingsNull) {
		return []any(nil)
	}
	if recording == nil {
		return []any{}
	}
	shown := cloneObject(recording)
	browser := objectAt(objectAt(shown, "compositeRecording"), "browserComposite")
	if c.reads(ReadingCompositeShowsEnabled) && browser != nil && browser["enabled"] == nil {
		browser["enabled"] = true
	}
	return []any{withoutFalse(shown)}
}
