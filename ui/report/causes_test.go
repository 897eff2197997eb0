package report_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/ui/report"
	"imapscope/ui/view"
)

// why returns the section of a page that says why something went wrong.
func why(t *testing.T, page []byte) string {
	t.Helper()
	return regexp.MustCompile(`(?s)<section id="why".*?</section>`).FindString(string(page))
}

// TestWhyIsFirst: a page begins with why something went wrong, whose evidence leads to
// exchanges of the page.
func TestWhyIsFirst(t *testing.T) {
	page := said(t, report.Options{Title: "x"}, "S: * OK ready", "C: a1 LOGIN fred Xyzzy-123", "S: a1 NO Xyzzy-123 is not the <b>password</b>", "C: a2 LOGOUT", "S: * BYE", "S: a2 OK")
	section := why(t, page)
	if at := strings.Index(string(page), section); section == "" || at > strings.Index(string(page), `<nav aria-label="Contents"`) {
		t.Fatalf("no section before the contents: %s", section)
	}
	for _, want := range []string{`<li class="error">`, "is not the &lt;b&gt;password&lt;/b&gt;", `href="#c1t1"`, "To prove it", "What to do", "verdict: user; connection 1; login"} {
		if !strings.Contains(section, want) {
			t.Errorf("the section has no %q:\n%s", want, section)
		}
	}
	if strings.Contains(section, "Xyzzy") {
		t.Error("the section has the password")
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(section, -1) {
		if !strings.Contains(string(page), `id="`+m[1]+`"`) {
			t.Errorf("%s leads nowhere", m[1])
		}
	}
}

// TestWhySilent: where nothing is wrong the page says just that.
func TestWhySilent(t *testing.T) {
	page := string(said(t, report.Options{Title: "x"}, "S: * OK ready", "C: a2 LOGOUT", "S: * BYE", "S: a2 OK"))
	if !strings.Contains(page, "<p class=\"why\">Nothing is wrong here that the bytes show: 1 transaction in 1 connection.") || why(t, []byte(page)) != "" {
		t.Errorf("%.3000s", page)
	}
}

// TestWhyOfMany: what went wrong on five hundred connections is said once, and with a filter
// only what is about connections on the page.
func TestWhyOfMany(t *testing.T) {
	p, d := newPage(t, report.Options{Title: "x"})
	to := capturetest.To(d)
	for i := range 500 {
		c := capture.Conn{
			ID: capture.ConnID(i + 1), Start: time.Unix(int64(i), 0),
			Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143"),
		}
		to.Open(c)
		to.Data(c.ID, capture.ServerToClient, c.Start, 0, fmt.Appendf(nil, "* BYE session %d: come back later\r\n", i))
		to.Close(c.ID, c.Start, capture.EndOfCapture)
	}
	section := why(t, written(t, p))
	if n := strings.Count(section, `<p class="says">`); n != 1 || !strings.Contains(section, "500 connections: 1-500") || !strings.Contains(section, "… and 496 more") {
		t.Errorf("%d sentences:\n%s", n, section)
	}
	other, d := newPage(t, report.Options{Title: "x"})
	capturetest.To(d).Open(capture.Conn{ID: 900})
	other.Why(p.found.Causes(), true)
	var b strings.Builder
	if err := other.Write(&b); err != nil || strings.Contains(b.String(), `id="why"`) {
		t.Errorf("%v: a page without these connections says why", err)
	}
}

// TestWhyIsBounded: a page has a limited number of causes, and counts the others.
func TestWhyIsBounded(t *testing.T) {
	p, _ := newPage(t, report.Options{Title: "x"})
	var all view.Causes
	for i := range report.MaxCauses + 7 {
		all.List = append(all.List, view.Cause{Sentence: fmt.Sprint("cause ", i), Severity: "error"})
	}
	p.Why(&all, false)
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	section := why(t, []byte(b.String()))
	if n := strings.Count(section, `<p class="says">`); n != report.MaxCauses || !strings.Contains(section, "… and 7 more causes.") {
		t.Errorf("%d causes", n)
	}
}
