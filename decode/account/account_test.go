package account_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/decodetest"
	"imapscope/decode/session"
)

// line is what one side of a connection sends at one time.
type line struct {
	id   capture.ConnID
	at   time.Time
	text string
}

// talk reads a conversation of several connections: a line begins with the connection's
// number. "3 +90s" lets time pass, "3 end" ends the connection.
func talk(t fataler, text string) []line {
	t.Helper()
	var out []line
	now := time.Unix(1000, 0)
	for s := range strings.Lines(text) {
		var id capture.ConnID
		number, rest, _ := strings.Cut(strings.TrimRight(s, "\n"), " ")
		if _, err := fmt.Sscan(number, &id); err != nil {
			t.Fatal(s, err)
		}
		if pause, ok := strings.CutPrefix(rest, "+"); ok {
			d, err := time.ParseDuration(pause)
			if err != nil {
				t.Fatal(err)
			}
			now = now.Add(d)
			continue
		}
		now = now.Add(time.Second)
		out = append(out, line{id, now, rest})
	}
	return out
}

type fataler interface {
	Helper()
	Fatal(...any)
}

// decodeAll returns the facts of conversations, connection by connection. Data comes in
// chunks of cut bytes, or if it is 0 by lines.
func decodeAll(t fataler, lines []line, cut int) []account.Batch {
	t.Helper()
	var w session.World
	facts := make(map[capture.ConnID]*account.Batch)
	var order []capture.ConnID
	w.Report = func(c *capture.Conn, f *session.Fact) {
		b := facts[c.ID]
		if b == nil {
			b = &account.Batch{Conn: account.Conn{ID: c.ID, Client: c.Client, Server: c.Server}}
			facts[c.ID] = b
			order = append(order, c.ID)
		}
		b.Facts = append(b.Facts, *f)
	}
	decoders := make(map[capture.ConnID]*decode.Decoder)
	follow := func(id capture.ConnID, events []decode.Event) {
		for _, e := range events {
			decode.Follow(&w, id, e)
		}
	}
	for _, l := range lines {
		d := decoders[l.id]
		if d == nil {
			d = decode.New(decode.Options{Start: l.at})
			decoders[l.id] = d
			client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(l.id % 2)}), uint16(l.id))
			w.Open(capture.Conn{ID: l.id, Start: l.at, Client: client, Server: netip.MustParseAddrPort("192.0.2.1:143")})
		}
		if l.text == "end" {
			follow(l.id, d.Close(l.at, capture.FIN))
			continue
		}
		pieces, err := decodetest.Parse(l.text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces {
			chunk := len(p.Data)
			if cut > 0 {
				chunk = cut
			}
			for part := range slices.Chunk(p.Data, chunk) {
				follow(l.id, d.Write(p.Dir, l.at, part))
			}
		}
	}
	var out []account.Batch
	for _, id := range order {
		out = append(out, *facts[id])
	}
	return out
}

// show returns an account in lines.
func show(a *account.Accounts) string {
	var out strings.Builder
	at := func(t time.Time) string {
		if t.IsZero() {
			return "?"
		}
		return fmt.Sprint(t.Unix() - 1000)
	}
	for _, x := range a.Addresses {
		fmt.Fprintf(&out, "address %s: %d connections, %d at once at %s\n", x.Addr, x.Conns, x.Most.N, at(x.Most.At))
	}
	for _, x := range a.Users {
		fmt.Fprintf(&out, "account %q at %s: %d at once at %s\n", x.User, x.Server, x.Most.N, at(x.Most.At))
		for _, u := range x.Uses {
			fmt.Fprintf(&out, "  connection %d from %s to %s %s\n", u.Conn.ID, at(u.From), at(u.To), u.End)
		}
		for _, i := range x.Idles {
			fmt.Fprintf(&out, "  idle %d.%d from %s to %s by %q\n", i.Conn.ID, i.Txn, at(i.From), at(i.To), i.By)
		}
		for _, b := range x.Mailboxes {
			fmt.Fprintf(&out, "  mailbox %s: selected %d times, UIDVALIDITY %d, UIDNEXT %d, HIGHESTMODSEQ %d\n", b.Name, b.Sessions(), b.UIDValidity, b.UIDNext, b.ModSeq)
			for _, v := range b.Validities[min(1, len(b.Validities)):] {
				fmt.Fprintf(&out, "    UIDVALIDITY changed to %d: %s\n", v.Value, event(v.Event))
			}
			for _, v := range b.Backs {
				fmt.Fprintf(&out, "    %s went back from %d to %d: %s; %s\n", v.What, v.Was, v.Is, event(v.Then), event(v.Here))
			}
			for _, e := range b.Events {
				if e.Fact.Kind == session.Flagged || e.Fact.Kind == session.Removed || e.Fact.Kind == session.Stored {
					fmt.Fprintf(&out, "    %s", event(e))
					if e.Cause != nil {
						fmt.Fprintf(&out, " by %s", event(e.Cause))
					}
					out.WriteString("\n")
				}
			}
		}
	}
	return out.String()
}

