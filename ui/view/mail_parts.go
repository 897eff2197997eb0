package view

import (
	"errors"
	"io"
	"mime/multipart"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // so that message knows more than UTF-8
	"github.com/emersion/go-message/mail"
)

// multipart reads the parts of a body. They are cut by mime/multipart, which has a
// bound on the fields of a part.
func (b *mailReader) multipart(kind, boundary string, body io.Reader, depth int) {
	r := multipart.NewReader(body, boundary)
	shown := len(b.Text)
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			b.broken = true
			b.note("%s: its parts break off: %v", kind, err)
			return
		}
		h := message.HeaderFromMap(p.Header)
		if kind == "multipart/alternative" && len(b.Text) > shown {
			b.other(&h, p)
			continue
		}
		b.entity(h, p, depth+1)
		if b.moreParts {
			return
		}
	}
}

// other lists a part that says again what is shown already.
func (b *mailReader) other(h *message.Header, body io.Reader) {
	if b.enough() {
		return
	}
	kind, _, _ := h.ContentType()
	if e, err := message.New(*h, body); e != nil && err == nil {
		body = e.Body
	}
	b.attach(h, kind, body)
}

// attach lists a part.
func (b *mailReader) attach(h *message.Header, kind string, body io.Reader) {
	a := mail.AttachmentHeader{Header: *h}
	name, _ := a.Filename()
	size, err := io.Copy(io.Discard, body)
	if err != nil {
		b.note("part %d breaks off after %d octets: %v", b.parts, size, err)
	}
	b.Attachments = append(b.Attachments, Attachment{clip(name, maxValue), clip(kind, maxValue), size})
}
