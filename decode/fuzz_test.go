package decode_test

import (
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// pieces makes a conversation from any bytes: 0xff changes the direction, 0xfe is
// a loss of as many bytes as the next one says.
func pieces(b []byte) []decodetest.Piece {
	var out []decodetest.Piece
	dir := capture.ServerToClient
	for len(b) > 0 {
		i := 0
		for i < len(b) && b[i] < 0xfe {
			i++
		}
		if i > 0 {
			out = append(out, decodetest.Piece{Dir: dir, Data: b[:i]})
		}
		b = b[i:]
		switch {
		case len(b) == 0:
		case b[0] == 0xfe && len(b) > 1:
			out = append(out, decodetest.Piece{Dir: dir, Lost: int64(b[1])})
			b = b[2:]
		default:
			dir = dir.Reverse()
			b = b[1:]
		}
	}
	return out
}

// run decodes pieces, each cut after cut bytes (0: not cut).
func run(o decode.Options, ps []decodetest.Piece, cut int) (string, tally) {
	var out strings.Builder
	var sum tally
	decodetest.Run(o, ps, cut, func(e []decode.Event) { sum.add(e); show(&out, e) })
	return out.String(), sum
}

// tally adds up the bytes that events account for.
type tally struct {
	bytes       [2]int64 // in messages, or passed over
	upgraded    bool
	closed      decode.Counts
	unsolicited int
	abandoned   int
}

func (s *tally) add(events []decode.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			s.bytes[e.Dir] += e.Len
			if e.Kind == decode.Untagged && e.Txn == nil {
				s.unsolicited++
			}
		case *decode.Resync:
			s.bytes[e.Dir] += e.Skipped
		case *decode.Upgrade:
			s.upgraded = true
		case *decode.Transaction:
			for _, k := range e.Data {
				s.unsolicited += k.N
			}
			if e.Outcome == decode.Abandoned {
				s.abandoned++
			}
		case *decode.Closed:
			s.closed = e.Counts
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"* OK hi\r\n\xffa1 LOGIN fred {6}\r\n\xff+ go\r\n\xffsecret\r\n\xffa1 OK {3}\r\n",
		"* OK hi\r\n\xffa1 SELECT {5}\r\n\xffa1 BAD no\r\n\xffa2 NOOP\r\n\xff* 1 FETCH (X {3}\r\nabc)\r\na2 OK\r\n",
		"* OK hi\r\n\xff\r\n* NOOP\r\n\xff* BAD x\r\n* OK y\r\n\xffa AUTHENTICATE X\r\nabc\r\n\xffa NO\r\n",
		"* OK hi\r\n\xffa STARTTLS\r\n\xffa OK\r\n\xff\x16\x03",
		"* OK hi\r\na COMPRESS DEFLATE\r\n\xffa OK go\r\n\xff\x4a\x34\x52\xf0\xf3\xf7\x0f\xe0\xe5\x02\x00\x00\x00\xff\xff\xff\x4a\x34\x52\xf0",
		"* OK hi\r\n\xffa COMPRESS DEFLATE\r\n\xffa OK go\r\n\xffa2 NOOP\r\n\xffa2 OK\r\n",
		"* 1 FETCH (X {9}\r\nab\xfe\x05cd)\r\n* 2 EXI\xfe\x10xx\r\n* 3 EXISTS\r\n",
		"a b {0}\r\n\xffa OK {0}\r\n* X {0}\r\n {0}\r\n\r\n\xff {2+}\r\nab ~{1}\r\n\xfe\x01\r\n",
	} {
		f.Add([]byte(s), uint8(1), false)
		f.Add([]byte(s), uint8(3), true)
		f.Add([]byte(s), uint8(129), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut uint8, mid bool) {
		o := decode.Options{MidStream: mid, Keep: 256, Layers: cut >= 128}
		ps := pieces(b)
		want, sum := run(o, ps, 0)
		if got, _ := run(o, ps, int(cut%16)+1); got != want {
			t.Fatalf("cut every %d bytes:\n%s\nwhole:\n%s", cut%16+1, got, want)
		}
		if !sum.upgraded && sum.bytes != sum.closed.Octets {
			t.Fatalf("messages hold %v bytes of %v\n%s", sum.bytes, sum.closed.Octets, want)
		}
		if sum.unsolicited != sum.closed.Unsolicited || sum.abandoned != sum.closed.Abandoned {
			t.Fatalf("transactions do not add up to %+v\n%s", sum.closed, want)
		}
	})
}
