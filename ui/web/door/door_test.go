package door

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
)

// serving serves h at a new Door until the test ends.
func serving(t *testing.T, o Options, h http.HandlerFunc) (d *Door, out, errs *bytes.Buffer) {
	t.Helper()
	leaktest.Check(t)
	out, errs = new(bytes.Buffer), new(bytes.Buffer)
	if o.Err == nil {
		o.Err = errs
	}
	o.Out, o.Log = out, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	d, err := Open(ctx, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d, out, errs
}

// visitorOf returns a client with cookies that follows redirects.
func visitorOf(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: tr}
}

// get returns the status and body of a response.
func get(t *testing.T, c *http.Client, link string) (int, string, *http.Response) {
	t.Helper()
	res, err := c.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res
}

// TestLinkLetsIn checks that the printed link leads to the handler, that the token is gone from
// the address then, and that addresses without it work for this visitor and for no one else.
func TestLinkLetsIn(t *testing.T) {
	d, out, errs := serving(t, Options{}, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "at "+r.URL.String()) })
	link := strings.TrimSpace(out.String())
	if link != d.Link() || !strings.HasPrefix(link, "http://127.0.0.1:") || errs.Len() > 0 {
		t.Errorf("printed %q and %q; the link is %s", out, errs, d.Link())
	}
	c := visitorOf(t)
	status, body, res := get(t, c, link)
	if status != http.StatusOK || body != "at /" || res.Request.URL.RawQuery != "" {
		t.Errorf("the link: %d %q at %s", status, body, res.Request.URL)
	}
	u, _ := url.Parse(link)
	u.RawQuery = ""
	u.Path = "/api/rows"
	if status, body, _ := get(t, c, u.String()+"?from=3"); status != http.StatusOK || body != "at /api/rows?from=3" {
		t.Errorf("a second visit: %d %q", status, body)
	}
	other := visitorOf(t)
	if status, body, _ := get(t, other, u.String()); status != http.StatusUnauthorized || body != noKey.text+"\n" {
		t.Errorf("another visitor: %d %q", status, body)
	}
	u.RawQuery = "from=3&token=" + d.token
	if status, body, _ := get(t, other, u.String()); status != http.StatusOK || body != "at /api/rows?from=3" {
		t.Errorf("another visitor with the link to an exchange: %d %q", status, body)
	}
}

// TestBrowserIsOpened checks that the browser gets a link that is good once and has no token, and
// that a browser that cannot be opened is reported.
func TestBrowserIsOpened(t *testing.T) {
	links := make(chan string, 1)
	d, _, _ := serving(t, Options{Browse: func(link string) error { links <- link; return nil }}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	link := <-links
	if strings.Contains(link, d.token) {
		t.Errorf("the token is in %s", link)
	}
	if status, body, res := get(t, visitorOf(t), link); status != http.StatusOK || body != "hello" || res.Request.URL.RawQuery != "" {
		t.Errorf("%d %q at %s", status, body, res.Request.URL)
	}
	if status, _, _ := get(t, visitorOf(t), link); status != http.StatusUnauthorized {
		t.Errorf("a second visit: %d", status)
	}
	said := make(lines, 1)
	serving(t, Options{Err: said, Browse: func(string) error { return errors.New("none installed") }}, func(http.ResponseWriter, *http.Request) {})
	if got := <-said; got != "imapscope: no browser could be opened (none installed); open the link above\n" {
		t.Errorf("said %q", got)
	}
}

// lines are what is written, one by one.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

// TestDesktop checks where a browser is opened.
func TestDesktop(t *testing.T) {
	for _, test := range []struct {
		system, variable string
		want             bool
	}{
		{"linux", "DISPLAY", true},
		{"linux", "WAYLAND_DISPLAY", true},
		{"linux", "", false},
		{"freebsd", "", false},
		{"darwin", "", true},
		{"windows", "", true},
	} {
		got := desktop(test.system, func(name string) string {
			if name == test.variable {
				return ":0"
			}
			return ""
		})
		if (got != nil) != test.want {
			t.Errorf("%s with %q: %v", test.system, test.variable, got != nil)
		}
	}
}

// TestStreamEndsWithTheDoor checks that a stream ends with the Door, and that its port is free then.
func TestStreamEndsWithTheDoor(t *testing.T) {
	leaktest.Check(t)
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d, err := Open(ctx, Options{Out: &out, Err: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- d.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begins")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
	}()
	res, err := visitorOf(t).Get(d.Link())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cancel()
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "begins" {
		t.Errorf("the stream: %q, %v", b, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	again, err := Open(t.Context(), Options{Listen: d.listener.Addr().String(), Out: &out, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestListenErrors checks what is said about addresses that cannot be listened on.
func TestListenErrors(t *testing.T) {
	taken, _, _ := serving(t, Options{}, func(http.ResponseWriter, *http.Request) {})
	for _, listen := range []string{taken.listener.Addr().String(), "nonsense", "192.0.2.1:0"} {
		_, err := Open(t.Context(), Options{Listen: listen, Out: io.Discard, Err: io.Discard})
		if err == nil || !strings.HasPrefix(err.Error(), "the page: ") || !strings.Contains(err.Error(), listen) {
			t.Errorf("%s: %v", listen, err)
		}
	}
	if _, err := Open(t.Context(), Options{Out: failing{}, Err: io.Discard}); err == nil {
		t.Error("a link that cannot be printed is no error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

// TestShortAddressIsLocal checks that an address without a host is for this machine only, as it
// is in the rest of the program.
func TestShortAddressIsLocal(t *testing.T) {
	d, out, _ := serving(t, Options{Listen: ":0"}, func(http.ResponseWriter, *http.Request) {})
	if !d.Local() || !strings.HasPrefix(out.String(), "http://127.0.0.1:") {
		t.Errorf("local %v at %s", d.Local(), out)
	}
}

// TestHostsThatLinksArePrintedFor checks under which hosts links are printed.
func TestHostsThatLinksArePrintedFor(t *testing.T) {
	for _, test := range []struct{ listen, at, want string }{
		{"127.0.0.1:0", "127.0.0.1", "127.0.0.1"},
		{"localhost:0", "127.0.0.1", "127.0.0.1"},
		{"[::1]:0", "::1", "::1"},
		{"192.0.2.7:0", "192.0.2.7", "192.0.2.7"},
		{"Teacher.Example:0", "192.0.2.7", "teacher.example"},
		{"[fe80::1%eth0]:0", "fe80::1%eth0", "fe80::1"},
	} {
		if got := hosts(t.Context(), test.listen, netip.MustParseAddr(test.at)); len(got) != 1 || got[0] != test.want {
			t.Errorf("%s at %s: %v; want %s", test.listen, test.at, got, test.want)
		}
	}
	all := hosts(t.Context(), "0.0.0.0:0", netip.MustParseAddr("0.0.0.0"))
	if len(all) == 0 || len(all) > maxHosts || len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
		t.Errorf("all addresses: %v", all)
	}
	for _, h := range all {
		if ip, err := netip.ParseAddr(h); err != nil || !ip.Is4() || ip.IsLoopback() && len(all) > 1 {
			t.Errorf("all IPv4 addresses: %v", all)
		}
	}
}
