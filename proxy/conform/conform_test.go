package conform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/proxy/proxytest"
	"imapscope/samples/server"
)

// TestSampleServerConforms plays the scripts of IMAP2 to the sample server, twice: nothing is
// changed that was not undone.
func TestSampleServerConforms(t *testing.T) {
	d := imap2(t)
	for range 2 {
		out := run(t, d, &Runner{Expunge: true}, embeddedScripts(t, "")...)
		if out.Dialect != protocol.IMAP2 || len(out.Results) != 5 {
			t.Errorf("%s, %d scripts", out.Dialect, len(out.Results))
		}
		for _, f := range failures(out) {
			t.Error(f)
		}
		n := out.Totals(false)
		if n.Steps[OK] < 50 || n.Steps[NotRun] > 0 || n.Failed() {
			t.Errorf("%+v", n)
		}
	}
}

// TestFlagsAreRestored checks that scripts of IMAP2 leave the flags as they were.
func TestFlagsAreRestored(t *testing.T) {
	d := imap2(t)
	before := flagsNow(t, d)
	run(t, d, new(Runner), embeddedScripts(t, "rfc1176-4")...)
	if after := flagsNow(t, d); after != before || before == "" {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestFlagsAreRestoredAfterExpunge checks that they are, even if messages have other numbers since.
func TestFlagsAreRestoredAfterExpunge(t *testing.T) {
	d := imap2(t)
	var want []string
	for line := range strings.Lines(flagsNow(t, d)) {
		if _, flags, _ := strings.Cut(line, " "); !strings.Contains(flags, "Deleted") {
			want = append(want, fmt.Sprint(len(want)+1, " ", flags))
		}
	}
	run(t, d, &Runner{Expunge: true}, embeddedScripts(t, "rfc1176")...)
	after := flagsNow(t, d)
	if len(want) < 5 || len(want) == 10 || !strings.HasPrefix(after, strings.Join(want, "")) {
		t.Errorf("want:\n%s\ngot:\n%s", strings.Join(want, ""), after)
	}
}

// flagsNow returns the flags of the first messages of INBOX.
func flagsNow(t *testing.T, d dial) string {
	t.Helper()
	var b strings.Builder
	r := &Runner{Dial: d, User: "fred", Password: "secret"}
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	err := r.aside(t.Context(), func(p *play) error {
		if err := p.selectGiven(t.Context()); err != nil {
			return err
		}
		p.eachFlags(t.Context(), func(n uint32, flags string) { fmt.Fprintln(&b, n, flags) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestExpungeMustBeAllowed checks that scripts of IMAP2 remove nothing unless they may.
func TestExpungeMustBeAllowed(t *testing.T) {
	out := run(t, imap2(t), new(Runner), embeddedScripts(t, "rfc1176-5")...)
	if len(out.Results) != 1 || out.Results[0].Skipped == "" {
		t.Errorf("%+v", out.Results)
	}
}

// TestScriptsThatWantAMailbox checks that a script that was written for a mailbox of its own
// does not get the user's INBOX.
func TestScriptsThatWantAMailbox(t *testing.T) {
	s, err := parseImapTest("expunge", []byte("\nok store 1 +flags (\\deleted)\nok expunge\n"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, imap2(t), &Runner{Expunge: true}, s)
	if len(out.Results) != 1 || out.Results[0].Skipped != "it needs a mailbox of its own, which IMAP2 cannot make" {
		t.Errorf("%+v", out.Results[0])
	}
}

// TestDovecotConforms plays all scripts to Dovecot. It is known for one thing: it accepts an
// ENABLE without arguments.
func TestDovecotConforms(t *testing.T) {
	// It takes longer for each login that fails.
	out := run(t, dovecot(t), &Runner{Timeout: time.Minute}, embeddedScripts(t, "")...)
	var got []string
	for _, f := range failures(out) {
		if !strings.Contains(f, "ENABLE without an argument") {
			got = append(got, f)
		}
	}
	if len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
	if n := out.Totals(false); n.Steps[OK] < 190 || n.Skipped > 2 {
		t.Errorf("%+v", n)
	}
}

// TestCyrus plays all scripts to Cyrus, whose mailboxes are in a namespace.
func TestCyrus(t *testing.T) {
	s := proxytest.Cyrus(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": {proxytest.Mail("Subject: there\r\n\r\nText.\r\n")}}})
	out := run(t, dialing(s.Plain), &Runner{Timeout: time.Minute}, embeddedScripts(t, "")...)
	for _, f := range failures(out) {
		t.Log(f)
	}
	if n := out.Totals(false); n.Steps[OK] < 150 || n.Trouble > 0 {
		t.Errorf("%+v", n)
	}
}

// TestNothingIsLeft checks that mailboxes that were made are deleted, even if the run was
// interrupted in the middle of a script.
func TestNothingIsLeft(t *testing.T) {
	d := imap4(t)
	for _, interrupted := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		r := &Runner{Dial: d, User: "fred", Password: "secret", Timeout: 10 * time.Second}
		r.Progress = func(n, _ int, _ *Script) {
			if interrupted && n == 2 {
				cancel()
			}
		}
		out, err := r.Run(ctx, embeddedScripts(t, "rfc3501"))
		cancel()
		if interrupted != errors.Is(err, context.Canceled) || out == nil || len(out.Trouble) > 0 {
			t.Fatalf("%v, %+v", err, out)
		}
		left := 0
		if err := r.aside(t.Context(), func(p *play) error {
			left = len(p.listed(t.Context(), "names"))
			return nil
		}); err != nil || left > 0 {
			t.Errorf("interrupted %t: %d mailboxes are left, %v", interrupted, left, err)
		}
	}
}

// TestScriptsAreForTheirServers checks which scripts are for which server.
func TestScriptsAreForTheirServers(t *testing.T) {
	r := &Runner{Dial: imap2(t), User: "fred", Password: "secret"}
	if _, err := r.Run(t.Context(), embeddedScripts(t, "rfc3501")); !errors.Is(err, ErrNothing) {
		t.Errorf("IMAP4rev1 to a server of IMAP2: %v", err)
	}
	r = &Runner{Dial: imap4(t), User: "fred", Password: "secret", Timeout: time.Second} // it reports nothing while it idles
	out, err := r.Run(t.Context(), embeddedScripts(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if out.Dialect != protocol.IMAP4rev1 {
		t.Errorf("go-imap's server speaks %s", out.Dialect)
	}
	for _, x := range out.Results {
		if strings.HasPrefix(x.Name, "rfc1176") || strings.HasPrefix(x.Name, "rfc9051") {
			t.Errorf("%s was played to a server of IMAP4rev1", x.Name)
		}
		if x.Name == "ext-quota" && x.Skipped != "QUOTA is not offered" {
			t.Errorf("ext-quota: %q", x.Skipped)
		}
	}
	r = &Runner{Dial: imap4(t)}
	if _, err := r.Run(t.Context(), embeddedScripts(t, "")); !errors.Is(err, ErrNoUser) {
		t.Errorf("without a user: %v", err)
	}
	r = &Runner{Dial: imap4(t), User: "fred", Password: "wrong"}
	if _, err := r.Run(t.Context(), embeddedScripts(t, "")); err == nil || !strings.Contains(err.Error(), "cannot log in: the server answered NO") {
		t.Errorf("with a wrong password: %v", err)
	}
}

// TestLoginDisabled checks that no password is sent to a server that forbids it.
func TestLoginDisabled(t *testing.T) {
	d := rewriting(t, imap4(t), func(l string) string { return strings.Replace(l, "IMAP4rev1", "IMAP4rev1 LOGINDISABLED", 1) })
	var sent sentBytes
	r := &Runner{Dial: d, User: "fred", Password: "secret", Sink: &sent}
	if _, err := r.Run(t.Context(), embeddedScripts(t, "")); !errors.Is(err, ErrLoginDisabled) {
		t.Errorf("%v", err)
	}
	if strings.Contains(string(sent), "secret") || !strings.Contains(string(sent), "CAPABILITY") {
		t.Errorf("%s", sent)
	}
}

// sentBytes collects what is sent.
type sentBytes []byte

func (x *sentBytes) Event(e *capture.Event) error {
	if e.Kind == capture.Data && e.Dir == capture.ClientToServer {
		*x = append(*x, e.Data...)
	}
	return nil
}

// TestPreAuth checks that scripts that begin before the login are skipped if there is none.
func TestPreAuth(t *testing.T) {
	s, err := server.New(server.Options{PreAuth: "fred"})
	if err != nil {
		t.Fatal(err)
	}
	d := serve(t, func(c net.Conn) { s.ServeConn(context.Background(), c) })
	out := run(t, d, new(Runner), embeddedScripts(t, "rfc1176")...)
	for _, f := range failures(out) {
		t.Error(f)
	}
	if out.Results[0].Skipped == "" || out.Results[1].Skipped != "" {
		t.Errorf("%q, %q", out.Results[0].Skipped, out.Results[1].Skipped)
	}
}

// TestRev2 plays the scripts of IMAP4rev2 to go-imap's server, which has some of it.
func TestRev2(t *testing.T) {
	out := run(t, imap4rev2(t), new(Runner), embeddedScripts(t, "rfc9051")...)
	if out.Dialect != protocol.IMAP4rev2 || len(out.Results) != 3 {
		t.Fatalf("%s, %d scripts", out.Dialect, len(out.Results))
	}
	for _, f := range failures(out) {
		t.Log(f)
	}
	if n := out.Totals(false); n.Steps[OK] < 10 {
		t.Errorf("%+v", n)
	}
}

// events collects what a Sink gets.
type events []capture.Event

func (x *events) Event(e *capture.Event) error {
	c := *e
	c.Data = nil
	*x = append(*x, c)
	return nil
}

// TestRecordingNamesWhatFailed checks that the recording has a note at what failed.
func TestRecordingNamesWhatFailed(t *testing.T) {
	var got events
	d := rewriting(t, imap2(t), func(line string) string { return strings.Replace(line, "OK NOOP", "NO NOOP", 1) })
	run(t, d, &Runner{Sink: &got}, embeddedScripts(t, "rfc1176-1")...)
	for _, e := range got {
		if e.Kind == capture.Note && e.Text == `conform: failed: rfc1176-1-opening, line 5: NOOP is answered OK: the server answered NO to NOOP; expected: OK (MUST, RFC 1176, "Commands": NOOP, p. 10)` {
			return
		}
	}
	t.Errorf("no such note: %+v", got)
}

// dovecot starts Dovecot, with all the extensions that it knows.
func dovecot(t testing.TB) dial {
	t.Helper()
	mail := []proxytest.Mail{proxytest.Mail("Subject: there\r\n\r\nText.\r\n")}
	s := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mail}, Extensions: true})
	return dialing(s.Plain)
}
