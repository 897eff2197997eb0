package mirror_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"imapscope/proxy/mirror"
	"imapscope/samples/server"
)

var reading = []string{
	`LOGIN alice secret`, `LIST "" *`, `SELECT INBOX`, `FETCH 1:* (UID FLAGS)`, `UID FETCH 1:* (ENVELOPE)`,
	`FETCH 2 BODY[]`, `SEARCH SUBJECT two`, `NOOP`, `CLOSE`, `LOGOUT`,
}

func TestSameMailIsTheSame(t *testing.T) {
	a, b := imap4(t, 0, "one", "two", "three"), imap4(t, 2, "one", "two", "three")
	r := mirrored(t, a.addr, b.addr)
	converse(t, r.addr, reading...)
	if d := r.finish(); len(d) > 0 || len(r.ended) > 0 {
		t.Fatalf("differences %q, ended %q", d, r.ended)
	}
	if r.report.Same != int64(len(reading)-1) || r.skipped(mirror.Changes) != 1 || // CLOSE
		r.report.Failed() {
		t.Fatalf("%+v", r.report)
	}
}

func TestIMAP2Servers(t *testing.T) {
	r := mirrored(t, imap2(t, server.Options{}), imap2(t, server.Options{}))
	converse(t, r.addr, `LOGIN fred secret`, `SELECT INBOX`, `FETCH 1:3 ALL`, `FETCH 1 RFC822`, `SEARCH ALL`, `LOGOUT`)
	if d := r.finish(); len(d) > 0 {
		t.Fatalf("differences %q, ended %q", d, r.ended)
	}
	if got := r.skipped(mirror.Marks); got != 1 || r.report.Same != 5 {
		t.Fatalf("%+v: RFC 1176 has no EXAMINE, so RFC822 would mark a message as seen", r.report)
	}
}

func TestLackingMailDiffers(t *testing.T) {
	a, b := imap4(t, 0, "one", "two", "three"), imap4(t, 0, "one", "two")
	r := mirrored(t, a.addr, b.addr)
	converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, `FETCH 1:3 (FLAGS)`, `LOGOUT`)
	d := r.finish()
	want := `SELECT EXISTS: "3", then "2"`
	if !slices.Contains(d, want) || !slices.ContainsFunc(d, func(s string) bool { return strings.Contains(s, "message 3: only the first") }) {
		t.Fatalf("%q has not %q and message 3", d, want)
	}
}

func TestFlagsDiffer(t *testing.T) {
	a, b := imap4(t, 0), imap4(t, 0)
	a.deliver(t, "one", imap.FlagFlagged, imap.FlagSeen)
	b.deliver(t, "one")
	r := mirrored(t, a.addr, b.addr)
	converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, `FETCH 1 (FLAGS)`, `FETCH 1 (FLAGS)`, `LOGOUT`)
	want := []string{
		`SELECT FLAGS: "\\flagged \\seen", then ""`, // those that messages have
		`FETCH message 1 FLAGS: "\\flagged", then "no flags"`,
	}
	if d := r.finish(); !slices.Equal(d, want) {
		t.Fatalf("%q, not %q", d, want)
	}
	if r.report.Different != 3 || r.report.Repeated != 1 {
		t.Fatalf("%+v: the second time is counted, and not reported again", r.report)
	}
}

