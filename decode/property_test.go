package decode_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// conversation draws what two sides might send, some of it wrong: pipelined
// commands, literals that wait and that do not, refusals, answers in any order, to
// no command, or twice; losses.
func conversation(t *rapid.T) []decodetest.Piece {
	c, s := capture.ClientToServer, capture.ServerToClient
	var out []decodetest.Piece
	say := func(dir capture.Direction, text string) {
		out = append(out, decodetest.Piece{Dir: dir, Data: []byte(text)})
	}
	if rapid.Bool().Draw(t, "greets") {
		say(s, "* OK hi\r\n")
	}
	var tags []string
	tag := rapid.SampledFrom([]string{"a", "b", "c1", "A0002", "*", "+", ".", "zz"})
	command := rapid.SampledFrom([]string{
		"NOOP", "SELECT INBOX", "FETCH 1:3 ALL", "FETCH 2 FLAGS", "STORE 2 +Flags \\Seen", "SEARCH ALL", "EXPUNGE",
		"FIND MAILBOXES *", "find bboards *", "COPY 1 x", "UID FETCH 7 FLAGS", "LOGOUT", "LOGIN fred secret",
		"AUTHENTICATE PLAIN", "IDLE", "", "what is this", "CHECK", "STARTTLS",
	})
	literal := rapid.SampledFrom([]string{"LOGIN {4}", "LOGIN fred {6}", "SELECT {5+}", "AUTHENTICATE {3}", "IDLE {2}", "SEARCH SUBJECT {3}", "{1}", "X {0}"})
	untagged := rapid.SampledFrom([]string{
		"1 FETCH (FLAGS ())", "2 FETCH (FLAGS (\\Seen) UID 7)", "2 STORE (FLAGS ())", "5 EXISTS", "0 RECENT", "FLAGS (a b)",
		"SEARCH 1 2", "MAILBOX x", "BBOARD y", "2 EXPUNGE", "1 COPY", "OK still here", "NO not that", "BAD what", "BYE", "LIST () x",
		"1 FETCH (RFC822 {5}\r\n\r\n* O)", "1 FETCH (X {2}\r\nab Y {1}\r\nc)", "NEW thing", "",
	})
	for range rapid.IntRange(0, 25).Draw(t, "steps") {
		switch rapid.IntRange(0, 10).Draw(t, "step") {
		case 0, 1, 2:
			tg := tag.Draw(t, "tag")
			tags = append(tags, tg)
			say(c, tg+" "+command.Draw(t, "command")+"\r\n")
		case 3:
			tg := tag.Draw(t, "tag")
			tags = append(tags, tg)
			say(c, tg+" "+literal.Draw(t, "literal")+"\r\n")
		case 4:
			say(c, rapid.SampledFrom([]string{"abcd", "fred {6}\r\n", "secret\r\n", "\r\n", "DONE\r\n", "*\r\n", "AGZy\r\n", "xy"}).Draw(t, "more"))
		case 5, 6:
			say(s, "* "+untagged.Draw(t, "untagged")+"\r\n")
		case 7, 8:
			tg := tag.Draw(t, "tag")
			if len(tags) > 0 && rapid.Bool().Draw(t, "known") {
				tg = rapid.SampledFrom(tags).Draw(t, "of")
			}
			say(s, tg+rapid.SampledFrom([]string{" OK x", " NO x", " BAD x", " Expunge complete", "", " OK {3}"}).Draw(t, "status")+"\r\n")
		case 9:
			say(s, rapid.SampledFrom([]string{"+ go on\r\n", "+\r\n", "junk\r\n", "\r\n", " a OK\r\n"}).Draw(t, "other"))
		case 10:
			if rapid.Bool().Draw(t, "loses") {
				dir := capture.Direction(rapid.IntRange(0, 1).Draw(t, "of"))
				out = append(out, decodetest.Piece{Dir: dir, Lost: rapid.Int64Range(1, 20).Draw(t, "lost")})
			}
		}
	}
	return out
}

// ledger checks every event against all others.
type ledger struct {
	begun, ended map[int]bool
	bytes        [2]int64
	txnBytes     [2]int64
	literals     int
	txnLiterals  int
	kinds        int
	ready        int
	outcomes     [3]int
	requests     int
	closed       *decode.Closed
	upgraded     bool
	err          error
}

func (l *ledger) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

func (l *ledger) add(events []decode.Event) {
	for _, e := range events {
		if l.closed != nil {
			l.fail("an event after the last")
		}
		switch e := e.(type) {
		case *decode.Message:
			l.bytes[e.Dir] += e.Len
			l.literals += len(e.Literals)
			unseen := e.Kind == decode.Continuation && !l.begun[e.Txn.N] // the DONE of an IDLE
			if e.Kind == decode.Request || unseen {
				l.requests++
			}
			if e.Txn == nil {
				l.txnBytes[e.Dir] += e.Len
				l.txnLiterals += len(e.Literals)
				if e.Kind == decode.Untagged {
					l.kinds++
				}
				if e.Kind == decode.Ready {
					l.ready++
				}
				continue
			}
			if l.ended[e.Txn.N] {
				l.fail("a %s of transaction %d after its end", e.Kind, e.Txn.N)
			}
			l.begun[e.Txn.N] = true
		case *decode.Transaction:
			if l.ended[e.N] {
				l.fail("transaction %d ends twice", e.N)
			}
			if !l.begun[e.N] {
				l.fail("transaction %d has no message", e.N)
			}
			l.ended[e.N] = true
			l.outcomes[e.Outcome]++
			for dir := range e.Octets {
				l.txnBytes[dir] += e.Octets[dir]
			}
			l.txnLiterals += len(e.Literals)
			for _, k := range e.Data {
				l.kinds += k.N
			}
			l.ready += e.Ready
		case *decode.Upgrade:
			l.upgraded = true
		case *decode.Closed:
			l.closed = e
		}
	}
}

