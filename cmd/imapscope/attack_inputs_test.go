package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// attackInputs are the captures that the attack suite runs every face on. To attack a new
// parser, add an input here. Write makes one; scale is 1 in an ordinary test run and 10 with
// -attack full: sizes and counts are multiplied by it.
var attackInputs = []struct {
	name  string
	what  string // for help/attacks.md
	write func(w io.Writer, scale int) error
}{
	{"endless-line", "a line of 80 MB without an end, from the server", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a LOGIN fred secret\r\n")
			s.server("a OK\r\n* ")
			s.flood(capture.ServerToClient, strings.Repeat("x", 1000), scale*8<<20)
		})
	}},
	{"endless-command", "a line of 80 MB without an end, from the client", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a SEARCH ")
			s.flood(capture.ClientToServer, `TEXT "x" `, scale*8<<20)
		})
	}},
	{"huge-literal", "a literal of 4,294,967,285 bytes, of which 80 MB come", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a FETCH 1 RFC822\r\n")
			s.server("* 1 FETCH (RFC822 {4294967285}\r\n")
			s.flood(capture.ServerToClient, "Subject: a line of mail\r\n", scale*8<<20)
		})
	}},
	{"outstanding", "100,000 commands without an answer", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			for i := range scale * 10_000 {
				s.client(fmt.Sprintf("a%d FETCH 1:* (FLAGS UID RFC822.SIZE)\r\n", i))
			}
		})
	}},
	{"orphans", "100,000 answers without a command, each to another tag", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			for i := range scale * 10_000 {
				s.server(fmt.Sprintf("a%d OK done\r\n", i))
			}
		})
	}},
	{"unknown-data", "100,000 kinds of untagged data", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a NOOP\r\n")
			for i := range scale * 10_000 {
				s.server(fmt.Sprintf("* X%d data\r\n", i))
			}
			s.server("a OK done\r\n")
		})
	}},
	{"parentheses", "10,000 parentheses, opened and not closed, in 100 responses", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a FETCH 1 BODY\r\n")
			for range scale * 10 {
				s.server("* 1 FETCH (BODY " + strings.Repeat("(", 10_000) + "\r\n")
			}
			s.server("a OK done\r\n")
		})
	}},
	{"literals", "100,000 literals in one response, and in one command", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a SEARCH")
			for range scale * 10_000 {
				s.client(" SUBJECT {1+}\r\nx")
			}
			s.client("\r\n")
			s.server("* 1 FETCH (")
			for range scale * 10_000 {
				s.server("RFC822.HEADER {1}\r\nx ")
			}
			s.server("FLAGS ())\r\na OK done\r\n")
		})
	}},
	{"quotes", "a response of 8 MB of quotation marks and backslashes", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a FETCH 1 ENVELOPE\r\n")
			s.server("* 1 FETCH (ENVELOPE (")
			s.flood(capture.ServerToClient, `"\\" "\" `, scale*800<<10)
			s.server("))\r\na OK done\r\n")
		})
	}},
	{"passwords", "10,000 passwords, each refused and repeated by the server", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			for i := range scale * 1000 {
				s.client(fmt.Sprintf("a%d LOGIN fred hunter%d\r\n", i, i))
				s.server(fmt.Sprintf("a%d NO hunter%d is wrong\r\n", i, i))
			}
		})
	}},
	{"sasl", "18,000 lines of three SASL exchanges, with lists and nested errors", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			for _, mechanism := range []string{"DIGEST-MD5", "XOAUTH2", "GSSAPI"} {
				s.client("a AUTHENTICATE " + mechanism + "\r\n")
				for i := range scale * 300 {
					s.server("+ " + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(`{"status":`, i%300))) + "\r\n")
					s.client(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a=b,", i%300))) + "\r\n")
				}
				s.server("a NO no\r\n")
			}
		})
	}},
	{"expunge", "100,000 messages fetched, then expunged one by one", func(w io.Writer, scale int) error {
		n := scale * 10_000
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a LOGIN fred secret\r\nb SELECT inbox\r\n")
			s.server("a OK\r\n* FLAGS (\\Seen)\r\n")
			s.server(fmt.Sprintf("* %d EXISTS\r\n* 0 RECENT\r\nb OK\r\n", n))
			s.client(fmt.Sprintf("c FETCH 1:%d FLAGS\r\n", n))
			for i := range n {
				s.server(fmt.Sprintf("* %d FETCH (FLAGS ())\r\n", i+1))
			}
			s.server("c OK\r\n")
			s.client("d EXPUNGE\r\n")
			for i := n; i > 0; i-- {
				s.server(fmt.Sprintf("* %d EXPUNGE\r\n", (i+1)/2))
			}
			s.server("d OK\r\n")
		})
	}},
	{"keys", "2,000,000 keys of TLS sessions that are not there", func(w io.Writer, scale int) error {
		return recordOne(w, func(s *stream) {
			s.server("* OK hi\r\n")
			var lines bytes.Buffer
			for i := range scale * 200_000 {
				fmt.Fprintf(&lines, "CLIENT_TRAFFIC_SECRET_0 %064x %096x\n", i, i)
				if lines.Len() > 60<<10 {
					s.event(capture.Event{Kind: capture.Secrets, Data: lines.Bytes()})
					lines.Reset()
				}
			}
			s.client("a NOOP\r\n")
			s.server("a OK done\r\n")
		})
	}},
	{"tiny-connections", "200,000 connections of a greeting and a LOGOUT", func(w io.Writer, scale int) error {
		return recordMany(w, scale*20_000, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a LOGOUT\r\n")
			s.server("* BYE\r\na OK\r\n")
		})
	}},
	{"gaps", "20,000 connections, open together, with a lost packet each", func(w io.Writer, scale int) error {
		var open []*stream
		err := recordEach(w, scale*2000, func(s *stream) {
			s.server("* OK hi\r\n")
			s.client("a NOOP\r\n")
			open = append(open, s)
		})
		for _, s := range open {
			s.gap(capture.ServerToClient, 100)
			s.server("b OK done\r\n")
		}
		for _, s := range open {
			s.close()
		}
		return err
	}},
	{"syn-flood", "a million SYNs, each from another address", func(w io.Writer, scale int) error {
		return synFlood(w, scale*100_000)
	}},
	{"gzip-bomb", "800 MB of a capture in 800 KB of gzip", func(w io.Writer, scale int) error {
		z := gzip.NewWriter(w)
		if err := bomb(z, scale*80<<20); err != nil {
			return err
		}
		return z.Close()
	}},
	{"zstd-bomb", "800 MB of a capture in 80 KB of zstd", func(w io.Writer, scale int) error {
		z, err := zstd.NewWriter(w)
		if err != nil {
			return err
		}
		if err := bomb(z, scale*80<<20); err != nil {
			return err
		}
		return z.Close()
	}},
	{"log-line", "a log with a line of 80 MB without an end", func(w io.Writer, scale int) error {
		return logOf(w, "* OK hi\na1 NOOP\n", scale*8<<20, func(int) string { return strings.Repeat("x", 1000) })
	}},
	{"log-sessions", "10 MB of a log in which each line is another session", func(w io.Writer, scale int) error {
		return logOf(w, "", scale*1<<20, func(n int) string {
			return fmt.Sprintf("[2026-01-01 10:00:00] %d< * OK hi\n", n)
		})
	}},
	{"log-literals", "10 MB of a log whose literals, of a petabyte or a gigabyte each, are left out", func(w io.Writer, scale int) error {
		return logOf(w, "S: * OK hi\n", scale*1<<20, func(n int) string {
			return fmt.Sprintf("C: a%d FETCH 1 RFC822\nS: * 1 FETCH (RFC822 {%d}\nS: )\nS: a%d OK done\n", n, []int{1 << 30, 999_999_999_999_999}[n/100%2], n)
		})
	}},
	{"log-bomb", "800 MB of zeros, which are no log, in 800 KB of gzip", func(w io.Writer, scale int) error {
		z := gzip.NewWriter(w)
		if err := logOf(z, "", scale*80<<20, func(int) string { return strings.Repeat("\x00", 1<<16) }); err != nil {
			return err
		}
		return z.Close()
	}},
}

