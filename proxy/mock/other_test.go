package mock_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/decode/decodetest"
	"imapscope/decode/script"
	"imapscope/proxy/fallback"
	"imapscope/proxy/mock"
)

const recordedIMAP4 = `
S: * OK [CAPABILITY IMAP4rev1 UIDPLUS] ready
C: a LOGIN fred secret
S: a OK done
C: b SELECT INBOX
S: * FLAGS (\Answered \Flagged \Deleted \Seen)
S: * 3 EXISTS
S: * OK [UIDVALIDITY 3857529045] ok
S: * OK [UIDNEXT 31] ok
S: b OK [READ-WRITE] done
C: c FETCH 1:3 (UID FLAGS)
S: * 1 FETCH (UID 10 FLAGS (\Seen))
S: * 2 FETCH (UID 20 FLAGS (\Flagged))
S: * 3 FETCH (UID 30 FLAGS ())
S: c OK done
C: d APPEND INBOX {14+}
C: Subject: new
C: 
S: * 4 EXISTS
S: d OK [APPENDUID 3857529045 77] done
C: e UID STORE 20 +FLAGS (\Deleted)
S: * 2 FETCH (UID 20 FLAGS (\Flagged \Deleted))
S: e OK done
C: f STORE 1 +FLAGS (\Deleted)
S: f NO not today
C: g EXPUNGE
S: * 2 EXPUNGE
S: g OK done
C: h LOGOUT
S: * BYE bye
S: h OK done
`

// client is a client of a mock of a recording.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader

	greeting string
}

// dial starts a mock with a fallback, and connects to it.
func dial(t *testing.T, recording string) *client {
	t.Helper()
	leaktest.Check(t)
	k := script.NewCollector(script.Options{})
	if err := decodetest.Play(strings.TrimPrefix(recording, "\n"), k); err != nil {
		t.Fatal(err)
	}
	open, values, err := fallback.New(k.Script())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	m := mock.New(k.Script(), mock.Options{Fallback: func() mock.Handler { return open() }, Values: values, Withhold: fallback.Lacking(k.Script())})
	go func() { done <- m.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.greeting = c.until("* OK")
	return c
}

// until reads up to a line that begins in a way, and returns all of it.
func (c *client) until(prefix string) string {
	c.t.Helper()
	var all strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		all.WriteString(strings.TrimSuffix(line, "\r\n") + "\n")
		if err != nil {
			c.t.Fatalf("no %q in %q: %v", prefix, all.String(), err)
		}
		if strings.HasPrefix(line, prefix) {
			return all.String()
		}
	}
}

// say sends lines and wants some in the answer.
func (c *client) say(text string, want ...string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n")); err != nil {
		c.t.Fatal(err)
	}
	tag, _, more := strings.Cut(text, " ")
	if !more || strings.HasPrefix(want[0], "+") { // a line within a command, or a request for one
		tag = ""
	}
	for _, w := range want[:len(want)-1] {
		c.until(w)
	}
	if got := c.until(tag); !strings.HasPrefix(lastLine(got), want[len(want)-1]) {
		c.t.Errorf("%s: got %s, want %s", text, got, want[len(want)-1])
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	return lines[len(lines)-1]
}

// What the recording does not answer, an IMAP4 server answers that has the recorded
// mailbox, with the recorded identifiers, in the state that the commands before have led to:
// those that the recorded server refused did not.
func TestTheFallbackKnowsTheRecordedMailbox(t *testing.T) {
	c := dial(t, recordedIMAP4)
	c.say("a LOGIN fred secret", "a OK done")
	c.say("b SELECT INBOX", "* 3 EXISTS", "b OK [READ-WRITE] done")
	c.say("n1 UID SEARCH FLAGGED", "* SEARCH 20\r\n", "n1 OK")
	c.say("n2 STATUS INBOX (UIDNEXT UIDVALIDITY)", "* STATUS INBOX (UIDNEXT 31 UIDVALIDITY 3857529045)", "n2 OK")
	c.say("n3 UID FETCH 20:* (FLAGS)", "* 2 FETCH (UID 20 FLAGS (\\flagged))", "* 3 FETCH (UID 30 FLAGS ())", "n3 OK")
	c.say("d APPEND INBOX {14+}\nSubject: new\n", "* 4 EXISTS", "d OK [APPENDUID 3857529045 77] done")
	c.say("n4 UID FETCH 77 (ENVELOPE)", "* 4 FETCH (UID 77 ENVELOPE (NIL \"new\"", "n4 OK")
	c.say("e UID STORE 20 +FLAGS (\\Deleted)", "* 2 FETCH", "e OK done")
	c.say("f STORE 1 +FLAGS (\\Deleted)", "f NO not today")
	c.say("n5 UID SEARCH DELETED", "* SEARCH 20\r\n", "n5 OK")
	c.say("n6 APPEND INBOX {14+}\nSubject: two\n", "* 5 EXISTS", "n6 OK [APPENDUID 3857529045 78]")
	c.say("n7 UID COPY 10 INBOX", "n7 NO")
	c.say("n8 IDLE", "+ ")
	c.say("DONE", "n8 OK")
	c.say("n9 XYZZY", "n9 BAD")
	c.say("g EXPUNGE", "* 2 EXPUNGE", "g OK done")
	c.say("n10 UID SEARCH ALL", "* SEARCH 10 30 77 78\r\n", "n10 OK")
	c.say("n11 UID STORE 78 +FLAGS (\\Seen)", "* 4 FETCH (UID 78 FLAGS (\\seen))", "n11 OK")
}

