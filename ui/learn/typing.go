package learn

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/proxy/intercept/practice"
	"imapscope/samples/lesson"
	"imapscope/samples/server"
)

// typing is the conversation of the student with the server.
type typing struct {
	session *server.Session        // nil: none is open
	conv    *practice.Conversation // through the proxy; nil: with the session itself
	follow  *decode.Decoder        // what both sides sent
	serial  int                    // the conversation's number, from 1
	off     [2]int64
	through int  // the last step whose command was typed correctly in it; -1: none
	sent    int  // commands
	ours    int  // of these, those not to be judged: sent for the student, or already judged
	within  bool // the command that was begun has not ended: a literal is due
}

// The address of the sample server; clients have the following ports.
var serverAddress = netip.MustParseAddrPort("127.0.0.1:143")

const firstPort = 49152

// event adds a fact about a typed conversation to the capture. Its connection is numbered
// after those of the recordings, so the number is known only when these have been read.
type event func(s capture.Sink, recordings capture.ConnID) error

// Run implements capture.Source: first the recordings, then the typed commands, until ctx
// ends.
func (t *Tutor) Run(ctx context.Context, sink capture.Sink) error {
	defer t.closing.Wait()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.leave()
		t.hangUp()
	}()
	if err := t.source.Run(ctx, sink); err != nil {
		return err
	}
	t.mu.Lock()
	t.read, t.recorded = true, t.latest
	t.mu.Unlock()
	for {
		for _, e := range t.drain() {
			if err := e(sink, t.recorded); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.more:
		}
	}
}

// drain returns the queued events and empties the queue.
func (t *Tutor) drain() []event {
	t.queueMu.Lock()
	defer t.queueMu.Unlock()
	out := t.queue
	t.queue = nil
	return out
}

// enqueue adds an event to the queue.
func (t *Tutor) enqueue(e event) {
	t.queueMu.Lock()
	t.queue = append(t.queue, e)
	t.queueMu.Unlock()
	select {
	case t.more <- struct{}{}:
	default:
	}
}

// Open implements decode.Handler.
func (t *Tutor) Open(c capture.Conn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latest = max(t.latest, c.ID)
	return nil
}

// Events implements decode.Handler: it judges the command that the student typed, once
// it has been answered.
func (t *Tutor) Events(id capture.ConnID, events []decode.Event) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	y := &t.typed
	if !t.read || id != t.recorded+capture.ConnID(y.serial) || t.at == len(t.lesson.Steps) {
		return nil
	}
	for _, e := range events {
		x, ok := e.(*decode.Transaction)
		if !ok || x.N <= y.ours || t.lesson.Steps[t.at].Kind() != lesson.Type {
			continue
		}
		y.ours = x.N
		right, say := t.lesson.Steps[t.at].Typed(x)
		if right {
			y.through = t.at
		}
		t.judged(right, say)
	}
	return nil
}

// prepare opens a conversation for a step that types, or continues the one that has reached
// the step before it, and sends the step's own commands.
func (t *Tutor) prepare() {
	before := -1 // the previous step that types
	for i := range t.at {
		if t.lesson.Steps[i].Kind() == lesson.Type {
			before = i
		}
	}
	if t.typed.session == nil || before < 0 || t.typed.through != before {
		t.begin(before)
		t.hold()
		return
	}
	for _, line := range t.lesson.Steps[t.at].Before {
		t.command([]string{line})
	}
	t.typed.ours = t.typed.sent
	t.hold()
}

