package view

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// Limits of what is read of a mail, and of what is kept of it. What is beyond them
// is counted or told in a note.
const (
	// MaxMail is how many octets of a mail are read.
	MaxMail = 16 << 20
	// MaxMailText is how many octets of its texts are shown.
	MaxMailText = 256 << 10
	// MaxMailLines is how many lines of its texts are shown.
	MaxMailLines = 10_000
	// MaxMailParts is how many parts are looked into.
	MaxMailParts = 100
	// MaxMailNesting is how deep parts within parts are taken apart.
	MaxMailNesting = 8

	maxMailHead   = 256 << 10 // octets of its header
	maxMailFields = 30        // fields shown
	maxBadFields  = 10        // lines of a header that are no field, until it is no header
	maxMailNotes  = 20
)

// Mail is a mail as a mail reader shows it. All of its texts are inert.
type Mail struct {
	Fields      []MailField // those of the header that a reader shows, encoded words decoded
	Text        []string    // lines of its text parts
	Attachments []Attachment
	Notes       []string // what could not be read or is not shown, and why
	Raw         bool     // Text is the mail as it was sent: nothing else can be made of it
}

// MailField is one field of a mail's header.
type MailField struct{ Name, Value string }

// Attachment is a part of a mail that is not shown: a file, or the same text in
// another form.
type Attachment struct {
	Name string // may be empty
	Type string // "image/png"
	Size int64  // in octets, decoded
}

// MailPart says what octets are of a mail.
type MailPart uint8

const (
	// WholeMail is header and text: RFC822, BODY[].
	WholeMail MailPart = iota
	// MailHead is the header alone: RFC822.HEADER.
	MailHead
	// MailBody is the text alone: RFC822.TEXT. How it is to be read, only the
	// header would tell, so it is shown as it was sent.
	MailBody
)

// NewMail reads a mail, or a part of it. It never fails: what it cannot make sense
// of is shown as it was sent, and a note says why.
func NewMail(r io.Reader, part MailPart) *Mail {
	b := new(mailReader)
	raw, err := io.ReadAll(io.LimitReader(r, MaxMail+1))
	switch {
	case err != nil:
		b.note("the mail breaks off: %v", err)
	case len(raw) > MaxMail:
		raw = raw[:MaxMail]
		b.note("only the first %d octets were read", MaxMail)
	}
	b.mail(raw, part)
	b.left()
	return &b.Mail
}

// MailOf is the mail that a message brings: a FETCH response's RFC822 or BODY[],
// its header or its text or both of them together, or what an APPEND sends. Root is
// the message's tree. It is nil if there is none.
func MailOf(m *decode.Message, root *syntax.Node) *Mail {
	var parts [MailBody + 1][]byte
	found := false
	if d, ok := syntax.ReadFetch(root, m.Raw); ok {
		for _, it := range d.Items {
			part, ok := mailPart(it.Name)
			if ok && isString(it.Value) && parts[part] == nil {
				parts[part], found = it.Value.Value(m.Raw), true
			}
		}
	} else if n := root.FindRole(protocol.RoleMessage); m.Kind == decode.Request && isString(n) {
		parts[WholeMail], found = n.Value(m.Raw), true
	}
	if !found {
		return nil
	}
	b := new(mailReader)
	if m.Elided > 0 {
		b.note("%d octets were not kept", m.Elided)
	}
	head, body := parts[MailHead], parts[MailBody]
	switch {
	case parts[WholeMail] != nil:
		b.mail(parts[WholeMail], WholeMail)
	case head == nil:
		b.mail(body, MailBody)
	case body == nil:
		b.mail(head, MailHead)
	default:
		b.mail(slices.Concat(bytes.TrimRight(head, "\r\n"), []byte("\r\n\r\n"), body), WholeMail)
	}
	b.left()
	return &b.Mail
}

