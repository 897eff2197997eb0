package view

import (
	"errors"
	"io"
	"mime/multipart"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // lets message decode more charsets than UTF-8

	"imapscope/decode/text"
)

// multipart reads the parts of a body. mime/multipart, which separates them, bounds the
// fields of a part.
func (mr *mailReader) multipart(kind, boundary string, body io.Reader, depth int) {
	r := multipart.NewReader(body, boundary)
	shown := len(mr.Text)
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			mr.broken = true
			mr.note("%s: its parts break off: %v", kind, err)
			return
		}
		h := message.HeaderFromMap(p.Header)
		if kind == "multipart/alternative" && len(mr.Text) > shown {
			mr.other(&h, p)
			continue
		}
		mr.entity(h, p, depth+1)
		if mr.moreParts {
			return
		}
	}
}

// other lists a part that is an alternative to what is already shown.
func (mr *mailReader) other(h *message.Header, body io.Reader) {
	if mr.tooManyParts() {
		return
	}
	kind, _, _ := h.ContentType()
	if e, err := message.New(*h, body); e != nil && err == nil {
		body = e.Body
	}
	mr.attach(h, kind, body)
}

// filename returns the name of the file that a part is; it may be empty.
func (mr *mailReader) filename(h *message.Header) string {
	for _, x := range [...]struct{ field, param string }{{"Content-Disposition", "filename"}, {"Content-Type", "name"}} {
		_, params := text.FieldParams(h.Get(x.field))
		for _, p := range params {
			if p.Name != x.param {
				continue
			}
			if p.Err != nil {
				mr.note("part %d: %s: %v", mr.parts, p.Name, p.Err)
			}
			return p.Value
		}
	}
	return ""
}

// attach lists a part.
func (mr *mailReader) attach(h *message.Header, kind string, body io.Reader) {
	name := mr.filename(h)
	size, err := io.Copy(io.Discard, body)
	if err != nil {
		mr.note("part %d breaks off after %d bytes: %v", mr.parts, size, err)
	}
	mr.Attachments = append(mr.Attachments, Attachment{clip(name, maxValue), clip(kind, maxValue), size})
}
