package layer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
)

// chunk is what was captured at once: bytes, or a number of bytes that were lost.
type chunk struct {
	dir  capture.Direction
	data []byte
	lost int64
}

// tape is the traffic of a connection in capture order, and what was said over it.
type tape struct {
	mu     sync.Mutex
	chunks []chunk
	said   [2]bytes.Buffer
	keys   bytes.Buffer
}

func (tp *tape) add(dir capture.Direction, p []byte) {
	tp.mu.Lock()
	defer tp.mu.Unlock()
	tp.chunks = append(tp.chunks, chunk{dir: dir, data: bytes.Clone(p)})
}

// tap is a client's end of a connection that is recorded.
type tap struct {
	net.Conn
	tape *tape
}

func (c tap) Write(p []byte) (int, error) {
	c.tape.add(capture.ClientToServer, p)
	return c.Conn.Write(p)
}

func (c tap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.tape.add(capture.ServerToClient, p[:n])
	}
	return n, err
}

// heard is a Sink that remembers.
type heard struct {
	plain   [2]bytes.Buffer // gaps excluded
	pos     [2]int64        // gaps included
	records []Record
	dark    []Reason
	gaps    []int64
	log     strings.Builder
}

var epochStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (s *heard) Plain(dir capture.Direction, when time.Time, p []byte) {
	s.plain[dir].Write(p)
	s.pos[dir] += int64(len(p))
	fmt.Fprintf(&s.log, "%v plain %v %x\n", dir, when.Sub(epochStart), p)
}

func (s *heard) Gap(dir capture.Direction, when time.Time, n int64) {
	s.gaps = append(s.gaps, n)
	s.pos[dir] += n
	fmt.Fprintf(&s.log, "%v gap %v %d\n", dir, when.Sub(epochStart), n)
}

func (s *heard) Record(r *Record) {
	if r.Plain != s.pos[r.Dir] {
		panic(fmt.Sprintf("record at %d of the plaintext, which is at %d", r.Plain, s.pos[r.Dir]))
	}
	s.records = append(s.records, *r)
	fmt.Fprintf(&s.log, "%v record %v %d+%d %d+%d %d %q %q\n", r.Dir, r.Time.Sub(epochStart),
		r.Off, r.Len, r.Plain, r.N, r.Type, r.What, r.Fault)
}

func (s *heard) Dark(when time.Time, why Reason) {
	s.dark = append(s.dark, why)
	fmt.Fprintf(&s.log, "dark %v %s\n", when.Sub(epochStart), why)
}

func (s *heard) Text(time.Time) { panic("TLS never is text") }

// whats returns what the records of one direction are, without repetitions.
func (s *heard) whats(dir capture.Direction) []string {
	var out []string
	for _, r := range s.records {
		if r.Dir == dir {
			out = append(out, r.What)
		}
	}
	return slices.Compact(out)
}

// count returns how many records have a fault.
func (s *heard) count(f Fault) (n int) {
	for _, r := range s.records {
		if r.Fault == f {
			n++
		}
	}
	return n
}

// keysOf returns a Keys that holds the lines of a key log.
func keysOf(text string) *Keys {
	k := &Keys{}
	k.AddBlock([]byte(text))
	return k
}

// play plays chunks to a TLS, as they are or cut into pieces of size bytes, and closes it.
func play(t testing.TB, k *Keys, chunks []chunk, size int) (*heard, Facts) {
	t.Helper()
	s := &heard{}
	l := NewTLS(k, s)
	when := feedAll(l, chunks, size)
	l.Close(when)
	return s, l.Facts()
}

// feedAll plays chunks to a Layer and returns the time after the last.
func feedAll(l Layer, chunks []chunk, size int) time.Time {
	when := epochStart
	for _, c := range chunks {
		when = when.Add(time.Millisecond)
		if c.lost > 0 {
			l.Lost(c.dir, when, c.lost)
		}
		for p := c.data; len(p) > 0; {
			n := len(p)
			if size > 0 {
				n = min(n, size)
			}
			piece := bytes.Clone(p[:n])
			l.Write(c.dir, when, piece)
			clear(piece) // it must not be kept
			p = p[n:]
		}
	}
	return when
}

