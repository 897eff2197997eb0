package door

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// closed returns the guard of a Door in front of a handler that fails the test, as requests of
// attackers must not reach it.
func closed(t *testing.T, d *Door) http.Handler {
	d.Log = slog.New(slog.DiscardHandler)
	return d.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the handler was reached by %s %s of %v", r.Method, r.RequestURI, r.Header)
	}))
}

// atHome returns a Door for the loopback interface, inClass one for other machines.
func atHome() *Door {
	return &Door{local: true, hosts: []string{"127.0.0.1"}, keys: newKeys(8143, false)}
}
func inClass() *Door {
	return &Door{secure: true, hosts: []string{"192.0.2.7", "teacher.example"}, keys: newKeys(8143, true)}
}

// ask returns the answer to a request with the cookie, to which change is done.
func ask(d *Door, h http.Handler, method, link string, change func(*http.Request)) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, link, nil)
	q.AddCookie(&d.cookie)
	if change != nil {
		change(q)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

// TestAttackKeys checks that no request comes in without the right key, and that answers do not
// contain it.
func TestAttackKeys(t *testing.T) {
	d := atHome()
	h := closed(t, d)
	long := strings.Repeat(d.token, 500)
	for name, change := range map[string]func(*http.Request){
		"none":               func(*http.Request) {},
		"empty":              func(q *http.Request) { q.URL.RawQuery = "token=" },
		"wrong":              func(q *http.Request) { q.URL.RawQuery = "token=" + strings.Repeat("A", len(d.token)) },
		"a prefix":           func(q *http.Request) { q.URL.RawQuery = "token=" + d.token[:len(d.token)-1] },
		"more":               func(q *http.Request) { q.URL.RawQuery = "token=" + d.token + "A" },
		"lower case":         func(q *http.Request) { q.URL.RawQuery = "token=" + strings.ToLower(d.token) },
		"long":               func(q *http.Request) { q.URL.RawQuery = "token=" + long },
		"a second one":       func(q *http.Request) { q.URL.RawQuery = "token=x&token=" + d.token },
		"other name":         func(q *http.Request) { q.URL.RawQuery = "Token=" + d.token },
		"as ticket":          func(q *http.Request) { q.URL.RawQuery = "ticket=" + d.token },
		"empty ticket":       func(q *http.Request) { q.URL.RawQuery = "ticket=" },
		"semicolons":         func(q *http.Request) { q.URL.RawQuery = "a=1;token=" + d.token },
		"in the path":        func(q *http.Request) { q.URL.Path = "/" + d.token },
		"as cookie":          func(q *http.Request) { q.Header.Set("Cookie", d.cookie.Name+"="+d.token) },
		"cookie's name":      func(q *http.Request) { q.Header.Set("Cookie", "imapscope="+d.cookie.Value) },
		"cookie, more":       func(q *http.Request) { q.Header.Set("Cookie", d.cookie.Name+"="+d.cookie.Value+"A") },
		"cookie as token":    func(q *http.Request) { q.URL.RawQuery = "token=" + d.cookie.Value },
		"cookie as bearer":   func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+d.cookie.Value) },
		"empty bearer":       func(q *http.Request) { q.Header.Set("Authorization", "Bearer ") },
		"basic":              func(q *http.Request) { q.SetBasicAuth("", d.token) },
		"another port's":     func(q *http.Request) { q.Header.Set("Cookie", "imapscope-8144="+d.cookie.Value) },
		"a thousand cookies": func(q *http.Request) { q.Header.Set("Cookie", strings.Repeat(d.cookie.Name+"=x; ", 1000)) },
	} {
		w := ask(d, h, "GET", "http://127.0.0.1:8143/", func(q *http.Request) { q.Header.Del("Cookie"); change(q) })
		if body := w.Body.String(); w.Code != http.StatusUnauthorized || strings.Count(body, "\n") != 1 ||
			strings.Contains(body, d.token) || strings.Contains(fmt.Sprint(w.Header()), d.token) || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d %q %v", name, w.Code, body, w.Header())
		}
	}
}

