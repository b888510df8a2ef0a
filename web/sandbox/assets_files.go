package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// filesPath is where the sandbox serves the files of assets, to whoever has a signed link.
const filesPath = "/files"

// presignDefault is how long a link is good for unless told otherwise, in seconds.
func (a *asset) presignDefault() int {
	if strings.HasPrefix(a.Path, "oss://") {
		return presignDefaultOSS
	}
	return presignDefault
}

// link is a signed URL of a file of a, by the file's path in its storage.
func (a *asset) link(base, file string, now time.Time, seconds int) string {
	if file == "" {
		return ""
	}
	expires := now.Unix() + int64(seconds)
	return fmt.Sprintf("%s%s/%s/%s?expires=%d&signature=%s", base, filesPath, a.ID, path.Base(file), expires, a.sign(path.Base(file), expires))
}

func (a *asset) sign(name string, expires int64) string {
	mac := hmac.New(sha256.New, []byte(a.Seal))
	fmt.Fprintf(mac, "%s\n%s\n%d", a.ID, name, expires)
	return hex.EncodeToString(mac.Sum(nil))
}

// serveFile answers a request below filesPath: with a small file of the kind that the asset is.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.reply(w, r, nil, errWrongMethod)
		return
	}
	var content []byte
	id, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, filesPath+"/"), "/")
	err := s.view(func(st *state) error {
		a := st.assets.at(id)
		if a == nil {
			return errNoSuchAsset
		}
		if err := a.mayRead(name, r, s.clock.now()); err != nil {
			return err
		}
		var err error
		content, err = st.content(a, name)
		return err
	})
	if err != nil {
		s.reply(w, r, nil, err)
		return
	}
	w.Header().Set("Content-Type", fileTypes[path.Ext(name)])
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if _, err := w.Write(content); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		s.log.DebugContext(r.Context(), "sandbox: the client went away", "path", r.URL.Path, "err", err)
	}
}

// mayRead refuses a link that isn't signed, or not any more.
func (a *asset) mayRead(name string, r *http.Request, now time.Time) error {
	q := r.URL.Query()
	expires, err := strconv.ParseInt(q.Get("expires"), 10, 64)
	if err != nil || !hmac.Equal([]byte(q.Get("signature")), []byte(a.sign(name, expires))) {
		return errLinkSignature
	}
	if now.Unix() >= expires {
		return errLinkExpired
	}
	return nil
}

// fileTypes are those of the files that assets have, by the end of their names.
var fileTypes = map[string]string{
	".mp4": "video/mp4", ".webm": "video/webm", ".m3u8": "application/vnd.apple.mpegurl", ".zip": "application/zip",
	".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".srt": "application/x-subrip; charset=utf-8",
	".json": "application/json", ".jpg": "image/jpeg",
}
