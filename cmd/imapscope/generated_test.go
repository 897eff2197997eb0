package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest/gen"
	"imapscope/samples/traffic"
)

// network is what happens to the segments of a connection on their way into a capture.
type network struct {
	reorder bool // segments that are under way together change places
	repeat  bool // bytes come again, in other segments
	lose    bool // segments are missing in the capture
}

// packets is a connection cut into segments.
type packets struct {
	t    *rapid.T
	how  network
	now  time.Time
	isn  [2]uint32
	sent [2]int64
	all  [2][]byte
	segs []traffic.Segment
	lost [2][]lost
}

// lost is a run of bytes that no segment has.
type lost struct{ from, to int64 }

// segmentsOf cuts a session into segments and sends them through a network.
func segmentsOf(t *rapid.T, s *gen.Session, how network) *packets {
	p := &packets{t: t, how: how, now: time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)}
	p.isn = [2]uint32{1000, rapid.SampledFrom([]uint32{5000, 1<<32 - 200}).Draw(t, "isn")}
	p.handshake()
	for i := 0; i < len(s.Steps); {
		dir := s.Steps[i].Dir
		var data []byte
		p.now = p.now.Add(s.Steps[i].Wait)
		for first := i; i < len(s.Steps) && s.Steps[i].Dir == dir && (i == first || s.Steps[i].Wait == 0); i++ {
			data = append(data, s.Steps[i].Data...)
		}
		p.flight(dir, data)
	}
	p.end(s)
	return p
}

func (p *packets) segment(dir capture.Direction, seq int64, data []byte) traffic.Segment {
	p.now = p.now.Add(time.Millisecond)
	return traffic.Segment{
		Server: dir == capture.ServerToClient, Time: p.now, Data: data,
		Seq: p.isn[dir] + 1 + uint32(seq), Ack: p.isn[1-dir] + 1 + uint32(p.sent[1-dir]),
	}
}

func (p *packets) handshake() {
	c, s := capture.ClientToServer, capture.ServerToClient
	syn, answer, third := p.segment(c, -1, nil), p.segment(s, -1, nil), p.segment(c, 0, nil)
	syn.SYN, syn.NoAck, answer.SYN = true, true, true
	p.segs = append(p.segs, syn, answer, third)
}

// flight sends what one side sends before the other one reacts.
func (p *packets) flight(dir capture.Direction, data []byte) {
	most := rapid.SampledFrom([]int{1460, 30, 5}).Draw(p.t, "segment")
	first := p.sent[dir]
	p.all[dir] = append(p.all[dir], data...)
	var out []traffic.Segment
	for len(data) > 0 {
		n := rapid.IntRange(1, min(most, len(data))).Draw(p.t, "bytes")
		if !p.how.lose || rapid.IntRange(0, 9).Draw(p.t, "lose") < 9 {
			out = append(out, p.segment(dir, p.sent[dir], data[:n]))
		}
		p.sent[dir] += int64(n)
		data = data[n:]
		if p.how.repeat && rapid.IntRange(0, 5).Draw(p.t, "repeat") == 5 {
			from := first + int64(rapid.IntRange(0, int(p.sent[dir]-first-1)).Draw(p.t, "from"))
			to := from + int64(rapid.IntRange(1, int(p.sent[dir]-from)).Draw(p.t, "to"))
			out = append(out, p.segment(dir, from, p.all[dir][from:to]))
		}
	}
	if p.how.reorder {
		times := make([]time.Time, len(out))
		for i := range out {
			times[i] = out[i].Time
		}
		out = rapid.Permutation(out).Draw(p.t, "order")
		for i := range out {
			out[i].Time = times[i]
		}
	}
	p.segs = append(p.segs, out...)
}

func (p *packets) end(s *gen.Session) {
	first := s.First
	p.now = p.now.Add(s.Wait)
	a := p.segment(first, p.sent[first], nil)
	a.FIN, a.RST = s.Cause == capture.FIN, s.Cause == capture.RST
	p.segs = append(p.segs, a)
	if a.RST {
		return
	}
	p.sent[first]++
	b := p.segment(1-first, p.sent[1-first], nil)
	b.FIN = true
	p.sent[1-first]++
	p.segs = append(p.segs, b, p.segment(first, p.sent[first], nil))
}

