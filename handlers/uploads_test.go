package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// sendFirst sends a body whole before it reads the answer, as browsers do.
func (b *browser) sendFirst(path, contentType, body string) (status int, text string) {
	b.t.Helper()
	at, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(b.t.Context(), "tcp", at.Host)
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	var cookies strings.Builder
	for _, c := range b.http.Jar.Cookies(at) {
		fmt.Fprintf(&cookies, "Cookie: %s=%s\r\n", c.Name, c.Value)
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%sSec-Fetch-Site: same-origin\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, at.Host, cookies.String(), contentType, len(body), body)
	if err != nil {
		b.t.Fatalf("POST %s was cut off: %v", path, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		b.t.Fatalf("POST %s: %v", path, err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("POST %s: %v", path, err)
	}
	return resp.StatusCode, string(page)
}

// However much is sent, and whoever sends it where to, a page comes back rather than a broken connection.
func TestBodiesFarOverTheLimit(t *testing.T) {
	d := newDesk(t)
	operator, viewer, stranger := d.as("operator"), d.as("viewer"), d.stranger()
	id := d.aTemplate("whole").ID
	huge := strings.Repeat("a", 20<<20)
	const pasted = "application/x-www-form-urlencoded"
	file := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n\r\n" + huge + "\r\n--x--\r\n"
	field := "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n" + huge + "\r\n--x--\r\n"
	before := len(d.rows())
	for _, tt := range []struct {
		who         *browser
		path        string
		contentType string
		body        string
		want        int
		says        string
	}{
		{operator, "/templates/import", "multipart/form-data; boundary=x", file, http.StatusRequestEntityTooLarge, "Shorten it to 1 MB or less"},
		{operator, "/templates/import", "multipart/form-data; boundary=x", field, http.StatusRequestEntityTooLarge, "The file is too large."},
		{operator, "/templates/import", pasted, "template=" + huge, http.StatusRequestEntityTooLarge, "The form is too large."},
		{operator, "/templates/import", "application/json", huge, http.StatusUnsupportedMediaType, "not a form"},
		{operator, "/templates/new", pasted, "name=" + huge, http.StatusRequestEntityTooLarge, "The form is too large."},
		{operator, "/templates/" + id + "/edit", pasted, "name=" + huge, http.StatusRequestEntityTooLarge, "The form is too large."},
		{operator, "/rooms/new", pasted, "name=" + huge, http.StatusRequestEntityTooLarge, "The form is too large."},
		{operator, "/nowhere", pasted, "name=" + huge, http.StatusNotFound, ""},
		{viewer, "/templates/import", "multipart/form-data; boundary=x", file, http.StatusForbidden, ""},
		{stranger, "/templates/import", "multipart/form-data; boundary=x", file, http.StatusSeeOther, ""},
		{stranger, "/signin", pasted, "email=" + huge, http.StatusRequestEntityTooLarge, "The form is too large."},
	} {
		status, text := tt.who.sendFirst(tt.path, tt.contentType, tt.body)
		if status != tt.want || !strings.Contains(text, tt.says) {
			t.Errorf("%.40q to %s as %s: status %d, want %d with %q: %.300s", tt.body, tt.path, tt.who.who.Role, status, tt.want, tt.says, text)
		}
	}
	if got := len(d.rows()); got != before {
		t.Errorf("history has %d new rows", got-before)
	}
}
