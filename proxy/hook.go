package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"imapscope/capture"
)

// A Hook relays connections in place of the Proxy, which does everything before (headers,
// the upstream, TLS) and after. It may read before it writes.
type Hook interface {
	// Relay relays a connection and returns when it has ended. ctx is done when the Proxy
	// is closed; both sides are closed then too.
	Relay(ctx context.Context, l *Link)
}

// A Link is a connection that a Hook relays. What it reads and writes is reported by the Hook.
type Link struct {
	// Info is the connection as it was reported: the client's leg.
	Info capture.Conn

	s       *session
	readers [2]reader
}

// link returns the Link of a session.
func (s *session) link() *Link {
	l := &Link{s: s, Info: s.conn()}
	l.Info.ID = s.tap.id
	l.readers[capture.ClientToServer] = s.newReader(s.client)
	l.readers[capture.ServerToClient] = s.newReader(s.server)
	return l
}

// hooked relays the connection by the Hook.
func (s *session) hooked() {
	s.p.Hook.Relay(s.p.base, s.link())
	if s.isBroken() {
		s.abort()
	}
	s.end(capture.FIN)
	s.finish()
}

// Read waits for bytes of a direction. They are valid until Release, and may be returned
// together with an error: io.EOF if the side ended its direction.
func (l *Link) Read(dir capture.Direction) ([]byte, error) {
	p, err := l.readers[dir].read()
	if errors.Is(err, io.ErrUnexpectedEOF) { // TLS reports a missing close_notify this way
		err = io.EOF
	}
	return p, err
}

// Release frees the buffer of Read.
func (l *Link) Release(dir capture.Direction) { l.readers[dir].release() }

// Write writes bytes that travel in a direction: those from client to server to the server.
func (l *Link) Write(dir capture.Direction, p []byte) error {
	l.s.touch(time.Now())
	_, err := l.to(dir).Write(p)
	return err
}

// CloseWrite passes on the end of a direction.
func (l *Link) CloseWrite(dir capture.Direction) { l.s.half(l.to(dir)) }

// to returns the connection that a direction leads to.
func (l *Link) to(dir capture.Direction) net.Conn {
	if dir == capture.ClientToServer {
		return l.s.server
	}
	return l.s.client
}

// Reset ends both sides: each is reset, once it has received what was written to it.
func (l *Link) Reset() {
	if l.s.markBroken() {
		l.s.flush(l.s.client)
		l.s.flush(l.s.server)
		l.s.abort()
	}
}

// Broken records that a side was reset: both are, after what the other one has sent was
// relayed, or a second.
func (l *Link) Broken() { l.s.markBroken() }

// Close ends both sides in order.
func (l *Link) Close() { l.s.end(capture.FIN) }

// Reports reports whether anything reads what is reported.
func (l *Link) Reports() bool { return l.s.tap.sink != nil }

// Report reports a fact of the client's leg. Conn and Off are set here, and the times of a
// connection are kept in order.
func (l *Link) Report(e capture.Event) {
	if e.Kind == capture.Data {
		l.s.touch(e.Time)
		l.s.p.stats.octets[e.Dir].Add(int64(len(e.Data)))
	}
	l.s.tap.report(e)
	if w := l.s.tap.wire; w != nil && e.Kind == capture.Note {
		w.report(e)
	}
}

// A Leg is the connection between the proxy and the server, reported as one of its own.
type Leg struct {
	Info capture.Conn
	tap  *tap
}

// ServerLeg reports that the server's leg was opened, as a connection of its own between the
// addresses of the proxy and the server. If midStream, its beginning is not reported.
func (l *Link) ServerLeg(start time.Time, midStream bool) *Leg {
	ts, up := &l.s.p.taps, l.s.dialed
	g := &Leg{
		Info: capture.Conn{Client: addrPort(up.LocalAddr()), Server: addrPort(up.RemoteAddr()), Start: start, Origin: l.Info.Origin, MidStream: midStream},
		tap:  &tap{ts: ts, sink: ts.p.Sink, last: start},
	}
	ts.begin(&g.Info, g.tap)
	return g
}

// Report reports a fact of the leg, as Link.Report does. Nothing is reported after Closed.
func (g *Leg) Report(e capture.Event) { g.tap.report(e) }
