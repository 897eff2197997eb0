package syntax_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

func FuzzRequest(f *testing.F) {
	seed(f, 'C')
	for _, s := range []string{
		"A001 LOGIN SMITH SESAME\r\n", "A003 FETCH 2:4 ALL\r\n", "A005 FETCH 4 (FLAGS RFC822.HEADER)\r\n",
		"A003 STORE 2:4 +FLAGS (\\DELETED)\r\n", `A003 SEARCH DELETED FROM "SMITH" SINCE 1-OCT-87` + "\r\n",
		"a LOGIN {4}\r\nfred {6}\r\nsecret\r\n", "a UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (TO \"CC\")]<0.9>)\r\n",
		"a SEARCH OR (NOT (SEEN)) NOT OR NEW 1:2,* UNKEYWORD x\r\n", "a FIND ALL.MAILBOXES *\r\n",
		"a AUTHENTICATE PLAIN AGZyZWQAc2VjcmV0\r\n", "a APPEND x (\\Seen) \" 1-Jan-1990 00:00:00 +0000\" {3+}\r\nabc\r\n",
	} {
		f.Add([]byte(s), []byte{}, uint16(0), uint16(0))
	}
	f.Fuzz(func(t *testing.T, raw, lits []byte, gap, elided uint16) {
		check(t, raw, lits, gap, elided, true)
	})
}

func FuzzResponse(f *testing.F) {
	seed(f, 'S')
	for _, s := range []string{
		"* OK IMAP2 Server Ready\r\n", "A002 OK [READ-WRITE] Select complete\r\n", "+ Ready for argument\r\n",
		"* FLAGS (Meeting Notice \\Answered)\r\n", "* SEARCH 2 3 6\r\n", "* MAILBOX FOOBAR\r\n",
		"* 1 FETCH (FLAGS (\\Seen) INTERNALDATE \" 9-Jun-88 12:55:44 PDT\" RFC822.SIZE 637 ENVELOPE (NIL {3}\r\nabc ((NIL NIL \"a\" b)(NIL NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL))\r\n",
		"* 2 FETCH (BODY[HEADER.FIELDS (TO)]<0> {2}\r\nab BODYSTRUCTURE ((\"a\" NIL 3)(\"b\")))\r\n",
		plainRow, "* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n", "* LIST () \"/\" x\r\n",
		"* 4 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"a\" \"b\") NIL NIL \"7BIT\" 5 1)(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"TEXT\" \"HTML\" NIL NIL NIL \"7BIT\" 6 2) 9) \"MIXED\" NIL (\"inline\" NIL) (\"en\" \"de\") NIL 7))\r\n", "* 1 FETCH (ENVELOPE 266 ())\r\n",
	} {
		f.Add([]byte(s), []byte{}, uint16(0), uint16(0))
	}
	f.Fuzz(func(t *testing.T, raw, lits []byte, gap, elided uint16) {
		check(t, raw, lits, gap, elided, false)
	})
}

// seed adds the messages of the transcripts.
func seed(f *testing.F, who byte) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, t := range ar.Files {
			if strings.HasSuffix(t.Name, ".tree") {
				continue
			}
			for _, s := range messages(f, t.Name, t.Data) {
				if s.who == who {
					f.Add(s.bytes, []byte{}, uint16(0), uint16(0))
				}
			}
		}
	}
}

// check parses raw as it would be framed, and again with literals and a gap
// wherever the fuzzer likes.
func check(t *testing.T, raw, lits []byte, gap, elided uint16, client bool) {
	framed, _ := wire.Split(raw, client)
	wild := &wire.Message{Raw: raw, Gaps: []wire.Gap{{At: int(gap), N: int64(elided) + 1}}, Elided: int64(elided) + 1}
	if at := int(gap) + len(lits); elided%2 == 0 {
		wild.Gaps = append(wild.Gaps, wire.Gap{At: at, N: 7})
		wild.Elided += 7
	}
	for len(lits) >= 4 && len(wild.Literals) < 8 {
		h := int(lits[0])
		b := h + int(lits[1]%8)
		e := b + int(lits[2])
		wild.Literals = append(wild.Literals, wire.Literal{
			Head: wire.Span{Start: h, End: b}, Body: wire.Span{Start: b, End: e},
			Size: int64(lits[3]), State: wire.LiteralState(lits[3] % 3),
		})
		lits = lits[4:]
	}
	var p syntax.Parser
	brief := syntax.Parser{Brief: true}
	brief.Response(&wire.Message{Raw: []byte(plainRow)})
	for _, m := range []*wire.Message{framed, wild} {
		compareBrief(t, &brief, &p, m)
		n := p.Response(m)
		if client {
			n = p.Request(m)
		}
		if err := invariant(n, m); err != nil {
			t.Fatalf("%v\n%q\n%s", err, m.Raw, dump(n, m.Raw))
		}
		readAll(n, m.Raw)
		if c := p.Continuation(m); c != nil {
			if err := invariant(c, m); err != nil {
				t.Fatalf("%v\n%q\n%s", err, m.Raw, dump(c, m.Raw))
			}
		}
	}
}

// readAll calls every read-out on every node.
func readAll(root *syntax.Node, raw []byte) {
	syntax.ReadRequest(root, raw)
	syntax.ReadResponse(root, raw)
	syntax.ReadFetch(root, raw)
	syntax.ReadSearch(root, raw)
	for n := range root.All() {
		n.Value(raw)
		n.Number(raw)
		syntax.ReadNString(n, raw)
		syntax.ReadSequence(n, raw).Contains(7)
		syntax.ReadFlags(n, raw)
		syntax.ReadEnvelope(n, raw)
		syntax.ReadAddresses(n, raw)
		syntax.ReadCode(n, raw)
		if n.Kind == syntax.KindBody {
			readParts(n, raw)
		}
		_ = n.Kind.String() + n.Role.String()
		n.At(n.Span.Start)
	}
}

// readParts reads a body structure. Its parts have different numbers, by which they are
// found.
func readParts(n *syntax.Node, raw []byte) {
	b, ok := syntax.ReadBody(n, raw)
	if !ok {
		panic("no body structure in a body structure")
	}
	seen := map[string]bool{}
	left := 100
	for part := range b.All() {
		if left--; left == 0 {
			break
		}
		// A message and the multipart that it is have one number.
		if number, ok := syntax.PartNumber(n, part.Node); !ok || number != part.Number || seen[number] && !part.Multipart {
			panic(fmt.Sprintf("part %q is %q, %v", part.Number, number, ok))
		}
		seen[part.Number] = true
		if f := syntax.Part(n, part.Number); f != part.Node && !part.Multipart {
			panic(fmt.Sprintf("part %q is %v, not %v", part.Number, f, part.Node.Span))
		}
	}
}
