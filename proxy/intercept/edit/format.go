package edit

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/capture"
	"imapscope/decode/wire"
)

// head explains the form. What the text is about comes first.
var head = [2]string{
	capture.ClientToServer: "# A message of the client, to the server.\n",
	capture.ServerToClient: "# A message of the server, to the client.\n",
}

const explanation = `# Each line below is a message. Lines that begin with # are not sent.
# {12 #1} announces literal 1, whose text follows between the lines with ===.
# \xNN is a byte in hexadecimal; write \x23 for # at the beginning of a line.
# Counts of literals, the tag and the message number are corrected, unless a
# line says which of them are sent as written:  # keep: counts, tag, number
`

// Format returns the text that a person edits, for what is sent in a direction: a message, or
// several. The bytes of secrets are left out.
func Format(raw []byte, dir capture.Direction, secrets ...wire.Span) []byte {
	client := dir == capture.ClientToServer
	f := formatter{raw: raw, client: client, secrets: secretsOf(raw, client, secrets)}
	for at := 0; at < len(raw); {
		m, n := wire.Split(raw[at:], f.client)
		f.message(at, m, n)
		at += n
	}
	return append(f.head(dir), f.out...)
}

// formatter writes the messages of a text.
type formatter struct {
	raw     []byte
	client  bool
	secrets []wire.Span // each in a line, or in a literal
	out     []byte
	literal int  // the number of the last one
	counts  bool // a count differs from what follows
	open    bool // the last message has no end
}

func (f *formatter) head(dir capture.Direction) []byte {
	text := head[dir] + explanation
	if len(f.secrets) > 0 {
		text += "# " + secretOpen + "1} is a secret that is not shown: leave it, or write another one.\n"
	}
	var kept []string
	if f.counts {
		kept = append(kept, keepCounts)
	}
	if f.open {
		kept = append(kept, keepEnd)
	}
	if kept != nil {
		text += keepLine + " " + strings.Join(kept, ", ") + "\n"
	}
	return []byte(text + "\n")
}

// message writes the message of n bytes at a place, and the blocks of its literals.
func (f *formatter) message(at int, m *wire.Message, n int) {
	begin, from, first, opens := len(f.out), 0, f.literal, lineOpens
	for i := range m.Literals {
		l := &m.Literals[i]
		f.span(at+from, at+l.Head.Start, opens)
		opens = nil
		f.announce(m, l)
		from = l.Body.End
	}
	end := n
	switch {
	case !bytes.HasSuffix(m.Raw[from:n], []byte("\n")):
		f.open = true
	case n > 2 && bytes.HasSuffix(m.Raw[from:n], []byte("\r\n")):
		end = n - 2
	}
	f.span(at+from, at+end, opens)
	f.out = append(closeLine(f.out, begin), '\n')
	for i := range m.Literals {
		f.block(first+i+1, at, m.Literals[i].Body)
	}
}

// announce writes the announcement of the next literal.
func (f *formatter) announce(m *wire.Message, l *wire.Literal) {
	f.literal++
	text := l.Head.Of(m.Raw)
	body := bytes.TrimRight(text, "\r\n")
	f.out = append(f.out, bytes.TrimSuffix(body, []byte("}"))...)
	f.out = fmt.Appendf(f.out, " #%d", f.literal)
	if end := text[len(body):]; string(end) != "\r\n" {
		f.out = escape(append(f.out, ' '), end, nil)
	}
	f.out = append(f.out, '}')
	if l.State != wire.Complete {
		f.counts = true
	}
}

// block writes a literal.
func (f *formatter) block(number, at int, body wire.Span) {
	span := wire.Span{Start: at + body.Start, End: at + body.End}
	end := lineEnd(span.Of(f.raw))
	f.out = fmt.Appendf(f.out, "%s literal %d %s %s\n", fence, number, endNames[end], fence)
	for more := true; more; {
		var to int
		to, more = f.endOfLine(span, end)
		begin := len(f.out)
		f.span(span.Start, to, blockOpens)
		f.out = append(closeLine(f.out, begin), '\n')
		span.Start = to + len(end)
	}
	f.out = fmt.Appendf(f.out, "%s end %d %s\n", fence, number, fence)
}

// endNames are the names of the line ends of blocks.
var endNames = map[string]string{"\r\n": "CRLF", "\n": "LF"}

// lineEnd returns the line end that a literal has most of.
func lineEnd(body []byte) string {
	if crlf := bytes.Count(body, []byte("\r\n")); 2*crlf < bytes.Count(body, []byte("\n")) {
		return "\n"
	}
	return "\r\n"
}

// endOfLine returns where the first line of a literal ends, and whether another one follows.
func (f *formatter) endOfLine(span wire.Span, end string) (to int, more bool) {
	for at := span.Start; ; at++ {
		n := bytes.Index(f.raw[at:span.End], []byte(end))
		if n < 0 {
			return span.End, false
		}
		if at += n; !f.inSecret(wire.Span{Start: at, End: at + len(end)}) {
			return at, true
		}
	}
}

// inSecret reports whether a part of a secret is in a span.
func (f *formatter) inSecret(of wire.Span) bool {
	return slices.ContainsFunc(f.secrets, func(s wire.Span) bool { return s.Start < of.End && of.Start < s.End })
}

// span writes bytes of raw, without secrets. The text must not begin with any of opens.
func (f *formatter) span(from, to int, opens []string) {
	for i, s := range f.secrets {
		if s.Start < from || s.End > to {
			continue
		}
		f.out = escape(f.out, f.raw[from:s.Start], opens)
		f.out = append(f.out, secretOpen+strconv.Itoa(i+1)+"}"...)
		from, opens = s.End, nil
	}
	f.out = escape(f.out, f.raw[from:to], opens)
}
