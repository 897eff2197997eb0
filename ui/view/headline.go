package view

import (
	"bytes"
	"errors"
	"strings"

	"imapscope/decode/text"
)

// maxHeadline is how many bytes of a header are searched for the fields that one line shows.
const maxHeadline = 16 << 10

// headline holds the fields of a mail's header that identify it, as they were sent, unfolded.
type headline struct{ Date, From, Subject string }

// headlineOf returns the first of each of these fields in a header or in a part of one.
func headlineOf(header []byte) headline {
	var h headline
	for name, value := range headerFields(header) {
		var to *string
		switch strings.ToLower(name) {
		case "date":
			to = &h.Date
		case "from":
			to = &h.From
		case "subject":
			to = &h.Subject
		default:
			continue
		}
		if *to == "" {
			*to = value
		}
	}
	return h
}

// headline sets the columns of a row that a header has fields for.
func (o Options) headline(r *Row, header []byte) {
	h := headlineOf(header)
	if h.Date != "" {
		r[ColDate] = date(h.Date) + o.besideDate(h.Date)
	}
	if h.From != "" {
		r[ColFrom] = author(h.From)
	}
	if h.Subject != "" {
		r[ColSubject] = words(h.Subject)
	}
}

// headerFields yields the names and the unfolded values of the fields of a header.
func headerFields(header []byte) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		header = header[:min(len(header), maxHeadline)]
		for len(header) > 0 {
			end := fieldEnd(header)
			field := header[:end]
			header = header[end:]
			name, value, ok := bytes.Cut(field, []byte(":"))
			if !ok {
				if len(bytes.TrimSpace(field)) == 0 {
					return // the blank line after it
				}
				continue
			}
			if !yield(string(bytes.TrimSpace(name)), strings.Join(strings.Fields(string(value)), " ")) {
				return
			}
		}
	}
}

// fieldEnd returns where the next field begins: after the first line end that no blank
// follows.
func fieldEnd(header []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(header[at:], '\n')
		if i < 0 {
			return len(header)
		}
		at += i + 1
		if at == len(header) || header[at] != ' ' && header[at] != '\t' {
			return at
		}
	}
}

// author returns the name in a From field, or else the address, encoded words decoded.
func author(from string) string {
	name, rest, ok := strings.Cut(from, "<")
	if name = strings.Trim(strings.TrimSpace(name), `"`); ok && name != "" {
		return words(name)
	}
	if ok {
		from, _, _ = strings.Cut(rest, ">")
	}
	return words(from)
}

// decodedFields returns the fields of a header that have encoded words, decoded, on one line.
// The error is that of the first one that could not be decoded.
func decodedFields(header []byte) (string, error) {
	var out []string
	var wrong error
	for name, value := range headerFields(header) {
		if !strings.Contains(value, "=?") {
			continue
		}
		plain, err := text.Words(value)
		if plain != value {
			out = append(out, name+": "+plain)
		}
		if fault := new(text.Error); wrong == nil && errors.As(err, &fault) {
			in := *fault
			in.What = "in " + name + ", " + in.What
			wrong = &in
		}
	}
	return strings.Join(out, "; "), wrong
}
