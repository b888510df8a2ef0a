package sandbox

import (
	"maps"
	"time"
)

// templateReply is a template as calls answer it.
func (st *state) templateReply(t *template) any {
	if !st.conf.readsTemplates() {
		return t.doc
	}
	return st.conf.shownTemplate(t)
}

// updatedTemplateReply is the answer to an update: its times are those of a value that was never set.
func (st *state) updatedTemplateReply(t *template) any {
	shown := st.conf.shownTemplate(t)
	if !st.conf.reads(ReadingUpdateShowsTimes) {
		shown["createdAt"], shown["updatedAt"] = time.Time{}, time.Time{}
	}
	return shown
}

// readsTemplates says whether a reading is chosen by which templates are answered otherwise than they are kept.
func (c conf) readsTemplates() bool {
	return c.reads(ReadingTemplateSDKKeys) || c.reads(ReadingTemplateCustomerID) || c.reads(ReadingPluginsInDestinations)
}

// shownTemplate is the tree of a template as the readings want it.
func (c conf) shownTemplate(t *template) object {
	shown := maps.Clone(t.tree)
	if c.reads(ReadingTemplateSDKKeys) {
		shown["appId"], shown["default"] = appID, t.isDefault
	}
	if c.reads(ReadingTemplateCustomerID) {
		delete(shown, "customerId")
		shown["customer_id"] = customerID
	}
	if c.reads(ReadingPluginsInDestinations) && shown["plugins"] != nil {
		shown["destinations"] = c.shownDestinations(t.tree)
		delete(shown, "plugins")
	}
	return shown
}

// shownDestinations are the destinations of a template's tree as the readings want them.
func (c conf) shownDestinations(tree object) object {
	shown := object{}
	maps.Copy(shown, objectAt(tree, "destinations"))
	if c.reads(ReadingPluginsInDestinations) && tree["plugins"] != nil {
		shown["plugins"] = tree["plugins"]
	}
	return shown
}
