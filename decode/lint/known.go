package lint

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// program is a set of programs that show in their greeting, their capabilities or their ID
// what they are.
type program uint16

// The programs of which faults are known.
const (
	gmail program = 1 << iota
	exchange
	dovecot
	icloud
	davmail
	domino
	smarterMail
)

// signs are the words by which a server's greeting, list of capabilities or ID shows what
// it is, in lower case.
var signs = [...]struct {
	word string
	program
}{
	{"gimap", gmail}, {"x-gm-ext-1", gmail}, {"microsoft exchange", exchange}, {"dovecot", dovecot},
	{"icloud", icloud}, {"x-apple-", icloud}, {"davmail", davmail}, {"domino imap4", domino}, {"smartermail", smarterMail},
}

// maxSign is how much of a line is searched for signs.
const maxSign = 1 << 10

// recognize looks for signs of a program in what a server says about itself.
func (c *conn) recognize(b []byte) {
	b = bytes.ToLower(b[:min(len(b), maxSign)])
	for _, s := range signs {
		if bytes.Contains(b, []byte(s.word)) {
			c.server |= s.program
		}
	}
}

// isAny reports whether the server is one of some programs, or need not be.
func (p *Pass) isAny(of program) bool { return of == 0 || p.server&of != 0 }

// known returns the Run function of a known fault of some programs, or of any if there are
// none: find returns the bytes in question, or false.
func known(of program, text string, find func(*Pass) (wire.Span, bool)) func(*Pass) {
	early := knownEarly(of, text, find)
	return func(p *Pass) {
		if p.isIMAP4() {
			early(p)
		}
	}
}

// knownEarly is known for what happens before the dialect is known, too.
func knownEarly(of program, text string, find func(*Pass) (wire.Span, bool)) func(*Pass) {
	return func(p *Pass) {
		if !p.isAny(of) || p.message.Broken || p.message.Lost > 0 {
			return
		}
		if s, ok := find(p); ok {
			p.report(at(p.message, s), text)
		}
	}
}

// holds returns the place of the first of some phrases in a message before its literals.
func holds(m *decode.Message, phrases [][]byte) (wire.Span, bool) {
	b := m.Raw
	if len(m.Literals) > 0 {
		b = b[:m.Literals[0].Head.Start]
	}
	for _, s := range phrases {
		if i := bytes.Index(b, s); i >= 0 {
			return wire.Span{Start: i, End: i + len(s)}, true
		}
	}
	return wire.Span{}, false
}

// says returns a find function for one of some phrases in a response.
func says(phrases ...string) func(*Pass) (wire.Span, bool) {
	sought := make([][]byte, 0, len(phrases))
	for _, s := range phrases {
		sought = append(sought, []byte(s))
	}
	return func(p *Pass) (wire.Span, bool) { return holds(p.message, sought) }
}

// endsWith returns a find function for the end of a response's line.
func endsWith(end string) func(*Pass) (wire.Span, bool) {
	return func(p *Pass) (wire.Span, bool) {
		b := line(p.message.Raw)
		s := wire.Span{Start: len(b) - len(end), End: len(b)}
		if n := len(p.message.Literals); n > 0 && p.message.Literals[n-1].Body.End > s.Start {
			return s, false
		}
		return s, bytes.HasSuffix(b, []byte(end))
	}
}

// withoutText finds a code of an effect that no text follows.
func withoutText(e protocol.Effect) func(*Pass) (wire.Span, bool) {
	return func(p *Pass) (wire.Span, bool) {
		end := bytes.TrimRight(p.message.Raw, " \r\n")
		return p.span, p.code.Does(e) && len(end) == p.span.End
	}
}

