package decodetest

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"imapscope/capture"
)

// Play reports to s one connection that follows a transcript: lines in the format of
// Parse, a millisecond apart, and remarks:
//
//	# greeted                    # from 192.0.2.1 (a network; loopback without it)
//	# logged in                  # seen from its middle
//	# to port 993 (143 without it)
//	# INBOX selected, 9 messages # 30s later
//	# closed, # reset, # forgotten: how it ended (without one, the capture did)
//	# closed by the server, # reset by the client: who did it
//	# note TEXT: a remark of the source
//	## anything: a comment
func Play(text string, s capture.Sink) error {
	p := player{sink: s, now: time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC), cause: capture.EndOfCapture}
	p.conn = capture.Conn{ID: 1, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.2:143")}
	for line := range strings.Lines(text) {
		if err := p.line(strings.TrimRight(line, "\n")); err != nil {
			return err
		}
	}
	if err := p.open(); err != nil {
		return err
	}
	return s.Event(&capture.Event{Kind: capture.Closed, Conn: p.conn.ID, Time: p.now, Cause: p.cause})
}

type player struct {
	sink   capture.Sink
	conn   capture.Conn
	opened bool
	now    time.Time
	off    [2]int64
	cause  capture.Cause
}

func (p *player) open() error {
	if p.opened {
		return nil
	}
	p.opened, p.conn.Start = true, p.now
	return p.sink.Event(&capture.Event{Kind: capture.Opened, Conn: p.conn.ID, Time: p.now, Info: &p.conn})
}

// comment is how a comment begins.
const comment = "##"

// The beginnings that transcripts continue from.
const (
	greeted  = "S: * OK ready\n"
	loggedIn = greeted + "C: l LOGIN fred secret\nS: l OK done\n"
	selected = loggedIn + "C: s SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * %d EXISTS\nS: * 0 RECENT\nS: s OK done\n"
)

func (p *player) line(line string) error {
	if strings.HasPrefix(line, comment) {
		return nil
	}
	remark, isRemark := strings.CutPrefix(line, "# ")
	if !isRemark {
		return p.say(line)
	}
	if text, ok := strings.CutPrefix(remark, "note "); ok {
		if err := p.open(); err != nil {
			return err
		}
		return p.sink.Event(&capture.Event{Kind: capture.Note, Conn: p.conn.ID, Time: p.now, Text: text})
	}
	var n int
	var word string
	switch {
	case remark == "greeted":
		return p.say(greeted)
	case remark == "logged in":
		return p.say(loggedIn)
	case scan(remark, "INBOX selected, %d messages", &n):
		return p.say(fmt.Sprintf(selected, n))
	case scan(remark, "from %s", &word):
		a, err := netip.ParseAddr(word)
		p.conn.Client, p.conn.Server = netip.AddrPortFrom(a, 40000), netip.AddrPortFrom(a.Next(), 143)
		return err
	case scan(remark, "to port %d", &n):
		p.conn.Server = netip.AddrPortFrom(p.conn.Server.Addr(), uint16(n))
	case remark == "seen from its middle":
		p.conn.MidStream = true
	case scan(remark, "%s later", &word):
		d, err := time.ParseDuration(word)
		p.now = p.now.Add(d)
		return err
	case scan(remark, "closed by the %s", &word):
		return p.half(word, capture.FIN)
	case scan(remark, "reset by the %s", &word):
		return p.half(word, capture.RST)
	case remark == "closed":
		p.cause = capture.FIN
	case remark == "reset":
		p.cause = capture.RST
	case remark == "forgotten":
		p.cause = capture.Idle
	default:
		return errors.New("unknown remark: " + remark)
	}
	return nil
}

func scan(s, format string, to any) bool {
	n, err := fmt.Sscanf(s, format, to)
	return n == 1 && err == nil && strings.HasSuffix(s, format[strings.IndexByte(format, '%')+2:])
}

// half ends the direction of a side, and with it the connection.
func (p *player) half(side string, cause capture.Cause) error {
	dir := capture.ClientToServer
	switch side {
	case "client":
	case "server":
		dir = capture.ServerToClient
	default:
		return errors.New("there is no side " + side)
	}
	if err := p.open(); err != nil {
		return err
	}
	p.cause = cause
	return p.sink.Event(&capture.Event{Kind: capture.HalfClosed, Conn: p.conn.ID, Dir: dir, Time: p.now, Cause: cause})
}

// say reports lines of either side, a millisecond apart.
func (p *player) say(text string) error {
	pieces, err := Parse(text)
	if err != nil {
		return err
	}
	if err := p.open(); err != nil {
		return err
	}
	for _, x := range pieces {
		p.now = p.now.Add(time.Millisecond)
		e := x.event(p.off[x.Dir])
		e.Conn, e.Time = p.conn.ID, p.now
		p.off[x.Dir] += x.Lost + int64(len(x.Data))
		if err := p.sink.Event(&e); err != nil {
			return err
		}
	}
	return nil
}
