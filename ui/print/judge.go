package print

import (
	"bytes"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// judgeLine returns the findings of check in a line without context: rules that need to
// know what came before find nothing. Unless q names a dialect, the line is checked as one
// of the dialect that its words are of, and what later dialects permit is a note.
func judgeLine(text string, q Question) []lint.Finding {
	text, client, _ := sideOf(text, q.From)
	dialect := q.Dialect
	if dialect == protocol.UnknownDialect {
		dialect = dialectOf(text, client)
	}
	var found []lint.Finding
	l, err := lint.New(lint.Options{Dialect: dialect, Guessed: q.Dialect == protocol.UnknownDialect}, func(f lint.Finding) { found = append(found, f) })
	if err != nil { // only an option can be wrong
		return nil
	}
	d := decode.New(decode.Options{Dialect: dialect})
	feed := func(events []decode.Event) { _ = l.Events(1, events) } // a Linter returns no error
	_ = l.Open(capture.Conn{ID: 1, MidStream: true})
	feed(d.Write(capture.ServerToClient, time.Time{}, []byte("* OK\r\n")))
	found = found[:0]
	dir := capture.ServerToClient
	if client {
		dir = capture.ClientToServer
	}
	parts := strings.SplitAfter(strings.TrimRight(text, "\r\n")+"\r\n", "}\r\n")
	for i, part := range parts {
		feed(d.Write(dir, time.Time{}, []byte(part)))
		if client && i < len(parts)-1 { // the server asks for a literal
			feed(d.Write(capture.ServerToClient, time.Time{}, []byte("+ go on\r\n")))
		}
	}
	feed(d.Close(time.Time{}, capture.EndOfCapture))
	return found
}

// dialectOf returns the dialect that the words of a line are of: the latest one that
// brought one of them, or IMAP2.
func dialectOf(text string, client bool) protocol.Dialect {
	m := messageOf(text, client)
	if m == nil {
		return protocol.IMAP2
	}
	root := syntax.ParseResponse(&m.Message)
	if client {
		root = syntax.ParseRequest(&m.Message)
	}
	d := protocol.IMAP2
	for _, t := range explain.Tokens(root, m.Raw) {
		switch {
		case t.Name != "":
			d = max(d, protocol.Lookup(t.Kind, t.Name).Speaks())
		case t.Fault:
			d = max(d, dialectOfOptions(m.Raw[t.Span.Start:t.Span.End]))
		}
	}
	return d
}

// dialectOfOptions returns the latest dialect that brought an option in b, which is not in
// the grammar of its command.
func dialectOfOptions(b []byte) protocol.Dialect {
	d := protocol.IMAP2
	for _, word := range bytes.FieldsFunc(b, func(r rune) bool { return strings.ContainsRune(" ()\r\n", r) }) {
		for _, k := range []protocol.Kind{protocol.Modifier, protocol.ListSelection, protocol.ListReturn, protocol.SearchReturn} {
			d = max(d, protocol.Lookup(k, word).Speaks())
		}
	}
	return d
}