// mailPart is what of a mail a property is.
func mailPart(name string) (MailPart, bool) {
	row := protocol.Lookup(protocol.Property, name)
	if row == nil {
		return 0, false
	}
	shows := row.Shows
	if _, rest, ok := strings.Cut(name, "["); ok && shows&protocol.ShowsWhole != 0 {
		section, _, _ := strings.Cut(rest, "]")
		shows = sectionShows(section)
	}
	switch {
	case shows&protocol.ShowsWhole != 0:
		return WholeMail, true
	case shows&protocol.ShowsHeader != 0:
		return MailHead, true
	case shows&protocol.ShowsText != 0:
		return MailBody, true
	}
	return 0, false
}

// sectionShows returns what a section of a message is: HEADER.FIELDS (TO). The empty
// one is the whole message; a part is text.
func sectionShows(section string) protocol.Shows {
	if section == "" {
		return protocol.ShowsWhole
	}
	name, _, _ := strings.Cut(section, " ")
	if row := protocol.Lookup(protocol.Section, name); row != nil {
		return row.Shows
	}
	return protocol.ShowsText
}

func isString(n *syntax.Node) bool {
	return n != nil && (n.Kind == syntax.KindLiteral || n.Kind == syntax.KindQuoted)
}

// mailReader is a Mail that is being read.
type mailReader struct {
	Mail
	room       int // octets of text that were shown
	parts      int
	moreFields int
	moreNotes  int
	moreParts  bool
	broken     bool // parts could not be told apart
	cut        bool // there was more text
}

func (b *mailReader) mail(raw []byte, part MailPart) {
	if part == MailBody {
		b.text(bytes.NewReader(raw))
		return
	}
	head, body := splitMail(raw)
	if part == MailHead {
		head, body = raw, nil
	}
	remarks := len(b.Notes)
	h, err := b.header(head)
	if err != nil {
		b.Notes = b.Notes[:remarks] // of lines that were to be fields
		b.note("shown as it was sent: %v", err)
		b.Raw = true
		b.text(bytes.NewReader(raw))
		return
	}
	b.fields(&h)
	if part == MailHead {
		return
	}
	b.entity(h, bytes.NewReader(body), 0)
	if b.broken && len(b.Text) == 0 && len(b.Attachments) == 0 {
		b.Raw = true
		b.text(bytes.NewReader(body))
	}
}

// splitMail is a mail's header and what follows the blank line after it.
func splitMail(raw []byte) (head, body []byte) {
	at := 0
	for line := range bytes.Lines(raw) {
		at += len(line)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
	}
	return raw[:at], raw[at:]
}

var errNoHeader = errors.New("it does not begin with a header")

// header reads a header; lines that are no field are told in notes.
func (b *mailReader) header(raw []byte) (message.Header, error) {
	if len(raw) > maxMailHead {
		raw = raw[:maxMailHead]
		b.note("only the first %d octets of the header were read", maxMailHead)
	}
	var h message.Header
	r := bufio.NewReader(bytes.NewReader(raw))
	for bad := 0; ; {
		part, err := textproto.ReadHeader(r)
		for f := part.Fields(); f.Next(); {
			if line, err := f.Raw(); err == nil {
				h.AddRaw(line)
			}
		}
		if end := err == nil || errors.Is(err, io.EOF); end && (bad == 0 || h.Len() > 0) {
			return reversed(h), nil
		} else if bad++; end || bad > maxBadFields {
			return h, errNoHeader
		}
		b.note("in the header: %s", strings.TrimSpace(strings.TrimPrefix(err.Error(), "message: ")))
	}
}

// reversed undoes that each field was added before the others.
func reversed(h message.Header) message.Header {
	var out message.Header
	for f := h.Fields(); f.Next(); {
		if line, err := f.Raw(); err == nil {
			out.AddRaw(line)
		}
	}
	return out
}

