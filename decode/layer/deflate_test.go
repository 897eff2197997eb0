package layer

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
)

// found collects what a layer found.
type found struct {
	plain   [2][]byte
	gaps    [2]int64
	records [2][]Record
	text    bool
	dark    []Reason
	order   []byte // the direction of each byte of plaintext
}

func (f *found) Plain(dir capture.Direction, _ time.Time, p []byte) {
	f.plain[dir] = append(f.plain[dir], p...)
	f.order = append(f.order, bytes.Repeat([]byte{'0' + byte(dir)}, len(p))...)
}

func (f *found) Gap(dir capture.Direction, _ time.Time, n int64) {
	f.gaps[dir] += n
}

func (f *found) Record(r *Record)             { f.records[r.Dir] = append(f.records[r.Dir], *r) }
func (f *found) Dark(_ time.Time, why Reason) { f.dark = append(f.dark, why) }
func (f *found) Text(time.Time)               { f.text = true }
func (f *found) lens(dir capture.Direction) (c, p int64) {
	for _, r := range f.records[dir] {
		c, p = c+r.Len, p+r.N
	}
	return c, p
}

const (
	client = capture.ClientToServer
	server = capture.ServerToClient
)

// opened passes bytes of one direction to a new layer, in pieces, and closes it.
func opened(dir capture.Direction, p []byte, size func() int) *found {
	got := new(found)
	d := NewDeflate(got)
	at := time.Unix(0, 0)
	for len(p) > 0 {
		n := min(max(size(), 1), len(p))
		d.Write(dir, at, p[:n])
		p = p[n:]
	}
	d.Close(at)
	return got
}

// line returns a command or a response.
func line(rnd *rand.Rand, dir capture.Direction) string {
	tag := []string{"a", "A001", "1", "42", "D", "E7", ".", "x.1", "tag", "00000007", "l0", "T", "Zz"}[rnd.IntN(13)]
	name := []string{"INBOX", "\"Sent Items\"", "Entwürfe", "\"архив\"", "受信", "Trash", "&AOQ-"}[rnd.IntN(7)]
	if dir == client {
		return fmt.Sprintf([]string{
			"%s NOOP\r\n", "%s SELECT %[2]s\r\n", "%s LIST \"\" %[2]s\r\n", "%s UID FETCH %[3]d:* (FLAGS UID)\r\n",
			"%s IDLE\r\n", "%s logout\r\n", "%s ENABLE CONDSTORE\r\n", "%s APPEND %[2]s {%[3]d}\r\n",
		}[rnd.IntN(8)], tag, name, rnd.IntN(1e5))
	}
	return fmt.Sprintf([]string{
		"* %[3]d EXISTS\r\n", "* OK still here\r\n", "+ idling\r\n", "* LIST (\\HasNoChildren) \"/\" %[2]s\r\n", "%[1]s OK done\r\n",
		"* %[3]d FETCH (FLAGS (\\Seen) UID %[3]d)\r\n", "%[1]s NO [NONEXISTENT] %[2]s\r\n", "* STATUS %[2]s (MESSAGES %[3]d)\r\n",
		"* BYE\r\n", "* CAPABILITY IMAP4rev1\r\n",
	}[rnd.IntN(10)], tag, name, rnd.IntN(1e5))
}

// fixed returns p in a block of fixed codes without matches, and a partial flush, which is
// an empty block of the same kind.
func fixed(p []byte) []byte {
	var w bitWriter
	w.put(2, 3)
	for _, c := range p {
		if c < 144 {
			w.literal(c)
		} else {
			w.code(400+uint64(c-144), 9)
		}
	}
	w.put(0, 7)
	w.put(2, 10)
	w.put(2, 10)
	return w.bytes()
}

// Compressed lines are never taken for text.
func TestDeflateIsRecognised(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 10000 {
		dir := capture.Direction(i & 1)
		var plain []byte
		for range 1 + rnd.IntN(4) {
			plain = append(plain, line(rnd, dir)...)
		}
		var p []byte
		if i%7 == 0 {
			p = fixed(plain)
		} else {
			p = deflated(t, plain, i%12-2, 1+rnd.IntN(100))
		}
		if got := opened(dir, p, func() int { return rnd.IntN(20) }); got.text || !bytes.Equal(got.plain[dir], plain) {
			t.Fatalf("%q, compressed to %x, is text: %v, %q", plain, p, got.text, got.plain[dir])
		}
	}
}