func event(e *account.Event) string {
	f := &e.Fact
	return strings.TrimSpace(fmt.Sprintf("%d.%d %s %d/%d%s %s", e.Conn.ID, f.Txn, f.Kind, f.Number, f.UID, f.Set, f.Text))
}

// TestTranscripts plays the conversations of testdata, and shows the account that they lead
// to.
func TestTranscripts(t *testing.T) {
	golden.Archives(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		var book account.Book
		for _, b := range decodeAll(t, talk(t, a.Part("talk")), 0) {
			book.Add(b.Conn, b.Facts...)
		}
		a.Compare("want", show(book.Accounts()))
	})
}

// sessions draws a conversation of some connections of two users about one mailbox.
func sessions(t *rapid.T) []line {
	var text strings.Builder
	conns := rapid.IntRange(1, 5).Draw(t, "connections")
	next := make([]int, conns+1)
	say := func(id int, format string, v ...any) {
		fmt.Fprintf(&text, "%d "+format+"\n", append([]any{id}, v...)...)
	}
	ask := func(id int, command, data, status string) {
		next[id]++
		say(id, "C: a%d %s", next[id], command)
		if data != "" {
			say(id, "S: * %s", data)
		}
		say(id, "S: a%d %s", next[id], status)
	}
	for id := 1; id <= conns; id++ {
		say(id, "S: * OK ready")
		ask(id, fmt.Sprintf("LOGIN user%d pw", id%2), "", "OK in")
		say(id, "C: s SELECT INBOX")
		say(id, "S: * 9 EXISTS")
		say(id, "S: * OK [UIDVALIDITY %d] x", rapid.IntRange(1, 2).Draw(t, "validity"))
		say(id, "S: * OK [UIDNEXT %d] x", rapid.IntRange(20, 22).Draw(t, "next"))
		say(id, "S: s OK [READ-WRITE] done")
	}
	for range rapid.IntRange(0, 25).Draw(t, "steps") {
		id, n := rapid.IntRange(1, conns).Draw(t, "connection"), rapid.IntRange(1, 3).Draw(t, "message")
		switch rapid.IntRange(0, 6).Draw(t, "step") {
		case 0:
			ask(id, fmt.Sprintf("UID STORE %d +FLAGS (\\Seen)", n), fmt.Sprintf("%d FETCH (UID %d FLAGS (\\Seen))", n, n), "OK")
		case 1:
			ask(id, "NOOP", fmt.Sprintf("%d FETCH (UID %d FLAGS (\\Seen))", n, n), "OK")
		case 2:
			ask(id, "EXPUNGE", fmt.Sprintf("%d EXPUNGE", n), "OK")
		case 3:
			ask(id, "NOOP", fmt.Sprintf("%d EXPUNGE", n), "OK")
		case 4:
			ask(id, "APPEND INBOX {1}", "", "OK [APPENDUID 1 21] x")
		case 5:
			ask(id, "IDLE", "", "OK")
		case 6:
			say(id, "+%dms", rapid.IntRange(-3000, 3000).Draw(t, "pause"))
		}
	}
	for id := 1; id <= conns; id++ {
		say(id, "end")
	}
	return talk(t, text.String())
}