// TestAttackTickets checks that a ticket is good for one visit, and not for long.
func TestAttackTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := atHome()
		h := closed(t, d)
		visit := func(ticket string) int {
			return ask(d, h, "GET", "http://127.0.0.1/?ticket="+ticket, func(q *http.Request) { q.Header.Del("Cookie") }).Code
		}
		first := d.tickets.issue()
		if got := [2]int{visit(first), visit(first)}; got != [2]int{http.StatusSeeOther, http.StatusUnauthorized} {
			t.Errorf("two visits: %v", got)
		}
		late := d.tickets.issue()
		time.Sleep(ticketLife + time.Second)
		if got := visit(late); got != http.StatusUnauthorized {
			t.Errorf("a late visit: %d", got)
		}
	})
}

// TestAttackRequests checks which requests are refused although they have the key: those under
// another name, those of other sites, and those that do not read.
func TestAttackRequests(t *testing.T) {
	head := func(pairs ...string) func(*http.Request) {
		return func(q *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				q.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	host := func(h string) func(*http.Request) { return func(q *http.Request) { q.Host = h } }
	atPath := func(p string) func(*http.Request) { return func(q *http.Request) { q.URL.Path = p } }
	for _, test := range []struct {
		method string
		class  bool
		change func(*http.Request)
		want   int
	}{
		{"GET", false, host("evil.example"), http.StatusMisdirectedRequest},
		{"GET", false, host("evil.example:8143"), http.StatusMisdirectedRequest},
		{"GET", false, host("127.0.0.1.evil.example"), http.StatusMisdirectedRequest},
		{"GET", false, host("localhost.evil.example"), http.StatusMisdirectedRequest},
		{"GET", false, host("192.0.2.7"), http.StatusMisdirectedRequest},
		{"GET", false, host("teacher.example"), http.StatusMisdirectedRequest},
		{"GET", false, host(""), http.StatusMisdirectedRequest},
		{"GET", false, host("[::1"), http.StatusMisdirectedRequest},
		{"GET", true, host("evil.example"), http.StatusMisdirectedRequest},
		{"GET", true, host("teacher.example.evil.example"), http.StatusMisdirectedRequest},
		{"GET", false, head("Origin", "https://evil.example"), http.StatusForbidden},
		{"GET", false, head("Origin", "null"), http.StatusForbidden},
		{"GET", false, head("Origin", "https://127.0.0.1:8143"), http.StatusForbidden},
		{"GET", false, head("Origin", "http://127.0.0.1:9999"), http.StatusForbidden},
		{"GET", false, head("Origin", "http://127.0.0.1:8143.evil.example"), http.StatusForbidden},
		{"GET", false, head("Origin", "http://user@127.0.0.1:8143@evil.example"), http.StatusForbidden},
		{"GET", false, head("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"), http.StatusForbidden},
		{"GET", false, head("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), http.StatusForbidden},
		{"GET", false, head("Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"), http.StatusForbidden},
		{"GET", false, head("Sec-Fetch-Site", "anything"), http.StatusForbidden},
		{"POST", false, nil, http.StatusMethodNotAllowed},
		{"PUT", false, nil, http.StatusMethodNotAllowed},
		{"PATCH", false, nil, http.StatusMethodNotAllowed},
		{"DELETE", false, nil, http.StatusMethodNotAllowed},
		{"OPTIONS", false, nil, http.StatusMethodNotAllowed},
		{"CONNECT", false, nil, http.StatusMethodNotAllowed},
		{"TRACE", false, nil, http.StatusMethodNotAllowed},
		{"get", false, nil, http.StatusMethodNotAllowed},
		{"GET", false, head("X-HTTP-Method-Override", "DELETE", "Upgrade", "h2c", "Host", "evil.example", "X-Forwarded-Host", "evil.example", "Origin", "http://x"), http.StatusForbidden},
		{"GET", false, func(q *http.Request) { q.ContentLength = 1 }, http.StatusRequestEntityTooLarge},
		{"GET", false, func(q *http.Request) { q.ContentLength = -1 }, http.StatusRequestEntityTooLarge},
		{"GET", false, atPath("/../etc/passwd"), http.StatusBadRequest},
		{"GET", false, atPath("/a/../../etc/passwd"), http.StatusBadRequest},
		{"GET", false, atPath("/a/./b"), http.StatusBadRequest},
		{"GET", false, atPath("//evil.example/"), http.StatusBadRequest},
		{"GET", false, atPath("/a//b"), http.StatusBadRequest},
		{"GET", false, atPath(`/..\..\windows`), http.StatusBadRequest},
		{"GET", false, atPath("/a\x00.js"), http.StatusBadRequest},
		{"GET", false, atPath("/a\r\nSet-Cookie: x=y"), http.StatusBadRequest},
		{"GET", false, atPath("a"), http.StatusBadRequest},
		{"GET", false, atPath(""), http.StatusBadRequest},
	} {
		d, link := atHome(), "http://127.0.0.1:8143/api/rows"
		if test.class {
			d, link = inClass(), "https://192.0.2.7:8143/api/rows"
		}
		q := httptest.NewRequest(http.MethodGet, link, nil)
		if test.change != nil {
			test.change(q)
		}
		w := ask(d, closed(t, d), test.method, link, test.change)
		if w.Code != test.want {
			t.Errorf("%s %q of %q, %v: %d; want %d", test.method, q.URL.Path, q.Host, q.Header, w.Code, test.want)
		}
	}
}

// TestRequestsThatReachTheHandler checks which requests with the key reach the handler, with which headers.
func TestRequestsThatReachTheHandler(t *testing.T) {
	for _, test := range []struct {
		method, link string
		class        bool
		head         []string
	}{
		{"GET", "http://127.0.0.1:8143/", false, nil},
		{"HEAD", "http://127.0.0.1:8143/", false, nil},
		{"GET", "http://localhost:9000/", false, nil}, // a forwarded port
		{"GET", "http://[::1]:8143/a/b/", false, nil},
		{"GET", "http://127.0.0.1:8143/a?b=../c", false, []string{"Origin", "http://127.0.0.1:8143"}},
		{"GET", "http://127.0.0.1:8143/api", false, []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}},
		{"GET", "http://127.0.0.1:8143/", false, []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}},
		{"GET", "http://127.0.0.1:8143/", false, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"GET", "https://192.0.2.7:8143/", true, nil},
		{"GET", "https://198.51.100.1/", true, nil}, // an address before this one
		{"GET", "https://Teacher.Example.:8143/", true, nil},
	} {
		d := atHome()
		if test.class {
			d = inClass()
		}
		reached := false
		w := ask(d, d.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })), test.method, test.link, func(q *http.Request) {
			for i := 0; i < len(test.head); i += 2 {
				q.Header.Set(test.head[i], test.head[i+1])
			}
		})
		if !reached || w.Code != http.StatusOK {
			t.Errorf("%s %s %v: %d %s", test.method, test.link, test.head, w.Code, w.Body)
		}
		for _, h := range headers {
			if got := w.Header().Get(h[0]); got != h[1] {
				t.Errorf("%s: %q", h[0], got)
			}
		}
		if w.Header().Get("Strict-Transport-Security") != "" || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("headers %v", w.Header())
		}
	}
}

