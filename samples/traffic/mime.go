package traffic

import (
	"bytes"
	"strconv"
)

// A mimeMail is a mail as MIME has it: a text, or a multipart with a text and an
// attachment.
type mimeMail struct {
	*mail
	header, fields   []byte
	text, attachment []byte
	multipart        bool
}

// What is around the parts of a multipart.
const (
	textType   = "text/plain; charset=us-ascii\r\n"
	beforeText = "--=_part\r\nContent-Type: " + textType + "\r\n"
	between    = "\r\n--=_part\r\nContent-Type: application/octet-stream; name=notes.bin\r\nContent-Disposition: attachment; filename=notes.bin\r\n\r\n"
	after      = "\r\n--=_part--\r\n"
)

// mimeOf returns a mail with its texts, which are cut from the pool.
func mimeOf(m *mail, p pool) mimeMail {
	if m.id%5 == 0 {
		m.subject, m.odd = "=?utf-8?q?Besprechung_=C3=BCber_M=C3=B6bel?=", false
	}
	x := mimeMail{mail: m, multipart: m.id%3 == 0}
	b := m.appendHeader(make([]byte, 0, 1<<10))
	x.fields = b[:len(b):len(b)]
	if m.reply { // In-Reply-To is the last field, and not among those asked for
		x.fields = append(b[:bytes.LastIndex(b, []byte("In-Reply-To:")):len(b)], "\r\n"...)
	}
	b = append(bytes.Clone(b[:len(b)-2]), "MIME-Version: 1.0\r\nContent-Type: "...)
	if x.multipart {
		b = append(b, "multipart/mixed; boundary=\"=_part\"\r\n\r\n"...)
	} else {
		b = append(b, textType+"\r\n"...)
	}
	x.header = b
	x.text = p.text(m.id, max(0, m.size-len(b)))
	if x.multipart {
		cut := len(x.text) / 8
		x.text, x.attachment = x.text[:cut], x.text[cut:]
	}
	return x
}

// whole returns the mail in pieces.
func (x *mimeMail) whole() [][]byte {
	if !x.multipart {
		return [][]byte{x.header, x.text}
	}
	return [][]byte{x.header, []byte(beforeText), x.text, []byte(between), x.attachment, []byte(after)}
}

// len returns the number of bytes of the mail.
func (x *mimeMail) len() int {
	n := len(x.header) + len(x.text)
	if x.multipart {
		n += len(beforeText) + len(between) + len(x.attachment) + len(after)
	}
	return n
}

// appendStructure writes the extensible body structure (RFC 3501, section 7.4.2).
func (x *mimeMail) appendStructure(b []byte) []byte {
	if x.multipart {
		b = append(b, '(')
	}
	b = append(b, `("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" `...)
	b = append(strconv.AppendInt(b, int64(len(x.text)), 10), ' ')
	b = strconv.AppendInt(b, int64(bytes.Count(x.text, []byte("\n"))), 10)
	b = append(b, ` NIL NIL NIL NIL)`...)
	if !x.multipart {
		return b
	}
	b = append(b, `("APPLICATION" "OCTET-STREAM" ("NAME" "notes.bin") NIL NIL "7BIT" `...)
	b = strconv.AppendInt(b, int64(len(x.attachment)), 10)
	b = append(b, ` NIL ("ATTACHMENT" ("FILENAME" "notes.bin")) NIL NIL)`...)
	return append(b, ` "MIXED" ("BOUNDARY" "=_part") NIL NIL NIL)`...)
}
