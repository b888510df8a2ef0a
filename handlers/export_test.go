package handlers

// Explain is the map from errors to pages, for its table.
var Explain = explain

// AppendCell is how a CSV has a text, for its table.
var AppendCell = appendCell

// Route is one URL as a walk over the routes sees it. Who may call it is not part of it: a walk must know that by itself.
type Route struct {
	Method, Path, Records, Unrecorded string
}

// Routes lists every URL that the router serves.
func (a *App) Routes() []Route {
	var list []Route
	for _, rt := range a.routes() {
		list = append(list, Route{Method: rt.method, Path: rt.path, Records: rt.records, Unrecorded: rt.unrecorded})
	}
	return list
}

// HoldVerification makes the desk believe that a verification runs, until the returned function is called.
func (a *App) HoldVerification() (end func()) {
	a.verifying.Lock()
	return a.verifying.Unlock
}