// onePart finds a multipart that has the fields of a single part in a body structure.
func onePart(p *Pass) (wire.Span, bool) {
	const phrase = `("multipart" "` // in any letter case
	if p.item&protocol.ShowsStructure == 0 || !p.parser.LoneMultipart() {
		return wire.Span{}, false
	}
	b, from := p.raw(), p.node.Span.Start
	for _, begin := range []string{phrase[:3], `("M`} {
		for at := 0; at < len(b); {
			i := bytes.Index(b[at:], []byte(begin))
			if i < 0 {
				break
			}
			if at += i; len(b)-at >= len(phrase) && bytes.EqualFold(b[at:at+len(phrase)], []byte(phrase)) {
				return wire.Span{Start: from + at, End: from + at + len(phrase)}, true
			}
			at++
		}
	}
	return wire.Span{}, false
}

// negative finds the size -1 in a body structure. A tree without errors has none.
func negative(p *Pass) (wire.Span, bool) {
	const phrase = `" -1 `
	if p.item&protocol.ShowsStructure == 0 || p.parser.Faults() == 0 {
		return wire.Span{}, false
	}
	start := bytes.Index(p.raw(), []byte(phrase)) + p.node.Span.Start
	return wire.Span{Start: start, End: start + len(phrase)}, start >= p.node.Span.Start
}

// withoutSets finds a COPYUID without the identifiers.
func withoutSets(p *Pass) (wire.Span, bool) {
	_, rest := wire.Word(p.args)
	set, _ := wire.Word(rest)
	return p.span, p.code.Does(protocol.GivesCopied) && len(set) == 0
}

// bareReady finds "+" alone.
func bareReady(p *Pass) (wire.Span, bool) {
	return wire.Span{End: 1}, len(line(p.message.Raw)) == 1
}

// bareBYE finds BYE without a text.
func bareBYE(p *Pass) (wire.Span, bool) {
	m := p.message
	return wire.Span{End: len(line(m.Raw))}, isBYE(m) && len(m.Text) == 0
}

// twoSpaces finds two spaces after "*".
func twoSpaces(p *Pass) (wire.Span, bool) {
	return wire.Span{End: 3}, bytes.HasPrefix(p.message.Raw, []byte("*  "))
}

// wholeNotShown finds the OK to a FETCH of whole messages that showed none.
func wholeNotShown(p *Pass) (wire.Span, bool) {
	t, cmd := p.message.Txn, p.cmd
	found := cmd.row.Does(protocol.Fetches) && cmd.asked == protocol.ShowsWhole && shows(t) > 0 && cmd.shown == 0 && t.Lost == 0
	return wire.Span{End: len(line(p.message.Raw))}, found
}

// noModSeq finds the OK to a FETCH with CHANGEDSINCE that showed messages and no MODSEQ.
func noModSeq(p *Pass) (wire.Span, bool) {
	t, cmd := p.message.Txn, p.cmd
	found := cmd.since && shows(t) > 0 && !cmd.modSeqs && t.Lost == 0 && t.Ambiguous == 0
	return wire.Span{End: len(line(p.message.Raw))}, found
}

// sizeEstimated finds a size that is not that of the message.
func sizeEstimated(p *Pass) (wire.Span, bool) {
	msg := p.lengths()
	if msg == nil || msg.Size < 0 || msg.Octets.Whole < 0 {
		return wire.Span{}, false
	}
	return wire.Span{End: len(line(p.message.Raw))}, msg.Size != msg.Octets.Whole
}

// tooMany finds words about a limit of connections in a refusal, other than those that a rule
// about one program finds.
func tooMany(p *Pass) (wire.Span, bool) {
	m := p.message
	if !isNO(m) && !isBAD(m) && !isBYE(m) || p.server&gmail != 0 {
		return wire.Span{}, false
	}
	b := bytes.ToLower(m.Text[:min(len(m.Text), maxSign)])
	limit := bytes.Contains(b, []byte("too many")) || bytes.Contains(b, []byte("limit")) || bytes.Contains(b, []byte("maximum"))
	start := len(m.Raw) - len(m.Text) - trailing(m.Raw)
	found := limit && bytes.Contains(b, []byte("connection")) && !bytes.Contains(b, []byte("user+ip"))
	return wire.Span{Start: start, End: start + len(m.Text)}, found
}
