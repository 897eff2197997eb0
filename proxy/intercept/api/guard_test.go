package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"imapscope/proxy/intercept/intercepttest"
)

// path returns a path that a pattern of the table matches.
func path(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, strings.NewReplacer("{proxy}", ProxyName, "{toxic}", "reset-1", "{name}", "reset-1", "{id}", "1", "{action}", "drop").Replace(path)
}

// TestAttackWithoutToken checks that no route does anything, or returns anything, without the
// token.
func TestAttackWithoutToken(t *testing.T) {
	r := newRig(t, intercepttest.Answers, "reset")
	for _, route := range r.routes() {
		method, path := path(route.pattern)
		for name, set := range map[string]func(*http.Request){
			"none":       func(q *http.Request) { q.Header.Del("Authorization") },
			"empty":      func(q *http.Request) { q.Header.Set("Authorization", "Bearer ") },
			"wrong":      func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token+"x") },
			"prefix":     func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token[:15]) },
			"no scheme":  func(q *http.Request) { q.Header.Set("Authorization", token) },
			"user":       func(q *http.Request) { q.SetBasicAuth(token, "") },
			"wrong pass": func(q *http.Request) { q.SetBasicAuth("", "x") },
			"in query":   func(q *http.Request) { q.Header.Del("Authorization"); q.URL.RawQuery = "token=" + token },
		} {
			q := r.request(method, path, `{"enabled":false,"fault":"close"}`)
			set(q)
			status, body := r.do(q)
			if status != http.StatusUnauthorized || strings.Contains(body, token) || method != "HEAD" && !strings.Contains(body, `"error":"the token is missing or wrong`) {
				t.Errorf("%s, token %s: %d %s", route.pattern, name, status, body)
			}
		}
	}
	if list := r.Faults.List(); len(list) != 1 || !list[0].Enabled || !r.Door.isOpen() {
		t.Errorf("something was changed: %v, open %v", list, r.Door.isOpen())
	}
	q := r.request("GET", "/faults", "")
	q.Header.Del("Authorization")
	q.SetBasicAuth("anyone", token)
	if status, body := r.do(q); status != http.StatusOK {
		t.Errorf("the token as password: %d %s", status, body)
	}
}

// TestAttackRebinding checks that requests to another host's name, and those of web pages, are
// refused even if they have the token.
func TestAttackRebinding(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	port := r.url[strings.LastIndexByte(r.url, ':'):]
	for host, want := range map[string]int{
		"evil.example" + port:           http.StatusForbidden,
		"evil.example":                  http.StatusForbidden,
		"127.0.0.1.evil.example" + port: http.StatusForbidden,
		"localhost.evil.example":        http.StatusForbidden,
		"0.0.0.0" + port:                http.StatusForbidden,
		"192.0.2.1" + port:              http.StatusForbidden,
		"localhost@evil.example":        http.StatusForbidden,
		"127.0.0.1":                     http.StatusOK,
		"LocalHost" + port:              http.StatusOK,
		"[::1]" + port:                  http.StatusOK,
	} {
		q := r.request("GET", "/faults", "")
		q.Host = host
		if status, body := r.do(q); status != want {
			t.Errorf("Host %s: %d %s; want %d", host, status, body, want)
		}
	}
	for name, value := range map[string]string{"Origin": "null", "Sec-Fetch-Site": "same-origin"} {
		q := r.request("POST", "/faults", `{"fault":"reset"}`)
		q.Header.Set(name, value)
		if status, body := r.do(q); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if n := len(r.Faults.List()); n != 0 {
		t.Errorf("%d faults were added", n)
	}
	res, err := http.DefaultClient.Do(r.request("OPTIONS", "/faults", ""))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if h := res.Header.Get("Access-Control-Allow-Origin"); h != "" || res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("OPTIONS: %d, allows %q", res.StatusCode, h)
	}
}

func TestCheckToken(t *testing.T) {
	for in, ok := range map[string]bool{
		NewToken(): true, strings.Repeat("x", MinToken): true, strings.Repeat("x", MinToken-1): false,
		"": false, "0123456789abcde\n": false, "0123456789 abcdef": false, "0123456789abcdefé": false,
	} {
		if err := CheckToken(in); (err == nil) != ok {
			t.Errorf("%q: %v", in, err)
		}
	}
	if a, b := NewToken(), NewToken(); a == b {
		t.Error("two tokens are the same")
	}
}

// TestListensOnLoopbackOnly checks that the API is never reachable from other machines.
func TestListensOnLoopbackOnly(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0:0": "for this one", "[::]:0": "for this one", "192.0.2.1:0": "for this one", "127.0.0.1": "missing port",
		"127.0.0.1:0": "", ":0": "", "localhost:0": "", "127.1.2.3:0": "",
	} {
		l, err := Listen(t.Context(), addr)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %q", addr, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		if at := fmt.Sprint(l.Addr()); !strings.HasPrefix(at, "127.") && !strings.HasPrefix(at, "[::1]") {
			t.Errorf("%s listens at %s", addr, at)
		}
		l.Close()
	}
}