// A client that logs in in a way that was not recorded has the same mailbox, with the user and
// the password that the recorded server accepted, and with no others.
func TestTheFallbackTakesRecordedLogins(t *testing.T) {
	for _, login := range []struct {
		response string
		ok       bool
	}{
		{"AGZyZWQAc2VjcmV0", true},          // fred, secret
		{"AGZyZWQAd3Jvbmc=", false},         // fred, wrong
		{"AHNvbWVib2R5AHNlY3JldA==", false}, // somebody, secret
		{"AGZyZWQA", false},                 // fred, no password
	} {
		c := dial(t, recordedIMAP4)
		c.say("x AUTHENTICATE PLAIN", "+ ")
		c.conn.Write([]byte(login.response + "\r\n"))
		if got := c.until("x "); strings.Contains(got, "x OK") != login.ok {
			t.Errorf("%s: %s", login.response, got)
		}
		if !login.ok {
			continue
		}
		c.say("y EXAMINE INBOX", "* 3 EXISTS", "y OK [READ-ONLY]")
		c.say("z UID SEARCH UNSEEN", "* SEARCH 20 30\r\n", "z OK")
	}
}

// Capabilities that only a server with mod-sequences can have are not promised, unless the
// recorded client made use of them.
func TestModSequencesAreNotPromised(t *testing.T) {
	const capable = `
S: * OK [CAPABILITY IMAP4rev1 CONDSTORE QRESYNC UIDPLUS] ready
C: a LOGIN fred secret
S: * CAPABILITY IMAP4rev1 QRESYNC CONDSTORE
S: a OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE] done
C: b SELECT INBOX%s
S: * 3 EXISTS
S: b OK [READ-WRITE] done
`
	c := dial(t, fmt.Sprintf(capable, ""))
	if got := c.greeting; got != "* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready\n" {
		t.Errorf("greeting: %q", got)
	}
	c.say("a LOGIN fred secret", "* CAPABILITY IMAP4rev1\r\n", "a OK [CAPABILITY IMAP4rev1 ENABLE] done")
	c = dial(t, fmt.Sprintf(capable, " (CONDSTORE)"))
	c.say("a LOGIN fred secret", "* CAPABILITY IMAP4rev1 QRESYNC CONDSTORE\r\n", "a OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE] done")
}

// TestDataWithTheClientsTag: ESEARCH repeats the tag of the command that it answers.
func TestDataWithTheClientsTag(t *testing.T) {
	c := dial(t, `S: * OK [CAPABILITY IMAP4rev1 ESEARCH] ready
C: a LOGIN fred secret
S: a OK in
C: b SELECT INBOX
S: * 3 EXISTS
S: b OK [READ-WRITE] done
C: c SEARCH RETURN (ALL) ALL
S: * ESEARCH (TAG "c") ALL 1:3
S: * ESEARCH (TAG "other") ALL 1
S: c OK done
`)
	c.say("a LOGIN fred secret", "a OK in")
	c.say("b SELECT INBOX", "b OK")
	c.say("A142 SEARCH RETURN (ALL) ALL", `* ESEARCH (TAG "A142") ALL 1:3`, `* ESEARCH (TAG "other") ALL 1`, "A142 OK done")
}
