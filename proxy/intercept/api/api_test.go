package api

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"imapscope/proxy/intercept/intercepttest"
)

// TestFaultsActFromThenOn switches faults while a connection is open: they act on it from then on.
func TestFaultsActFromThenOn(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	c := r.dial()
	c.send("a NOOP")
	c.expect("* OK got NOOP")
	c.expect("a OK done")

	got := r.must(http.StatusCreated, "POST", "/faults", `{"name":"late","fault":"tag wrong if command == \"NOOP\""}`)
	if want := `{"name":"late","fault":"tag wrong if command == \"NOOP\"","enabled":true,"acted":0}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	c.send("b NOOP")
	c.expect("* OK got NOOP")
	c.expect("wrong OK done")
	if got := r.must(http.StatusOK, "GET", "/faults/late", ""); !strings.Contains(got, `"acted":1`) {
		t.Errorf("it did not count: %s", got)
	}

	r.must(http.StatusOK, "PATCH", "/faults/late", `{"enabled":false}`)
	c.send("c NOOP")
	c.expect("* OK got NOOP")
	c.expect("c OK done")

	r.must(http.StatusOK, "PUT", "/faults/late", `{"fault":"status NO later"}`)
	c.send("d NOOP")
	c.expect("* OK got NOOP")
	c.expect("d NO later")

	r.must(http.StatusNoContent, "DELETE", "/faults/late", "")
	c.send("e NOOP")
	c.expect("* OK got NOOP")
	c.expect("e OK done")
	if got := r.must(http.StatusOK, "GET", "/faults", ""); got != "[]" {
		t.Errorf("left: %s", got)
	}
}

// TestWrongRequestsAreAnsweredInWords checks what is answered to requests that are wrong: JSON, with a text that helps.
func TestWrongRequestsAreAnsweredInWords(t *testing.T) {
	r := newRig(t, intercepttest.Answers, "reset if n == 99")
	r.must(http.StatusCreated, "POST", "/faults", `{"name":"there","fault":"reset if n == 99"}`)
	for _, x := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/", "", 404, "no such path"},
		{"PUT", "/faults", "", 405, "not for this path, but DELETE, GET, HEAD, POST"},
		{"POST", "/faults", "", 400, "it is empty"},
		{"POST", "/faults", "{", 400, "bad request body"},
		{"POST", "/faults", `{"fault":"reset"} {}`, 400, "something after"},
		{"POST", "/faults", `{"fault":"reset","when":1}`, 400, "when"},
		{"POST", "/faults", `{"fault":"rest"}`, 400, "did you mean reset?"},
		{"POST", "/faults", `{"fault":"reset if n =="}`, 400, "fault"},
		{"POST", "/faults", `{"name":"there","fault":"reset"}`, 409, "exists already"},
		{"POST", "/faults", `{}`, 400, "neither"},
		{"GET", "/faults/none", "", 404, "no fault"},
		{"PUT", "/faults/none", `{"name":"other","fault":"reset"}`, 400, "not that of the path"},
		{"PATCH", "/faults/none", `{"enabled":true}`, 404, "no fault"},
		{"PATCH", "/faults/there", `{}`, 400, "missing"},
		{"DELETE", "/faults/none", "", 404, "no fault"},
		{"GET", "/proxies/none", "", 404, "proxy not found"},
		{"GET", "/proxies/none/toxics", "", 404, "proxy not found"},
		{"POST", "/proxies/none/toxics", `{"type":"latency"}`, 404, "proxy not found"},
		{"GET", "/proxies/imap/toxics/none", "", 404, "toxic not found"},
		{"GET", "/proxies/imap/toxics/there", "", 404, "toxic not found"}, // a fault that is no toxic
		{"DELETE", "/proxies/imap/toxics/there", "", 404, "toxic not found"},
		{"POST", "/proxies/imap/toxics", `{"type":"slow_close"}`, 400, "none of latency"},
		{"POST", "/proxies/imap/toxics", `{"type":"latency","stream":"sideways"}`, 400, "neither upstream nor downstream"},
		{"POST", "/proxies/imap/toxics", `{"type":"latency","toxicity":2}`, 400, "toxicity"},
		{"POST", "/proxies/imap/toxics", `{"type":"latency","attributes":{"latency":"long"}}`, 400, "long"},
		{"POST", "/proxies/imap", `{"upstream":"192.0.2.1:143"}`, 400, "cannot be changed"},
		{"POST", "/proxies", `{"name":"x"}`, 409, "already exists"},
		{"DELETE", "/proxies/imap", "", 403, "disable it"},
		{"POST", "/populate", `[{"name":"redis"}]`, 400, "the only proxy is imap"},
		{"DELETE", "/connections/77", "", 404, "no connection"},
		{"DELETE", "/connections/x", "", 404, "no connection"},
	} {
		got := r.must(x.status, x.method, x.path, x.body)
		var e struct {
			Error, Title string
			Status       int
		}
		if err := json.Unmarshal([]byte(got), &e); err != nil || e.Status != x.status || e.Title != e.Error || !strings.Contains(e.Error, x.text) {
			t.Errorf("%s %s %s: %s, %v; want %d and %q", x.method, x.path, x.body, got, err, x.status, x.text)
		}
	}
}

// TestToxics holds the requests that Toxiproxy's client library for Go sends, and the answers
// that it reads.
func TestToxics(t *testing.T) {
	r := newRig(t, intercepttest.Answers, "delay tagged 1ms")
	at := `"name":"imap","listen":"` + r.addr + `","upstream":"` + r.Upstream + `"`
	for _, x := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/version", "", 200, `{"program":"imapscope","version":"7"}`},
		{"GET", "/proxies", "", 200, `{"imap":{` + at + `,"enabled":true,"toxics":[]}}`},
		{"POST", "/proxies/imap/toxics", `{"name":"","type":"latency","stream":"","toxicity":1,"attributes":{"latency":1000}}`, 200,
			`{"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":1,"attributes":{"latency":1000}}`},
		{"POST", "/proxies/imap/toxics/latency_downstream", `{"attributes":{"jitter":5}}`, 200,
			`{"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":1,"attributes":{"jitter":5,"latency":1000}}`},
		{"PATCH", "/proxies/imap/toxics/latency_downstream", `{"toxicity":0,"attributes":{"latency":7}}`, 200,
			`{"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":0,"attributes":{"jitter":5,"latency":7}}`},
		{"GET", "/proxies/imap/toxics/latency_downstream", "", 200,
			`{"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":0,"attributes":{"jitter":5,"latency":7}}`},
		{"POST", "/proxies/imap/toxics", `{"name":"down","type":"reset_peer","stream":"upstream","toxicity":0.25,"attributes":null}`, 200,
			`{"name":"down","type":"reset_peer","stream":"upstream","toxicity":0.25,"attributes":{}}`},
		{"GET", "/faults", "", 200, `[{"name":"delay-1","fault":"delay tagged 1ms","enabled":true,"acted":0},` +
			`{"name":"latency_downstream","fault":"delay first 7ms 5ms","enabled":false,"acted":0},` +
			`{"name":"down","fault":"reset probability 0.25","enabled":true,"acted":0}]`},
		{"DELETE", "/proxies/imap/toxics/latency_downstream", "", 204, ""},
		{"GET", "/proxies/imap/toxics", "", 200, `[{"name":"down","type":"reset_peer","stream":"upstream","toxicity":0.25,"attributes":{}}]`},
		{"POST", "/reset", "", 204, ""},
		{"GET", "/proxies/imap", "", 200, `{` + at + `,"enabled":true,"toxics":[]}`},
		{"GET", "/faults", "", 200, `[{"name":"delay-1","fault":"delay tagged 1ms","enabled":true,"acted":0}]`},
		{"POST", "/populate", `[{` + at + `,"enabled":true,"toxics":null}]`, 201, `{"proxies":[{` + at + `,"enabled":true,"toxics":[]}]}`},
	} {
		if got := r.must(x.status, x.method, x.path, x.body); got != x.want {
			t.Errorf("%s %s\n got %s\nwant %s", x.method, x.path, got, x.want)
		}
	}
}

// TestDisabledProxyRefusesConnections checks that a disabled proxy resets its connections and refuses others, until it
// is enabled again.
func TestDisabledProxyRefusesConnections(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	for range 3 {
		c := r.dial()
		c.send("a NOOP")
		c.expect("* OK got NOOP")
		c.expect("a OK done")
		if got := r.must(http.StatusOK, "POST", "/proxies/imap", `{"enabled":false}`); !strings.Contains(got, `"enabled":false`) {
			t.Errorf("disabled: %s", got)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the open connection: %v", err)
		}
		if c, err := net.Dial("tcp", r.addr); err == nil {
			c.Close()
			t.Error("it accepts connections")
		}
		r.must(http.StatusOK, "POST", "/proxies/imap", `{"enabled":true}`)
	}
	c := r.dial()
	r.must(http.StatusOK, "PATCH", "/proxies/imap", `{"enabled":false}`)
	r.must(http.StatusNoContent, "POST", "/reset", "")
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the open connection: %v", err)
	}
	r.dial()
}

// TestShutDoorCloses checks that a Door can be closed while it is shut.
func TestShutDoorCloses(t *testing.T) {
	newRig(t, intercepttest.Answers).must(http.StatusOK, "POST", "/proxies/imap", `{"enabled":false}`) // it ends like this

	d := NewDoor(&pipes{closed: make(chan struct{})}, nil)
	accepted := make(chan error)
	go func() {
		_, err := d.Accept()
		accepted <- err
	}()
	if err := d.shut(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if err := d.Open(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Open: %v", err)
	}
}

// TestConnections lists open connections, and resets one of them.
func TestConnections(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	a, b := r.dial(), r.dial()
	var list []struct {
		ID             int
		Client, Server string
	}
	if err := json.Unmarshal([]byte(r.must(http.StatusOK, "GET", "/connections", "")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Client != a.LocalAddr().String() || list[1].Client != b.LocalAddr().String() || list[0].Server != r.addr {
		t.Fatalf("connections: %v", list)
	}
	r.must(http.StatusNoContent, "DELETE", "/connections/1", "")
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the first: %v", err)
	}
	b.send("a NOOP")
	b.expect("* OK got NOOP")
	b.Conn.(*net.TCPConn).CloseWrite()
	if _, err := io.ReadAll(b.lines); err != nil {
		t.Errorf("the second: %v", err)
	}
}