// logOf writes at least size bytes of a log: first, and then piece of 0, of 1, and so on.
func logOf(w io.Writer, first string, size int, piece func(n int) string) error {
	b := bufio.NewWriter(w)
	b.WriteString(first)
	for n := 0; size > 0; n++ {
		text := piece(n)
		size -= len(text)
		if _, err := b.WriteString(text); err != nil {
			return err
		}
	}
	return b.Flush()
}

// attackInput returns the file of an input, and makes it if it is not there yet.
func attackInput(t *testing.T, dir, name string, scale int) string {
	t.Helper()
	file := dir + "/" + name + ".pcapng"
	if _, err := os.Stat(file); err == nil {
		return file
	}
	for _, in := range attackInputs {
		if in.name != name {
			continue
		}
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := in.write(f, scale); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// stream writes one connection into a recording.
type stream struct {
	to  capture.Sink
	id  capture.ConnID
	at  time.Time
	off [2]int64
	err *error
}

// open begins connection n of a recording.
func open(to capture.Sink, n int, err *error) *stream {
	s := &stream{to: to, id: capture.ConnID(n), at: time.Date(1990, 8, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Millisecond), err: err}
	ip := netip.AddrFrom4([4]byte{10, byte(n >> 20), byte(n >> 12), byte(n >> 4)})
	s.event(capture.Event{Kind: capture.Opened, Info: &capture.Conn{
		ID: s.id, Start: s.at, Server: netip.MustParseAddrPort("192.0.2.1:143"),
		Client: netip.AddrPortFrom(ip, uint16(20_000+n%16)),
	}})
	return s
}

func (s *stream) event(e capture.Event) {
	e.Conn, e.Time = s.id, s.at
	if err := s.to.Event(&e); err != nil && *s.err == nil {
		*s.err = err
	}
}

func (s *stream) send(dir capture.Direction, data []byte) {
	s.at = s.at.Add(10 * time.Microsecond)
	s.event(capture.Event{Kind: capture.Data, Dir: dir, Off: s.off[dir], Data: data})
	s.off[dir] += int64(len(data))
}

func (s *stream) client(text string) { s.send(capture.ClientToServer, []byte(text)) }
func (s *stream) server(text string) { s.send(capture.ServerToClient, []byte(text)) }

// flood sends at least n bytes of text, again and again.
func (s *stream) flood(dir capture.Direction, text string, n int) {
	chunk := bytes.Repeat([]byte(text), 64<<10/len(text)+1)
	for ; n > 0; n -= len(chunk) {
		s.send(dir, chunk)
	}
}

func (s *stream) gap(dir capture.Direction, n int64) {
	s.event(capture.Event{Kind: capture.Gap, Dir: dir, Off: s.off[dir], N: n})
	s.off[dir] += n
}

func (s *stream) close() { s.event(capture.Event{Kind: capture.Closed, Cause: capture.FIN}) }

// recordOne writes a recording of one connection.
func recordOne(w io.Writer, talk func(*stream)) error { return recordMany(w, 1, talk) }

// recordMany writes a recording of n connections, one after the other.
func recordMany(w io.Writer, n int, talk func(*stream)) error {
	return recordEach(w, n, func(s *stream) {
		talk(s)
		s.close()
	})
}

// recordEach is like recordMany, but talk decides when a connection ends.
func recordEach(w io.Writer, n int, talk func(*stream)) error {
	rec, err := pcap.NewRecorder(w, pcap.RecorderOptions{})
	if err != nil {
		return err
	}
	var failed error
	for i := range n {
		talk(open(rec, i+1, &failed))
	}
	if failed != nil {
		return failed
	}
	return rec.Finish(time.Time{})
}

// bomb writes the same packet again and again: it compresses a thousand times.
func bomb(w io.Writer, n int) error {
	var one bytes.Buffer
	err := recordOne(&one, func(s *stream) {
		s.server("* OK hi\r\n")
		s.flood(capture.ServerToClient, "* OK still here\r\n", 1<<20)
	})
	for ; n > 0 && err == nil; n -= one.Len() {
		_, err = w.Write(one.Bytes())
	}
	return err
}

// synFlood writes a pcap of n SYNs to port 143, each from another address and port.
func synFlood(w io.Writer, n int) error {
	head := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0}
	if _, err := w.Write(head); err != nil {
		return err
	}
	const size = 40
	var all bytes.Buffer
	for i := range n {
		var p [16 + size]byte
		binary.LittleEndian.PutUint32(p[0:], uint32(649_000_000+i/10_000))
		binary.LittleEndian.PutUint32(p[4:], uint32(i%10_000*100))
		binary.LittleEndian.PutUint32(p[8:], size)
		binary.LittleEndian.PutUint32(p[12:], size)
		ip, tcp := p[16:36], p[36:]
		ip[0], ip[8], ip[9] = 0x45, 64, 6
		binary.BigEndian.PutUint16(ip[2:], size)
		binary.BigEndian.PutUint32(ip[12:], 0x0a000000+uint32(i>>2))
		copy(ip[16:], []byte{192, 0, 2, 1})
		binary.BigEndian.PutUint16(tcp[0:], uint16(1024+i%60_000))
		binary.BigEndian.PutUint16(tcp[2:], 143)
		binary.BigEndian.PutUint32(tcp[4:], uint32(i)*2654435761)
		tcp[12], tcp[13] = 0x50, 0x02
		all.Write(p[:])
		if all.Len() > 1<<20 || i == n-1 {
			if _, err := all.WriteTo(w); err != nil {
				return err
			}
		}
	}
	return nil
}
