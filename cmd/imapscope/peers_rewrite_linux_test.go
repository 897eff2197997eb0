package main

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/proxy/proxytest"
)

// An asker asks a server one command after the other.
type asker struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
	n int
}

func askerAt(t *testing.T, addr string) *asker {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(2 * time.Minute)) // only so that a failing test ends
	a := &asker{t: t, c: c, r: bufio.NewReader(c)}
	a.line()
	return a
}

func (a *asker) line() string {
	a.t.Helper()
	l, err := a.r.ReadString('\n')
	if err != nil {
		a.t.Fatalf("%q, %v", l, err)
	}
	return strings.TrimSuffix(l, "\r\n")
}

// of sends a command, and returns what answers it, the tagged response without its tag last.
func (a *asker) of(command string) (lines []string) {
	a.t.Helper()
	a.n++
	tag := fmt.Sprintf("t%d ", a.n)
	fmt.Fprint(a.c, tag, command, "\r\n")
	for {
		l := a.line()
		if rest, ok := strings.CutPrefix(l, tag); ok {
			return append(lines, rest)
		}
		lines = append(lines, l)
	}
}

// count returns how many messages a mailbox has, as the server itself says.
func count(t *testing.T, addr, user, mailbox string) string {
	t.Helper()
	a := askerAt(t, addr)
	a.of("LOGIN " + user + " secret")
	return strings.Join(a.of("STATUS "+mailbox+" (MESSAGES)"), "|")
}

// TestPeersTranslateIMAP2 replays what a client of 1992 said to a server of then, to a server of
// today, and looks at what that holds afterwards.
func TestPeersTranslateIMAP2(t *testing.T) {
	mails := proxytest.Mails(20, 3000)
	dovecot := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mails}})
	direct := askerAt(t, dovecot.Plain)
	for _, c := range []string{"LOGIN fred secret", "CREATE archive", "SELECT INBOX", "COPY 1:6 archive", "STORE 1:* FLAGS ()", "LOGOUT"} {
		direct.of(c)
	}
	p := startProxy(t, "--upstream", dovecot.Plain, "--translate", "imap2", "--dialect", "imap2", "--filter", "conn == 1")
	out, code := replayed(t, "--to", p.addr, "--set", "password=secret", "--port", labPorts, "--timeout", "20s", "testdata/lab/mtest-imap-1--imap-1.pcap")
	if code != 1 { // the mail is other mail
		t.Errorf("exit code %d\n%s", code, out)
	}
	p.stop(t)
	shown := p.Out.String()
	for _, want := range []string{"→ A00002 FETCH 1:20 FULL", "* MAILBOX", "A00014 OK", "A00015 OK", "* 5 COPY", "+Flags \\DELETED", "BBOARD", "A00024 NO", "A00027 OK"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not shown", want)
		}
	}
	for _, not := range []string{"BAD", "rewriting failed", "TRYCREATE", "BODY[", "CAPABILITY"} {
		if strings.Contains(shown, not) {
			t.Errorf("the client saw %s", not)
		}
	}
	if got := count(t, dovecot.Plain, "fred", "archive"); !strings.HasPrefix(got, "* STATUS archive (MESSAGES 7)|OK") {
		t.Errorf("after COPY of two to six, and EXPUNGE of one: %s", got)
	}
	if t.Failed() {
		t.Logf("%s\n%s\n%s", out, shown, p.Err)
	}
}

