package print

import (
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

// JudgeLine returns the findings of check in a line without context: rules that need to
// know what came before find nothing. A line of a later dialect is checked as that dialect.
func JudgeLine(text string, from Side) []lint.Finding {
	client := from == Client || from == Either && sentByClient(text)
	var found []lint.Finding
	l, err := lint.New(lint.Options{}, func(f lint.Finding) { found = append(found, f) })
	if err != nil { // only an option can be wrong
		return nil
	}
	d := decode.New(decode.Options{})
	feed := func(events []decode.Event) { _ = l.Events(1, events) } // a Linter returns no error
	_ = l.Open(capture.Conn{ID: 1, MidStream: true})
	feed(d.Write(capture.ServerToClient, time.Time{}, []byte("* OK "+announcement(text)+"\r\n")))
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

// announcement returns the text of a greeting that announces the dialect of a line's
// command.
func announcement(text string) string {
	f := append(strings.Fields(text), "", "", "")
	r := protocol.LookupCommand([]byte(f[1]), []byte(f[2]))
	if d := r.Speaks(); d > protocol.IMAP2 {
		return d.String()
	}
	return ""
}
