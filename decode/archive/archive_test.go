package archive_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
	"imapscope/decode"
	"imapscope/decode/archive"
)

var epoch = time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)

func newArchive(t testing.TB, o archive.Options) *archive.Archive {
	t.Helper()
	leaktest.Check(t)
	o.Dir = t.TempDir()
	a, err := archive.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func aConn(id int) capture.Conn {
	return capture.Conn{
		ID:     capture.ConnID(id),
		Client: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(50000+id)),
		Server: netip.MustParseAddrPort("192.0.2.9:143"),
		Start:  epoch, Origin: "test",
	}
}

// TestEverything: whatever is said on however many connections, cut however, with
// losses, remarks and TLS, reads back as it was told, while connections are open
// and when they are closed.
func TestEverything(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := newSpy()
		o := archive.Options{Dir: dir, Handler: s, Decode: decode.Options{Keep: 256}}
		a, err := archive.NewSmall(o, rapid.IntRange(1, 300).Draw(t, "page"), rapid.IntRange(1, 2000).Draw(t, "buffer"), rapid.IntRange(2, 500).Draw(t, "block"))
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		p := &play{t: t, out: capture.Tee{s.text(), a.Writer()}, now: epoch}
		for id := range rapid.IntRange(1, 3).Draw(t, "connections") {
			c := aConn(id + 1)
			c.MidStream = rapid.Bool().Draw(t, "mid-stream")
			p.open(c)
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			p.step()
		}
		if rapid.Bool().Draw(t, "look at them open") {
			if d := s.compare(a); d != "" {
				t.Fatalf("open:\n%s", d)
			}
		}
		for _, id := range p.ids {
			if rapid.Bool().Draw(t, "closes") {
				cause := rapid.SampledFrom([]capture.Cause{capture.FIN, capture.RST, capture.EndOfCapture, capture.Idle}).Draw(t, "cause")
				p.check(capturetest.To(p.out).Close(id, p.now, cause))
			}
		}
		if d := s.compare(a); d != "" {
			t.Fatal(d)
		}
		if err := a.Err(); err != nil {
			t.Fatal(err)
		}
	})
}

// play is a random conversation.
type play struct {
	t    *rapid.T
	out  capture.Tee
	now  time.Time
	offs map[capture.ConnID]*[2]int64
	ids  []capture.ConnID
}

func (p *play) check(err error) {
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *play) open(c capture.Conn) {
	if p.offs == nil {
		p.offs = make(map[capture.ConnID]*[2]int64)
	}
	p.offs[c.ID] = new([2]int64)
	p.ids = append(p.ids, c.ID)
	p.check(capturetest.To(p.out).Open(c))
}

// said is what either side may say; of the client first.
var said = [2][]string{
	{
		"a NOOP\r\n", "b SELECT INBOX\r\n", "c FETCH 1:3 ALL\r\n", "d LOGIN fred secret\r\n", "e LOGIN {4}\r\n", "fred {6}\r\n", "secret\r\n",
		"* x\r\n", "\r\n", "f STORE 2 +Flags \\Seen\r\n", "g AUTHENTICATE PLAIN\r\n", "AGZyZWQAc2VjcmV0\r\n", "h IDLE\r\n", "DONE\r\n",
		"  i SEARCH SUBJECT {3+}\r\nabc\r\n", "\x16\x03\x01\x02", "j STARTTLS\r\n", "nonsense\n", "k APPEND x {700}\r\n" + strings.Repeat("0123456789", 70) + "\r\n",
	},
	{
		"* OK hello IMAP2bis\r\n", "a OK\r\n", "b OK done\r\n", "b NO such mailbox\r\n", "c OK Fetch completed\r\n", "d OK in\r\n", "e BAD no\r\n", "+ go on\r\n", "+\r\n",
		"f BAD\r\n", "g OK\r\n", "h OK\r\n", "i OK\r\n", "j OK begin TLS\r\n", "k Append complete\r\n", "zz OK nobody asked\r\n", "junk\r\n", "\r\n",
		"* 5 EXISTS\r\n", "* 2 EXPUNGE\r\n", "* BAD what\r\n", "* BYE\r\n", "* SEARCH 1 2\r\n", "* FLAGS (\\Seen)\r\n", "* 1 FETCH (FLAGS ())\r\n",
		"* 1 FETCH (RFC822 {600}\r\n" + strings.Repeat("abcdefghij", 60) + " UID 7)\r\n", "* 2 FETCH (A {2}\r\nab B {1}\r\nc)\r\n",
		"* 3 FETCH (X {900}\r\n" + strings.Repeat("z", 500), strings.Repeat("z", 400) + ")\r\n", "\x16\x03\x03",
		"* OK " + strings.Repeat("long ", 200) + "\r\n",
	},
}

