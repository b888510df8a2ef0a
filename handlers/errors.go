package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// explain is the only map from errors to what a person is told. A nil answer means: say nothing, the person has gone.
func explain(err error) *web.Error {
	if e, ok := errors.AsType[*web.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*ledger.Open](err); ok {
		return explainOpen(e)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if e, ok := errors.AsType[*ledger.Unwritten](err); ok {
		return &web.Error{
			Status: http.StatusServiceUnavailable, What: "Nothing was changed: history can't be written.",
			Why: "Each change is written down before it is made. The disk may be full or the database locked.",
			Do:  "Try again in a minute. If it stays so, whoever runs this server should look at its log.", Err: e,
		}
	}
	if e, ok := errors.AsType[*ledger.Pending](err); ok {
		return explainPending(e)
	}
	if e, ok := errors.AsType[*ledger.Refused](err); ok && errors.Is(err, ledger.ErrNotMade) {
		return explainNotMade(e)
	}
	if e, ok := errors.AsType[*hms.Error](err); ok {
		return explainAPI(err, e)
	}
	return explainOurs(err)
}

func explainOurs(err error) *web.Error {
	switch {
	case errors.Is(err, db.ErrNotFound):
		return notFoundError()
	case errors.Is(err, ledger.ErrOtherContent):
		return &web.Error{
			Status: http.StatusConflict, What: "This form was sent before, with other content.",
			Why: "A form is good for one change, so that a double click can't make two.",
			Do:  "Open the form anew for another change. What the first one did is in history.", Link: "/history", Word: "History", Err: err,
		}
	case errors.Is(err, context.DeadlineExceeded):
		return &web.Error{
			Status: http.StatusBadGateway, What: "This took too long.", Why: "The answer didn't come in time.",
			Do: "Try again in a minute.", Err: err,
		}
	}
	return &web.Error{
		Status: http.StatusInternalServerError, What: "Something went wrong on our side.",
		Why: "It is in the server's log under the request id below.",
		Do:  "Try again. If it happens again, tell whoever runs this server the request id.", Err: err,
	}
}

func explainOpen(e *ledger.Open) *web.Error {
	return &web.Error{
		Status: http.StatusBadGateway, What: "The change may have been made: no clear answer came back.",
		Why:  "It is on record as unknown, and settled by asking 100ms as soon as that answers.",
		Do:   "Look at the operation in a few seconds, before you try again.",
		Link: "/history/" + e.Operation, Word: "The operation in history", Err: e,
	}
}

func explainPending(e *ledger.Pending) *web.Error {
	return &web.Error{
		Status: http.StatusConflict, What: "An earlier change of this room or template has no known outcome yet.",
		Why:  "It is being looked up at 100ms. Until that is done, nothing else is sent for it.",
		Do:   "Wait a few seconds, look at the earlier operation, and send the form again.",
		Link: "/history/" + e.Operation, Word: "The earlier operation", Err: e,
	}
}

func explainNotMade(e *ledger.Refused) *web.Error {
	return &web.Error{
		Status: http.StatusConflict, What: "The first try of this form was not made.",
		Why: "No clear answer came back then, so it was looked up at 100ms.",
		Do:  "Check the form and send it again.", Link: "/history/" + e.Operation, Word: "The operation in history", Err: e,
	}
}

func explainAPI(err error, e *hms.Error) *web.Error {
	out := &web.Error{Err: err}
	if r, ok := errors.AsType[*ledger.Refused](err); ok {
		out.Link, out.Word = "/history/"+r.Operation, "The operation in history"
	}
	switch {
	case e.IsAuth():
		out.Status, out.What = http.StatusBadGateway, "100ms refused our key."
		out.Why = "The access key and secret that this server uses were not accepted. " + vendorWords(e)
		out.Do = "Whoever runs this server should check HMS_ACCESS_KEY and HMS_SECRET, and the server's clock."
	case e.Status == http.StatusNotFound:
		out.Status, out.What = http.StatusNotFound, "100ms doesn't know this."
		out.Why = vendorWords(e)
		out.Do = "Check the id, or look in the lists of rooms and templates."
	case e.Status == http.StatusForbidden || e.Status == http.StatusConflict:
		out.Status, out.What = http.StatusConflict, "100ms refused this as things stand."
		out.Why = vendorWords(e)
		out.Do = "Look at how things are now; a disabled room has to be enabled first."
	case e.Status == http.StatusTooManyRequests:
		out.Status, out.What = http.StatusServiceUnavailable, "100ms asks us to slow down."
		out.RetryAfter = e.RetryAfter
		out.Why, out.Do = vendorWords(e), "Nothing was changed. Try again in "+wait(e.RetryAfter)+"."
	case e.Status >= 400 && e.Status < 500:
		out.Status, out.What = http.StatusUnprocessableEntity, "100ms didn't accept this."
		out.Why, out.Do = vendorWords(e), "Nothing was changed. Correct what it names and try again."
	case errors.Is(err, hms.ErrUnavailable):
		out.Status, out.What = http.StatusBadGateway, "100ms doesn't answer."
		out.RetryAfter = e.RetryAfter
		out.Why = "Several calls in a row came to nothing, so no others are sent for the moment."
		out.Do = "Nothing was changed. Whether it answers again is tried in " + wait(e.RetryAfter) + ": send this again after that."
	default:
		out.Status, out.What = http.StatusBadGateway, "100ms doesn't answer."
		out.Why = "The service or the network on the way to it has a problem. " + vendorWords(e)
		out.Do = "Nothing was changed. Try again in a minute; history shows what was done."
	}
	return out
}

// vendorWords quotes the API, or is empty when it said nothing.
func vendorWords(e *hms.Error) string {
	if e.Status == 0 || e.Message == "" {
		return ""
	}
	return fmt.Sprintf("It answered %d: “%s”.", e.Status, e.Message)
}

func wait(d time.Duration) string {
	if d <= 0 {
		return "a minute"
	}
	return form.DurationWords(wholeSeconds(d))
}

func notFoundError() *web.Error {
	return &web.Error{
		Status: http.StatusNotFound, What: "There is nothing here.", Why: "The address is wrong, or what it named isn't in this workspace.",
		Do: "Go back, or start from the overview.",
	}
}

func (a *App) notFound(http.ResponseWriter, *http.Request) error { return notFoundError() }

// logProblem logs what isn't the person's own to mend.
func (a *App) logProblem(r *http.Request, e *web.Error, err error) {
	if e.Status < 500 || e.Logged {
		return
	}
	a.Log.ErrorContext(r.Context(), "request failed", "err", err, "status", e.Status,
		"route", r.Pattern, "request_id", web.RequestID(r.Context()))
}

func setRetryAfter(w http.ResponseWriter, e *web.Error) {
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(e.RetryAfter)))
	}
}

// wholeSeconds rounds a wait up.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// problem logs err once and shows it as a page. It serves the middlewares too.
func (a *App) problem(w http.ResponseWriter, r *http.Request, err error) {
	e := explain(err)
	if e == nil {
		return
	}
	// A request that broke off counts as given up, but whoever sent half of it may still listen.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	a.logProblem(r, e, err)
	setRetryAfter(w, e)
	d := pages.ProblemData{
		Page: a.page(w, r, e.What, ""), Status: e.Status, What: e.What, Why: e.Why, Do: e.Do, RequestID: web.RequestID(r.Context()),
	}
	if d.Page.User != nil && d.Page.CanHistory {
		d.Link, d.Word = e.Link, e.Word
	}
	if err := web.Render(w, r, e.Status, pages.Problem(d)); err != nil && r.Context().Err() == nil {
		a.Log.ErrorContext(r.Context(), "problem page not sent", "err", err, "request_id", web.RequestID(r.Context()))
	}
}
