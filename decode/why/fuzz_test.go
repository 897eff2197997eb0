package why

import (
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
)

// FuzzReasons: no matter what both sides send, each sentence is complete, printable ASCII, and
// the same when it is asked for twice.
func FuzzReasons(f *testing.F) {
	for _, c := range sentences {
		f.Add(c.text)
	}
	for _, r := range lint.Rules() {
		f.Add(r.Bad)
	}
	f.Add(inINBOX + "C: a1 STORE 1 (UNCHANGEDSINCE 4) FLAGS (\\Seen)\nS: * 1 FETCH (UID 0 FLAGS () MODSEQ (3))\nS: a1 OK [MODIFIED 1:*] x\nC: a2 STATUS INBOX (HIGHESTMODSEQ)\nS: * STATUS INBOX (HIGHESTMODSEQ 4)\nS: a2 OK x\n")
	f.Add(in4 + "C: a1 NAMESPACE\nS: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: a1 OK x\nC: a2 LIST \"\" *\nS: * LIST (\\Noselect \\Trash) \".\" \"INBOX.M&APw-ll\"\nS: a2 OK x\nC: a3 SELECT \"M&-APw-ll\"\nS: a3 NO x\nC: a4 SELECT trash\nS: a4 NO x\n")
	f.Add(inINBOX + "C: a1 SEARCH CHARSET KOI8-R SUBJECT {3}\nS: + x\nC| \\xff\\xfe\\x41 x\\x0d\\x0a\nS: a1 NO [BADCHARSET (UTF-8)] x\nC: a2 UID SORT (DATE) ALL\nS: a2 BAD x\n")
	f.Add(inINBOX + "C: a1 FETCH 1 (ENVELOPE BODYSTRUCTURE)\nS: * 1 FETCH (ENVELOPE (NIL \"a \"b\" c\" NIL) BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL NIL -1 99999999999))\nS: a1 OK x\nC: a2 APPEND x {5+}\n# 60s later\n# closed by the client\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := New(lint.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if decodetest.Play(text, decode.NewDemux(decode.Options{}, r)) != nil {
			t.Skip()
		}
		list := r.Reasons()
		for i, x := range list {
			said := x.Sentence + x.Proof + x.Remedy
			for _, e := range x.Evidence {
				said += e.Text
			}
			if x.Sentence == "" || x.Remedy == "" || x.Verdict == "" || len(x.Evidence) == 0 {
				t.Errorf("it lacks something: %+v", x)
			}
			if strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%q", said)
			}
			if again := r.Reasons(); len(again) != len(list) || again[i].Sentence != x.Sentence || len(again[i].Evidence) != len(x.Evidence) {
				t.Errorf("twice: %+v and %+v", again[i], x)
			}
		}
	})
}
