package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

const benchEnvelope = `("Tue, 7 May 91 12:34:45 PDT" "IMAP2 test message" (("Mark Crispin" NIL "MRC" "Panda.EXAMPLE")) ` +
	`(("Mark Crispin" NIL "MRC" "Panda.EXAMPLE")) (("Mark Crispin" NIL "MRC" "Panda.EXAMPLE")) ` +
	`((NIL NIL "fred" "lab.example")) NIL NIL NIL "<12345678901.7.MRC@Panda.EXAMPLE>")`

func split(b *testing.B, s string, client bool) *wire.Message {
	b.Helper()
	m, n := wire.Split([]byte(s), client)
	if n != len(s) {
		b.Fatalf("%q is more than one message", s)
	}
	return m
}

func BenchmarkResponse(b *testing.B) {
	text := strings.Repeat("All work and no play makes Jack a dull boy.\r\n", 100)
	for _, c := range []struct{ name, line string }{
		{"fetch-all", `* 1 FETCH (FLAGS (\Seen) INTERNALDATE " 7-May-1991 12:34:56 +0000" RFC822.SIZE 368 ENVELOPE ` + benchEnvelope + ")\r\n"},
		{"envelope-literals", "* 2 FETCH (FLAGS (\\Seen \\Answered) ENVELOPE (\"8 May 1991 0900-PDT\" {54}\r\n" +
			"Re: \"quoted\" subject {with braces} and 100% back\\slash (({16}\r\nJoe \"Q.\" P\\ublic NIL \"joe\" \"example.com\")) " +
			"NIL NIL NIL NIL NIL NIL {22}\r\n<\"odd id\"@example.com>))\r\n"},
		{"fetch-body", fmt.Sprintf("* 3 FETCH (RFC822 {%d}\r\n%s)\r\n", len(text), text)},
		{"fetch-flags", "* 20 FETCH (FLAGS (\\Recent \\Deleted))\r\n"},
		{"search", "* SEARCH 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\r\n"},
		{"exists", "* 20 EXISTS\r\n"},
		{"tagged", "a002 OK [READ-WRITE] SELECT completed\r\n"},
	} {
		m := split(b, c.line, false)
		b.Run(c.name, func(b *testing.B) {
			var p syntax.Parser
			b.SetBytes(int64(len(m.Raw)))
			b.ReportAllocs()
			for b.Loop() {
				p.Response(m)
			}
		})
	}
}

// BenchmarkBriefResponse measures a line of a mailbox's list as lint has it parsed.
func BenchmarkBriefResponse(b *testing.B) {
	m := split(b, `* 1 FETCH (FLAGS (\Seen) INTERNALDATE " 7-May-1991 12:34:56 +0000" RFC822.SIZE 368 ENVELOPE `+benchEnvelope+")\r\n", false)
	p := syntax.Parser{Brief: true}
	b.SetBytes(int64(len(m.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		p.Response(m)
	}
}

func BenchmarkRequest(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"fetch", "A00002 FETCH 1:20 ALL\r\n"},
		{"login", "a008 LOGIN \"fred\" \"secret\"\r\n"},
		{"search", "a061 SEARCH UNSEEN FROM example SINCE 20-May-1991 SUBJECT \"test message\"\r\n"},
		{"literals", "a LOGIN {4}\r\nfred {6}\r\nsecret\r\n"},
		{"store", "a027 STORE 1:2 -FLAGS (\\Seen \\Answered)\r\n"},
	} {
		m := split(b, c.line, true)
		b.Run(c.name, func(b *testing.B) {
			var p syntax.Parser
			b.SetBytes(int64(len(m.Raw)))
			b.ReportAllocs()
			for b.Loop() {
				p.Request(m)
			}
		})
	}
}

// BenchmarkParse is one tree in memory of its own.
func BenchmarkParse(b *testing.B) {
	m := split(b, "* 1 FETCH (ENVELOPE "+benchEnvelope+")\r\n", false)
	b.SetBytes(int64(len(m.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		syntax.ParseResponse(m)
	}
}

func BenchmarkReadEnvelope(b *testing.B) {
	m := split(b, "* 1 FETCH (ENVELOPE "+benchEnvelope+")\r\n", false)
	n := syntax.ParseResponse(m)
	b.SetBytes(int64(len(m.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		syntax.ReadEnvelope(n, m.Raw)
	}
}

func BenchmarkAppendFetch(b *testing.B) {
	m := split(b, "* 1 FETCH (ENVELOPE "+benchEnvelope+")\r\n", false)
	e, _ := syntax.ReadEnvelope(syntax.ParseResponse(m), m.Raw)
	b.SetBytes(int64(len(m.Raw)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = syntax.AppendFetch(dst[:0], 1, syntax.Prop{Name: "ENVELOPE", Value: e})
	}
}
