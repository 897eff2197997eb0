package door

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// policy is the Content-Security-Policy: what a page needs comes from here, in files.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// headers are those of every response.
var headers = [...][2]string{
	{"Content-Security-Policy", policy},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
	{"Cache-Control", "no-store"},
}

// A refusal is an answer to a request that does not reach the handler.
type refusal struct {
	status int
	text   string // says what to do
}

var (
	noMethod = refusal{http.StatusMethodNotAllowed, "This server is for reading: it answers GET and HEAD only."}
	noBody   = refusal{http.StatusRequestEntityTooLarge, "This server is for reading: requests have no body."}
	noAct    = refusal{http.StatusUnsupportedMediaType, "What a person does is sent as application/json, in at most 16 KB."}
	noHost   = refusal{http.StatusMisdirectedRequest, "This address has another host name than the link that imapscope printed. Open that link."}
	noSite   = refusal{http.StatusForbidden, "Requests that another site's page makes are refused. Open the link that imapscope printed."}
	noPath   = refusal{http.StatusBadRequest, "This address is malformed. Open the link that imapscope printed."}
	noKey    = refusal{http.StatusUnauthorized, "Open the link that imapscope printed, with ?token=… and all that follows. If you did, let this site keep its cookie."}
	noRoom   = refusal{http.StatusServiceUnavailable, "Too many requests at once. Try again."}
)

// guard lets only requests pass that read, are addressed to this server, come from no other
// site's page, and have a key.
func (d *Door) guard(next http.Handler) http.Handler {
	room := make(chan struct{}, maxRequests)
	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		w := &response{ResponseWriter: plain, control: http.NewResponseController(plain)}
		defer w.finish()
		for _, h := range headers {
			w.Header().Set(h[0], h[1])
		}
		if no := d.check(r); no != nil {
			w.refuse(r, *no)
			return
		}
		if r.Method == http.MethodPost { // with a body, which is bounded
			_ = w.control.SetReadDeadline(time.Now().Add(readTimeout))
		}
		switch d.admit(r) {
		case refused:
			w.Header().Set("WWW-Authenticate", `Bearer realm="imapscope"`)
			w.refuse(r, noKey)
			return
		case withLink:
			http.SetCookie(w, &d.cookie)
			w.Header().Set("Location", withoutKey(r.URL))
			w.WriteHeader(http.StatusSeeOther)
			return
		}
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
			next.ServeHTTP(w, r)
		default:
			w.refuse(r, noRoom)
		}
	})
}

// check returns why a request is refused even with a key, or nil.
func (d *Door) check(r *http.Request) *refusal {
	acts := d.Acts && r.Method == http.MethodPost
	switch {
	case acts && (r.ContentLength < 0 || r.ContentLength > maxBody || r.Header.Get("Content-Type") != "application/json"):
		return &noAct
	case acts && r.Header.Get("Origin") == "": // browsers send it with each POST
		return &noSite
	case !acts && r.Method != http.MethodGet && r.Method != http.MethodHead:
		return &noMethod
	case !acts && r.ContentLength != 0:
		return &noBody
	case !d.isOurs(r.Host):
		return &noHost
	case fromElsewhere(r):
		return &noSite
	case !isPlain(r.URL.Path):
		return &noPath
	}
	return nil
}

// isOurs reports whether the host of a request is one that this server is for. The port is not
// looked at: it is another one behind a forwarded port.
func (d *Door) isOurs(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return !d.local || ip.Unmap().IsLoopback() // no DNS name has resolved to it
	}
	return !d.local && (slices.Contains(d.hosts, host) || slices.Contains(ownNames(), host))
}

// fromElsewhere reports whether another site's page made the request. One that leads here by a
// link, as a person follows it, may.
func fromElsewhere(r *http.Request) bool {
	if o := r.Header.Get("Origin"); o != "" {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != scheme(r.TLS != nil) || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
}

// isPlain reports whether a path has none of the forms by which paths lead astray.
func isPlain(p string) bool {
	clean := path.Clean(p)
	return strings.HasPrefix(p, "/") && (p == clean || p == clean+"/") && p != "//" &&
		!strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f })
}

// withoutKey returns an address on this server without what let the browser in.
func withoutKey(u *url.URL) string {
	q := u.Query()
	q.Del(tokenName)
	q.Del(ticketName)
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

// response is an http.ResponseWriter whose reader has to read: each piece within writeTimeout.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *response) within(d time.Duration) {
	var until time.Time
	if d > 0 {
		until = time.Now().Add(d)
	}
	_ = w.control.SetWriteDeadline(until) // of a connection that has ended
}

// Write implements http.ResponseWriter.
func (w *response) Write(b []byte) (int, error) {
	w.within(writeTimeout)
	return w.ResponseWriter.Write(b)
}

// FlushError flushes what was written. A stream may pause after that for any time.
func (w *response) FlushError() error {
	w.within(writeTimeout)
	err := w.control.Flush()
	if err == nil {
		w.within(0)
	}
	return err
}

// Flush implements http.Flusher.
func (w *response) Flush() { _ = w.FlushError() } // the next write fails too

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish limits the time for what net/http writes after the handler.
func (w *response) finish() { w.within(writeTimeout) }

// refuse writes a refusal. What follows on the connection is not read.
func (w *response) refuse(r *http.Request, no refusal) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if no == noMethod {
		h.Set("Allow", "GET, HEAD")
	}
	if r.ContentLength != 0 {
		h.Set("Connection", "close")
		_ = w.control.SetReadDeadline(time.Now().Add(readTimeout)) // of a connection that has ended
	}
	w.WriteHeader(no.status)
	_, _ = w.Write([]byte(no.text + "\n")) // to a reader who may be gone
}
