package door

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// post returns a request as the page makes it, to which change is done.
func post(d *Door, change func(*http.Request)) *http.Request {
	q := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8143/act/next", strings.NewReader("{}"))
	q.Host = "127.0.0.1:8143"
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Origin", "http://127.0.0.1:8143")
	q.Header.Set("Sec-Fetch-Site", "same-origin")
	q.AddCookie(&d.cookie)
	if change != nil {
		change(q)
	}
	return q
}

// TestActs checks that the page may act if it is allowed to.
func TestActs(t *testing.T) {
	d := atHome()
	d.Acts, d.Log = true, slog.New(slog.DiscardHandler)
	reached := ""
	h := d.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		reached += string(b)
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(d, nil))
	if w.Code != http.StatusOK || reached != "{}" {
		t.Errorf("%d %s, reached %q", w.Code, w.Body, reached)
	}
}

// TestAttackActs checks that nothing else may.
func TestAttackActs(t *testing.T) {
	d := atHome()
	d.Acts = true
	h := closed(t, d)
	for name, change := range map[string]func(*http.Request){
		"without the cookie":    func(q *http.Request) { q.Header.Del("Cookie") },
		"without an origin":     func(q *http.Request) { q.Header.Del("Origin") },
		"of another site":       func(q *http.Request) { q.Header.Set("Origin", "http://attacker.example") },
		"of another port":       func(q *http.Request) { q.Header.Set("Origin", "http://127.0.0.1:8144") },
		"of a sandbox":          func(q *http.Request) { q.Header.Set("Origin", "null") },
		"across sites":          func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a form":                func(q *http.Request) { q.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
		"plain text":            func(q *http.Request) { q.Header.Set("Content-Type", "text/plain") },
		"of an unknown length":  func(q *http.Request) { q.ContentLength = -1 },
		"too long":              func(q *http.Request) { q.ContentLength = maxBody + 1 },
		"to another name":       func(q *http.Request) { q.Host = "attacker.example:8143" },
		"PUT":                   func(q *http.Request) { q.Method = http.MethodPut },
		"GET with a body":       func(q *http.Request) { q.Method = http.MethodGet },
		"DELETE without a body": func(q *http.Request) { q.Method, q.ContentLength = http.MethodDelete, 0 },
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, post(d, change))
		if w.Code < 400 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	d = atHome()
	w := httptest.NewRecorder()
	closed(t, d).ServeHTTP(w, post(d, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("a page that is for reading: %d %s", w.Code, w.Body)
	}
}

// TestActsAreAtHome checks that a page that takes answers is not for other machines.
func TestActsAreAtHome(t *testing.T) {
	_, err := Open(t.Context(), Options{Listen: "0.0.0.0:0", HTTP: true, Acts: true, Out: io.Discard, Err: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Error(err)
	}
}
