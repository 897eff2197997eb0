package server

import (
	"bytes"
	"net/mail"
	"strings"
	"time"

	"imapscope/decode/ascii"
	"imapscope/decode/syntax"
)

// A content is a message as it was delivered. It never changes, and copies share it.
type content struct {
	header, body []byte // lines end in CRLF; the header with its blank line
	internal     time.Time
	envelope     syntax.Envelope
	text         string // header and body in lower case, for SEARCH
}

func (c *content) size() int { return len(c.header) + len(c.body) }

func (c *content) whole() []byte { return append(append([]byte(nil), c.header...), c.body...) }

// readMbox returns the messages of a file in mbox format, with the flags in their Status and
// X-Status lines.
func readMbox(b []byte) []*message {
	var list []*message
	for len(b) > 0 {
		from, rest, _ := bytes.Cut(b, []byte("\n"))
		end := bytes.Index(rest, []byte("\n\nFrom "))
		text := rest
		if end >= 0 {
			text, b = rest[:end+1], rest[end+2:]
		} else {
			text, b = bytes.TrimRight(rest, "\n"), nil
			text = append(text[:len(text):len(text)], '\n')
		}
		list = append(list, newMessage(from, text))
	}
	return list
}

// newMessage returns a message of an mbox file, from its From_ line and its text.
func newMessage(from, text []byte) *message {
	m := &message{content: new(content)}
	if f := strings.Fields(string(from)); len(f) == 7 {
		m.internal, _ = time.Parse("Jan 2 15:04:05 2006", strings.Join(f[3:], " "))
	}
	var out bytes.Buffer
	header := true
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if name, value, ok := bytes.Cut(line, []byte(":")); header && ok {
			switch string(name) {
			case "Status", "X-Status":
				m.flags |= statusFlags(string(value))
				m.old = m.old || bytes.ContainsRune(value, 'O')
				continue
			}
		}
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) && line[0] == '>' {
			line = line[1:]
		}
		out.Write(line)
		out.WriteString("\r\n")
		if header && len(line) == 0 {
			header = false
			m.header = bytes.Clone(out.Bytes())
			out.Reset()
		}
	}
	m.body = bytes.Clone(out.Bytes())
	if header {
		m.header, m.body = append(m.body, "\r\n"...), nil
	}
	m.envelope = envelope(m.header)
	m.text = ascii.ToLower(m.whole())
	return m
}

// statusFlags returns the flags for the letters that mail programs of the time wrote to mbox
// files.
func statusFlags(letters string) flags {
	var f flags
	for letter, flag := range map[rune]flags{'R': seen, 'A': answered, 'F': flagged, 'D': deleted} {
		if strings.ContainsRune(letters, letter) {
			f |= flag
		}
	}
	return f
}

// fields returns the header's fields, unfolded, by name in lower case; the first of each name.
func fields(header []byte) map[string]string {
	all := make(map[string]string)
	name := ""
	for line := range strings.Lines(string(header)) {
		line = strings.TrimRight(line, "\r\n")
		if name != "" && line != "" && (line[0] == ' ' || line[0] == '\t') {
			all[name] += line
			continue
		}
		n, value, ok := strings.Cut(line, ":")
		name = ""
		if n = strings.ToLower(n); ok {
			if _, twice := all[n]; !twice {
				name = n
				all[n] = strings.TrimSpace(value)
			}
		}
	}
	return all
}

// envelope returns the envelope for a header, with reply-to and sender defaulting to "from" (RFC
// 1176, "Responses", p. 19).
func envelope(header []byte) syntax.Envelope {
	f := fields(header)
	text := func(name string) syntax.NString {
		v, ok := f[name]
		return syntax.NString{Value: v, Valid: ok}
	}
	e := syntax.Envelope{
		Date: text("date"), Subject: text("subject"),
		From: addresses(f["from"]), Sender: addresses(f["sender"]), ReplyTo: addresses(f["reply-to"]),
		To: addresses(f["to"]), Cc: addresses(f["cc"]), Bcc: addresses(f["bcc"]),
		InReplyTo: text("in-reply-to"), MessageID: text("message-id"),
	}
	if e.Sender == nil {
		e.Sender = e.From
	}
	if e.ReplyTo == nil {
		e.ReplyTo = e.From
	}
	return e
}

// addresses returns the addresses of a field, or nil. A text that is not an RFC 822 address
// becomes a personal name without an address.
func addresses(field string) []syntax.Address {
	if field == "" {
		return nil
	}
	route := syntax.NString{}
	plain := field
	if open := strings.Index(field, "<@"); open >= 0 { // net/mail does not support source routes
		if at := strings.Index(field[open:], ":"); at > 0 {
			route = syntax.NString{Value: field[open+1 : open+at], Valid: true}
			plain = field[:open+1] + field[open+at+1:]
		}
	}
	list, err := mail.ParseAddressList(plain)
	if err != nil {
		if strings.Contains(field, ":") && strings.Contains(field, ";") {
			return nil // a group without members
		}
		return []syntax.Address{{Name: syntax.NString{Value: field, Valid: true}}}
	}
	var out []syntax.Address
	for _, a := range list {
		box, host, _ := strings.Cut(a.Address, "@")
		if at := strings.LastIndex(a.Address, "@"); at >= 0 {
			box, host = a.Address[:at], a.Address[at+1:]
		}
		out = append(out, syntax.Address{
			Name: syntax.NString{Value: a.Name, Valid: a.Name != ""}, ADL: route,
			Mailbox: syntax.NString{Value: box, Valid: true}, Host: syntax.NString{Value: host, Valid: true},
		})
	}
	return out
}