// TestMergeOfFacts checks that an account does not depend on which worker decoded which
// connection, nor on the order in which facts arrive, in which portions, twice, or encoded,
// nor on how data is cut.
func TestMergeOfFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := sessions(t)
		interleaved := decodeAll(t, lines, 0)
		byConn := slices.Clone(lines) // connection by connection, in a drawn order
		first := capture.ConnID(rapid.IntRange(0, 5).Draw(t, "first"))
		slices.SortStableFunc(byConn, func(a, b line) int { return int((a.id+first)%7) - int((b.id+first)%7) })
		var whole account.Book
		for _, b := range interleaved {
			whole.Add(b.Conn, b.Facts...)
		}
		want := show(whole.Accounts())

		var batches []account.Batch
		for _, b := range decodeAll(t, byConn, rapid.IntRange(0, 7).Draw(t, "cut")) {
			for len(b.Facts) > 0 {
				n := rapid.IntRange(1, len(b.Facts)).Draw(t, "portion")
				batches = append(batches, account.Batch{Conn: b.Conn, Facts: b.Facts[:n]})
				b.Facts = b.Facts[n:]
			}
		}
		batches = rapid.Permutation(batches).Draw(t, "order")
		if len(batches) > 0 {
			batches = append(batches, batches[0])
		}
		workers := make([]account.Book, rapid.IntRange(1, 4).Draw(t, "workers"))
		for _, b := range batches {
			var buf bytes.Buffer
			if err := json.NewEncoder(&buf).Encode(b); err != nil {
				t.Fatal(err)
			}
			var received account.Batch
			if err := json.Unmarshal(buf.Bytes(), &received); err != nil {
				t.Fatal(err)
			}
			workers[rapid.IntRange(0, len(workers)-1).Draw(t, "worker")].Add(received.Conn, received.Facts...)
		}
		var merged account.Book
		for i := range workers {
			merged.Merge(&workers[i])
		}
		if got := show(merged.Accounts()); got != want {
			t.Fatalf("merged\n%s\nwant\n%s", got, want)
		}
	})
}

// TestBatchesMakeTheSameBook checks that what a Book gives away is all that it has, with a limit of
// its own.
func TestBatchesMakeTheSameBook(t *testing.T) {
	const most, n = 100, 1000
	from, to := account.Book{Max: most}, account.Book{Max: most}
	for i := range n {
		from.Add(account.Conn{Source: "a", ID: capture.ConnID(i%10 + 1)}, session.Fact{
			Kind: session.Flagged, Seq: i, Time: time.Unix(int64(i), 0), User: "u", Mailbox: "INBOX", UID: uint32(i%100 + 1),
		})
	}
	batches, cut := from.Batches()
	facts := 0
	for _, b := range batches {
		facts += len(b.Facts)
		to.Add(b.Conn, b.Facts...)
	}
	to.Cut(cut)
	a, b := from.Accounts(), to.Accounts()
	if facts != most || !a.Start.Equal(time.Unix(n-most, 0)) {
		t.Errorf("%d facts from %v", facts, a.Start)
	}
	if show(a) != show(b) || !a.Start.Equal(b.Start) {
		t.Errorf("%s\nnot %s", show(b), show(a))
	}
}

// TestBounded checks that the last facts are kept, in whatever order they arrive.
func TestBounded(t *testing.T) {
	const n = 3 * account.MaxFacts
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	var forward, shuffled account.Book
	add := func(b *account.Book, i int) {
		b.Add(account.Conn{ID: capture.ConnID(i%10 + 1)}, session.Fact{
			Kind: session.Flagged, Seq: i, Time: time.Unix(int64(i), 0), User: "u", Mailbox: "INBOX", UID: uint32(i%100 + 1), Own: i%2 == 0,
		})
	}
	for i := range n {
		add(&forward, i)
		add(&shuffled, order[i])
	}
	a, b := forward.Accounts(), shuffled.Accounts()
	if !a.Start.Equal(time.Unix(n-account.MaxFacts, 0)) || len(a.Users[0].Mailboxes[0].Events) != account.MaxFacts {
		t.Errorf("from %v: %d facts", a.Start, len(a.Users[0].Mailboxes[0].Events))
	}
	if show(a) != show(b) || !a.Start.Equal(b.Start) {
		t.Error("the order of arrival matters")
	}
}
