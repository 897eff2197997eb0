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
	"imapscope/decode/text"
)

// Limits on what is read and kept of a mail. What exceeds them is counted or mentioned in
// a note.
const (
	// MaxMail is how many bytes of a mail are read.
	MaxMail = 16 << 20
	// MaxMailText is how many bytes of its texts are shown.
	MaxMailText = 256 << 10
	// MaxMailLines is how many lines of its texts are shown.
	MaxMailLines = 10_000
	// MaxMailParts is how many parts are read.
	MaxMailParts = 100
	// MaxMailNesting is the depth up to which nested parts are read.
	MaxMailNesting = 8

	maxMailHead   = 256 << 10 // bytes of its header
	maxMailFields = 30        // fields shown
	maxBadFields  = 10        // lines that are not fields in what is still read as a header
	maxMailNotes  = 20
)

// Mail is a mail as a mail reader shows it. All of its texts are inert.
type Mail struct {
	Fields      []MailField // header fields that a mail reader shows, encoded words decoded
	Text        []string    // lines of its text parts
	Attachments []Attachment
	Notes       []string // what could not be read or is not shown, and why
	Raw         bool     // Text is the mail as it was sent, because it could not be parsed
}

// MailField is one field of a mail's header.
type MailField struct{ Name, Value string }

// Attachment is a part of a mail that is not shown: a file, or the same text in
// another form.
type Attachment struct {
	Name string // may be empty
	Type string // "image/png"
	Size int64  // in bytes, decoded
}

// MailPart is a part of a mail.
type MailPart uint8

const (
	// WholeMail is header and text: RFC822, BODY[].
	WholeMail MailPart = iota
	// MailHead is the header alone: RFC822.HEADER.
	MailHead
	// MailBody is the text alone: RFC822.TEXT. Without the header its format is
	// unknown, so it is shown as it was sent.
	MailBody
)

// MailOf returns the mail in a message: a FETCH response's RFC822 or BODY[], its header or
// text or both together, or what an APPEND sends. Root is the message's tree. MailOf
// returns nil if there is none. Dates are shown in the reader's zone too, if there is one.
func (o Options) MailOf(m *decode.Message, root *syntax.Node) *Mail {
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
	mr := &mailReader{options: o}
	if m.Elided > 0 {
		mr.note("%d bytes were not kept", m.Elided)
	}
	head, body := parts[MailHead], parts[MailBody]
	switch {
	case parts[WholeMail] != nil:
		mr.mail(parts[WholeMail], WholeMail)
	case head == nil:
		mr.mail(body, MailBody)
	case body == nil:
		mr.mail(head, MailHead)
	default:
		mr.mail(slices.Concat(bytes.TrimRight(head, "\r\n"), []byte("\r\n\r\n"), body), WholeMail)
	}
	mr.noteOmitted()
	return &mr.Mail
}

// mailPart returns the part of a mail that a property contains.
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

// sectionShows returns what a section such as HEADER.FIELDS (TO) shows of a message. The
// empty section is the whole message; a body part is text.
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

// mailReader reads a Mail.
type mailReader struct {
	Mail
	options    Options
	reserve    int // bytes of text that were shown
	parts      int
	moreFields int
	moreNotes  int
	moreParts  bool
	broken     bool // parts could not be separated
	cut        bool // there was more text
}

// mail reads a mail, or a part of it. It never fails: what it cannot parse is shown as it was
// sent, with a note that explains why.
func (mr *mailReader) mail(raw []byte, part MailPart) {
	if len(raw) > MaxMail {
		raw = raw[:MaxMail]
		mr.note("only the first %d bytes were read", MaxMail)
	}
	if part == MailBody {
		mr.text(bytes.NewReader(raw))
		return
	}
	head, body := splitMail(raw)
	if part == MailHead {
		head, body = raw, nil
	}
	remarks := len(mr.Notes)
	h, err := mr.header(head)
	if err != nil {
		mr.Notes = mr.Notes[:remarks] // drops notes about lines that were expected to be fields
		mr.note("shown as it was sent: %v", err)
		mr.Raw = true
		mr.text(bytes.NewReader(raw))
		return
	}
	mr.fields(&h)
	if part == MailHead {
		return
	}
	mr.entity(h, bytes.NewReader(body), 0)
	if mr.broken && len(mr.Text) == 0 && len(mr.Attachments) == 0 {
		mr.Raw = true
		mr.text(bytes.NewReader(body))
	}
}

// splitMail returns a mail's header and what follows the blank line after it.
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

