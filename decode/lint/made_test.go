package lint

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// legsOf lints the two legs of a proxy. Each line of the text begins with the leg, c or s, and
// then C, S or N (a note). L links the legs; what the server's leg has before it is what the proxy
// reports of it then. B makes a leg begin there, later than the other one, and X ends it.
func legsOf(t *testing.T, text string) []string {
	t.Helper()
	var found []string
	l, err := New(Options{MinSeverity: Warning, Disable: []string{"C016", "C017"}}, func(f Finding) {
		found = append(found, fmt.Sprintf("%s %s %s made=%q after=%q", f.Leg, f.Rule.ID, f.Verdict, f.MadeBy, f.After))
	})
	if err != nil {
		t.Fatal(err)
	}
	x := decode.NewDemux(decode.Options{}, l)
	now := time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)
	conns := map[byte]*capture.Conn{
		'c': {ID: 1, Client: netip.MustParseAddrPort("192.0.2.1:5"), Server: netip.MustParseAddrPort("192.0.2.2:143"), Start: now},
		's': {ID: 2, Client: netip.MustParseAddrPort("192.0.2.2:6"), Server: netip.MustParseAddrPort("192.0.2.3:143"), Start: now},
	}
	send := func(e capture.Event) {
		if err := x.Event(&e); err != nil {
			t.Fatal(err)
		}
	}
	opened := make(map[byte]bool)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		now = now.Add(time.Millisecond)
		leg, kind, rest := line[0], line[1], strings.TrimPrefix(line[2:], " ")
		c := conns[leg]
		if kind == 'B' {
			c.Start = now
		}
		if !opened[leg] {
			opened[leg] = true
			send(capture.Event{Kind: capture.Opened, Conn: c.ID, Info: c, Time: c.Start})
		}
		switch kind {
		case 'L':
			to := map[byte]capture.Leg{'c': capture.ClientLeg, 's': capture.ServerLeg}[leg]
			other := conns['c'+'s'-leg]
			send(capture.Event{Kind: capture.Note, Conn: c.ID, Time: now, Text: capture.Link(to, other.Peers())})
		case 'N':
			send(capture.Event{Kind: capture.Note, Conn: c.ID, Time: now, Text: rest})
		case 'C', 'S':
			dir := capture.ClientToServer
			if kind == 'S' {
				dir = capture.ServerToClient
			}
			send(capture.Event{Kind: capture.Data, Conn: c.ID, Dir: dir, Time: now, Data: []byte(rest + "\r\n")})
		case 'X':
			send(capture.Event{Kind: capture.HalfClosed, Conn: c.ID, Dir: capture.ClientToServer, Time: now, Cause: capture.FIN})
			send(capture.Event{Kind: capture.HalfClosed, Conn: c.ID, Dir: capture.ServerToClient, Time: now, Cause: capture.FIN})
			send(capture.Event{Kind: capture.Closed, Conn: c.ID, Time: now, Cause: capture.FIN})
		}
	}
	return found
}

// greetedLegs is a session up to a LOGIN, and then the legs: the server's begins with what went
// before.
const greetedLegs = "cS * OK ready\ncC a LOGIN fred pw\ncS a OK done\n"

func linked(client string) string {
	server := ""
	for line := range strings.Lines(greetedLegs) {
		server += "s" + line[1:]
	}
	return greetedLegs + "cC " + client + "\ncL\nsL\n" + server + "sC " + client + "\n"
}

// TestMadeByTheProxy checks who is blamed for what the legs of a proxy show.
func TestMadeByTheProxy(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a wrong tag: the orphan, and the command that is never answered",
			linked("b NOOP") + "sS b OK done\ncN fault: tag zz\ncS zz OK done\ncC c LOGOUT\nsC c LOGOUT\nsS * BYE\ncS * BYE\nsS c OK\ncS c OK\nsX\ncX",
			[]string{"client S004 proxy"}},
		{"a dropped response",
			linked("b NOOP") + "sS b OK done\ncN fault: drop tagged\ncC c LOGOUT\nsC c LOGOUT\nsS * BYE\ncS * BYE\nsS c OK\ncS c OK\nsX\ncX",
			[]string{"client S005 proxy"}},
		{"a fault that only delays blames no one else, and excuses no one",
			linked("b NOOP") + "sS zz OK done\ncN fault: delay tagged 1ms\ncS zz OK done\nsX\ncX",
			[]string{"server S004 server"}},
		{"the server's own mistake is reported once, although a fault acted on something else",
			linked("b NOOP") + "sS b OK done\ncN fault: status NO\ncS b NO\ncC c NOOP\nsC c NOOP\nsS zz OK\ncS zz OK\nsX\ncX",
			[]string{"server S004 server"}},
		{"a mistake from before there were legs is reported once",
			strings.ReplaceAll(linked("b NOOP"), "S a OK done", "S a OK done\n?S zz OK"),
			nil},
		{"a client that is wrong without help is to blame, once",
			linked("b NOOP") + "sS b OK\ncN fault: status NO\ncS b NO\ncC c STORE 1 FLAGS (\\Seen)\nsC c STORE 1 FLAGS (\\Seen)\nsS c BAD\ncS c BAD\nsX\ncX",
			[]string{"client C002 client"}},
		{"a command that was edited is not the client's",
			linked("b NOOP")[:strings.LastIndex(linked("b NOOP"), "sC")] + "cN changed: to something wrong\nsC b STORE 1 FLAGS (\\Seen)\nsS b BAD\ncS b BAD\nsX\ncX",
			[]string{"client S032 proxy", "server C002 proxy"}},
	} {
		text := c.text
		if strings.Contains(text, "?") {
			lines := strings.Split(text, "\n")
			for i, l := range lines {
				if strings.HasPrefix(l, "?") {
					lines[i] = lines[i-1][:1] + l[1:]
				}
			}
			text = strings.Join(lines, "\n") + "sS b OK done\ncS b OK done\nsX\ncX"
			c.want = []string{" S004 server"}
		}
		got := legsOf(t, text)
		short := make([]string, len(got))
		for i, g := range got {
			short[i], _, _ = strings.Cut(g, " made=")
			if made := !strings.Contains(g, `made=""`); made != strings.HasSuffix(short[i], "proxy") {
				t.Errorf("%s: %s", c.name, g)
			}
		}
		if strings.Join(short, ",") != strings.Join(c.want, ",") {
			t.Errorf("%s:\n%q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestNotesAloneExcuseNothing checks that a note in a capture, which anyone can write, changes
// neither a finding nor its verdict, unless the other leg is there and shows the difference.
func TestNotesAloneExcuseNothing(t *testing.T) {
	wrong := "cS * OK ready\ncC a NOOP\ncN fault: tag zz\ncS zz OK done\ncX"
	same := linked("b NOOP") + "sS zz OK done\ncN fault: tag zz\ncS zz OK done\nsX\ncX"
	for name, text := range map[string]string{
		"no link":                    wrong,
		"no other leg":               strings.Replace(wrong, "cN", "cL\ncN", 1),
		"the other leg is the same":  same,
		"the other leg begins later": "cS * OK ready\ncC a NOOP\ncL\nsB\nsL\ncN fault: tag zz\ncS zz OK done\nsX\ncX",
	} {
		servers := 0
		for _, g := range legsOf(t, text) {
			if strings.Contains(g, "proxy") {
				t.Errorf("%s: %s", name, g)
			} else if strings.Contains(g, "S004 server") {
				servers++
			}
		}
		if servers != 1 {
			t.Errorf("%s: the wrong tag is reported %d times", name, servers)
		}
	}
}
