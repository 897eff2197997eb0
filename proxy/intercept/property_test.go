package intercept_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
	"imapscope/decode"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// TestWhatArrives plays random sessions, pipelined and in any pieces, through a stage that
// holds, edits, drops, delays, divides and answers at random: what arrives is what it says, and
// everything else untouched and in order. What was recorded of each leg is what the side saw.
func TestWhatArrives(t *testing.T) {
	leaktest.Check(t)
	var playing atomic.Pointer[scene]
	legs := newLegs()
	play := func(c net.Conn) { playing.Load().serve(c) }
	rig := intercepttest.StartWith(t, play, legs, intercept.Options{
		Stages: []intercept.Stage{stageFunc(func(c *intercept.Conn) intercept.Agent { return &chance{conn: c, scene: playing.Load()} })},
		Row:    intercepttest.Row, Limit: limit,
	})
	rig.Engine.Hurry(time.Hour, time.Millisecond)
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScene(rt)
		rt.Log(s)
		playing.Store(s)
		legs.reset()
		s.converse(rt, rig.Addr)
		legs.wait(t)
		s.judge(rt, legs)
	})
}

// patience is how long a session may take that should take milliseconds.
const patience = 5 * time.Second

// stageFunc is a Stage.
type stageFunc func(*intercept.Conn) intercept.Agent

func (f stageFunc) Agent(c *intercept.Conn) intercept.Agent { return f(c) }

// chance is the agent of a scene.
type chance struct {
	conn  *intercept.Conn
	scene *scene
}

func (*chance) Close() {}

// Wants implements intercept.Agent. What nothing is to happen to is wanted at times.
func (a *chance) Wants(h *intercept.Head) bool {
	act := a.scene.actOn(h.Line)
	return act != nil && *act != passes
}

// Act implements intercept.Agent.
func (a *chance) Act(m *intercept.Message) {
	act := *a.scene.actOn(m.Out())
	switch act {
	case edits:
		m.Change(edited(m.Out()), capture.ByEdit, "edited")
	case drops:
		m.Change(nil, capture.ByEdit, "dropped")
	case answers:
		m.Change(nil, capture.ByEdit, "answered")
		a.conn.Answer([]byte(answer(m.Tag)), capture.ByEdit, "answer")
	case delays:
		m.Shape(func(raw []byte) []intercept.Piece {
			return []intercept.Piece{{Wait: time.Millisecond, Data: raw}}
		}, capture.ByFault, "delayed")
	case divides:
		m.Shape(func(raw []byte) (pieces []intercept.Piece) {
			for p := range slices.Chunk(raw, 1+len(raw)/3) {
				pieces = append(pieces, intercept.Piece{Wait: time.Microsecond, Data: p})
			}
			return pieces
		}, capture.ByFault, "divided")
	case holds, holdsEdits, holdsDrops:
		g := &gate{act: act}
		m.Hold(g)
		a.conn.After(time.Duration(len(m.Out())%5)*time.Millisecond, func() { g.open = true; a.conn.Wake() })
	}
}

// gate releases a message once it is open.
type gate struct {
	act  act
	open bool
}

func (g *gate) Released(raw []byte) ([]byte, bool) {
	switch g.act {
	case holdsEdits:
		return edited(raw), g.open
	case holdsDrops:
		return nil, g.open
	}
	return raw, g.open
}

// legs keeps what was reported of the connections of one scene, until the client's has ended.
type legs struct {
	facts  chan capture.Event
	events []capture.Event
}

func newLegs() *legs { return &legs{facts: make(chan capture.Event, 1<<16)} }

func (l *legs) Event(e *capture.Event) error {
	l.facts <- capturetest.Clone(e)
	return nil
}

func (l *legs) reset() { l.events = nil }

// wait waits until every connection that was opened has ended.
func (l *legs) wait(t *testing.T) {
	t.Helper()
	for open := 1; open > 0; {
		select {
		case e := <-l.facts:
			l.events = append(l.events, e)
			if e.Kind == capture.Closed {
				open--
			}
			if e.Kind == capture.Opened && len(l.events) > 1 {
				open++
			}
		case <-time.After(time.Minute):
			t.Fatal("the connection has not ended")
		}
	}
}

// stream returns the bytes of a direction on the client's leg, or on the server's if there is one.
func (l *legs) stream(server bool, dir capture.Direction) (data []byte) {
	for _, e := range l.leg(server) {
		if e.Kind == capture.Data && e.Dir == dir {
			data = append(data, e.Data...)
		}
	}
	return data
}

func (l *legs) leg(server bool) (events []capture.Event) {
	id := l.events[0].Conn
	if server {
		for _, e := range l.events {
			id = max(id, e.Conn)
		}
	}
	for _, e := range l.events {
		if e.Conn == id {
			events = append(events, e)
		}
	}
	return events
}

