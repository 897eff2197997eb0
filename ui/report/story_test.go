package report_test

import (
	"strings"
	"testing"

	"imapscope/ui/report"
)

// TestStory: a page begins with who was there, what was done, and what went wrong; its title
// says who talked with whom.
func TestStory(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  []string
	}{
		{[]string{"S: * OK ready", "C: a1 LOGIN fred Xyzzy-123", "S: a1 OK", "C: a2 SELECT INBOX", "S: a2 OK", "C: a3 NOOP", "S: a3 OK"}, []string{
			"<h1>fred’s IMAP session with 127.0.0.1:143</h1>", "<p>fred logged in and opened the mailbox INBOX.</p>",
			"<p>3 commands (1 LOGIN, 1 NOOP, 1 SELECT), all of which succeeded.",
		}},
		{[]string{"S: * OK ready", "C: a1 LOGIN fred Xyzzy-123", "S: a1 NO wrong", "C: a2 XYZZY", "S: a2 BAD what", "C: a3 NOOP"}, []string{
			"<h1>An IMAP session with 127.0.0.1:143</h1>", "<p>fred was refused at login.</p>",
			"<p>3 commands (1 LOGIN, 1 NOOP, 1 other): 1 refused, 1 rejected, 1 without an answer.",
			"<p class=\"why\">The server refused the login of &#34;fred&#34;",
		}},
		{[]string{"S: * OK ready", "C: a1 LOGIN Xyzzy-123", "S: a1 OK"}, []string{ // it may be the password
			"<h1>An IMAP session with 127.0.0.1:143</h1>", "<p>A user whose name is masked logged in.</p>",
		}},
		{[]string{"S: * OK ready"}, []string{"<p>No one is seen logging in.</p>", "<p>The client sent no command.</p>"}},
	} {
		html := string(said(t, report.Options{}, c.lines...))
		for _, want := range c.want {
			if !strings.Contains(html, want) {
				at := strings.Index(html, "<h1>")
				t.Errorf("the page has no %q:\n%.900s", want, html[at:])
			}
		}
	}
}

// TestFindingsAreInPlace: a finding is explained once, at its exchange, and listed before it.
func TestFindingsAreInPlace(t *testing.T) {
	html := string(of(t, sample, report.Options{}))
	if n := strings.Count(html, "<strong>S024 empty flag list</strong>"); n != 1 {
		t.Errorf("explained %d times", n)
	}
	at, next := strings.Index(html, `<li id="c1t3"`), strings.Index(html, `<li id="c1t4"`)
	if !strings.Contains(html[at:next], "<strong>S024 empty flag list</strong>") || !strings.Contains(html[:at], `<a href="#c1t3">exchange 3</a>: S024 empty flag list`) {
		t.Error("it is not at its exchange, or not listed")
	}
}
