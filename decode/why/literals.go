package why

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

var (
	partialAsked = regexp.MustCompile(`<(\d+)\.(\d+)>`)
	partialSent  = regexp.MustCompile(`\]<(\d+)> $`)
)

// miscounted describes a literal that does not end where it was announced to.
func (c *conn) miscounted(f *lint.Finding, m *decode.Message) {
	switch {
	case m.Kind == decode.Junk && c.literal.size > 0:
		f.Message = fmt.Sprintf("message %d: a literal of %d bytes was announced, and more of it follows", c.literal.message, c.literal.size)
		if rest := bytes.TrimRight(m.Raw, "\r\n"); len(rest) > 0 {
			f.Message += ": " + quote(safe(m.Known.Hide(string(rest), mask)))
		}
	case m.Number > 0:
		for i := range m.Literals {
			if l := &m.Literals[i]; len(m.Literals) == 1 || l.Head.Start >= f.Span.Start && l.Head.Start < max(f.Span.End, f.Span.Start+1) {
				f.Message = fmt.Sprintf("message %d, a literal of %d bytes: %s", m.Number, m.Literals[i].Size, f.Message)
			}
		}
	}
}

var twoSizes = regexp.MustCompile(` (\d+), but .* (?:has|have) (\d+) bytes`)

// lineEnds explains two sizes that differ by the number of lines.
func lineEnds(message string, body []byte) string {
	x := twoSizes.FindStringSubmatch(message)
	if x == nil {
		return ""
	}
	said, _ := strconv.ParseInt(x[1], 10, 64)
	has, _ := strconv.ParseInt(x[2], 10, 64)
	if lines := int64(bytes.Count(body, []byte("\r\n"))); lines > 0 && has-said == lines {
		return fmt.Sprintf(": it has %d lines, and the server counted the end of each as one byte", lines)
	}
	return ""
}

// badLiteral notes a literal whose announcement breaks the grammar.
func (c *conn) badLiteral(r *Reasoner, f *lint.Finding, m *decode.Message) {
	x, ok := faultAt(r.parser.Response(&m.Message), f.Span, fault{})
	if !ok {
		return
	}
	if at := x.node.Span.Start; at >= len(m.Raw) || m.Raw[at] != '{' {
		return
	}
	head, _, _ := bytes.Cut(m.Raw[x.node.Span.Start:], []byte("\r\n"))
	f.Message = fmt.Sprintf("message %d: expected %s before %s", m.Number, x.node.Err.Want, safe(string(head)))
	c.keep("numbers", Reason{
		Severity: f.Severity, Verdict: Server, Evidence: []Evidence{evidenceOf(f)},
		Sentence: "The server announces a literal in a form that the grammar does not allow: " + f.Message + ".",
		Remedy:   "Announce a literal as a space, { the number of its bytes }, and CRLF.",
	})
}

