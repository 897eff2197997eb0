package decode_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

var day = time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)

// talk writes to a decoder and passes each transaction that ends to see.
type talk struct {
	*decode.Decoder
	see func(*decode.Transaction)
}

func (x talk) events(events []decode.Event) {
	for _, e := range events {
		if t, ok := e.(*decode.Transaction); ok && x.see != nil {
			x.see(t)
		}
	}
}

func (x talk) client(s string) { x.events(x.Write(capture.ClientToServer, day, []byte(s))) }
func (x talk) server(s string) { x.events(x.Write(capture.ServerToClient, day, []byte(s))) }
func (x talk) close()          { x.events(x.Close(day, capture.FIN)) }

// heap returns what is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestNoAnswers checks that requests that are never answered are not kept for ever.
func TestNoAnswers(t *testing.T) {
	ended := 0
	x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) {
		if ended++; x.N != ended || x.Outcome != decode.Abandoned {
			t.Fatalf("transaction %d ends as %s after %d others", x.N, x.Outcome, ended-1)
		}
	}}
	const commands = 100_000
	for i := range commands {
		x.client(fmt.Sprintf("a%d NOOP\r\n", i))
	}
	if ended != commands-decode.MaxOutstanding {
		t.Errorf("%d of %d are outstanding", commands-ended, commands)
	}
	x.close()
	if ended != commands {
		t.Errorf("%d ended", ended)
	}
}

// TestNoAnswersToMuch checks the same for long requests.
func TestNoAnswersToMuch(t *testing.T) {
	x := talk{decode.New(decode.Options{}), nil}
	before := heap()
	line := " SEARCH TEXT " + strings.Repeat("x", 60<<10) + "\r\n"
	for i := range 1000 {
		x.client(fmt.Sprint("a", i, line))
	}
	if n := int64(heap()) - int64(before); n > 3*decode.MaxHeld {
		t.Errorf("%d bytes are held", n)
	}
	x.close()
}

func TestManyKinds(t *testing.T) {
	const kinds = 10_000
	seen := false
	x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) {
		seen = true
		sum := 0
		for _, k := range x.Data {
			sum += k.N
		}
		if last := x.Data[len(x.Data)-1]; len(x.Data) != decode.MaxKinds+1 || sum != kinds || last.Kind != "?" {
			t.Errorf("%d kinds, the last is %v, %d in all", len(x.Data), last, sum)
		}
	}}
	x.server("* OK hi\r\n")
	x.client("a NOOP\r\n")
	for i := range kinds {
		x.server(fmt.Sprintf("* KIND%d x\r\n", i))
	}
	x.server("a OK\r\n")
	if !seen {
		t.Error("no transaction")
	}
}

func TestManyLiterals(t *testing.T) {
	const more = 100
	seen := false
	x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) {
		seen = true
		if len(x.Literals) != decode.MaxLiterals || x.MoreLits != more {
			t.Errorf("%d literals and %d more", len(x.Literals), x.MoreLits)
		}
	}}
	x.server("* OK hi\r\n")
	x.client("a FETCH 1 BODY[]\r\n")
	for range decode.MaxLiterals + more {
		x.server("* 1 FETCH (X {1}\r\na)\r\n")
	}
	x.server("a OK\r\n")
	if !seen {
		t.Error("no transaction")
	}
}

// TestLongTags checks that tags of a megabyte match, and are not kept whole.
func TestLongTags(t *testing.T) {
	tag := strings.Repeat("T", 1<<20)
	seen := false
	x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) {
		seen = true
		if x.Outcome != decode.Completed || len(x.Tag) > 4<<10 || len(x.Request.Raw) > wire.DefaultKeep {
			t.Errorf("%s, tag of %d, request of %d bytes", x.Outcome, len(x.Tag), len(x.Request.Raw))
		}
	}}
	x.server("* OK hi\r\n")
	x.client(tag + "\r\n")
	x.server(tag + " OK x\r\n")
	if !seen {
		// The status is in the part of the line that was not kept.
		x.close()
	}
	if !seen {
		t.Error("no transaction")
	}
}

// TestAnnouncedBytes checks that bytes that were only announced take no memory.
func TestAnnouncedBytes(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) {
		if n := len(x.Literals); n != 1 || x.Literals[0].Octets != 1<<30 || x.Literals[0].State != wire.Partial {
			t.Errorf("%+v", x.Literals)
		}
	}}
	x.server("* OK hi\r\n")
	x.client("a APPEND x {1073741824}\r\n")
	x.server("+ go\r\n")
	x.client("abc")
	x.close()
	y := talk{decode.New(decode.Options{}), nil}
	y.server("* 1 FETCH (X {1073741824}\r\nabc")
	y.close()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
}

// TestIdleConnections checks that an idle connection holds little memory, however much it had before.
func TestIdleConnections(t *testing.T) {
	const conns = 100
	pool := new(decode.Pool)
	before := heap()
	var all []talk
	for range conns {
		x := talk{decode.New(decode.Options{Pool: pool}), nil}
		x.server("* OK hi\r\n")
		x.server(strings.Repeat("* NO\r\n", 10_000))
		x.server("* X" + strings.Repeat(" {1}\r\na", 4000) + "\r\n")
		x.Release()
		all = append(all, x)
	}
	n := (int64(heap()) - int64(before)) / conns
	if n > 128<<10 {
		t.Errorf("%d bytes a connection", n)
	}
	runtime.KeepAlive(all)
}

// within fails if f takes much longer than work proportional to its input would:
// the faults it guards against took minutes.
func within(t *testing.T, most time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > most {
		t.Errorf("took %v", took)
	}
}

