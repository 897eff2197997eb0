package traffic

import (
	"encoding/binary"
	"maps"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// TestDecoderFindsTheTruth: what decode makes of a capture is what was said.
func TestDecoderFindsTheTruth(t *testing.T) {
	for _, o := range []Options{
		{Bytes: 8 << 20, Conns: 32}, {Seed: 3, Bytes: 4 << 20, Mix: Headers}, {Seed: 4, Bytes: 8 << 20, Mix: Bodies}, {Seed: 5, MSS: 7, Bytes: 4 << 20},
		{Dialect: IMAP4rev1, Bytes: 4 << 20}, {Dialect: IMAP4rev1, Bytes: 4 << 20, Mix: Headers}, {Dialect: IMAP4rev1, Bytes: 4 << 20, Mix: Bodies},
	} {
		file, sum := write(t, o)
		got := decoded{commands: map[string]int64{}, completions: map[string]int64{}, unsolicited: map[string]int64{}}
		got.decode(t, file)
		if !maps.Equal(got.commands, sum.Commands) || !maps.Equal(got.completions, sum.Completions) || !maps.Equal(got.unsolicited, sum.Unsolicited) ||
			got.outside != sum.Outside || got.ready != sum.Ready || got.greetings != sum.Connections {
			t.Errorf("%+v: decoded\n%+v\nthe summary says\n%+v", o, got, sum)
		}
	}
}

// decoded counts events.
type decoded struct {
	commands, completions, unsolicited map[string]int64
	outside, ready, greetings          int64
}

// decode feeds every segment, in the file's order, to its connection's Decoder.
func (c *decoded) decode(t *testing.T, file []byte) {
	t.Helper()
	decoders := map[string]*decode.Decoder{}
	when := epoch
	for b := file[fileHeader:]; len(b) > 0; {
		size := binary.LittleEndian.Uint32(b[8:])
		frame := b[recordHeader : recordHeader+size]
		b = b[recordHeader+size:]
		ip, tcp := frame[14:34], frame[34:]
		key, dir := string(ip[12:16])+string(tcp[:2]), capture.ClientToServer
		if binary.BigEndian.Uint16(tcp) == 143 {
			key, dir = string(ip[16:20])+string(tcp[2:4]), capture.ServerToClient
		}
		if decoders[key] == nil {
			decoders[key] = decode.New(decode.Options{})
		}
		when = when.Add(time.Microsecond)
		if data := tcp[tcp[12]>>4*4:]; len(data) > 0 {
			c.see(t, decoders[key].Write(dir, when, data))
		}
	}
	for _, d := range decoders {
		c.see(t, d.Close(when, capture.FIN))
	}
}

func (c *decoded) see(t *testing.T, events []decode.Event) {
	t.Helper()
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Transaction:
			c.commands[e.Command]++
			c.completions[e.Status]++
			if e.Outcome != decode.Completed {
				t.Errorf("%s %s is %s", e.Tag, e.Command, e.Outcome)
			}
		case *decode.Message:
			switch e.Kind {
			case decode.Greeting:
				c.greetings++
			case decode.Ready:
				c.ready++
			case decode.Untagged:
				c.unsolicited[e.Word]++
				if e.Txn == nil {
					c.outside++
				}
			case decode.Junk:
				t.Errorf("junk: %.80q", e.Raw)
			}
		case *decode.Resync:
			t.Errorf("framing was lost: %+v", e)
		case *decode.Upgrade:
			t.Errorf("taken for %s", e.To)
		}
	}
}