func (p *play) step() {
	t := p.t
	id := rapid.SampledFrom(p.ids).Draw(t, "conn")
	p.now = p.now.Add(time.Duration(rapid.Int64Range(-1e9, 3e9).Draw(t, "later")))
	if rapid.IntRange(0, 19).Draw(t, "remarks") == 0 {
		p.check(capturetest.To(p.out).Note(id, p.now, rapid.SampledFrom([]string{"", "upstream 192.0.2.9", "TLS"}).Draw(t, "remark")))
		return
	}
	dir := rapid.IntRange(0, 1).Draw(t, "dir")
	off := &p.offs[id][dir]
	switch rapid.IntRange(0, 29).Draw(t, "trouble") {
	case 0:
		n := rapid.Int64Range(1, 700).Draw(t, "again")
		p.check(capturetest.To(p.out).Again(id, capture.Direction(dir), p.now, *off-n, n))
		return
	case 1:
		cause := rapid.SampledFrom([]capture.Cause{capture.FIN, capture.RST}).Draw(t, "half")
		p.check(capturetest.To(p.out).HalfClose(id, capture.Direction(dir), p.now, cause))
		return
	}
	var b []byte
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		b = append(b, rapid.SampledFrom(said[dir]).Draw(t, "line")...)
	}
	for len(b) > 0 {
		n := len(b)
		if n > 1 && rapid.Bool().Draw(t, "cut") {
			n = rapid.IntRange(1, n).Draw(t, "at")
		}
		if rapid.IntRange(0, 9).Draw(t, "loses") == 0 {
			lost := rapid.Int64Range(1, 700).Draw(t, "lost")
			p.check(capturetest.To(p.out).Gap(id, capture.Direction(dir), p.now, *off, lost))
			*off += lost
		}
		data := bytes.Clone(b[:n])
		b = b[n:]
		p.check(capturetest.To(p.out).Data(id, capture.Direction(dir), p.now, *off, data))
		*off += int64(n)
		for i := range data {
			data[i] = '#' // it is not the archive's any more
		}
	}
}

// say is one chunk of a conversation that is written down.
func say(t testing.TB, s capture.Sink, id int, offs *[2]int64, dir capture.Direction, at time.Time, text string) {
	t.Helper()
	c := capture.Event{Kind: capture.Data, Conn: capture.ConnID(id), Dir: dir, Time: at, Off: offs[dir], Data: []byte(text)}
	offs[dir] += int64(len(text))
	if err := s.Event(&c); err != nil {
		t.Fatal(err)
	}
}

// TestRunning: a transaction that has not ended is there, as far as it has come, and
// keeps its number.
func TestRunning(t *testing.T) {
	a := newArchive(t, archive.Options{})
	w := a.Writer()
	if err := capturetest.To(w).Open(aConn(1)); err != nil {
		t.Fatal(err)
	}
	var offs [2]int64
	say(t, w, 1, &offs, capture.ClientToServer, epoch, "a FETCH 1:2 ALL\r\n")
	say(t, w, 1, &offs, capture.ServerToClient, epoch.Add(time.Second), "* 1 FETCH (RFC822 {3}\r\nabc)\r\n")
	if a.Len() != 1 {
		t.Fatalf("%d transactions", a.Len())
	}
	row := a.Row(0)
	if !row.Running || row.Command != "FETCH" || row.Octets != [2]int64{17, 29} || row.Literals != 1 || row.Elapsed != 0 {
		t.Errorf("%+v", row)
	}
	r := a.Reader()
	var x decode.Transaction
	if err := r.Txn(0, &x); err != nil {
		t.Fatal(err)
	}
	if string(x.Request.Raw) != "a FETCH 1:2 ALL\r\n" || x.Tag != "a" || fmt.Sprint(x.Data) != "[{FETCH 1}]" || !x.FirstResponse.Equal(epoch.Add(time.Second)) {
		t.Errorf("%+v", x)
	}
	n := 0
	err := r.Messages(0, func(_ archive.Ref, m *decode.Message) bool {
		n++
		if m.Txn.Command != "FETCH" {
			t.Errorf("%+v", m.Txn)
		}
		return true
	})
	if n != 2 || err != nil {
		t.Errorf("%d messages, %v", n, err)
	}
	if c := a.Conn(0); c.Running != 1 || c.Txns != 1 {
		t.Errorf("%+v", c)
	}
	say(t, w, 1, &offs, capture.ServerToClient, epoch.Add(2*time.Second), "a OK\r\n")
	if row = a.Row(0); row.Running || row.Status != "OK" || row.Elapsed != 2*time.Second || a.Len() != 1 {
		t.Errorf("%+v", row)
	}
	if c := a.Conn(0); c.Running != 0 || c.OK != 1 {
		t.Errorf("%+v", c)
	}
}

