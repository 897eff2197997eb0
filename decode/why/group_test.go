package why

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/lint"
)

// TestGroups: reasons of many connections that differ only in values are one group; those
// of another kind, verdict or wording are not.
func TestGroups(t *testing.T) {
	login, bye := kindNamed(t, "login"), kindNamed(t, "bye")
	var list []Reason
	for i := range 500 {
		wait := fmt.Sprintf("%d ms", i)
		if i > 250 {
			wait = fmt.Sprintf("%d.%d min", i, i%10)
		}
		list = append(list, Reason{Kind: bye, Verdict: Server, Conn: capture.ConnID(i + 1),
			Sentence: fmt.Sprintf(`The server ended the connection, %s after the last line, BYE with "session %x from 192.0.2.%d:143".`, wait, i*7919, i%256)})
	}
	list = append(list,
		Reason{Kind: bye, Verdict: Client, Conn: 7, Sentence: list[0].Sentence},
		Reason{Kind: login, Verdict: Server, Conn: 7, Sentence: list[0].Sentence},
		Reason{Kind: bye, Verdict: Server, Conn: 8, Sentence: "Something else."},
		Reason{Kind: bye, Verdict: Server, Conn: 8, Account: "fred at 192.0.2.1", Sentence: "Something else."})
	groups := Groups(list)
	var sizes []int
	for i := range groups {
		sizes = append(sizes, 1+len(groups[i].Others))
	}
	if want := []int{500, 1, 1, 1, 1}; !slices.Equal(sizes, want) {
		t.Fatalf("groups of %v, want %v", sizes, want)
	}
	if ids := groups[0].Conns(); len(ids) != 500 || ids[0] != 1 || ids[499] != 500 {
		t.Errorf("connections %v", ids)
	}
	if Groups(nil) != nil {
		t.Error("of nothing there is a group")
	}
}

// TestBeyond: connections beyond MaxConns are counted, by what went wrong on them.
func TestBeyond(t *testing.T) {
	r, err := New(lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := decode.NewDemux(decode.Options{}, r)
	to := capturetest.To(d)
	talk := func(i int, lines string) {
		c := capture.Conn{
			ID: capture.ConnID(i + 1), Start: time.Unix(int64(i), 0),
			Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143"),
		}
		to.Open(c)
		to.Data(c.ID, capture.ServerToClient, c.Start, 0, []byte(lines))
		to.Close(c.ID, c.Start, capture.FIN)
	}
	for i := range MaxConns + 1000 {
		talk(i, fmt.Sprintf("* BYE session %d is one too many\r\n", i))
	}
	for i := range 2 * maxTallies {
		talk(MaxConns+1000+i, "* BYE "+strings.Repeat("x", 1+i)+"\r\n") // all alike: in quotes
	}
	talk(MaxConns+10_000, "* OK ready\r\n")
	list := r.Reasons()
	groups := Groups(list)
	if len(groups) != 1 || len(groups[0].Conns())+groups[0].Further != MaxConns+1000+2*maxTallies || r.Left != 0 {
		t.Errorf("%d groups, the first of %d and %d connections; %d left", len(groups), len(groups[0].Conns()), groups[0].Further, r.Left)
	}
	if len(r.conns) > MaxConns {
		t.Errorf("%d connections are kept", len(r.conns))
	}
}

// TestShape: what is left of a sentence.
func TestShape(t *testing.T) {
	for in, want := range map[string]string{
		`a1 took 4.2 s`:                    `a# took #`,
		`a1 took 29 min.`:                  `a# took #.`,
		`1,000 bytes, then 1 byte; 3 hops`: `#, then #; # hops`,
		`at 10:02:03 "x" and "y`:           `at # "" and ""`,
		`"`:                                `""`,
		`7`:                                `#`,
		``:                                 ``,
	} {
		if got := shape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// kindNamed returns the row of the table with a name.
func kindNamed(t *testing.T, name string) *Kind {
	t.Helper()
	for _, k := range kinds {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no kind %q", name)
	return nil
}