// announces follows the literals of a command.
func (c *conn) announces(r *Reasoner, t *decode.Transaction, ok bool) {
	if len(t.Request.Literals) == 0 || t.Lost > 0 {
		return
	}
	raw, s := t.Request.Raw, r.linter.Session(c.ID)
	say := func(remedy, format string, args ...any) {
		x := Reason{Severity: lint.Error, Verdict: Client, Sentence: fmt.Sprintf(format, args...) + answerOf(t), Remedy: remedy}
		x.add(about(c.ID, t, false))
		x.add(about(c.ID, t, true))
		c.keep("numbers", x)
	}
	for i := range t.Request.Literals {
		l := &t.Request.Literals[i]
		if l.State == wire.Complete && l.Body.End < len(raw) && int64(l.Body.Len()) == l.Size && t.Request.Elided == 0 {
			if after := raw[l.Body.End]; !bytes.ContainsRune([]byte(" \r\n)"), rune(after)) {
				rest, _, _ := bytes.Cut(raw[l.Body.End:], []byte("\r\n"))
				hint := ""
				if body := l.Body.Of(raw); eightBit(string(body)) {
					hint = ": it counted characters, where bytes count"
				}
				more := ""
				if len(t.Secrets) == 0 {
					more = ": " + quote(beginning(rest, t.Known)) + " follows them"
				}
				say("Count the bytes of the encoded text, line ends included.", "The client announced a literal of %d bytes and sent more%s%s", l.Size, more, hint)
				return
			}
		}
		switch {
		case ok || !l.NonSync || s == nil || c.atOnce:
		case !promises(s, protocol.NeedsNoReady) && !promises(s, protocol.NeedsNoReadyShort) && s.Dialect < protocol.IMAP4rev2:
			say("Send {n} and wait for \"+\" where the server does not offer it.", "The client sends a literal as {%d+}, without waiting, but the server does not offer that", l.Size)
			return
		case !promises(s, protocol.NeedsNoReady) && l.Size > maxShortLiteral:
			say("Send {n} and wait for \"+\" if the literal is larger.", "The client sends a literal of %d bytes without waiting, but the server offers that only up to %d bytes", l.Size, maxShortLiteral)
			return
		}
	}
	if code, _ := codeAndArgs(t.Text); !ok && code.Does(protocol.TooLarge) {
		say("Send less, or raise the server's limit.", "The message is larger than the server accepts: %d bytes", t.Request.Literals[len(t.Request.Literals)-1].Size)
		return
	}
	body := lastBody(t)
	if line, _, _ := bytes.Cut(body, []byte("\n")); !ok && t.Row.Does(protocol.Appends) && len(body) > 0 && t.Request.Elided == 0 && !headerField.Match(line) {
		say("Append a message: header fields, an empty line, and the text.", "The client appends %d bytes that are not a message: they begin with %s, where a header field belongs", t.Request.Literals[len(t.Request.Literals)-1].Size, quote(beginning(bytes.TrimRight(line, "\r"), t.Known)))
		return
	}
	if !ok && bareLF(body) >= 0 && strings.Contains(strings.ToLower(t.Text), "bare") {
		say("End every line of a message in CRLF.", "The message has a line that ends in LF alone, at byte %d of it", bareLF(body))
	}
}

// maxShortLiteral is the size of the largest literal that LITERAL- permits (RFC 7888, 5).
const maxShortLiteral = 4096

func lastBody(t *decode.Transaction) []byte {
	return t.Request.Literals[len(t.Request.Literals)-1].Body.Of(t.Request.Raw)
}

// bareLF returns where the first LF without a CR is, -1 if there is none.
func bareLF(b []byte) int {
	for i := range b {
		if b[i] == '\n' && (i == 0 || b[i-1] != '\r') {
			return i
		}
	}
	return -1
}

// promises reports whether the server offers a capability of an effect; where it is not known
// what it offers, it does.
func promises(s interface {
	Offers(string) (offered, known bool)
}, e protocol.Effect) bool {
	row := protocol.That(protocol.Capability, e)
	offered, known := s.Offers(row.Name)
	return offered || !known
}

// headerField is how a line of a header begins (RFC 5322, 2.2), or a mailbox file's "From ".
var headerField = regexp.MustCompile(`^(?:[!-9;-~]+[ \t]*:|From |\r?$)`)

// partials follows a part of a text that was asked for by its first byte and its length.
func (c *conn) partials(m *decode.Message) {
	if m.Txn == nil || len(m.Literals) != 1 || !m.Row.Does(protocol.Describes) {
		return
	}
	asks := partialAsked.FindAllSubmatch(m.Txn.Request.Raw, 2)
	if len(asks) != 1 || !partialSent.Match(m.Raw[:m.Literals[0].Head.Start]) {
		return
	}
	most, err := strconv.ParseInt(string(asks[0][2]), 10, 64)
	if size := m.Literals[0].Size; err == nil && size > most {
		c.keep("numbers", Reason{
			Severity: lint.Error, Verdict: Server, Evidence: []Evidence{placed(c.ID, m, fmt.Sprintf("a literal of %d bytes", size))},
			Sentence: fmt.Sprintf("The server sends more than was asked for: %d bytes of message %d, where %s asked for %d.", size, m.Number, requestOf(m), most),
			Remedy:   "Send no more than the length that the client names.",
		})
	}
}

var negativeLiteral = regexp.MustCompile(`\{-\d+\}\r?\n?$`)

// offered reports whether the server has said that it has a capability of an effect.
func offered(s interface {
	Offers(string) (offered, known bool)
}, e protocol.Effect) bool {
	has, _ := s.Offers(protocol.That(protocol.Capability, e).Name)
	return has
}
