package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"roomledger/web/hms"
)

// textFields are the inputs of the room form that take text, with what makes them count.
var textFields = map[string][]string{
	"name": nil, "description": nil, "size": nil, "max_duration_seconds": nil, "polls": nil, "template_id": nil, "webhook.url": nil,
	"upload_info.location": bucket("s3"), "upload_info.prefix": bucket("s3"), "upload_info.options.region": bucket("s3"),
}

func TestMegabyteInEachField(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	huge := strings.Repeat("A", 1<<20)
	blank := fill(b)
	for field, also := range textFields {
		p := b.post("/rooms/new", with(with(blank, also...), field, huge)).want(http.StatusUnprocessableEntity)
		if p.message(field) == "" {
			t.Errorf("%s: no message at the field", field)
		}
		if p.form("/rooms/new").Get(field) != huge {
			t.Errorf("%s: what was typed is lost", field)
		}
	}
	for field, at := range map[string]string{
		"upload_info.credentials.key": "upload_info.credentials.key", "upload_info.credentials.secret": "upload_info.credentials.secret",
		"webhook.header_name": "webhook.header_name", "webhook.header_value": "webhook.header_name", "overwrite": "",
	} {
		v := with(with(blank, bucket("s3")...), "webhook.url", "https://h.example.org/", "webhook.header_name", "X-A", "webhook.header_value", "v")
		p := b.post("/rooms/new", with(v, field, huge)).want(http.StatusUnprocessableEntity)
		if at != "" && p.message(at) == "" {
			t.Errorf("%s: no message at %s", field, at)
		}
		if field != "webhook.header_name" && strings.Contains(p.body, huge) {
			t.Errorf("%s comes back", field)
		}
	}
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("a megabyte in a field reached the API or history")
	}
}

func TestFormsThatAreTooLarge(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	rows := fill(b, "name", "ward-7", "webhook.url", "https://h.example.org/")
	for i := range 10_000 {
		rows.Add("webhook.header_name", fmt.Sprintf("X-%d", i))
		rows.Add("webhook.header_value", "v")
	}
	wantSaid(t, b.post("/rooms/new", rows).want(http.StatusRequestEntityTooLarge), "The form has too many fields.")
	some := fill(b, "name", "ward-7", "webhook.url", "https://h.example.org/")
	for i := range 2000 {
		some.Add("webhook.header_name", fmt.Sprintf("X-%d", i))
		some.Add("webhook.header_value", "v")
	}
	p := b.post("/rooms/new", some).want(http.StatusUnprocessableEntity)
	if p.message("webhook.header_name") == "" || len(p.form("/rooms/new")["webhook.header_name"]) < 2000 {
		t.Error("2,000 header rows have no message, or are lost")
	}
	wantSaid(t, b.post("/rooms/new", fill(b, "description", strings.Repeat("A", 12<<20))).want(http.StatusRequestEntityTooLarge), "too large")
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("a form that is too large reached the API or history")
	}
}

func TestStrangeText(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	strange := map[string]string{
		"null byte": "a\x00b", "invalid UTF-8": "a\xff\xfeb", "right to left": "غرفة الاجتماعات", "bidi override": "a\u202eb",
		"emoji": "🎓🚀", "script": "<script>alert(1)</script>", "attribute": `"onfocus="alert(1)`, "line break": "a\r\nb", "only a dot": "..", "spaces": "a b",
	}
	for name, text := range strange {
		p := b.post("/rooms/new", fill(b, "name", text))
		if name == "only a dot" {
			p.want(http.StatusSeeOther)
			continue
		}
		p.want(http.StatusUnprocessableEntity)
		if p.message("name") == "" || strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, `"onfocus="`) {
			t.Errorf("%s: no message, or the text isn't escaped", name)
		}
		for _, field := range []string{"size", "max_duration_seconds", "polls", "template_id", "webhook.url", "overwrite", "region", "recording", "large_room"} {
			b.post("/rooms/new", fill(b, field, text)).want(http.StatusUnprocessableEntity)
		}
	}
	for _, name := range []string{"null byte", "invalid UTF-8"} {
		p := b.post("/rooms/new", fill(b, "description", strange[name])).want(http.StatusUnprocessableEntity)
		if p.message("description") == "" {
			t.Errorf("%s in the description: no message", name)
		}
	}
}