// TestWhole: what was not kept of a message is there all the same.
func TestWhole(t *testing.T) {
	a := newArchive(t, archive.Options{Decode: decode.Options{Keep: 256}})
	w := a.Writer()
	if err := capturetest.To(w).Open(aConn(1)); err != nil {
		t.Fatal(err)
	}
	var offs [2]int64
	say(t, w, 1, &offs, capture.ClientToServer, epoch, "a FETCH 1 RFC822\r\n")
	body := strings.Repeat("0123456789abcdef", 100_000)
	line := fmt.Sprintf("* 1 FETCH (RFC822 {%d}\r\n%s)\r\n", len(body), body)
	for rest := line; rest != ""; {
		n := min(len(rest), 1460)
		say(t, w, 1, &offs, capture.ServerToClient, epoch, rest[:n])
		rest = rest[n:]
	}
	r := a.Reader()
	err := r.Messages(0, func(_ archive.Ref, m *decode.Message) bool {
		if m.Dir == capture.ClientToServer {
			return true
		}
		if len(m.Raw) != 256 || m.Elided != int64(len(line)-256) {
			t.Errorf("%d bytes were kept, %d not", len(m.Raw), m.Elided)
		}
		var b bytes.Buffer
		if err := a.Reader().Octets(&b, 1, m.Dir, m.Off, m.Len); err != nil || b.String() != line {
			t.Errorf("%d bytes of %d, %v", b.Len(), len(line), err)
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
}

// TestChanged: who waits is woken, once for however much.
func TestChanged(t *testing.T) {
	a := newArchive(t, archive.Options{})
	changed, v := a.Changed(), a.Version()
	select {
	case <-changed:
		t.Fatal("nothing has changed")
	default:
	}
	if err := capturetest.To(a.Writer()).Open(aConn(1)); err != nil {
		t.Fatal(err)
	}
	<-changed
	if a.Version() == v {
		t.Error("the version is the same")
	}
	select {
	case <-a.Changed():
		t.Error("nothing has changed since")
	default:
	}
}

// TestWhoAndWhat: a connection that is open says who is logged in and what is
// selected, also while commands are in a pipeline.
func TestWhoAndWhat(t *testing.T) {
	a := newArchive(t, archive.Options{})
	w := a.Writer()
	if err := capturetest.To(w).Open(aConn(1)); err != nil {
		t.Fatal(err)
	}
	var offs [2]int64
	for _, step := range []struct {
		client, server string
		user, mailbox  string
	}{
		{"a LOGIN fred x\r\n", "", "", ""},
		{"", "a NO\r\n", "", ""},
		{"b LOGIN fred secret\r\n", "b OK\r\n", "fred", ""},
		{"c NOOP\r\nd SELECT one\r\n", "", "fred", ""},
		{"", "d OK\r\n", "fred", "one"},
		{"", "c OK\r\n", "fred", "one"},
		{"e SELECT two\r\n", "e NO\r\n", "fred", ""},
	} {
		for dir, text := range []string{step.client, step.server} {
			if text != "" {
				say(t, w, 1, &offs, capture.Direction(dir), epoch, text)
			}
		}
		if c := a.Conn(0); c.User != step.user || c.Mailbox != step.mailbox {
			t.Errorf("after %q %q: user %q, mailbox %q", step.client, step.server, c.User, c.Mailbox)
		}
	}
}
