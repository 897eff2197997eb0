package lint

import (
	"bytes"
	"fmt"

	"imapscope/capture"
	"imapscope/decode/wire"
)

// networkRules are the rules about what happened to bytes in transit.
var networkRules = []*Rule{
	{
		ID: "N001", Title: "bytes lost", Severity: Warning, Verdict: Network, Later: true, Wire: true,
		Ref:         of1176("Introduction", "", 1),
		Explanation: "The protocol assumes a reliable data stream such as TCP, which delivers every byte, so the capture must have missed these. What depends on them is not judged.",
		Advice:      "Capture again, with a larger buffer or closer to one end.",
		Bad:         "# INBOX selected, 9 messages\nS: * 10 EXISTS\nS! 100\nS: * 1 RECENT\n",
		Good:        "# INBOX selected, 9 messages\nS: * 10 EXISTS\nS: * 1 RECENT\n",
		On:          []Fact{OnMissing}, Run: func(p *Pass) { p.report(p.gap.place, p.gap.text) },
	},
	{
		ID: "N004", Title: "plain text along with STARTTLS", Severity: Error, Verdict: Network, Later: true, Wire: true,
		Ref:         of3501("6.2.1. STARTTLS Command", 27),
		Explanation: "After the OK to STARTTLS both sides send only TLS. Plain text in the same segment may have been injected by an attacker, so that it is mistaken for data sent under TLS.",
		Advice:      "Discard what was received before the TLS negotiation. Find out who sent it.",
		Bad:         "# greeted\nC: a1 STARTTLS\nS| a1 OK begin\\x0d\\x0a* 99 EXISTS\\x0d\\x0a\n",
		Good:        "# greeted\nC: a1 STARTTLS\nS: a1 OK begin\n",
		On:          []Fact{OnPlain}, Run: plainText,
	},
	{
		ID: "N005", Title: "control characters in text", Severity: Warning, Verdict: Network, Later: true,
		Ref:         of1176("Conventions", "TEXT_LINE", 9),
		Explanation: "A text line is for people to read, and so is most of an envelope. Escape sequences and characters that change the direction of writing can make a terminal show something else, or run something.",
		Advice:      "Display it only through something that makes it harmless, as imapscope does. Find out where it came from; often that is a mail message.",
		Bad:         "# logged in\nS: * NO \\x1b[2Jdisk full\n",
		Good:        "# logged in\nS: * NO disk full\n",
		On:          []Fact{OnText}, Run: controls,
	},
	{
		ID: "N007", Title: "bytes sent again within an exchange", Severity: Warning, Verdict: Network, Later: true, Wire: true,
		Ref:         of1176("Introduction", "", 1),
		Explanation: "The protocol assumes a reliable data stream, and TCP provides it by sending again what was lost. Segments or their acknowledgements were lost on the way and sent again while the command waited. The network is slow here, not the server. Bytes that come again within 5 ms are assumed to be duplicates made by the capture itself.",
		Advice:      "Check the path between the two: a full queue, a bad cable, a wireless link.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\n# 300ms later\nC^ 18\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n# 300ms later\nS^ 12\n",
		On:          []Fact{OnAgain}, Run: sentAgain,
	},
}

func plainText(p *Pass) {
	p.reportAs(Error, Verdict(p.message.Dir), p.here(), "plain text in the same segment")
}

// sentAgain reports each transaction once.
func sentAgain(p *Pass) {
	e := p.again
	last := remember[int](p)
	if *last == e.Txn.N {
		return
	}
	*last = e.Txn.N
	p.report(place{dir: e.Dir, off: e.Off, time: e.Time, txn: e.Txn.N},
		fmt.Sprintf("%d bytes of the %s came again while a command waited", e.Octets, e.Dir))
}

// suspect marks bytes that are or begin something that does not belong in text:
// controls, and the first UTF-8 bytes of C1 controls and of bidirectional controls.
var suspect = func() (s [256]bool) {
	for i := range 0x20 {
		s[i] = i != '\t'
	}
	s[0x7f], s[0xc2], s[0xe2] = true, true, true
	return s
}()

// turning are the characters that change the writing direction.
var turning = [...]string{"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}

// controls reports the first control character in a text.
func controls(p *Pass) {
	m := p.message
	b := p.span.Of(m.Raw)
	for i := plainLen(b); i < len(b); i++ {
		if !suspect[b[i]] {
			continue
		}
		n := control(b[i:])
		if n == 0 {
			continue
		}
		start := p.span.Start + i
		text := "a control character"
		if m.Dir == capture.ServerToClient {
			text = quote(b[i : i+n])
		}
		p.reportAs(Warning, Verdict(m.Dir), at(m, wire.Span{Start: start, End: start + n}), text)
		return
	}
}

// control returns the length of the control character that b begins with, or 0.
func control(b []byte) int {
	switch b[0] {
	case 0xc2:
		if len(b) < 2 || b[1] < 0x80 || b[1] > 0x9f {
			return 0
		}
		return 2
	case 0xe2:
		for _, d := range turning {
			if bytes.HasPrefix(b, []byte(d)) {
				return len(d)
			}
		}
		return 0
	case '\n', '\r': // folded header lines in a literal; elsewhere framing handles them
		return 0
	}
	return 1
}