// wantPlain checks that both directions were decrypted, to the last byte.
func wantPlain(t testing.TB, s *heard, tp *tape) {
	t.Helper()
	for dir := range s.plain {
		if got, want := s.plain[dir].Bytes(), tp.said[dir].Bytes(); !bytes.Equal(got, want) {
			t.Errorf("%v: %d bytes of plaintext differ from the %d that were sent\n%.60q\n%.60q",
				capture.Direction(dir), len(got), len(want), got, want)
		}
	}
	if len(s.dark) > 0 {
		t.Errorf("dark: %v", s.dark)
	}
	for _, r := range s.records {
		if r.Fault != "" {
			t.Errorf("the first record with a fault: %+v", r)
			break
		}
	}
	if len(s.gaps) > 0 {
		t.Errorf("gaps: %v", s.gaps)
	}
}

// exchange is what a conversation of the tests says: lines, and a mail of many records.
func exchange() (client, server [][]byte) {
	for i := range 8 {
		client = append(client, fmt.Appendf(nil, "a%d NOOP\r\n", i))
		text := fmt.Appendf(nil, "a%d OK done", i)
		for len(text) < i*i*500 { // no two places alike
			text = fmt.Appendf(text, " %d", len(text))
		}
		server = append(server, append(text, "\r\n"...))
	}
	return client, server
}

// converse has two ends of a TLS connection talk, and remembers what was said.
func converse(tp *tape, client, server net.Conn) error {
	ask, answer := exchange()
	errs := make(chan error, 1)
	go func() {
		errs <- func() error {
			defer server.Close()
			for i := range ask {
				if err := expect(server, ask[i]); err != nil {
					return err
				}
				if _, err := server.Write(answer[i]); err != nil {
					return err
				}
			}
			return expect(server, []byte("bye"))
		}()
	}()
	err := func() error {
		for i := range ask {
			if _, err := client.Write(ask[i]); err != nil {
				return err
			}
			if err := expect(client, answer[i]); err != nil {
				return err
			}
			tp.said[0].Write(ask[i])
			tp.said[1].Write(answer[i])
		}
		tp.said[0].WriteString("bye")
		if _, err := client.Write([]byte("bye")); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, client) // the server's alert
		return err
	}()
	client.Close()
	if e := <-errs; e != nil {
		err = e
	}
	return err
}

func expect(c net.Conn, want []byte) error {
	got := make([]byte, len(want))
	for n := 0; n < len(got); {
		k, err := c.Read(got[n:])
		n += k
		if err != nil {
			return err
		}
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("got %.40q, want %.40q", got, want)
	}
	return nil
}

// goTLS records a conversation between Go's own client and server.
func goTLS(t testing.TB, client, server *tls.Config) *tape {
	t.Helper()
	tp := &tape{}
	client, server = client.Clone(), server.Clone()
	client.KeyLogWriter, client.ServerName, client.InsecureSkipVerify = &tp.keys, "imap.example.org", true
	a, b := connected(t)
	if err := converse(tp, tls.Client(tap{a, tp}, client), tls.Server(b, server)); err != nil {
		t.Fatalf("the peers failed: %v", err)
	}
	return tp
}

// connected returns both ends of a TCP connection.
func connected(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	client.SetDeadline(deadline)
	server.SetDeadline(deadline)
	return client, server
}

// certificates are self-signed ones for imap.example.org, with an ECDSA and an RSA key.
var certificates = sync.OnceValue(func() (certs [2]tls.Certificate) {
	ec, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rs, err2 := rsa.GenerateKey(rand.Reader, 2048)
	if err1 != nil || err2 != nil {
		panic("no keys")
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "imap.example.org"},
		DNSNames: []string{"imap.example.org", "mail.example.org"},
		NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	for i, key := range []any{ec, rs} {
		public := any(&ec.PublicKey)
		if i == 1 {
			public = &rs.PublicKey
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
		if err != nil {
			panic(err)
		}
		certs[i] = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	return certs
})

func serverConfig() *tls.Config {
	c := certificates()
	config := &tls.Config{Certificates: c[:], NextProtos: []string{"imap"}}
	config.SetSessionTicketKeys([][32]byte{{1}}) // so that copies resume each other's sessions
	return config
}
