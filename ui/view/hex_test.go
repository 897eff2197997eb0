package view

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// TestHexProperties checks that rows tile the bytes of a message and show each one, and
// that the rows of a span are those that contain one of its bytes.
func TestHexProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		o := Options{ShowSecrets: rapid.Bool().Draw(t, "secrets")}
		h := o.Hex(m)
		a := rapid.IntRange(-2, len(m.Raw)).Draw(t, "start")
		s := wire.Span{Start: a, End: rapid.IntRange(a, len(m.Raw)+2).Draw(t, "end")}
		first, end := h.RowsOf(s)
		var raw []byte
		off, gaps := int64(0), 0
		for i := range h.Len() {
			r := h.Row(i)
			if r.Offset != off || r.Span.Start != len(raw) {
				t.Fatalf("row %d begins at %d, byte %d, after %d bytes", i, r.Offset, r.Span.Start, len(raw))
			}
			holds := max(r.Span.Start, s.Start) < min(r.Span.End, s.End)
			if holds != (first <= i && i < end) && r.Omitted == 0 {
				t.Fatalf("rows of %v are %d to %d; row %d is %v", s, first, end, i, r.Span)
			}
			off += int64(r.Span.Len()) + r.Omitted
			if r.Omitted > 0 {
				gaps++
				if g := m.Gaps[gaps-1]; r.Span.Len() != 0 || r.Omitted != g.N || len(raw) != g.At {
					t.Fatalf("row %d: %+v", i, r)
				}
				continue
			}
			if n := r.Span.Len(); n < 1 || n > HexWidth || len(r.Cells()) != n {
				t.Fatalf("row %d has %d bytes, %d cells", i, n, len(r.Cells()))
			}
			for k, c := range r.Cells() {
				if c.At != r.Span.Start+k || c.Hidden && o.ShowSecrets {
					t.Fatalf("row %d: %+v", i, c)
				}
				b := m.Raw[c.At]
				if want := []byte{hex[b>>4], hex[b&15]}; !c.Hidden && !bytes.Equal(c.Hex[:], want) {
					t.Fatalf("byte %#x shows as %s", b, c.Hex)
				}
				if c.Hidden && (c.Hex != [2]byte{'*', '*'} || c.Char != '*') {
					t.Fatalf("hidden byte shows as %+v", c)
				}
				raw = append(raw, b)
			}
			if Inert(r.String()) != r.String() {
				t.Fatalf("row %d: %q", i, r)
			}
		}
		if !bytes.Equal(raw, m.Raw) || gaps != len(m.Gaps) {
			t.Fatalf("%q in rows, %q in the message; %d gaps", raw, m.Raw, gaps)
		}
	})
}

func large() *decode.Message {
	body := bytes.Repeat([]byte("Twas brillig. \r\n"), 10<<20/16)
	raw := append([]byte("* 1 FETCH (RFC822 {10485760}\r\n"), body...)
	return &decode.Message{
		Dir: capture.ServerToClient, Kind: decode.Untagged,
		Message: wire.Message{Raw: append(raw, ")\r\n"...)},
	}
}

// TestHexIsLazy checks that the dump of a large message allocates no memory for its bytes.
func TestHexIsLazy(t *testing.T) {
	m := large()
	if n := testing.AllocsPerRun(10, func() {
		h := Options{}.Hex(m)
		r := h.Row(h.Len() - 1)
		if r.Span.End != len(m.Raw) {
			t.Error(r)
		}
	}); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHexRow(b *testing.B) {
	h := Options{}.Hex(large())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_ = h.Row(i % h.Len())
	}
}