func (l *ledger) check() error {
	c := l.closed
	switch {
	case l.err != nil:
	case c == nil:
		l.fail("no last event")
	case len(l.begun) != len(l.ended):
		l.fail("%d transactions of %d end", len(l.ended), len(l.begun))
	case l.txnBytes != l.bytes:
		l.fail("transactions have %v bytes of %v", l.txnBytes, l.bytes)
	case l.txnLiterals != l.literals:
		l.fail("transactions have %d literals of %d", l.txnLiterals, l.literals)
	case l.kinds != c.Unsolicited:
		l.fail("%d of %d unsolicited responses", l.kinds, c.Unsolicited)
	case l.ready != c.Ready:
		l.fail("%d of %d ready responses", l.ready, c.Ready)
	case l.outcomes[decode.Abandoned] != c.Abandoned, l.outcomes[decode.Orphan] != c.Orphans:
		l.fail("%v are not what was counted: %+v", l.outcomes, c.Counts)
	case l.outcomes[decode.Completed]+l.outcomes[decode.Orphan] != c.Responses:
		l.fail("%d responses for %v", c.Responses, l.outcomes)
	case l.outcomes[decode.Completed]+l.outcomes[decode.Abandoned] != c.Requests:
		l.fail("%d requests for %v", c.Requests, l.outcomes)
	case !l.upgraded && l.requests != c.Requests:
		l.fail("%d requests were seen, %d counted", l.requests, c.Requests)
	}
	for n := range l.ended {
		if n < 1 || n > len(l.ended) {
			l.fail("a transaction has number %d of %d", n, len(l.ended))
		}
	}
	return l.err
}

// TestEventsDoNotDependOnCuts checks that any conversation, however it is cut, gives the same
// events, each byte once.
func TestEventsDoNotDependOnCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := conversation(t)
		o := decode.Options{Keep: 256, MidStream: rapid.Bool().Draw(t, "mid-stream"), Layers: rapid.Bool().Draw(t, "layers")}
		var want strings.Builder
		l := ledger{begun: map[int]bool{}, ended: map[int]bool{}}
		decodetest.Run(o, ps, 0, func(e []decode.Event) { l.add(e); show(&want, e) })
		var script strings.Builder
		for _, p := range ps {
			fmt.Fprintf(&script, "%s %q %d\n", p.Dir, p.Data, p.Lost)
		}
		if err := l.check(); err != nil {
			t.Fatalf("%v\n%s%s", err, script.String(), want.String())
		}
		// Pieces cut in place, anywhere.
		var cut []decodetest.Piece
		for _, p := range ps {
			for len(p.Data) > 1 && rapid.IntRange(0, 3).Draw(t, "cut") > 0 {
				n := rapid.IntRange(1, len(p.Data)-1).Draw(t, "at")
				cut = append(cut, decodetest.Piece{Dir: p.Dir, Data: p.Data[:n]})
				p.Data = p.Data[n:]
			}
			cut = append(cut, p)
		}
		if got, _ := run(o, cut, 0); got != want.String() {
			t.Fatalf("cut:\n%s\nwhole:\n%s\n%s", got, want.String(), script.String())
		}
		// Neighbours of one side joined: what a call reports does not change
		// until the call ends.
		var joined []decodetest.Piece
		for _, p := range ps {
			if n := len(joined) - 1; n >= 0 && joined[n].Dir == p.Dir && joined[n].Lost == 0 && p.Lost == 0 {
				joined[n].Data = append(bytes.Clone(joined[n].Data), p.Data...)
				continue
			}
			joined = append(joined, p)
		}
		if got, _ := run(o, joined, 0); got != want.String() {
			t.Fatalf("joined:\n%s\nwhole:\n%s\n%s", got, want.String(), script.String())
		}
	})
}

// TestAfterWrite checks that the decoder does not retain its input.
func TestAfterWrite(t *testing.T) {
	d := decode.New(decode.Options{})
	now := time.Unix(0, 0)
	write := func(dir capture.Direction, s string) {
		b := []byte(s)
		d.Write(dir, now, b)
		for i := range b {
			b[i] = '#'
		}
	}
	write(capture.ServerToClient, "* OK hi\r\n")
	write(capture.ClientToServer, "tag1 LOGIN {4}\r\nfred ")
	write(capture.ClientToServer, "secret\r\ntag2 SELECT INBOX\r\ntag3 FETCH 1:3 ALL\r\n")
	write(capture.ServerToClient, "* 1 FETCH (X {5}\r\nab")
	write(capture.ServerToClient, "cde)\r\ntag1 OK said")
	var out strings.Builder
	show(&out, d.Write(capture.ServerToClient, now, []byte(" so\r\ntag3 OK x\r\ntag2 OK y\r\n")))
	show(&out, d.Close(now, capture.FIN))
	if s := out.String(); strings.Contains(s, "#") || !strings.Contains(s, `= 1 tag1 LOGIN completed OK "said so"`) || !strings.Contains(s, `mailbox="INBOX"`) {
		t.Error(s)
	}
}