// header reads a header; lines that are not fields are reported in notes.
func (mr *mailReader) header(raw []byte) (message.Header, error) {
	if len(raw) > maxMailHead {
		raw = raw[:maxMailHead]
		mr.note("only the first %d bytes of the header were read", maxMailHead)
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
		mr.note("in the header: %s", strings.TrimSpace(strings.TrimPrefix(err.Error(), "message: ")))
	}
}

// reversed restores the order of fields, since each was added before the others.
func reversed(h message.Header) message.Header {
	var out message.Header
	for f := h.Fields(); f.Next(); {
		if line, err := f.Raw(); err == nil {
			out.AddRaw(line)
		}
	}
	return out
}

// fields adds the fields of a header that a mail reader shows.
func (mr *mailReader) fields(h *message.Header) {
	for _, name := range [...]string{"Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject"} {
		for f := h.FieldsByKey(name); f.Next(); {
			if len(mr.Fields) == maxMailFields {
				mr.moreFields++
				continue
			}
			value, err := text.Words(f.Value())
			if err != nil {
				mr.note("%s: %v", name, err)
			}
			value = strings.TrimSpace(strings.ReplaceAll(value, "\t", " "))
			if name == "Date" {
				value += Decoded{Text: mr.options.zoned(value)}.beside()
			}
			mr.Fields = append(mr.Fields, MailField{name, clip(value, maxText)})
		}
	}
}

// entity reads a mail or a part of one, which begins with the header h.
func (mr *mailReader) entity(h message.Header, body io.Reader, depth int) {
	if mr.tooManyParts() {
		return
	}
	kind, params, err := h.ContentType()
	if err != nil {
		mr.note("Content-Type: %v", err)
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && depth < MaxMailNesting {
		mr.multipart(kind, params["boundary"], body, depth)
		return
	}
	e, err := message.New(h, body)
	if err != nil {
		mr.note("part %d: %v", mr.parts, err)
	}
	disposition, _, _ := h.ContentDisposition()
	switch {
	case disposition == "attachment":
		mr.attach(&h, kind, e.Body)
	case kind == "text/html":
		mr.html(e.Body)
	case strings.HasPrefix(kind, "text/"):
		mr.text(e.Body)
	default:
		mr.attach(&h, kind, e.Body)
	}
}

// text adds a text line by line.
func (mr *mailReader) text(r io.Reader) {
	if len(mr.Text) > 0 {
		mr.line(nil)
	}
	in := bufio.NewReader(r)
	for {
		line, err := mr.readLine(in)
		if err == nil || len(line) > 0 {
			if !mr.line(line) {
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				mr.note("part %d: the text breaks off: %v", mr.parts, err)
			}
			return
		}
	}
}

// readLine returns the next line without its end, or as much of it as there is room for.
func (mr *mailReader) readLine(r *bufio.Reader) ([]byte, error) {
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

// line adds a line, and reports whether there is room for another one.
func (mr *mailReader) line(line []byte) bool {
	if rest := MaxMailText - mr.reserve; len(line) > rest || len(mr.Text) == MaxMailLines {
		mr.cut = true
		if len(mr.Text) == MaxMailLines || rest == 0 {
			return false
		}
		line = line[:rest]
		for len(line) > 0 && !utf8.RuneStart(line[len(line)-1]) {
			line = line[:len(line)-1]
		}
	}
	mr.reserve += len(line) + 1
	mr.reserve = min(mr.reserve, MaxMailText)
	mr.Text = append(mr.Text, Inert(untab(line)))
	return true
}

// untab replaces tabs with spaces up to the next multiple of eight columns.
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

// tooManyParts counts a part, and reports whether it exceeds the limit.
func (mr *mailReader) tooManyParts() bool {
	if mr.parts == MaxMailParts {
		mr.moreParts = true
		return true
	}
	mr.parts++
	return false
}

func (mr *mailReader) note(format string, args ...any) {
	if len(mr.Notes) == maxMailNotes {
		mr.moreNotes++
		return
	}
	mr.Notes = append(mr.Notes, clip(fmt.Sprintf(format, args...), maxValue))
}

// noteOmitted adds notes about omitted parts.
func (mr *mailReader) noteOmitted() {
	if mr.cut {
		mr.Notes = append(mr.Notes, "there is more text")
	}
	if mr.moreParts {
		mr.Notes = append(mr.Notes, "there are more parts")
	}
	for _, l := range []struct {
		n    int
		what string
	}{
		{mr.moreFields, "more fields of the header"},
		{mr.moreNotes, "more remarks"},
	} {
		if l.n > 0 {
			mr.Notes = append(mr.Notes, fmt.Sprintf("%d %s are not shown", l.n, l.what))
		}
	}
}