// TestPeersTranslateIMAP2Answers checks what an IMAP2 client sees of a server of today.
func TestPeersTranslateIMAP2Answers(t *testing.T) {
	mails := proxytest.Mails(3, 3000)
	dovecot := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mails}})
	p := startProxy(t, "--upstream", dovecot.Plain, "--translate", "imap2", "--format", "none")
	direct := askerAt(t, dovecot.Plain)
	for _, c := range []string{"LOGIN fred secret", "CREATE foobar", "CREATE foozbar", "CREATE food.on.the.bar", "CREATE other", "SUBSCRIBE foobar"} {
		if l := direct.of(c); !strings.HasPrefix(l[len(l)-1], "OK") {
			t.Fatal(c, l)
		}
	}
	a := askerAt(t, p.addr)
	for _, c := range []struct {
		command string
		want    []string // beginnings
	}{
		{"CAPABILITY", []string{"BAD"}},
		{"LOGIN fred secret", []string{"OK Logged in"}},
		{"find mailboxes foo%bar", []string{`* MAILBOX "foozbar"`, "OK"}},
		{"FIND MAILBOXES foo*bar", []string{`* MAILBOX "foobar"`, `* MAILBOX "food.on.the.bar"`, `* MAILBOX "foozbar"`, "OK"}},
		{"FIND BBOARDS *", []string{"OK FIND completed"}},
		{"BBOARD rec.humor", []string{"NO"}},
		{"SELECT INBOX", []string{"* 3 EXISTS", "* 3 RECENT", "* FLAGS (", "OK [READ-WRITE]"}},
		{"CHECK", []string{"* 3 EXISTS", "* 3 RECENT", "OK"}},
		{"STORE 1 +Flags \\Deleted \\Seen", []string{"* 1 FETCH (FLAGS (\\Deleted \\Seen", "OK"}},
		{"FETCH 2 RFC822.SIZE", []string{"* 2 FETCH (RFC822.SIZE ", "OK"}},
		{"SEARCH SINCE 1-OCT-87 DELETED", []string{"* SEARCH 1", "OK"}},
		{`SEARCH BEFORE "1-oct-87" FROM ON`, []string{"* SEARCH", "OK"}},
		{"COPY 2:3 meeting", []string{"* 2 COPY", "* 3 COPY", "OK"}},
		{"FIND ALL.MAILBOXES foo*", []string{`* MAILBOX "foobar"`, `* MAILBOX "food.on.the.bar"`, `* MAILBOX "foozbar"`, "OK"}},
		{"FIND MAILBOXES *", []string{`* MAILBOX "foobar"`, "OK"}},
		{"EXPUNGE", []string{"* 1 EXPUNGE", "* 2 RECENT", "OK"}},
		{"IDLE", []string{"BAD"}},
		{"LOGOUT", []string{"* BYE", "OK"}},
	} {
		got := a.of(c.command)
		sorted := slices.Clone(got[:len(got)-1])
		slices.Sort(sorted)
		sorted = append(sorted, got[len(got)-1])
		ok := len(sorted) == len(c.want)
		for i := range sorted {
			ok = ok && strings.HasPrefix(sorted[i], c.want[i])
		}
		if !ok {
			t.Errorf("%s:\n%q\nwant\n%q", c.command, got, c.want)
		}
	}
	a.c.Close()
	if got := count(t, dovecot.Plain, "fred", "meeting"); !strings.HasPrefix(got, "* STATUS meeting (MESSAGES 2)|OK") {
		t.Error(got)
	}
	p.stop(t)
	if strings.Contains(p.Err.String(), "rewriting failed") {
		t.Error(p.Err)
	}
}

// TestPeersTranslateIMAP4 has clients of today use a server of IMAP2.
func TestPeersTranslateIMAP4(t *testing.T) {
	mails := proxytest.Mails(5, 3000)
	p := startProxy(t, "--upstream", sampleServer(t, mails), "--translate", "imap4", "--format", "none")
	got := proxytest.Curl(t, proxytest.Account{Addr: p.addr, User: "fred"}, len(mails))
	if d := cmp.Diff(proxytest.Hashes(mails), proxytest.Hashes(got)); d != "" {
		t.Errorf("curl: -want +got\n%s", d)
	}
	got = proxytest.Mbsync(t, proxytest.Account{Addr: p.addr, User: "fred"}, len(mails))
	if d := cmp.Diff(proxytest.Hashes(mails), proxytest.Hashes(got)); d != "" {
		t.Errorf("mbsync: -want +got\n%s", d)
	}
	p.stop(t)
	if strings.Contains(p.Err.String(), "rewriting failed") {
		t.Error(p.Err)
	}
}