// fields takes those fields of a header that a reader shows.
func (b *mailReader) fields(h *message.Header) {
	for _, name := range [...]string{"Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject"} {
		for f := h.FieldsByKey(name); f.Next(); {
			if len(b.Fields) == maxMailFields {
				b.moreFields++
				continue
			}
			value, err := f.Text()
			if err != nil {
				b.note("%s: %v", name, err)
			}
			value = strings.TrimSpace(strings.ReplaceAll(value, "\t", " "))
			b.Fields = append(b.Fields, MailField{name, clip(value, maxText)})
		}
	}
}

// entity reads a mail or a part of one, which begins with the header h.
func (b *mailReader) entity(h message.Header, body io.Reader, depth int) {
	if b.enough() {
		return
	}
	kind, params, err := h.ContentType()
	if err != nil {
		b.note("Content-Type: %v", err)
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && depth < MaxMailNesting {
		b.multipart(kind, params["boundary"], body, depth)
		return
	}
	e, err := message.New(h, body)
	if err != nil {
		b.note("part %d: %v", b.parts, err)
	}
	disposition, _, _ := h.ContentDisposition()
	switch {
	case disposition == "attachment":
		b.attach(&h, kind, e.Body)
	case kind == "text/html":
		b.html(e.Body)
	case strings.HasPrefix(kind, "text/"):
		b.text(e.Body)
	default:
		b.attach(&h, kind, e.Body)
	}
}

// text shows a text, line by line.
func (b *mailReader) text(r io.Reader) {
	if len(b.Text) > 0 {
		b.line(nil)
	}
	in := bufio.NewReader(r)
	for {
		line, err := b.readLine(in)
		if err == nil || len(line) > 0 {
			if !b.line(line) {
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				b.note("part %d: the text breaks off: %v", b.parts, err)
			}
			return
		}
	}
}

// readLine is the next line without its end, or as much of it as there is room for.
func (b *mailReader) readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		if err != bufio.ErrBufferFull || len(line) > MaxMailText {
			if err == bufio.ErrBufferFull {
				err = nil
			}
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}

// line shows a line; it reports whether there is room for another one.
func (b *mailReader) line(line []byte) bool {
	if rest := MaxMailText - b.room; len(line) > rest || len(b.Text) == MaxMailLines {
		b.cut = true
		if len(b.Text) == MaxMailLines || rest == 0 {
			return false
		}
		line = line[:rest]
		for len(line) > 0 && !utf8.RuneStart(line[len(line)-1]) {
			line = line[:len(line)-1]
		}
	}
	b.room += len(line) + 1
	b.room = min(b.room, MaxMailText)
	b.Text = append(b.Text, Inert(untab(line)))
	return true
}

// untab puts spaces in a tab's place, up to the next of every eight columns.
func untab(line []byte) []byte {
	if bytes.IndexByte(line, '\t') < 0 {
		return line
	}
	var out []byte
	for _, piece := range bytes.SplitAfter(line, []byte("\t")) {
		out = append(out, bytes.TrimSuffix(piece, []byte("\t"))...)
		if bytes.HasSuffix(piece, []byte("\t")) {
			out = append(out, "        "[utf8.RuneCount(out)%8:]...)
		}
	}
	return out
}

// enough reports whether there is no room for another part, and takes it if there
// is.
func (b *mailReader) enough() bool {
	if b.parts == MaxMailParts {
		b.moreParts = true
		return true
	}
	b.parts++
	return false
}

func (b *mailReader) note(format string, args ...any) {
	if len(b.Notes) == maxMailNotes {
		b.moreNotes++
		return
	}
	b.Notes = append(b.Notes, clip(fmt.Sprintf(format, args...), maxValue))
}

// left tells what is not shown.
func (b *mailReader) left() {
	if b.cut {
		b.Notes = append(b.Notes, "there is more text")
	}
	if b.moreParts {
		b.Notes = append(b.Notes, "there are more parts")
	}
	for _, l := range []struct {
		n    int
		what string
	}{
		{b.moreFields, "more fields of the header"},
		{b.moreNotes, "more remarks"},
	} {
		if l.n > 0 {
			b.Notes = append(b.Notes, fmt.Sprintf("%d %s are not shown", l.n, l.what))
		}
	}
}