// Lines are never taken for DEFLATE, with 8-bit characters neither.
func TestTextIsRecognised(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range 10000 {
		dir := capture.Direction(i & 1)
		plain := []byte(line(rnd, dir))
		got := opened(dir, plain, func() int { return rnd.IntN(20) })
		if !got.text || !bytes.Equal(got.plain[dir], plain) || len(got.records[dir]) > 0 || len(got.dark) > 0 {
			t.Fatalf("%q is text: %v, %q, %v", plain, got.text, got.plain[dir], got.dark)
		}
	}
}

// What zlib writes with every strategy and every flush mode.
func TestDeflateOfZlib(t *testing.T) {
	data, err := os.ReadFile("testdata/zlib.txt")
	if err != nil {
		t.Fatal(err)
	}
	var plain []byte
	for l := range strings.Lines(string(data)) {
		name, hex, _ := strings.Cut(strings.TrimSpace(l), " ")
		p, err := base64.StdEncoding.DecodeString(hex)
		if err != nil {
			t.Fatal(err)
		}
		if name == "plain" {
			plain = p
			continue
		}
		for _, n := range []int{1, 7, len(p)} {
			got := opened(server, p, func() int { return n })
			c, u := got.lens(server)
			if got.text || !bytes.Equal(got.plain[server], plain) || c != int64(len(p)) || u != int64(len(plain)) || len(got.dark) > 0 {
				t.Errorf("%s in pieces of %d: %q, %d bytes for %d", name, n, got.plain[server], c, u)
			}
		}
	}
}

// The first direction that can be recognised decides for both, and nothing changes places.
func TestDeflateDecidesForBoth(t *testing.T) {
	at := time.Unix(0, 0)
	got := new(found)
	d := NewDeflate(got)
	d.Write(client, at, []byte("D"))
	d.Write(server, at, []byte("*"))
	d.Write(client, at, []byte(" "))
	if got.text {
		t.Fatal("decided too early")
	}
	d.Write(server, at, []byte(" OK hello\r\n"))
	d.Write(client, at, []byte("\x00\x01\x02"))
	if !got.text || string(got.plain[client]) != "D \x00\x01\x02" || string(got.plain[server]) != "* OK hello\r\n" {
		t.Errorf("text: %v, %q", got.text, got.plain)
	}
	if want := "010" + strings.Repeat("1", 11) + "000"; string(got.order) != want {
		t.Errorf("order %s, want %s", got.order, want)
	}
}

// A loss ends inflating in its direction only.
func TestDeflateLoss(t *testing.T) {
	at := time.Unix(0, 0)
	c, s := deflated(t, []byte("a NOOP\r\nb NOOP\r\n"), 6, 8), deflated(t, []byte("a OK done\r\nb OK done\r\n"), 6, 11)
	got := new(found)
	d := NewDeflate(got)
	d.Write(client, at, c[:len(c)/2])
	d.Write(server, at, s[:3])
	d.Lost(server, at, 4)
	d.Write(server, at, s[7:])
	d.Write(client, at, c[len(c)/2:])
	if string(got.plain[client]) != "a NOOP\r\nb NOOP\r\n" || got.gaps[client] != 0 || len(got.dark) > 0 {
		t.Errorf("client: %q, gaps %d, dark %v", got.plain[client], got.gaps[client], got.dark)
	}
	if got.gaps[server] != 1 || !strings.HasPrefix("a OK done\r\n", string(got.plain[server])) {
		t.Errorf("server: %q, gaps %d", got.plain[server], got.gaps[server])
	}
	last := got.records[server][len(got.records[server])-1]
	if last.Fault != Partial || last.N != 0 || last.Off != 7 || last.Len != int64(len(s)-7) {
		t.Errorf("record after the loss: %+v", last)
	}
	d.Lost(client, at, 1)
	d.Write(client, at, []byte("more"))
	if !reflect.DeepEqual(got.dark, []Reason{DataLost}) || got.gaps[client] != 1 {
		t.Errorf("dark %v, gaps %v", got.dark, got.gaps)
	}
}

// Damage gives what came before it, then a gap.
func TestDeflateDamage(t *testing.T) {
	at := time.Unix(0, 0)
	s := deflated(t, []byte("a OK done\r\n"), 6, 100) // ends its stream
	got := new(found)
	d := NewDeflate(got)
	d.Write(server, at, append(s, "more"...))
	if string(got.plain[server]) != "a OK done\r\n" || got.gaps[server] == 0 || got.records[server][0].Fault != Malformed {
		t.Errorf("%q, gaps %v, records %+v", got.plain[server], got.gaps, got.records[server])
	}
	d.Write(client, at, []byte{0xff, 0xff})
	if !reflect.DeepEqual(got.dark, []Reason{BadData}) {
		t.Errorf("dark %v", got.dark)
	}
}

