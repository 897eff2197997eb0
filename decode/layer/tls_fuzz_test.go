package layer

import (
	"bytes"
	"testing"

	"imapscope/capture"
)

// fuzzed returns sessions to begin with: one of each version, without their certificate so
// that they are small.
func fuzzed() (list []*encoder) {
	for _, s := range []struct{ version, suite uint16 }{
		{version10, 0x002F}, {version11, 0x0035}, {version12, 0x003C}, {version12, 0xC02F}, {version12, 0xC0A0},
		{version12, 0xCCA8}, {version13, 0x1301}, {version13, 0x1305},
	} {
		e := newEncoder(s.version, s.suite)
		e.shake()
		e.say(0, "a1 NOOP\r\n")
		e.say(1, "a1 OK done\r\n")
		if s.version == version13 {
			e.update(0)
		}
		e.say(0, "a2 LOGOUT\r\n")
		list = append(list, e)
	}
	return list
}

// flatten writes chunks as bytes that unflatten reads: a byte with the direction and the
// kind, two with the length, and the data.
func flatten(chunks []chunk) (out []byte) {
	for _, c := range chunks {
		out = append(out, byte(c.dir), byte(len(c.data)>>8), byte(len(c.data)))
		out = append(out, c.data...)
	}
	return out
}

func unflatten(b []byte) (out []chunk) {
	for len(b) >= 3 {
		n := int(b[1])<<8 | int(b[2])
		c := chunk{dir: capture.Direction(b[0] & 1)}
		if b[0]&2 != 0 {
			c.lost = int64(n)
			n = 0
		}
		b = b[3:]
		n = min(n, len(b))
		c.data, b = b[:n], b[n:]
		out = append(out, c)
	}
	return out
}

// FuzzTLS has keys of all the sessions, and any traffic. Division means nothing, what was
// reported adds up, and plaintext is what the encoder said.
func FuzzTLS(f *testing.F) {
	keys := ""
	var said [2][]byte
	for _, e := range fuzzed() {
		f.Add(flatten(e.chunks))
		f.Add(flatten(e.chunks[:len(e.chunks)-2]))
		keys += e.keys.String()
		for dir := range said {
			said[dir] = append(said[dir], e.said[dir].Bytes()...)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		chunks := unflatten(b)
		whole, facts := play(t, keysOf(keys), chunks, 0)
		cut, _ := play(t, keysOf(keys), chunks, 3)
		if whole.log.String() != cut.log.String() {
			t.Errorf("whole:\n%scut:\n%s", whole.log.String(), cut.log.String())
		}
		later := playLater(keys, chunks)
		if whole.log.String() != later.log.String() && len(later.dark)+len(whole.dark) == 0 {
			t.Errorf("with keys from the beginning:\n%swith keys that came later:\n%s", whole.log.String(), later.log.String())
		}
		if n := facts.Records[0] + facts.Records[1]; n != len(whole.records) || len(whole.dark) > 1 {
			t.Errorf("%d records counted, %d reported, dark %q", n, len(whole.records), whole.dark)
		}
		for dir := range whole.plain {
			for _, line := range bytes.SplitAfter(whole.plain[dir].Bytes(), []byte("\r\n")) {
				if !bytes.Contains(said[dir], line) {
					t.Errorf("%q was never sent", line)
				}
			}
		}
	})
}

// playLater plays chunks before there are keys.
func playLater(keys string, chunks []chunk) *heard {
	s, k := &heard{}, &Keys{}
	l := NewTLS(k, s)
	when := feedAll(l, chunks, 0)
	k.AddBlock([]byte(keys))
	l.Retry(when)
	l.Close(when)
	return s
}

// FuzzHandshake reads any bytes as the handshake messages of both sides, in the clear and
// after a ServerHello.
func FuzzHandshake(f *testing.F) {
	for _, e := range fuzzed() {
		for _, c := range e.chunks {
			if c.data[0] == typeHandshake {
				f.Add(byte(c.dir), c.data[headerLen:])
			}
		}
	}
	f.Add(byte(1), message(msgCertificate, []byte{0, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, dir byte, b []byte) {
		if len(b) > 1<<14 {
			return
		}
		d := capture.Direction(dir & 1)
		e := newEncoder(version12, 0x009C)
		e.record(0, typeHandshake, e.clientHello())
		e.record(1, typeHandshake, e.serverHello())
		for _, before := range [][]chunk{nil, e.chunks[:1], e.chunks} {
			once := append(before[:len(before):len(before)], chunk{dir: d, data: frameRecord(typeHandshake, version12, b)})
			each := before[:len(before):len(before)]
			for _, c := range b { // the same messages, a byte in each record
				each = append(each, chunk{dir: d, data: frameRecord(typeHandshake, version12, []byte{c})})
			}
			_, one := play(t, &Keys{}, once, 0)
			_, many := play(t, &Keys{}, each, 0)
			if len(b) > 0 && one.SNI+one.ALPN+one.Version+one.Suite != many.SNI+many.ALPN+many.Version+many.Suite {
				t.Errorf("whole %+v, cut %+v", one, many)
			}
			if len(one.Names) > maxNames || len(one.SNI) > maxName {
				t.Errorf("facts %+v", one)
			}
		}
	})
}
