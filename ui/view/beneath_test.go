package view

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// TestHiddenCoversSecrets checks that Hidden covers each secret byte of a message, and what
// was left out next to it, and that it hides nothing in a message without either.
func TestHiddenCoversSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		m.Off = rapid.Int64Range(0, 1000).Draw(t, "off")
		m.Len = int64(len(m.Raw)) + m.Elided
		hidden := Options{}.Hidden(m)
		covered := func(at int64) bool {
			for _, s := range hidden {
				if s.From <= at && at < s.To {
					return true
				}
			}
			return false
		}
		for _, s := range hidden {
			if s.From < m.Off || s.To > m.Off+m.Len || s.From > s.To {
				t.Fatalf("%v is not in the message, %d bytes from %d on", s, m.Len, m.Off)
			}
		}
		for _, s := range m.Secrets {
			for at := s.Start; at < s.End; at++ {
				if place := m.Off + int64(at) + m.ElidedBefore(at+1); !covered(place) {
					t.Fatalf("byte %d of Raw, at %d, is shown: %v", at, place, hidden)
				}
			}
		}
		for _, g := range m.Gaps {
			place := m.Off + int64(g.At) + m.ElidedBefore(g.At)
			if len(m.Secrets) > 0 && (!covered(place) || !covered(place+g.N-1)) {
				t.Fatalf("what was left out at %d is shown: %v", g.At, hidden)
			}
		}
		if len(m.Secrets) == 0 && len(m.Gaps) == 0 && len(hidden) > 0 {
			t.Fatalf("%v is hidden", hidden)
		}
		if got := (Options{ShowSecrets: true}).Hidden(m); got != nil {
			t.Fatalf("%v is hidden though secrets are shown", got)
		}
	})
}

// TestHiddenWhereNothingIsKnown checks what is hidden of messages of which bytes are missing.
func TestHiddenWhereNothingIsKnown(t *testing.T) {
	literal := wire.Literal{Head: wire.Span{Start: 10, End: 15}, Body: wire.Span{Start: 15, End: 20}, Size: 105}
	for name, c := range map[string]struct {
		m    decode.Message
		want []Stretch
	}{
		"lost in a message with secrets": {
			decode.Message{Off: 7, Len: 20, Lost: 5, Secrets: []wire.Span{{Start: 3, End: 4}}}, []Stretch{{7, 32}},
		},
		"left out of a client's line": {
			decode.Message{Off: 7, Len: 120, Message: wire.Message{Gaps: []wire.Gap{{At: 10, N: 100}}, Elided: 100}}, []Stretch{{17, 117}},
		},
		"left out of a client's literal": {
			decode.Message{Off: 7, Len: 120, Message: wire.Message{Gaps: []wire.Gap{{At: 20, N: 100}}, Elided: 100, Literals: []wire.Literal{literal}}}, nil,
		},
		"left out of a server's line": {
			decode.Message{Dir: capture.ServerToClient, Off: 7, Len: 120, Message: wire.Message{Gaps: []wire.Gap{{At: 10, N: 100}}, Elided: 100}}, nil,
		},
	} {
		got := Options{}.Hidden(&c.m)
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestHexBytes checks a dump of bytes that are no message.
func TestHexBytes(t *testing.T) {
	h := HexBytes(bytes.Repeat([]byte("secret pass\r\n "), 2), 0x40, []wire.Span{{Start: 7, End: 11}, {Start: 21, End: 25}})
	want := []string{
		"00000040  73 65 63 72 65 74 20 **  ** ** ** 0d 0a 20 73 65  |secret ****.. se|",
		"00000050  63 72 65 74 20 ** ** **  ** 0d 0a 20              |cret ****.. |",
	}
	if h.Len() != len(want) {
		t.Fatalf("%d rows", h.Len())
	}
	for i := range want {
		if got := h.Row(i).String(); got != want[i] {
			t.Errorf("row %d is %q, want %q", i, got, want[i])
		}
	}
	if HexBytes(nil, 0, nil).Len() != 0 {
		t.Error("nothing has rows")
	}
}

// TestLayersNames checks the names of what a connection is carried in.
func TestLayersNames(t *testing.T) {
	for _, c := range []struct {
		last          decode.UpgradeTo
		version, want string
	}{
		{0, "", ""}, {decode.TLS, "", "TLS"}, {decode.TLS, "TLS 1.2", "TLS 1.2"},
		{decode.Compression, "", "DEFLATE"}, {decode.Compression, "TLS 1.3", "TLS 1.3+DEFLATE"},
	} {
		if got := Layers(c.last, c.version); got != c.want {
			t.Errorf("%v %q: %q, want %q", c.last, c.version, got, c.want)
		}
	}
}