// requests returns the requests that a Decoder reads in what was recorded of a leg.
func (l *legs) requests(server bool) (all []string) {
	d := decode.New(decode.Options{Keep: 4 << 20})
	for _, e := range l.leg(server) {
		for _, x := range d.Event(&e) {
			if m, ok := x.(*decode.Message); ok && m.Dir == capture.ClientToServer {
				all = append(all, string(m.Raw))
			}
		}
	}
	return all
}

// judge compares what arrived, and what was recorded, with what was to arrive.
func (s *scene) judge(t *rapid.T, l *legs) {
	same(t, "the server got", s.atServer, s.wantServer())
	same(t, "the client got", withoutOwn(s.atClient), s.wantClient())
	for i := range s.commands {
		if c := &s.commands[i]; c.act == answers && bytes.Count(s.atClient, []byte(answer([]byte(c.tag)))) != 1 && !c.tooLong() {
			t.Fatalf("the answer to %s did not come once", c.tag)
		}
	}
	same(t, "recorded of the client", l.stream(false, capture.ClientToServer), s.fromClient)
	same(t, "recorded to the client", l.stream(false, capture.ServerToClient), s.atClient)
	if l.leg(true)[0].Conn == l.events[0].Conn {
		return
	}
	to, from := l.stream(true, capture.ClientToServer), l.stream(true, capture.ServerToClient)
	if l.leg(true)[0].Info.MidStream { // its beginning was no longer kept
		same(t, "recorded to the server in the end", to, s.atServer[max(0, len(s.atServer)-len(to)):])
		same(t, "recorded of the server in the end", from, s.fromServer[max(0, len(s.fromServer)-len(from)):])
		return
	}
	same(t, "recorded to the server", to, s.atServer)
	same(t, "recorded of the server", from, s.fromServer)
	if got := l.requests(true); !s.unwaited && strings.Join(got, "") != string(s.atServer) {
		t.Fatalf("the server's leg decodes to %q", got)
	}
	for _, r := range l.requests(true) {
		if !s.unwaited && !strings.HasPrefix(r, "a") && !strings.HasPrefix(r, "DONE") && !strings.HasPrefix(r, "QUJD") {
			t.Fatalf("decoded as a request: %.100q", r)
		}
	}
}

// same compares bytes.
func same(t *rapid.T, what string, got, want []byte) {
	if !bytes.Equal(got, want) {
		n := common(got, want)
		from := max(0, n-60)
		t.Fatalf("%s %d bytes, want %d, equal up to %d:\ngot  …%.200q\nwant …%.200q", what, len(got), len(want), n, got[from:], want[from:])
	}
}

// converse plays the client's side.
func (s *scene) converse(t *rapid.T, addr string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	in := newIncoming(c)
	for i := range s.commands {
		cmd := &s.commands[i]
		for n, part := range cmd.parts {
			s.fromClient = append(s.fromClient, part...)
			if err := s.write(c, []byte(part)); err != nil {
				t.Fatalf("%v at part %d of %s, after %.2000q", err, n, cmd.tag, in.got[max(0, len(in.got)-300):])
			}
			if waits := cmd.waits(n) && !s.unwaited || cmd.dialogue != "" && n == 0; waits && !in.ready(cmd.tag) {
				break
			}
		}
	}
	c.(*net.TCPConn).CloseWrite()
	<-in.ended
	s.atClient = in.got
	if in.err != io.EOF {
		t.Fatalf("the client got %v after %d bytes, …%q; the server %d bytes, …%q", in.err, len(in.got), in.got[max(0, len(in.got)-300):], len(s.atServer), s.atServer[max(0, len(s.atServer)-100):])
	}
	<-s.served
}

// write writes bytes in pieces.
func (s *scene) write(c net.Conn, b []byte) error {
	for p := range slices.Chunk(b, s.chunk) {
		if _, err := c.Write(p); err != nil {
			return err
		}
	}
	return nil
}

func answer(tag []byte) string { return fmt.Sprintf("* OK for %s\r\n%s OK answered\r\n", tag, tag) }

// String returns what is played, for a test that fails.
func (s *scene) String() string {
	b := fmt.Sprintf("unwaited %t, chunk %d\n", s.unwaited, s.chunk)
	for i := range s.commands {
		c := &s.commands[i]
		b += fmt.Sprintf("C: %d refused %d", c.act, c.refused)
		for _, p := range c.parts {
			b += fmt.Sprintf(" %.50q", p)
		}
		b += "\n"
		for _, a := range c.answer {
			b += fmt.Sprintf("S: %d %.60q\n", *s.acts[marked.FindStringSubmatch(a)[1]], a)
		}
	}
	return b
}