// Text that is strange and yet allowed comes back as it was typed, everywhere.
func TestStrangeDescriptions(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, text := range []string{"غرفة الاجتماعات", "🎓🚀 \u202eevil", "<script>alert(1)</script>", `</textarea><img src=x onerror=alert(1)>`, "a\nb\tc", "{{.}} ${x} %s"} {
		at := b.post("/rooms/new", fill(b, "description", text)).want(http.StatusSeeOther).location
		room, _ := d.boxedRoom()
		if room["description"] != text {
			t.Errorf("%q reached the API as %q", text, room["description"])
		}
		for _, path := range []string{at, at + "?live=1", "/rooms/new?from=" + strings.TrimPrefix(at, "/rooms/"), "/history/" + d.rows()[len(d.rows())-1].Operation} {
			p := b.get(path).want(http.StatusOK)
			if p.Find("main script, main img").Length() != 0 || !strings.Contains(p.Text(), strings.Fields(text)[0]) {
				t.Errorf("%s: %q is not shown as text", path, text)
			}
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, text := range []string{
		"-1", "-5400", "+5", "0x10", "1e3", "1.5", "99999999999999999999999999", "NaN", "Inf", "١٢٣", "1_000", "12,34", "5400.0", "0b1", "²",
	} {
		for _, field := range []string{"size", "max_duration_seconds"} {
			p := b.post("/rooms/new", fill(b, field, text)).want(http.StatusUnprocessableEntity)
			if p.message(field) == "" || p.form("/rooms/new").Get(field) != text {
				t.Errorf("%s %q: no message, or what was typed is lost", field, text)
			}
		}
	}
}

func TestDuplicateFields(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	v := fill(b, bucket("s3")...)
	for field := range v {
		if strings.HasPrefix(field, "webhook.header_") {
			continue
		}
		twice := with(v)
		twice[field] = []string{v.Get(field), v.Get(field)}
		p := b.post("/rooms/new", twice).want(http.StatusUnprocessableEntity)
		if field != "form_token" && p.message(field) != "This was sent more than once. Give one value only." {
			t.Errorf("%s: the message is %q", field, p.message(field))
		}
	}
}

// raw sends what no browser would.
func (b *browser) raw(method, path, contentType, body string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestBodiesThatAreNoForms(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	d := newDesk(t)
	b := d.as("operator")
	tests := []struct {
		method, contentType, body string
		want                      int
	}{
		{http.MethodPost, form, "", http.StatusUnprocessableEntity},
		{http.MethodPost, "", "name=a", http.StatusUnsupportedMediaType},
		{http.MethodPost, "application/json", `{"name":"a"}`, http.StatusUnsupportedMediaType},
		{http.MethodPost, "text/plain", "name=a", http.StatusUnsupportedMediaType},
		{http.MethodPost, "multipart/form-data", "name=a", http.StatusUnsupportedMediaType},
		{http.MethodPost, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nhalf", http.StatusBadRequest},
		{http.MethodPost, form + "; charset=utf-16", "name=a", http.StatusUnsupportedMediaType},
		{http.MethodPost, form, "name=%zz", http.StatusBadRequest},
		{http.MethodPost, form, "name=a;size=1", http.StatusBadRequest},
		{http.MethodGet, form, "name=evil", http.StatusOK},
		{http.MethodPut, form, "name=a", http.StatusMethodNotAllowed},
		{http.MethodDelete, "", "", http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		p := b.raw(tt.method, "/rooms/new", tt.contentType, tt.body)
		if p.status != tt.want && !(tt.want == http.StatusMethodNotAllowed && p.status == http.StatusNotFound) {
			t.Errorf("%s %q as %q: %d, want %d", tt.method, tt.body, tt.contentType, p.status, tt.want)
		}
		if p.Find("h1").Length() != 1 || p.Find(`input[value="evil"]`).Length() != 0 {
			t.Errorf("%s %q: the answer is no page, or read a body", tt.method, tt.body)
		}
	}
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("something reached the API or history")
	}
}

func TestMultipartFormIsAForm(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	var body strings.Builder
	for field, values := range fill(b, "name", "ward-7", "description", "two\r\nlines") {
		for _, value := range values {
			fmt.Fprintf(&body, "--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", field, value)
		}
	}
	body.WriteString("--x--\r\n")
	b.raw(http.MethodPost, "/rooms/new", "multipart/form-data; boundary=x", body.String()).want(http.StatusSeeOther)
}

func TestBodyThatBreaksOff(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at, err := url.Parse(d.web.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cookie := b.http.Jar.Cookies(at)[0]
	fmt.Fprintf(conn, "POST /rooms/new HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: 5000\r\n\r\n%s", at.Host, cookie.Name, cookie.Value, fill(b, "name", "ward-7").Encode())
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "broke off") {
		t.Errorf("%d, %v: %.300s", resp.StatusCode, err, text)
	}
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("half a form reached the API or history")
	}
}

// absurd are values that no page of ours would put into an address.
var absurd = []string{
	"%00", "%ff%fe", "%F0%9F%98%80", "-1", "9223372036854775808", "%27%20OR%201=1--", "%25%5f%5c", "%3Cscript%3E", "o1", "n1",
	"9999-12-31", "0001-01-01T00:00:00Z", "2026-11-22T23:59:60Z", "room.*", "*", "%0d%0aX: y", strings.Repeat("%C3%A9", 2000), "//evil.example.org",
}

func TestAbsurdQueries(t *testing.T) {
	d := newDesk(t)
	b := d.as("admin")
	room := d.elsewhere(hms.RoomParams{Name: "ward-7"})
	d.refresh()
	d.happened(past()...)
	paths := []string{"/", "/rooms.csv", "/rooms/new", "/rooms/" + room.ID, "/history.csv", "/history.jsonl", "/history/op-000-Alpha", "/signin"}
	lists := map[string][]string{
		"/rooms":   {"q", "enabled", "template_id", "region", "recording", "creator", "after", "before", "sort", "cursor"},
		"/history": {"q", "actor", "action", "outcome", "target", "from", "to", "cursor"},
	}
	all := slices.Concat(lists["/rooms"], lists["/history"], []string{"name", "live", "next"})
	for i, value := range absurd {
		everything := "?" + strings.Join(all, "="+value+"&") + "=" + value
		wantNoFault(t, b, paths[i%len(paths)]+everything)
		wantNoFault(t, b, paths[(i+3)%len(paths)]+everything)
		for path, fields := range lists {
			wantNoFault(t, b, path+everything)
			for _, field := range fields {
				wantNoFault(t, b, path+"?"+field+"="+value)
			}
		}
	}
	for _, query := range []string{"%", "%zz", "&&&&", "=;=", "a=1;b=2", "q[]=1", strings.Repeat("q=1&", 3000)} {
		wantNoFault(t, b, "/rooms?"+query)
		wantNoFault(t, b, "/history?"+query)
	}
	if strings.Contains(d.log.String(), `"level":"ERROR"`) {
		t.Errorf("an error was logged: %.600s", d.log.String()[strings.Index(d.log.String(), `"level":"ERROR"`):])
	}
}

// wantNoFault fails when an address that somebody made up is answered as a fault of ours.
func wantNoFault(t *testing.T, b *browser, path string) {
	t.Helper()
	if p := b.get(path); p.status >= 500 || strings.Contains(p.body, "<script>alert") {
		t.Errorf("%.200s: %d\n%s", path, p.status, p.problem())
	}
}