// begin opens a new conversation and sends everything that precedes the step.
func (t *Tutor) begin(before int) {
	if t.typed.session != nil {
		t.end()
	}
	t.typed = typing{session: t.server.NewSession(), follow: decode.New(decode.Options{}), serial: t.typed.serial + 1, through: before}
	if t.holds != nil {
		t.typed.serial++ // each conversation has two legs
		t.relay(t.typed.serial)
		t.prelude()
		return
	}
	c := capture.Conn{
		Client: netip.AddrPortFrom(serverAddress.Addr(), uint16(firstPort+t.typed.serial%1000)), Server: serverAddress,
		Start: time.Now(), Origin: "what is typed",
	}
	serial := capture.ConnID(t.typed.serial)
	t.enqueue(func(s capture.Sink, recordings capture.ConnID) error {
		c.ID = recordings + serial
		return s.Event(&capture.Event{Kind: capture.Opened, Conn: c.ID, Time: c.Start, Info: &c})
	})
	t.send(capture.ServerToClient, t.typed.session.Greeting())
	t.prelude()
}

// prelude sends what precedes the step.
func (t *Tutor) prelude() {
	for _, lines := range t.lesson.Prelude(t.at) {
		t.command(lines)
	}
	t.typed.ours = t.typed.sent
}

// command sends a command for the student, without its literals if the server refuses them.
func (t *Tutor) command(lines []string) {
	for i, line := range lines {
		if i > 0 && !t.typed.within {
			return
		}
		t.line(line)
	}
}

// Type sends a line that the student types: a command, or a line within one. A command
// without a tag gets one.
func (t *Tutor) Type(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == len(t.lesson.Steps) || t.lesson.Steps[t.at].Kind() != lesson.Type {
		return
	}
	if w := t.held(); w != nil {
		t.release(w, line)
		return
	}
	if line == "" && !t.typed.within {
		return
	}
	t.version++
	t.said = ""
	if t.typed.session == nil { // after LOGOUT
		t.prepare()
	}
	t.line(line)
}

// line sends a line, and records the server's answer.
func (t *Tutor) line(line string) {
	y := &t.typed
	if y.session == nil {
		return
	}
	data := []byte(line + "\r\n")
	if !y.within {
		y.sent++
		data = lesson.Command(fmt.Sprintf("L%02d", y.sent), []string{line})
	}
	if y.conv != nil {
		y.decode(capture.ClientToServer, time.Now(), data)
		y.conv.Send(data)
		return
	}
	t.send(capture.ClientToServer, data)
	answer, more := y.session.Write(data)
	if len(answer) > 0 {
		t.send(capture.ServerToClient, answer)
	}
	if !more {
		t.end()
	}
}

// send records what one side of the conversation sent.
func (t *Tutor) send(dir capture.Direction, data []byte) {
	serial, at, off := capture.ConnID(t.typed.serial), time.Now(), t.typed.off[dir]
	t.typed.off[dir] += int64(len(data))
	t.typed.decode(dir, at, data)
	t.enqueue(func(s capture.Sink, recordings capture.ConnID) error {
		return s.Event(&capture.Event{Kind: capture.Data, Conn: recordings + serial, Dir: dir, Time: at, Off: off, Data: data})
	})
}

// decode follows what one side sent: whether it ends what the student began is for the
// decoder to say.
func (y *typing) decode(dir capture.Direction, at time.Time, data []byte) {
	y.within = y.within || dir == capture.ClientToServer
	for _, e := range y.follow.Write(dir, at, data) {
		if m, ok := e.(*decode.Message); ok && m.Dir == capture.ClientToServer {
			y.within = false
		}
	}
}

// end closes the conversation.
func (t *Tutor) end() {
	serial, at := capture.ConnID(t.typed.serial), time.Now()
	t.typed.session, t.typed.within = nil, false
	if t.typed.conv != nil {
		t.hangUp()
		return
	}
	t.enqueue(func(s capture.Sink, recordings capture.ConnID) error {
		for _, e := range []capture.Event{
			{Kind: capture.HalfClosed, Dir: capture.ServerToClient, Cause: capture.FIN},
			{Kind: capture.HalfClosed, Dir: capture.ClientToServer, Cause: capture.FIN},
			{Kind: capture.Closed, Cause: capture.FIN},
		} {
			e.Conn, e.Time = recordings+serial, at
			if err := s.Event(&e); err != nil {
				return err
			}
		}
		return nil
	})
}