// TestWorkDoesNotGrow checks that no message costs more because of those before it.
func TestWorkDoesNotGrow(t *testing.T) {
	if raceDetector {
		t.Skip("it is about time")
	}
	t.Run("literals of one request", func(t *testing.T) {
		within(t, 20*time.Second, func() {
			x := talk{decode.New(decode.Options{}), nil}
			x.client("a SEARCH" + strings.Repeat(" {0+}\r\n", 600_000) + "\r\n")
			x.server("a OK\r\n")
		})
	})
	outstanding := func(line string) talk {
		x := talk{decode.New(decode.Options{}), nil}
		x.server("* OK hi\r\n")
		for i := range decode.MaxOutstanding {
			x.client(fmt.Sprintf("a%d %s\r\n", i, line))
		}
		return x
	}
	t.Run("long sequences", func(t *testing.T) {
		x := outstanding("FETCH " + strings.Repeat("7,", 3500) + "7 ALL")
		within(t, 20*time.Second, func() { x.server(strings.Repeat("* 1 FETCH (FLAGS ())\r\n", 5000)) })
	})
	t.Run("responses without UID", func(t *testing.T) {
		x := outstanding("UID FETCH 7 ALL")
		within(t, 20*time.Second, func() {
			x.server(strings.Repeat("* 1 FETCH (X "+strings.Repeat("((UID", 12_000)+"\r\n", 100))
		})
	})
	t.Run("responses to nobody", func(t *testing.T) {
		x := outstanding("NOOP")
		within(t, 20*time.Second, func() { x.server(strings.Repeat("b OK\r\n", 100_000)) })
	})
}

// TestBytesOfTransactions checks that each transaction of RFC 1176's scenario (p. 8)
// has the bytes and literals of its own lines.
func TestBytesOfTransactions(t *testing.T) {
	text := strings.Repeat("All work and no play\r\n", 41)[:893]
	type step struct{ request, response string }
	steps := []step{
		{"A001 LOGIN Fred Secret\r\n", "A001 OK User Fred logged in\r\n"},
		{"A002 SELECT INBOX\r\n", "* FLAGS (Meeting Notice \\Answered \\Flagged \\Deleted \\Seen)\r\n* 19 EXISTS\r\n* 2 RECENT\r\nA002 OK Select complete\r\n"},
		{"A003 FETCH 1:19 ALL\r\n", "* 1 Fetch (......)\r\n* 18 Fetch (......)\r\n* 19 Fetch (......)\r\nA003 OK Fetch complete\r\n"},
		{"A004 FETCH 8 RFC822.TEXT\r\n", "* 8 Fetch (RFC822.TEXT {893}\r\n" + text + ")\r\nA004 OK Fetch complete\r\n"},
		{"A005 STORE 8 +Flags \\Deleted\r\n", "* 8 Store (Flags (\\Deleted \\Seen))\r\nA005 OK Store complete\r\n"},
		{"A006 EXPUNGE\r\n", "* 19 EXISTS\r\n* 8 EXPUNGE\r\n* 18 EXISTS\r\nA006 Expunge complete\r\n"},
		{"A007 LOGOUT\r\n", "* BYE IMAP2 server quitting\r\nA007 OK Logout complete\r\n"},
	}
	check := func(t *testing.T, x *decode.Transaction) {
		s := steps[x.N-1]
		if want := [2]int64{int64(len(s.request)), int64(len(s.response))}; x.Octets != want {
			t.Errorf("%s %s has %v bytes, want %v", x.Tag, x.Command, x.Octets, want)
		}
		var want []decode.Literal
		if x.Tag == "A004" {
			want = []decode.Literal{{From: capture.ServerToClient, Octets: 893, State: wire.Complete}}
		}
		if fmt.Sprint(x.Literals) != fmt.Sprint(want) {
			t.Errorf("%s has literals %v, want %v", x.Tag, x.Literals, want)
		}
		if !bytes.Equal(x.Request.Raw, []byte(s.request)) || x.Outcome != decode.Completed || x.Ambiguous != 0 {
			t.Errorf("%s: %s, request %q, %d ambiguous", x.Tag, x.Outcome, x.Request.Raw, x.Ambiguous)
		}
	}
	for _, pipelined := range []bool{false, true} {
		seen := 0
		x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) {
			seen++
			check(t, x)
		}}
		x.server("* OK IMAP2 Server Ready\r\n")
		if !pipelined {
			for _, s := range steps {
				x.client(s.request)
				x.server(s.response)
			}
		} else {
			// All but what empties the table: EXISTS without SELECT is the oldest's.
			for _, s := range steps[:5] {
				x.client(s.request)
			}
			for _, s := range steps[:5] {
				x.server(s.response)
			}
		}
		if want := map[bool]int{false: 7, true: 5}[pipelined]; seen != want {
			t.Errorf("%d transactions, want %d", seen, want)
		}
	}
}

// TestLossInLiteral checks that a FETCH cannot have been answered in bytes of a literal that
// were lost, so the EXISTS before its OK is the oldest's, not NOOP's.
func TestLossInLiteral(t *testing.T) {
	var got []string
	x := talk{decode.New(decode.Options{}), func(x *decode.Transaction) { got = append(got, fmt.Sprint(x.Command, x.Data)) }}
	x.server("* OK hi\r\n")
	x.client("a FETCH 1 RFC822\r\n")
	x.server("* 1 FETCH (RFC822 {10}\r\nab")
	x.events(x.Lost(capture.ServerToClient, day, 6))
	x.client("b NOOP\r\n")
	x.server("cd)\r\n* 5 EXISTS\r\na OK\r\nb OK\r\n")
	if want := "[FETCH[{FETCH 1} {EXISTS 1}] NOOP[]]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}