// TestPeersTranslateIMAP4Answers checks what a client of today sees of a server of IMAP2.
func TestPeersTranslateIMAP4Answers(t *testing.T) {
	p := startProxy(t, "--upstream", sampleServer(t, proxytest.Mails(4, 3000)), "--translate", "imap4", "--format", "none")
	a := askerAt(t, p.addr)
	for _, c := range []struct {
		command string
		want    []string // patterns
	}{
		{"CAPABILITY", []string{`\* CAPABILITY IMAP4rev1`, "OK .*"}},
		{`LOGIN "fred" "secret"`, []string{"OK .*"}},
		{`LIST "" ""`, []string{`\* LIST \(\\Noselect\) NIL ""`, "OK .*"}},
		{`LIST "" "%"`, []string{`\* LIST \(\) NIL "INBOX"`, "OK .*"}},
		{"STATUS INBOX (MESSAGES)", []string{"NO .*"}},
		{"IDLE", []string{"BAD .*"}},
		{"EXAMINE INBOX", []string{`\* FLAGS .*`, `\* 4 EXISTS`, `\* 4 RECENT`, `\* OK \[UIDVALIDITY \d+\] .*`, `\* OK \[UIDNEXT 5\] .*`, `OK \[READ-ONLY\] .*`}},
		{"STORE 1 +FLAGS (\\Deleted)", []string{"NO .*"}},
		{"SELECT INBOX", []string{`\* FLAGS .*`, `\* 4 EXISTS`, `\* 0 RECENT`, `\* OK \[UIDVALIDITY \d+\] .*`, `\* OK \[UIDNEXT 5\] .*`, `OK \[READ-WRITE\] .*`}},
		{"UID FETCH 2:* (FLAGS)", []string{`\* 2 FETCH \(UID 2 FLAGS \(.*\)\)`, `\* 3 FETCH .*`, `\* 4 FETCH .*`, "OK .*"}},
		{"UID FETCH 1:* (UID)", []string{`\* 1 FETCH \(UID 1\)`, `\* 2 FETCH .*`, `\* 3 FETCH .*`, `\* 4 FETCH .*`, "OK .*"}},
		{"FETCH 2 (INTERNALDATE BODY.PEEK[TEXT]<0.3>)", []string{`\* 2 FETCH \(INTERNALDATE "[ \d]\d-\w{3}-\d{4} [\d:]{8} \+0000" BODY\[TEXT\]<0> ".{3}" FLAGS \(\\Seen\)\)`, "OK .*"}},
		{"FETCH 1 BODYSTRUCTURE", []string{"NO .*"}},
		{"UID STORE 2 +FLAGS.SILENT (\\Deleted)", []string{"OK .*"}},
		{"UID STORE 3 +FLAGS (\\Flagged)", []string{`\* 3 FETCH \(UID 3 FLAGS \(.*\\Flagged.*\)\)`, "OK .*"}},
		{"EXPUNGE", []string{`\* 2 EXPUNGE`, `\* 3 EXISTS`, `\* 0 RECENT`, "OK .*"}},
		{"UID SEARCH CHARSET UTF-8 NOT DELETED UID 3:*", []string{`\* SEARCH 3 4`, "OK .*"}},
		{"SEARCH FLAGGED 1:3", []string{`\* SEARCH 2`, "OK .*"}},
		{"SEARCH OR SEEN DELETED", []string{"NO .*"}},
		{"UID FETCH 4 (FLAGS)", []string{`\* 3 FETCH \(UID 4 FLAGS .*`, "OK .*"}},
		{"UID FETCH 2 (FLAGS)", []string{"OK .*"}},
		{"UID STORE 4 +FLAGS.SILENT (\\Deleted)", []string{"OK .*"}},
		{"CLOSE", []string{"OK CLOSE completed"}},
		{"NOOP", []string{"OK .*"}},
		{"CREATE x", []string{"NO .*"}},
		{"LOGOUT", []string{`\* BYE .*`, "OK .*"}},
	} {
		got := a.of(c.command)
		ok := len(got) == len(c.want)
		for i, w := range c.want {
			ok = ok && regexp.MustCompile("^(?:"+w+")$").MatchString(got[i])
		}
		if !ok {
			t.Errorf("%s:\n%q\nwant\n%q", c.command, got, c.want)
		}
	}
	a.c.Close()
	p.stop(t)
	if strings.Contains(p.Err.String(), "rewriting failed") {
		t.Error(p.Err)
	}
}
