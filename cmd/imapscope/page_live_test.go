package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A livePageRig is a proxy with a page, a client of it, and a visitor of the page.
type livePageRig struct {
	t       *testing.T
	client  net.Conn
	answers *bufio.Reader
	visitor *http.Client
	page    string // without a token
	end     func() error
}

// newLivePageRig runs a proxy with a page in front of answering.
func newLivePageRig(t *testing.T, args ...string) *livePageRig {
	t.Helper()
	upstream := answering(t)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	pr, pw := io.Pipe()
	root := newRoot(&env{out: io.Discard, err: pw})
	root.SetArgs(append([]string{"proxy", "--listen", "127.0.0.1:0", "--upstream", upstream, "-q", "--web-no-browser"}, args...))
	ended := make(chan error, 1)
	go func() {
		ended <- root.ExecuteContext(ctx)
		pw.Close()
	}()
	said := bufio.NewScanner(pr)
	find := func(pattern string) string {
		for said.Scan() {
			if m := regexp.MustCompile(pattern).FindStringSubmatch(said.Text()); m != nil {
				return m[1]
			}
		}
		t.Fatalf("no %s; the proxy ended with %v", pattern, <-ended)
		return ""
	}
	link := find(`^imapscope: page at (http://127\.0\.0\.1:\d+/\?token=\w+)$`)
	addr := find(`listening on (\S+)`)
	go io.Copy(io.Discard, pr)
	r := &livePageRig{t: t}
	var err error
	if r.client, err = net.Dial("tcp", addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.client.Close() })
	r.answers = bufio.NewReader(r.client)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r.visitor = &http.Client{Jar: jar, Transport: new(http.Transport)}
	t.Cleanup(r.visitor.CloseIdleConnections)
	r.page, _, _ = strings.Cut(link, "?")
	res, err := r.visitor.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.String() != r.page {
		t.Fatalf("%s: %s", res.Request.URL, res.Status)
	}
	r.end = func() error {
		r.client.Close()
		cancel()
		return <-ended
	}
	return r
}

// do sends a command and waits for its answer.
func (r *livePageRig) do(command string) {
	r.t.Helper()
	tag, _, _ := strings.Cut(command, " ")
	fmt.Fprintf(r.client, "%s\r\n", command)
	for {
		line, err := r.answers.ReadString('\n')
		if err != nil {
			r.t.Fatalf("%s: %v", command, err)
		}
		if strings.HasPrefix(line, tag+" ") {
			return
		}
	}
}

// await returns what an address of the page answers, once that contains a text.
func (r *livePageRig) await(path, want string) (text string) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !strings.Contains(text, want); {
		if time.Now().After(end) {
			r.t.Fatalf("no %q in %s: %s", want, path, text)
		}
		res, err := r.visitor.Get(r.page + path)
		if err != nil {
			r.t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			r.t.Fatal(err)
		}
		text = string(b)
	}
	return text
}

// TestProxyPage checks that the page of a proxy shows what passes while it does, without
// passwords, and ends with the proxy.
func TestProxyPage(t *testing.T) {
	r := newLivePageRig(t, "--web")
	r.do("a LOGIN fred sesame")
	r.do("b SELECT INBOX")
	text := r.await("api/transactions", "SELECT INBOX")
	if strings.Contains(text, "sesame") || !strings.Contains(text, "fred") {
		t.Errorf("transactions: %s", text)
	}
	r.do("c NOOP")
	r.await("api/transactions", "NOOP")
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if res, err := r.visitor.Get(r.page); err == nil {
		res.Body.Close()
		t.Errorf("after the end: %s", res.Status)
	}
}

// TestProxyPageRedacted checks that a page without persons shows no name, and that the client
// and the server are not affected.
func TestProxyPageRedacted(t *testing.T) {
	r := newLivePageRig(t, "--web", "--web-redact")
	r.do("a LOGIN fred sesame")
	r.do("b SELECT Secret-Plans")
	r.do("c NOOP")
	text := r.await("api/transactions", "NOOP") + r.await("api/connections", "client") + r.await("api/exchange?c=1&n=1", "LOGIN") + r.await("api/state", "without names")
	for _, name := range []string{"fred", "sesame", "Secret-Plans"} {
		if strings.Contains(text, name) {
			t.Errorf("%q is in %s", name, text)
		}
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
}
