package lint

import (
	"bytes"
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

type span = wire.Span

var (
	octetsLost = &Rule{
		ID: "N001", Title: "octets lost", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("Implementation Discussion", "", 24),
		Explanation: "TCP delivers every octet, so it was the capture that missed these. What depends on them is not judged.",
		Advice:      "Capture again, with a larger buffer or closer to one end.",
		Bad:         "# INBOX selected, 9 messages\nS: * 10 EXISTS\nS! 100\nS: * 1 RECENT\n",
		Good:        "# INBOX selected, 9 messages\nS: * 10 EXISTS\nS: * 1 RECENT\n",
	}
	silenceThenReset = &Rule{
		ID: "N002", Title: "silence, then a reset", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("Commands", "NOOP", 10),
		Explanation: "Nothing was said for minutes, and then the connection was reset. A firewall or an address translator on the way has most likely forgotten it; NOOP is there to keep it, and an inactivity timer, alive.",
		Advice:      "Send NOOP more often than whatever stands on the way forgets, or make that wait longer.",
		Bad:         "# INBOX selected, 9 messages\n# 15m later\n# reset\n",
		Good:        "# INBOX selected, 9 messages\n# 15m later\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n# closed\n",
	}
	halfOpen = &Rule{
		ID: "N003", Title: "half-open connection", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "A command was sent, and then nothing came in either direction, no end either: one side has most likely gone without the other knowing.",
		Advice:      "Look whether the server, or the way to it, went down.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 NOOP\n# 15m later\n# forgotten\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK done\n# 15m later\n# forgotten\n",
	}
	afterSTARTTLS = &Rule{
		ID: "N004", Title: "plain text along with STARTTLS", Severity: Error, Verdict: Network, Later: true,
		Ref:         protocol.Ref{RFC: 3501, Heading: "6.2.1. STARTTLS Command", Page: 27},
		Explanation: "After STARTTLS's OK both sides say nothing but TLS. Plain text that comes along in the same segment may have been put there by someone on the way, to be taken for what was said under TLS.",
		Advice:      "Throw away what came before the negotiation. Look who sent it.",
		Bad:         "# greeted\nC: a1 STARTTLS\nS| a1 OK begin\\x0d\\x0a* 99 EXISTS\\x0d\\x0a\n",
		Good:        "# greeted\nC: a1 STARTTLS\nS: a1 OK begin\n",
	}
	hostileOctets = &Rule{
		ID: "N005", Title: "control octets in text", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("Conventions", "TEXT_LINE", 9),
		Explanation: "A text line is for human eyes, and so is most of an envelope. Escape sequences in it, and characters that change the direction of writing, can make a terminal show something else, or do something.",
		Advice:      "Show it only through something that makes it harmless, as imapscope does. Ask where it came from: often from mail.",
		Bad:         "# logged in\nS: * NO \\x1b[2Jdisk full\n",
		Good:        "# logged in\nS: * NO disk full\n",
	}
	brokeOff = &Rule{
		ID: "N006", Title: "connection ended within a message", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A message, or a literal in it, has no end. Whoever sent it went away in the middle, or the way there did.",
		Advice:      "Look which side closed the connection, and why.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {500}\nS: 12345678\n# closed\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {8}\nS: 12345678)\nS: a1 OK done\n",
	}
	sentAgain = &Rule{
		ID: "N007", Title: "octets sent again within an exchange", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "Segments, or their acknowledgements, were lost on the way, and TCP sent them again; the command waited meanwhile. What is slow here is the network, not the server. Octets that come again within 5 ms are taken for the capture's own doubling.",
		Advice:      "Look at the way between the two: a full queue, a bad cable, a wireless link.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nC^ 18\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nS^ 12\n",
	}
)

// again notices octets that came once more while a command waited.
func (c *conn) again(e *decode.Again) {
	if e.Txn == nil || e.Txn.N == c.againIn {
		return
	}
	c.againIn = e.Txn.N
	p := place{dir: e.Dir, off: e.Off, time: e.Time, txn: e.Txn.N}
	c.found(sentAgain, p, fmt.Sprintf("%d octets of the %s came again while a command waited", e.Octets, e.Dir))
}

// silence is how long nothing is said before it counts. Whoever forgets connections
// forgets them after minutes; nobody is known to after less.
const silence = time.Minute

// follow notices what was not captured, and what broke off.
func (c *conn) follow(m *decode.Message) {
	missing := m.Off - c.next[m.Dir]
	if middle := c.MidStream && c.next[m.Dir] == 0; missing > 0 && !middle {
		p := place{dir: m.Dir, off: c.next[m.Dir], len: missing, time: m.Time}
		c.found(octetsLost, p, fmt.Sprintf("%d octets were not captured, or make no sense after what was not", missing))
	}
	if m.Lost > 0 {
		c.found(octetsLost, all(m), fmt.Sprintf("%d octets of a message were not captured", m.Lost))
	}
	gap := m.Lost > 0 || missing > 0
	if gap {
		c.blind, c.noBox = true, true
	}
	c.gap = gap
	c.release(m.Dir, !gap)
	if gap && m.Dir == capture.ServerToClient {
		for i := range c.out {
			c.out[i].lossy = true
		}
		c.doubt = c.doubt || missing > 0 || m.Broken
	}
	c.next[m.Dir] = m.Off + m.Len + m.Lost
	if m.Broken && m.Lost == 0 && !awaitsReady(m) && c.closing != nil && over(c.closing.Cause) {
		c.found(brokeOff, all(m), fmt.Sprintf("the connection ended after %d octets of it", m.Len))
	}
	c.short(m)
	c.plainText(m)
}

// missingAt is how many octets of a side were lost, or made no sense, since its last
// message.
func (c *conn) missingAt(e *decode.Closed, dir capture.Direction) int64 {
	if e.Lost[dir] == 0 {
		return 0
	}
	return e.Octets[dir] + e.Lost[dir] - c.next[dir]
}

// plainText looks for what came along with STARTTLS.
func (c *conn) plainText(m *decode.Message) {
	if c.startTLS[m.Dir].IsZero() || !m.Time.Equal(c.startTLS[m.Dir]) {
		return
	}
	c.foundAs(afterSTARTTLS, Error, Verdict(m.Dir), all(m), "plain text in the same segment")
	c.startTLS[m.Dir] = time.Time{}
}

// texts looks at the octets of a message that are not in literals.
func (c *conn) texts(m *decode.Message) {
	from := 0
	for i := range m.Literals {
		c.hostile(m, span{Start: from, End: m.Literals[i].Head.Start})
		from = m.Literals[i].Body.End
	}
	end := len(m.Raw)
	for end > from && (m.Raw[end-1] == '\n' || m.Raw[end-1] == '\r') {
		end--
	}
	c.hostile(m, span{Start: from, End: end})
}

// suspect are octets that are, or begin, something that no text has: controls, and
// the first octets of UTF-8 for those of C1 and of bidirectional writing.
var suspect = func() (s [256]bool) {
	for i := range 0x20 {
		s[i] = i != '\t'
	}
	s[0x7f], s[0xc2], s[0xe2] = true, true, true
	return s
}()

// directions are the characters that change the direction of writing.
var directions = [...]string{"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}

// hostile looks for control octets; it tells the first.
func (c *conn) hostile(m *decode.Message, s span) {
	b := s.Of(m.Raw)
	for i, x := range b {
		if !suspect[x] {
			continue
		}
		n := 1
		switch rest := b[i:]; {
		case x == 0xc2:
			if len(rest) < 2 || rest[1] < 0x80 || rest[1] > 0x9f {
				continue
			}
			n = 2
		case x == 0xe2:
			if n = direction(rest); n == 0 {
				continue
			}
		case x == '\n' || x == '\r':
			continue // folded lines of a header in a literal; elsewhere framing has them
		}
		p := at(m, span{Start: s.Start + i, End: s.Start + i + n})
		text := "a control octet"
		if m.Dir == capture.ServerToClient {
			text = quote(b[i : i+n])
		}
		c.foundAs(hostileOctets, Warning, Verdict(m.Dir), p, text)
		return
	}
}

func direction(b []byte) int {
	for _, d := range directions {
		if bytes.HasPrefix(b, []byte(d)) {
			return len(d)
		}
	}
	return 0
}

// ended looks at how a connection ended; it is true if nobody ended it who took
// part.
func (c *conn) ended(e *decode.Closed) bool {
	for dir := range c.next {
		tail := c.missingAt(e, capture.Direction(dir))
		if tail > 0 && !c.upgraded {
			p := place{dir: capture.Direction(dir), off: c.next[dir], len: tail, time: e.Time}
			c.found(octetsLost, p, fmt.Sprintf("%d octets at the end were not captured, or make no sense after what was not", tail))
		}
	}
	if c.upgraded || c.last.IsZero() || c.bye || c.loggedOut {
		return false
	}
	quiet := e.Time.Sub(c.last)
	end := place{dir: capture.ServerToClient, off: c.next[capture.ServerToClient], time: e.Time}
	switch {
	case quiet < silence:
	case e.Cause == capture.RST:
		c.found(silenceThenReset, end, fmt.Sprintf("nothing for %s, then a reset", quiet.Round(time.Second)))
		return true
	case !over(e.Cause) && c.unanswered > 0:
		c.found(halfOpen, end, fmt.Sprintf("no answer and nothing else for %s", quiet.Round(time.Second)))
	}
	return false
}
