package decode_test

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest/gen"
)

// losses is a session of which bytes were lost.
type losses struct {
	lost     [2]int64
	ends     [2]map[int64]bool // where losses end
	captured [2][]bool         // by position
}

// feedWithLosses feeds a session to a decoder, cut at random places, some bytes lost.
func feedWithLosses(t *rapid.T, s *gen.Session, see func([]decode.Event)) *losses {
	l := &losses{ends: [2]map[int64]bool{{}, {}}}
	d := decode.New(decode.Options{})
	now := time.Unix(1, 0)
	most := rapid.SampledFrom([]int{40, 5, 1000}).Draw(t, "most")
	for _, step := range s.Steps {
		for b := step.Data; len(b) > 0; {
			n := rapid.IntRange(1, min(most, len(b))).Draw(t, "cut")
			now = now.Add(time.Millisecond)
			lost := rapid.IntRange(0, 9).Draw(t, "lost") == 9
			for range n {
				l.captured[step.Dir] = append(l.captured[step.Dir], !lost)
			}
			if lost {
				see(d.Lost(step.Dir, now, int64(n)))
				l.lost[step.Dir] += int64(n)
				l.ends[step.Dir][int64(len(l.captured[step.Dir]))] = true
			} else {
				see(d.Write(step.Dir, now, bytes.Clone(b[:n])))
			}
			b = b[n:]
		}
	}
	see(d.Close(now, s.Cause))
	return l
}

// whole reports whether no byte of a message was lost.
func (l *losses) whole(m *gen.Message) bool {
	for _, ok := range l.captured[m.Dir][m.Off:m.End()] {
		if !ok {
			return false
		}
	}
	return true
}

// place is where a message lies.
type place struct {
	dir      capture.Direction
	off, end int64
}

// TestGeneratedLoss checks what decode makes of a session of which bytes were lost. It
// invents nothing: each undamaged message is one that was sent, or, where a loss ends
// within a message, may be the rest of that one, because nothing shows that its
// beginning is missing. Framing is found again at once: every message of which no byte
// was lost is decoded, the first one after a loss too. Lost bytes are counted exactly.
func TestGeneratedLoss(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{Plain: true})
		got := map[place][]byte{}
		var closed *decode.Closed
		l := feedWithLosses(rt, s, func(events []decode.Event) {
			for _, e := range events {
				switch e := e.(type) {
				case *decode.Message:
					if !e.Broken && e.Lost == 0 {
						got[place{e.Dir, e.Off, e.Off + e.Len}] = bytes.Clone(e.Raw)
					}
				case *decode.Closed:
					closed = e
				}
			}
		})
		if closed.Lost != l.lost {
			rt.Errorf("%v bytes were lost; decode counts %v", l.lost, closed.Lost)
		}
		for _, m := range s.Messages {
			at := place{m.Dir, m.Off, m.End()}
			if data, ok := got[at]; ok && !bytes.Equal(data, m.Data) {
				rt.Errorf("%s %d: %q, sent was %q", m.Dir, m.Off, data, m.Data)
			} else if !ok && l.whole(m) {
				rt.Errorf("%s %d: %q is missing", m.Dir, m.Off, m.Data)
			}
			delete(got, at)
			for p, data := range got {
				if p.dir == m.Dir && p.off > m.Off && p.end == m.End() && l.ends[p.dir][p.off] && bytes.HasSuffix(m.Data, data) {
					delete(got, p)
				}
			}
		}
		for p, data := range got {
			rt.Errorf("%s %d: invented %q", p.dir, p.off, data)
		}
	})
}
