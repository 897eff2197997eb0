package main

import (
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode/decodetest/gen"
)

// position is where a message lies.
type position struct {
	from     string
	off, end int64
}

// undamaged returns the messages in the output of decode --format tree of which nothing
// is missing, and the close line.
func undamaged(list []map[string]any) (got map[position]bool, closed map[string]any) {
	got = map[position]bool{}
	for _, o := range list {
		switch o["type"] {
		case "message":
			if !o["broken"].(bool) && o["lost"].(float64) == 0 {
				off := int64(o["offset"].(float64))
				got[position{o["from"].(string), off, off + int64(o["octets"].(float64))}] = true
			}
		case "close":
			closed = o
		}
	}
	return got, closed
}

// whole reports whether no byte of a message is missing in the capture.
func (p *packets) whole(m *gen.Message) bool {
	for _, l := range p.lost[m.Dir] {
		if l.from < m.End() && m.Off < l.to {
			return false
		}
	}
	return true
}

// TestGeneratedCaptureWithLoss checks what decode makes of a capture that lacks
// segments: it invents no message, except that the rest of one may be taken for one
// where a loss ends; every message of which the capture has all bytes is decoded; and
// lost bytes are counted exactly.
func TestGeneratedCaptureWithLoss(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{Plain: true})
		p := segmentsOf(rt, s, network{lose: true, reorder: rapid.Bool().Draw(rt, "reorder"), repeat: rapid.Bool().Draw(rt, "repeat")})
		p.fill()
		got, closed := undamaged(objects(rt, "decode", "--format", "tree", "--show-secrets", p.file(t)))
		if closed == nil {
			rt.Fatal("no close line")
		}
		for dir, name := range []string{"client", "server"} {
			lost := int64(0)
			for _, l := range p.lost[dir] {
				lost += l.to - l.from
			}
			if n := closed["lost"].(map[string]any)[name].(float64); int64(n) != lost {
				rt.Errorf("%s: %d bytes were lost; decode counts %v", name, lost, n)
			}
		}
		for _, m := range s.Messages {
			at := position{m.Dir.String(), m.Off, m.End()}
			if !got[at] && p.whole(m) {
				rt.Errorf("%s %d: %q is missing", m.Dir, m.Off, m.Data)
			}
			delete(got, at)
			for _, l := range p.lost[m.Dir] {
				if m.Off < l.to {
					delete(got, position{m.Dir.String(), l.to, m.End()})
				}
			}
		}
		for at := range got {
			rt.Errorf("invented %+v: %q", at, p.all[dirOf(at.from)][at.off:at.end])
		}
		if rt.Failed() {
			rt.Logf("lost %v\n%s", p.lost, conversation(s))
		}
	})
}

// TestGeneratedLossIsNoFault checks that a correct session of which the capture lacks
// segments is judged so: bytes were lost, and neither side is to blame for anything.
func TestGeneratedLossIsNoFault(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{Plain: true})
		p := segmentsOf(rt, s, network{lose: true})
		p.fill()
		found := objects(rt, "check", "--format", "jsonl", "--min-severity", "warning", p.file(t))
		for _, o := range found {
			if o["id"] != "N001" {
				rt.Errorf("also %v", o)
			}
		}
		if lost := len(p.lost[0])+len(p.lost[1]) > 0; lost != (len(found) > 0) {
			rt.Errorf("bytes were lost: %v; %d findings", lost, len(found))
		}
		if rt.Failed() {
			rt.Logf("lost %v\n%s", p.lost, conversation(s))
		}
	})
}

func dirOf(from string) capture.Direction {
	if from == capture.ServerToClient.String() {
		return capture.ServerToClient
	}
	return capture.ClientToServer
}

// fill takes out of the losses what came again in another segment.
func (p *packets) fill() {
	for dir := range p.lost {
		have := make([]bool, len(p.all[dir]))
		for _, s := range p.segs {
			if s.Server != (dir == int(capture.ServerToClient)) || len(s.Data) == 0 {
				continue
			}
			at := int(s.Seq - p.isn[dir] - 1)
			for i := range s.Data {
				have[at+i] = true
			}
		}
		p.lost[dir] = nil
		for i, ok := range have {
			switch n := len(p.lost[dir]); {
			case ok:
			case n > 0 && p.lost[dir][n-1].to == int64(i):
				p.lost[dir][n-1].to++
			default:
				p.lost[dir] = append(p.lost[dir], lost{int64(i), int64(i) + 1})
			}
		}
	}
}
