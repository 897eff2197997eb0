package scrub

import (
	"bytes"
	"slices"

	"imapscope/decode/ascii"
)

// mail replaces the content of a message: all words of its body, and in its header all
// words except known field names, dates, and the description of the body's structure.
func (w *walk) mail(b []byte, header bool) {
	var field string
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			n = len(b)
		}
		line := b[:n]
		b = b[n:]
		switch text := bytes.TrimRight(line, "\r\n"); {
		case !header:
			w.body(line)
		case len(text) == 0:
			header = false
		case text[0] == ' ' || text[0] == '\t':
			w.field(field, text)
		default:
			name, value, ok := bytes.Cut(text, []byte(":"))
			field = string(ascii.AppendLower(nil, bytes.TrimRight(name, " \t")))
			if !ok || !fieldNames[field] {
				field = ""
				w.replaceExcept(Header, name, func(f []byte) bool { return string(f) == "x" })
			} else {
				w.words.keep(name)
			}
			w.field(field, value)
		}
	}
}

// field replaces the value of a header field, or a line of it.
func (w *walk) field(name string, value []byte) {
	switch {
	case (name == "date" || name == "resent-date") && isDate(value):
		w.words.keep(value)
		return
	case slices.Contains([]string{"content-type", "content-transfer-encoding", "content-disposition", "mime-version"}, name):
		w.replaceExcept(Header, value, func(f []byte) bool { return mimeWords[string(f)] })
		return
	}
	w.report.Replaced[Header]++
	w.encoded(value)
}

// longRun is the length from which a run of bytes without spaces is neither a word nor
// an address but data, in which punctuation reveals as much as letters.
const longRun = 40

// body replaces the words in a line of a body.
func (w *walk) body(line []byte) {
	if w.words.replace(line) > 0 {
		w.report.Replaced[Body]++
	}
	if bytes.HasPrefix(line, []byte("--")) {
		return // a boundary that the header names
	}
	for run := range bytes.FieldsSeq(line) {
		if len(run) < longRun {
			continue
		}
		tail := bytes.TrimRight(run, "=")
		for i, c := range tail {
			if c > ' ' && c < 0x7f && !wordByte[c] {
				tail[i] = "+/"[(i+len(tail))&1]
			}
		}
	}
}
