package inspect

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/decodetest"
)

// carried is a conversation as it is on the wire, and the keys to it.
type carried struct {
	pieces []decodetest.Piece
	keys   []byte
}

// compressed returns a conversation with what follows the OK to the command a2 compressed,
// at a level, each line flushed.
func compressed(t *testing.T, talk string, level int) carried {
	t.Helper()
	ps, err := decodetest.Parse(talk)
	if err != nil {
		t.Fatal(err)
	}
	var buf [2]bytes.Buffer
	var w [2]*flate.Writer
	for dir := range w {
		w[dir], _ = flate.NewWriter(&buf[dir], level)
	}
	begun := false
	for i, p := range ps {
		if begun {
			if _, err := w[p.Dir].Write(p.Data); err != nil {
				t.Fatal(err)
			}
			if err := w[p.Dir].Flush(); err != nil {
				t.Fatal(err)
			}
			ps[i].Data = bytes.Clone(buf[p.Dir].Bytes())
			buf[p.Dir].Reset()
		}
		begun = begun || bytes.HasPrefix(p.Data, []byte("a2 OK"))
	}
	return carried{pieces: ps}
}

// tapped records what one end of a connection reads and writes.
type tapped struct {
	net.Conn
	out *[]decodetest.Piece
}

func (c tapped) Write(p []byte) (int, error) {
	*c.out = append(*c.out, decodetest.Piece{Dir: capture.ClientToServer, Data: bytes.Clone(p)})
	return c.Conn.Write(p)
}

func (c tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		*c.out = append(*c.out, decodetest.Piece{Dir: capture.ServerToClient, Data: bytes.Clone(p[:n])})
	}
	return n, err
}

// overTLS returns a conversation under TLS 1.3.
func overTLS(t *testing.T, c carried) carried {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	var out carried
	var keys bytes.Buffer
	a, b := net.Pipe()
	client := tls.Client(tapped{a, &out.pieces}, &tls.Config{
		KeyLogWriter: &keys, ServerName: "imap.example.org", InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
	})
	server := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			defer b.Close()
			for _, p := range c.pieces {
				if err := pass(server, p, p.Dir == capture.ServerToClient); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	for _, p := range c.pieces {
		if err := pass(client, p, p.Dir == capture.ClientToServer); err != nil {
			t.Fatal(err)
		}
	}
	a.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	out.keys = keys.Bytes()
	return out
}

// pass sends a piece, or receives it.
func pass(c net.Conn, p decodetest.Piece, sends bool) error {
	if sends {
		_, err := c.Write(p.Data)
		return err
	}
	_, err := io.ReadFull(c, make([]byte, len(p.Data)))
	return err
}

// Run implements capture.Source: each piece comes a millisecond after the one before.
func (c carried) Run(_ context.Context, s capture.Sink) error {
	to := capturetest.To(s)
	if len(c.keys) > 0 {
		if err := to.Secrets(c.keys); err != nil {
			return err
		}
	}
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	err := to.Open(capture.Conn{
		ID: 1, Start: now, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.1:993"),
	})
	if err != nil {
		return err
	}
	var off [2]int64
	for _, p := range c.pieces {
		now = now.Add(time.Millisecond)
		if err := to.Data(1, p.Dir, now, off[p.Dir], p.Data); err != nil {
			return err
		}
		off[p.Dir] += int64(len(p.Data))
	}
	return to.Close(1, now, capture.FIN)
}