// TestAttackRedirect checks that a link leads to no other server, and keeps the rest of the address.
func TestAttackRedirect(t *testing.T) {
	d := inClass()
	for link, want := range map[string]string{
		"https://192.0.2.7/?token=TOKEN":                         "/",
		"https://192.0.2.7/a/b?c=3&token=TOKEN&n=12":             "/a/b?c=3&n=12",
		"https://192.0.2.7/?token=TOKEN&to=https://evil.example": "/?to=https%3A%2F%2Fevil.example",
		"https://192.0.2.7/https:%2Fevil.example?token=TOKEN":    "/https:/evil.example",
		"https://192.0.2.7/a%20b%3Fc?token=TOKEN":                "/a%20b%3Fc",
	} {
		w := ask(d, closed(t, d), "GET", strings.Replace(link, "TOKEN", d.token, 1), func(q *http.Request) { q.Header.Del("Cookie") })
		c := w.Result().Cookies()
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want || len(c) != 1 {
			t.Errorf("%s: %d to %q with %v; want %s", link, w.Code, w.Header().Get("Location"), c, want)
			continue
		}
		if k := c[0]; !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || !strings.HasPrefix(k.Name, "__Host-") {
			t.Errorf("the cookie %s", k)
		}
	}
}

// inMemory serves h at a listener of connections in memory, for tests of times.
func inMemory(t *testing.T, h http.HandlerFunc) (d *Door, l *pipes) {
	d = atHome()
	d.Log = slog.New(slog.DiscardHandler)
	l = &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	d.listener = l
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d, l
}

// get is a request with the cookie.
func (d *Door) get(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + d.cookie.Name + "=" + d.cookie.Value + "\r\n"
}