// A loss before the decision leaves it to the bytes that follow, or to the other side.
func TestDeflateLossAtTheBeginning(t *testing.T) {
	at := time.Unix(0, 0)
	c := deflated(t, []byte("a NOOP\r\n"), 6, 100)
	got := new(found)
	d := NewDeflate(got)
	d.Lost(server, at, 10)
	d.Lost(server, at, 5)
	d.Write(server, at, []byte("abc"))
	d.Write(client, at, c)
	if got.text || string(got.plain[client]) != "a NOOP\r\n" || got.gaps[server] != 1 {
		t.Errorf("text: %v, %q, gaps %v", got.text, got.plain, got.gaps)
	}
	got = new(found)
	d = NewDeflate(got)
	d.Lost(server, at, 10)
	d.Write(server, at, []byte("S (UIDVALIDITY 3)\r\n"))
	if !got.text || got.gaps[server] != 10 {
		t.Errorf("text: %v, gaps %v", got.text, got.gaps)
	}
}

// A copy goes on as the original would.
func TestDeflateClone(t *testing.T) {
	at := time.Unix(0, 0)
	p := deflated(t, mail(rand.New(rand.NewPCG(1, 1)), 3000), 6, 500)
	for _, cut := range []int{1, 100, len(p) / 2} {
		whole, one, two := new(found), new(found), new(found)
		d := NewDeflate(whole)
		d.Write(server, at, p)
		d = NewDeflate(one)
		d.Write(server, at, p[:cut])
		c := d.Clone(two)
		d.Write(server, at, p[cut:])
		c.Write(server, at, p[cut:])
		if !bytes.Equal(one.plain[server], whole.plain[server]) || !bytes.HasSuffix(whole.plain[server], two.plain[server]) ||
			len(two.plain[server]) == 0 {
			t.Errorf("cut at %d: %d, %d and %d bytes", cut, len(whole.plain[server]), len(one.plain[server]), len(two.plain[server]))
		}
	}
}

// FuzzDeflate divides any bytes and losses of both directions in two ways. Both must find
// the same.
func FuzzDeflate(f *testing.F) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		f.Add(deflated(f, []byte(line(rnd, client)), level, 200), deflated(f, []byte(line(rnd, server)), level, 200), uint16(level+2), uint64(level))
	}
	f.Add([]byte("a NOOP\r\n"), []byte("a OK done\r\n"), uint16(20), uint64(0))
	f.Fuzz(func(t *testing.T, c, s []byte, lost uint16, seed uint64) {
		if len(c)+len(s) > 1<<12 {
			return
		}
		run := func(piece int) *found {
			got := new(found)
			d := NewDeflate(got)
			at := time.Unix(0, 0)
			rnd := rand.New(rand.NewPCG(seed, 1))
			rest := [2][]byte{c, s}
			for i := 0; len(rest[0])+len(rest[1]) > 0; i++ {
				dir := capture.Direction(rnd.IntN(2))
				n := min(1+rnd.IntN(100), len(rest[dir]))
				if i == int(lost) {
					d.Lost(dir, at, int64(n))
				} else {
					for p := rest[dir][:n]; len(p) > 0; p = p[min(piece, len(p)):] {
						d.Write(dir, at, p[:min(piece, len(p))])
					}
				}
				rest[dir] = rest[dir][n:]
			}
			held := 0
			for _, h := range d.held {
				held += len(h.p)
			}
			if held > 2*maxGuess || len(d.held) > 4*maxGuess {
				t.Fatalf("%d bytes in %d pieces are held", held, len(d.held))
			}
			d.Close(at)
			return got
		}
		whole, bytewise := run(1<<12), run(1)
		if !bytes.Equal(whole.plain[0], bytewise.plain[0]) || !bytes.Equal(whole.plain[1], bytewise.plain[1]) ||
			!bytes.Equal(whole.order, bytewise.order) || whole.text != bytewise.text || !reflect.DeepEqual(whole.dark, bytewise.dark) {
			t.Fatalf("%q, text %v, dark %v; in single bytes %q, text %v, dark %v",
				whole.plain, whole.text, whole.dark, bytewise.plain, bytewise.text, bytewise.dark)
		}
		for dir := range whole.records {
			c1, p1 := whole.lens(capture.Direction(dir))
			c2, p2 := bytewise.lens(capture.Direction(dir))
			if c1 != c2 || p1 != p2 || p1 != int64(len(whole.plain[dir])) && !whole.text {
				t.Fatalf("records of %d bytes for %d, in single bytes of %d for %d", c1, p1, c2, p2)
			}
		}
	})
}
