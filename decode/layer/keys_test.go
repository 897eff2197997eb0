package layer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"imapscope/capture"
)

var (
	random1 = strings.Repeat("ab", 32)
	secret1 = strings.Repeat("cd", 48)
	secret2 = strings.Repeat("EF", 32)
)

// keyLog has lines of every kind, and is not quite at its end.
var keyLog = "# comment\r\n\r\n" +
	"CLIENT_RANDOM " + random1 + " " + secret1 + "\r\n" +
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET " + random1 + " " + secret2 + "\n" +
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " + random1 + " " + secret1 + "\n" +
	"CLIENT_TRAFFIC_SECRET_0 " + strings.ToUpper(random1) + " " + secret2 + "\n" +
	"  SERVER_TRAFFIC_SECRET_0 \t" + random1 + "  " + secret2 + "\n" +
	"EXPORTER_SECRET " + random1 + " " + secret2 + "\n" +
	"EARLY_EXPORTER_SECRET " + random1 + " " + secret2 + "\n" +
	"CLIENT_EARLY_TRAFFIC_SECRET " + random1 + " " + secret2 + "\n" +
	"ECH_SECRET " + random1 + " 00\n" +
	"RSA 0102030405060708 " + secret1 + "\n" +
	"CLIENT_RANDOM " + random1 + " " + secret1 + "\n" + // again
	"nonsense\n" +
	"CLIENT_RANDOM " + random1 + " " + secret2 + "\n" + // too short
	"CLIENT_RANDOM " + random1[1:] + " " + secret1 + "\n" +
	"RSA 01 02\n" +
	"CLIENT_RANDOM " + random1 + "\n" +
	"lower " + random1 + " " + secret1 + "\n" +
	"CLIENT_RANDOM " + strings.Repeat("00", 32) + " " + secret1

func TestKeyLogLines(t *testing.T) {
	for _, size := range []int{1, 10, 1 << 20} {
		k := &Keys{}
		var added, bad int
		for p := []byte(keyLog); len(p) > 0; {
			n := min(size, len(p))
			a, b := k.Add(p[:n])
			added, bad, p = added+a, bad+b, p[n:]
		}
		if added != 6 || bad != 6 {
			t.Errorf("in pieces of %d: %d secrets and %d bad lines, want 6 and 6", size, added, bad)
		}
		r := [32]byte(bytes.Repeat([]byte{0xAB}, 32))
		for _, got := range [][]byte{k.handshakeSecret(r, capture.ClientToServer), k.trafficSecret(r, capture.ClientToServer), k.trafficSecret(r, capture.ServerToClient)} {
			if !bytes.Equal(got, bytes.Repeat([]byte{0xEF}, 32)) {
				t.Errorf("secret %x", got)
			}
		}
		if got := k.traffic(r, masterSecret); !bytes.Equal(got, bytes.Repeat([]byte{0xCD}, 48)) {
			t.Errorf("master secret %x", got)
		}
		if got := k.premaster([8]byte{1, 2, 3, 4, 5, 6, 7, 8}); len(got) != 48 {
			t.Errorf("premaster secret %x", got)
		}
		if k.traffic([32]byte{}, masterSecret) != nil {
			t.Error("an unfinished line was read")
		}
		if a, b := k.Add([]byte("\n")); a != 1 || b != 0 {
			t.Errorf("the end of the last line: %d, %d", a, b)
		}
	}
}

func TestBlocksOfKeysAreComplete(t *testing.T) {
	k := &Keys{}
	if added, bad := k.AddBlock([]byte(keyLog)); added != 7 || bad != 6 {
		t.Errorf("%d secrets and %d bad lines, want 7 and 6", added, bad)
	}
}

func TestKeysAreBounded(t *testing.T) {
	k := &Keys{}
	var text bytes.Buffer
	for i := range MaxSessions + 10 {
		fmt.Fprintf(&text, "CLIENT_RANDOM %064x %s\n", i, secret1)
	}
	if added, bad := k.Add(text.Bytes()); added != MaxSessions+10 || bad != 0 {
		t.Errorf("%d added, %d bad", added, bad)
	}
	if n := len(k.own.sessions.rows); n != MaxSessions {
		t.Errorf("%d sessions", n)
	}
	last := [32]byte{29: 1, 31: 9}
	if k.traffic([32]byte{31: 9}, masterSecret) != nil || k.traffic([32]byte{31: 10}, masterSecret) == nil || k.traffic(last, masterSecret) == nil {
		t.Error("not the oldest sessions were forgotten")
	}
	if added, bad := k.Add(append(bytes.Repeat([]byte("x"), 1<<20), '\n')); added != 0 || bad != 1 {
		t.Errorf("a long line: %d, %d", added, bad)
	}
	if n := cap(k.own.rest); n > 2*maxKeyLine {
		t.Errorf("%d bytes of a line are kept", n)
	}
}

// FuzzKeys: any division gives the same secrets.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(keyLog))
	f.Add([]byte("CLIENT_RANDOM \x00 \xff\n#"))
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, cut := &Keys{}, &Keys{}
		added, bad := whole.Add(text)
		var added2, bad2 int
		r := iotest.OneByteReader(bytes.NewReader(text))
		for b := make([]byte, 8); ; {
			n, err := r.Read(b)
			if err != nil {
				break
			}
			a, b := cut.Add(b[:n])
			added2, bad2 = added2+a, bad2+b
		}
		if added != added2 || bad != bad2 || len(whole.own.sessions.rows) != len(cut.own.sessions.rows) {
			t.Errorf("whole %d and %d, cut %d and %d", added, bad, added2, bad2)
		}
		if added+bad > bytes.Count(text, []byte("\n")) {
			t.Errorf("%d secrets and %d bad in %d lines", added, bad, bytes.Count(text, []byte("\n")))
		}
	})
}