// What reads is played, and changes nothing.
func TestReadsOnly(t *testing.T) {
	a, b := imap4(t, 0, "one", "two", "three"), imap4(t, 5, "one", "two", "three")
	before := stateOf(t, b)
	r := mirrored(t, a.addr, b.addr)
	converse(t, r.addr,
		`LOGIN alice secret`, `SELECT INBOX`, `FETCH 1 BODY[]`, `FETCH 1:3 (FLAGS)`, `SEARCH UNSEEN`, `SEARCH SUBJECT one`, // two of them depend on what was read
		`STORE 2 +FLAGS (\Flagged)`, `FETCH 1:3 (FLAGS)`, // the flags are those of the first server
		`STORE 3 +FLAGS (\Deleted)`, `EXPUNGE`, `FETCH 1:2 (FLAGS)`, `NOOP`,
		`CREATE Other`, `LIST "" *`, `APPEND Other {19}`+"Subject: x\r\n\r\nabc\r\n", `SELECT Other`, `FETCH 1 (FLAGS)`, `STATUS Other (MESSAGES)`,
		`XYZZY`, `SUBSCRIBE Other`, `RENAME Other New`, `DELETE New`, `LOGOUT`)
	if d := r.finish(); len(d) > 0 || len(r.ended) > 0 {
		t.Fatalf("differences %q, ended %q", d, r.ended)
	}
	if after := stateOf(t, b); after != before {
		t.Fatalf("the second server had %s, and now %s", before, after)
	}
	for why, n := range map[mirror.Reason]int64{mirror.Changes: 8, mirror.Unknown: 1} {
		if got := r.skipped(why); got != n {
			t.Errorf("%d commands were skipped because %s, not %d", got, why, n)
		}
	}
	if r.skipped(mirror.After) == 0 || r.report.Same+r.report.NotPlayed() != r.report.Commands {
		t.Errorf("%+v", r.report)
	}
}

// stateOf returns what a server holds, as a client with a connection of its own sees it.
func stateOf(t *testing.T, a *account) string {
	t.Helper()
	s := converse(t, a.addr, `LOGIN alice secret`, `LIST "" *`, `LSUB "" *`, `EXAMINE INBOX`, `FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])`)
	return s[strings.Index(s, "* LIST"):]
}

func TestWritesOnlyIfAsked(t *testing.T) {
	a, b := imap4(t, 0, "one", "two", "three"), imap4(t, 2, "one", "two", "three")
	r := mirrored(t, a.addr, b.addr, func(o *mirror.Options) { o.Writes = true })
	converse(t, r.addr,
		`LOGIN alice secret`, `SELECT INBOX`, `FETCH 1:* (UID FLAGS)`, `UID STORE 2 +FLAGS (\Deleted)`, `UID EXPUNGE 2`,
		`APPEND INBOX {19}`+"Subject: x\r\n\r\nabc\r\n", `NOOP`, `FETCH 1:* (FLAGS)`, `FETCH 1 BODY[]`, `SEARCH SEEN`, `LOGOUT`)
	if d := r.finish(); len(d) > 0 || len(r.ended) > 0 {
		t.Fatalf("differences %q, ended %q", d, r.ended)
	}
	if n := r.report.NotPlayed(); n > 0 {
		t.Fatalf("%+v", r.report)
	}
	state := stateOf(t, b)
	if strings.Contains(state, "Subject: two") || !strings.Contains(state, "Subject: x") || !strings.Contains(state, `\seen`) {
		t.Fatalf("the second server has %s", state)
	}
}

// Clients know unique identifiers from earlier connections.
func TestUnknownIdentifiersAreNotPlayed(t *testing.T) {
	a, b := imap4(t, 0, "one", "two", "three"), imap4(t, 2, "one", "two", "three")
	r := mirrored(t, a.addr, b.addr)
	converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, `UID FETCH 2 (ENVELOPE)`, `UID FETCH 1:* (FLAGS)`, `UID FETCH 2 (ENVELOPE)`, `LOGOUT`)
	if d := r.finish(); len(d) > 0 || r.skipped(mirror.Unbound) != 1 {
		t.Fatalf("differences %q, %+v", d, r.report)
	}
}

func TestIdleEndsAtOnce(t *testing.T) {
	a, b := imap4(t, 0, "one"), imap4(t, 0, "one")
	r := mirrored(t, a.addr, b.addr)
	converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, "IDLE{}DONE", `LOGOUT`)
	if d := r.finish(); len(d) > 0 || r.report.Same != 4 {
		t.Fatalf("differences %q, %+v, ended %q", d, r.report, r.ended)
	}
}
