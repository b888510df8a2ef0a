package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const (
	// FormBytes is the most a form may weigh, in bytes: room for a field of a million characters, which the form's own rules then refuse.
	FormBytes = 2 << 20
	// FormFields is the most fields a form may have.
	FormFields = 5000
)

// ParseForm reads the form in the body of a POST, whole, before anyone acts on it. The query of the URL never mixes in.
// Errors are all *Error: 405 for another method, 415 for a body that isn't a form, 413 for one larger than FormBytes, the
// BodyLimit or FormFields, 408 for one that didn't arrive in time, 400 for one that broke off or isn't encoded right.
func ParseForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &Error{
			Status: http.StatusMethodNotAllowed,
			What:   "A form has to be sent with POST.",
			Do:     "Open the form and send it from there.",
		}
	}
	boundary, err := formBoundary(r.Header)
	if err != nil {
		return nil, err
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if boundary != "" {
		return parseMultipart(body, boundary)
	}
	return parseURLEncoded(body)
}

// formBoundary checks that the body is a form: "" for application/x-www-form-urlencoded, the boundary for multipart/form-data.
func formBoundary(h http.Header) (string, error) {
	if h.Get("Content-Encoding") != "" {
		return "", notAForm("It was sent compressed.", nil)
	}
	given := h.Get("Content-Type")
	if given == "" {
		return "", notAForm("It was sent without a Content-Type.", nil)
	}
	kind, params, err := mime.ParseMediaType(given)
	if err != nil {
		return "", notAForm("Its Content-Type can't be read.", err)
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", notAForm("Its characters are not in UTF-8.", nil)
	}
	switch {
	case kind == "application/x-www-form-urlencoded":
		return "", nil
	case kind == "multipart/form-data" && params["boundary"] != "":
		return params["boundary"], nil
	}
	return "", notAForm("Its Content-Type is neither application/x-www-form-urlencoded nor multipart/form-data.", nil)
}

func notAForm(why string, err error) *Error {
	return &Error{
		Status: http.StatusUnsupportedMediaType,
		What:   "What was sent is not a form.",
		Why:    why,
		Do:     "Send it from the form's own page, or as application/x-www-form-urlencoded in UTF-8.",
		Err:    err,
	}
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > FormBytes && (waits(r) || r.ContentLength > drainBytes) {
		return nil, tooLarge(FormBytes, nil)
	}
	body, err := io.ReadAll(limitBody(w, r.Body, FormBytes))
	if err == nil {
		return body, nil
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(large.Limit, err)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &Error{
			Status: http.StatusRequestTimeout,
			What:   "The form took too long to arrive.",
			Why:    "Nothing was changed.",
			Do:     "Check the connection, go back, and send it again.",
			Err:    err,
		}
	}
	return nil, broken("It broke off on its way here.", err)
}

func tooLarge(limit int64, err error) *Error {
	return &Error{
		Status: http.StatusRequestEntityTooLarge,
		What:   "The form is too large.",
		Why:    fmt.Sprintf("It may weigh up to %d kB. Nothing was changed.", limit>>10),
		Do:     "Go back, shorten the longest field, and send it again.",
		Err:    err,
	}
}

func tooMany() *Error {
	return &Error{
		Status: http.StatusRequestEntityTooLarge,
		What:   "The form has too many fields.",
		Why:    fmt.Sprintf("It may have up to %d. Nothing was changed.", FormFields),
		Do:     "Go back, remove the rows you don't need, and send it again.",
	}
}

func broken(why string, err error) *Error {
	return &Error{
		Status: http.StatusBadRequest,
		What:   "The form could not be read.",
		Why:    why + " Nothing was changed.",
		Do:     "Go back and send it again.",
		Err:    err,
	}
}

func parseURLEncoded(body []byte) (url.Values, error) {
	if bytes.Count(body, []byte("&")) >= FormFields {
		return nil, tooMany()
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		// The cause quotes what was typed, which may be a password: it must not reach the log.
		return nil, broken("Its fields are not encoded right.", errors.New("bad urlencoded form"))
	}
	return values, nil
}

func parseMultipart(body []byte, boundary string) (url.Values, error) {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	values := url.Values{}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF { // wrapped, it means that the last boundary is missing
			return values, nil
		}
		if err != nil {
			return nil, broken("Its parts are not whole.", err)
		}
		if n == FormFields {
			return nil, tooMany()
		}
		if part.FileName() != "" {
			return nil, notAForm("It holds a file, and this form takes none.", nil)
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, broken("Its parts are not whole.", err)
		}
		if part.FormName() == "" {
			return nil, broken("One of its parts has no name.", nil)
		}
		values.Add(part.FormName(), string(value))
	}
}