// file writes the segments to a capture.
func (p *packets) file(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.WriteSegments(&b, p.segs); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "generated.pcap")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// objects runs a verb that writes JSON lines and returns them without times.
func objects(t *rapid.T, args ...string) []map[string]any {
	var out, errw bytes.Buffer
	if code := run(args, nil, &out, &errw); code > 1 {
		t.Fatalf("%v: exit code %d: %s", args, code, &errw)
	}
	var list []map[string]any
	for line := range strings.Lines(out.String()) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		for _, key := range []string{"time", "end", "ms", "start", "client", "server", "origin", "conn", "ambiguous", "sasl"} {
			delete(o, key)
		}
		list = append(list, o)
	}
	return list
}

// object makes numbers and structures what JSON makes of them.
func object(o map[string]any) map[string]any {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}

// expected returns what decode --format jsonl writes of a session.
func expected(s *gen.Session) []map[string]any {
	out := []map[string]any{{"type": "connection", "midstream": false}}
	unsolicited, ready := 0, 0
	for _, m := range s.Messages {
		switch {
		case m.Kind == decode.Greeting:
			out = append(out, map[string]any{"type": "greeting", "status": m.Word, "text": m.Text})
		case m.Kind == decode.Tagged:
			out = append(out, transactionObject(m.Txn))
		case m.Kind == decode.Ready:
			ready++
		case m.Kind == decode.Untagged:
			unsolicited++
			if m.Txn == nil {
				o := map[string]any{"type": "unsolicited", "kind": m.Word, "text": m.OneLine(), "octets": len(m.Data)}
				if m.Number > 0 {
					o["number"] = m.Number
				}
				out = append(out, object(o))
			}
		}
	}
	octets := map[string]any{}
	for dir, name := range []string{"client", "server"} {
		n := int64(0)
		for _, m := range s.Messages {
			if int(m.Dir) == dir {
				n = m.End()
			}
		}
		octets[name] = n
	}
	return append(out, object(map[string]any{
		"type": "close", "reason": "fin", "first": s.First.String(), "octets": octets, "lost": map[string]any{"client": 0, "server": 0},
		"requests": len(s.Transactions), "responses": len(s.Transactions), "unsolicited": unsolicited, "ready": ready,
		"orphans": 0, "abandoned": 0, "junk": 0, "dialect": s.Dialect.String(),
	}))
}

func transactionObject(t *gen.Transaction) map[string]any {
	data := map[string]any{}
	for _, c := range t.Data {
		data[c.Kind] = c.N
	}
	lits := []any{}
	for _, l := range t.Lits {
		o := map[string]any{"from": l.From.String(), "octets": l.Size, "state": "complete"}
		if l.Withdrawn {
			o["state"] = "withdrawn"
		}
		if l.From == capture.ClientToServer {
			o["waited"] = l.Waited
		}
		lits = append(lits, o)
	}
	return object(map[string]any{
		"type": "transaction", "n": t.N, "tag": t.Tag, "command": t.Command, "request": t.Request, "status": t.Status, "text": t.Text,
		"outcome": "completed", "unsolicited": data, "ready": t.Ready, "literals": lits, "lost": 0,
		"octets": map[string]any{"client": t.Octets[0], "server": t.Octets[1]},
	})
}

// TestGeneratedCapture checks that decode reads a generated session from a capture as
// it was, however its bytes were cut into segments, and if segments that were under way
// together changed places, or bytes came again in other segments.
func TestGeneratedCapture(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{})
		how := network{reorder: rapid.Bool().Draw(rt, "reorder"), repeat: rapid.Bool().Draw(rt, "repeat")}
		file := segmentsOf(rt, s, how).file(t)
		got := objects(rt, "decode", "--format", "jsonl", "--show-secrets", file)
		for _, o := range got {
			delete(o, "mailbox") // the truth does not follow it
		}
		if d := cmp.Diff(expected(s), got); d != "" {
			rt.Fatalf("%+v: truth (-), decode (+):\n%s", how, d)
		}
	})
}

// TestGeneratedFaultless checks that check finds no more than notes in generated
// sessions, which are correct, whatever the order in which segments were captured.
func TestGeneratedFaultless(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{})
		file := segmentsOf(rt, s, network{reorder: rapid.Bool().Draw(rt, "reorder")}).file(t)
		if found := objects(rt, "check", "--format", "jsonl", "--min-severity", "warning", file); len(found) > 0 {
			rt.Fatalf("found %v\n%s", found, conversation(s))
		}
	})
}

// conversation returns a session as text, for messages.
func conversation(s *gen.Session) string {
	var b strings.Builder
	for _, step := range s.Steps {
		fmt.Fprintf(&b, "%s %q\n", step.Dir, step.Data)
	}
	return b.String()
}
