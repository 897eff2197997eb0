package rewrite

import (
	"bytes"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"imapscope/proxy/intercept"
)

// FuzzEncode changes messages at random and encodes them: what is sent is one whole message that
// says the same, or an error; and an unchanged message is not encoded again.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{
		"a UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (TO)]<0.3>)\r\n", "a LOGIN u {3}\r\np\"w\r\n", "a SEARCH OR ON 1-Oct-87 NOT (TO x)\r\n",
	} {
		f.Add([]byte(s), true, byte(0), "x")
		f.Add([]byte(s), true, byte(9), "a\r\nb {3}")
	}
	for _, s := range []string{
		"* LIST (\\Noselect) \"/\" \"a b\"\r\n", "* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) NIL NIL NIL NIL NIL NIL NIL))\r\n",
		"A1 OK [CAPABILITY IMAP4rev1 X] hi {9}\r\n", "* SEARCH\r\n", "A006 Expunge complete\r\n", "* 1 FETCH (BODY[] {1}\r\nx)\r\n",
	} {
		f.Add([]byte(s), false, byte(1), "")
		f.Add([]byte(s), false, byte(6), "(")
	}
	f.Fuzz(func(t *testing.T, raw []byte, client bool, how byte, word string) {
		m, err := parse(raw, client)
		if err != nil {
			return
		}
		if m.changed() {
			t.Fatalf("%q has changed by itself", raw)
		}
		change(m, how, word)
		out, err := m.append(nil, intercept.DefaultLimit)
		if err != nil {
			return
		}
		again, err := parse(out, client)
		if err != nil || !m.equal(again) {
			t.Fatalf("%q became %q, which is %v, %v", raw, out, again, err)
		}
		if how%8 == 7 && !bytes.Contains(out, []byte(word)) {
			t.Fatalf("%q became %q without %q", raw, out, word)
		}
	})
}

// change changes something in a message.
func change(m *message, how byte, word string) {
	v := []starlark.Value{starlark.String(word), atom(word), literal(word), starlark.None, starlark.MakeInt(len(word)), starlark.NewList([]starlark.Value{atom(word)})}[how%6]
	switch list := deepest(m.args); how % 8 {
	case 0:
		m.text = strings.ToUpper(m.text)
	case 1:
		m.word = strings.ToUpper(word)
	case 2:
		m.tag = word
	case 3:
		if l, ok := m.code.(*starlark.List); ok {
			l.Append(v)
		}
	case 4, 5:
		if list.Len() > 0 {
			list.SetIndex(0, v)
		}
	case 6:
		list.Append(v)
	case 7:
		m.args = starlark.NewList([]starlark.Value{starlark.String(word), literal(word)})
	}
}

func deepest(l *starlark.List) *starlark.List {
	for i := range l.Len() {
		if inner, ok := l.Index(i).(*starlark.List); ok {
			return deepest(inner)
		}
	}
	return l
}
