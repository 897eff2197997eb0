package decodetest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
)

// Talk reports to s several connections to one server. Each line begins with the number of
// its connection; after it comes what Play accepts. Connections begin with their first line,
// and end when the talk does.
//
//	1 C: a IDLE
//	2 C: a STORE 3 +FLAGS \Seen
//	1 # 90s later
func Talk(text string, s capture.Sink) error {
	now := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	players := make(map[int]*player)
	var order []*player
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, comment) {
			continue
		}
		number, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		id, err := strconv.Atoi(number)
		if err != nil || id < 1 {
			return fmt.Errorf("%q does not begin with the number of a connection", line)
		}
		p := players[id]
		if p == nil {
			p = &player{sink: s, cause: capture.EndOfCapture}
			p.conn = capture.Conn{
				ID:     capture.ConnID(id),
				Client: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(40000+id)),
				Server: netip.MustParseAddrPort("127.0.0.2:143"),
			}
			players[id] = p
			order = append(order, p)
		}
		p.now = now
		if err := p.line(rest); err != nil {
			return err
		}
		now = p.now
	}
	for _, p := range order {
		if err := p.open(); err != nil {
			return err
		}
		if err := s.Event(&capture.Event{Kind: capture.Closed, Conn: p.conn.ID, Time: now, Cause: p.cause}); err != nil {
			return err
		}
	}
	return nil
}
