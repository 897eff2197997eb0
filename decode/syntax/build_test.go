package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// parse frames and parses b, which must be one message without a fault.
func parse(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte, client bool,
) (*syntax.Node, []byte) {
	t.Helper()
	m, n := wire.Split(b, client)
	if n != len(b) {
		t.Fatalf("%q is more than one message", b)
	}
	tree := syntax.ParseResponse(m)
	if client {
		tree = syntax.ParseRequest(m)
	}
	if err := invariant(tree, m); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	for e := range tree.Errors() {
		t.Fatalf("%q: %v\n%s", b, e, dump(tree, m.Raw))
	}
	return tree, m.Raw
}

func TestStringForms(t *testing.T) {
	for s, want := range map[string]string{
		"SMITH":      "SMITH",
		"a]b[c*":     "a]b[c*",
		"two words":  `"two words"`,
		"f(x)":       `"f(x)"`,
		"NIL":        `"NIL"`,
		"nil":        `"nil"`,
		"":           "{0}\r\n",
		`say "hi"`:   "{8}\r\nsay \"hi\"",
		"100%":       "{4}\r\n100%",
		`back\slash`: "{10}\r\nback\\slash",
		"{9}":        "{3}\r\n{9}",
		"a\r\nb":     "{4}\r\na\r\nb",
		"caf\xe9":    "{4}\r\ncaf\xe9",
	} {
		if got := string(syntax.String(s).AppendTo(nil)); got != want {
			t.Errorf("String(%q) = %q, want %q", s, got, want)
		}
	}
}

func ExampleAppendRequest() {
	b := syntax.AppendRequest(nil, "A003", "SEARCH", syntax.Atom("DELETED"), syntax.Atom("FROM"), syntax.Quoted("SMITH"))
	fmt.Printf("%q\n", b)
	b = syntax.AppendRequest(nil, "A001", "LOGIN", syntax.String("fred"), syntax.String(`se"cret`))
	fmt.Printf("%q\n", b)
	// Output:
	// "A003 SEARCH DELETED FROM \"SMITH\"\r\n"
	// "A001 LOGIN fred {7}\r\nse\"cret\r\n"
}

func ExampleAppendFetch() {
	b := syntax.AppendFetch(nil, 8,
		syntax.Prop{Name: "FLAGS", Value: syntax.Flags{`\Seen`, "Work"}},
		syntax.Prop{Name: "RFC822.SIZE", Value: syntax.Number(637)},
		syntax.Prop{Name: "RFC822.TEXT", Value: syntax.Literal("Hello\r\n")})
	fmt.Printf("%q\n", b)
	// Output:
	// "* 8 FETCH (FLAGS (\\Seen Work) RFC822.SIZE 637 RFC822.TEXT {7}\r\nHello\r\n)\r\n"
}

func TestNothingEndsALine(t *testing.T) {
	for _, b := range [][]byte{
		syntax.AppendTagged(nil, "a\r\nb", "OK\n", "x\r\ny {3}"),
		syntax.AppendRequest(nil, "", "NO\r\nOP", syntax.String("a\nb")),
		syntax.AppendUntagged(nil, syntax.Atom("FLAGS"), syntax.Flags{"a\r\n", "", "b)"}),
		syntax.AppendReady(nil, "x\ny"),
	} {
		client := !strings.ContainsAny(string(b[:1]), "*+a")
		if _, n := wire.Split(b, client); n != len(b) {
			t.Errorf("%q is more than one message", b)
		}
	}
}

var anyString = rapid.Custom(func(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9.@*+-]{1,12}`),
		rapid.StringMatching(`[ -~]{0,20}`),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes")) }),
	).Draw(t, "string")
})

var anyNString = rapid.Custom(func(t *rapid.T) syntax.NString {
	if rapid.Bool().Draw(t, "nil") {
		return syntax.NString{}
	}
	return syntax.NString{Value: anyString.Draw(t, "value"), Valid: true}
})

var anyAddresses = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) syntax.Address {
	return syntax.Address{
		Name: anyNString.Draw(t, "name"), ADL: anyNString.Draw(t, "adl"),
		Mailbox: anyNString.Draw(t, "mailbox"), Host: anyNString.Draw(t, "host"),
	}
}), 0, 3)

var anyEnvelope = rapid.Custom(func(t *rapid.T) syntax.Envelope {
	addresses := func() []syntax.Address {
		if list := anyAddresses.Draw(t, "addresses"); len(list) > 0 {
			return list
		}
		return nil
	}
	return syntax.Envelope{
		Date: anyNString.Draw(t, "date"), Subject: anyNString.Draw(t, "subject"),
		From: addresses(), Sender: addresses(), ReplyTo: addresses(), To: addresses(), Cc: addresses(), Bcc: addresses(),
		InReplyTo: anyNString.Draw(t, "in-reply-to"), MessageID: anyNString.Draw(t, "message-id"),
	}
})

var anyFlags = rapid.SliceOfN(rapid.StringMatching(`\\?[A-Za-z$][A-Za-z0-9]{0,8}`), 0, 5)

var anySequence = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) syntax.Range {
	first := rapid.Uint32().Draw(t, "first")
	if rapid.Bool().Draw(t, "one") {
		return syntax.Range{First: first, Last: first}
	}
	return syntax.Range{First: first, Last: rapid.Uint32().Draw(t, "last")}
}), 1, 6)

func TestEnvelopeThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyEnvelope.Draw(t, "envelope")
		flags := anyFlags.Draw(t, "flags")
		text := anyString.Draw(t, "text")
		n, raw := parse(t, syntax.AppendFetch(nil, 7,
			syntax.Prop{Name: "FLAGS", Value: syntax.Flags(flags)},
			syntax.Prop{Name: "ENVELOPE", Value: want},
			syntax.Prop{Name: "RFC822.TEXT", Value: syntax.String(text)},
		), false)
		d, ok := syntax.ReadFetch(n, raw)
		if !ok || d.Number != 7 || len(d.Items) != 3 {
			t.Fatalf("%q: %+v", raw, d)
		}
		got, ok := syntax.ReadEnvelope(d.Get("ENVELOPE"), raw)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Fatalf("%q: %s", raw, diff)
		}
		if diff := cmp.Diff(flags, syntax.ReadFlags(d.Get("FLAGS"), raw)); diff != "" {
			t.Fatalf("%q: %s", raw, diff)
		}
		if got := syntax.ReadNString(d.Get("RFC822.TEXT"), raw); !got.Valid || got.Value != text {
			t.Fatalf("%q: text %+v", raw, got)
		}
	})
}

func TestRequestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		user, password := anyString.Draw(t, "user"), anyString.Draw(t, "password")
		n, raw := parse(t, syntax.AppendRequest(nil, "a1", "LOGIN", syntax.String(user), syntax.String(password)), true)
		r := syntax.ReadRequest(n, raw)
		if r.Tag != "a1" || r.Name != "LOGIN" || len(r.Args) != 2 ||
			string(r.Args[0].Value(raw)) != user || string(r.Args[1].Value(raw)) != password {
			t.Fatalf("%q: %+v", raw, r)
		}
		if n.FindRole(protocol.RolePassword) != r.Args[1] {
			t.Fatalf("%q: no password", raw)
		}

		set := syntax.Sequence(anySequence.Draw(t, "sequence"))
		box := anyString.Draw(t, "mailbox")
		n, raw = parse(t, syntax.AppendRequest(nil, "a2", "COPY", set, syntax.String(box)), true)
		r = syntax.ReadRequest(n, raw)
		if diff := cmp.Diff(set, syntax.ReadSequence(r.Args[0], raw)); diff != "" {
			t.Fatalf("%q: %s", raw, diff)
		}
		if got := string(n.FindRole(protocol.RoleMailbox).Value(raw)); got != box {
			t.Fatalf("%q: mailbox %q", raw, got)
		}

		text := anyString.Draw(t, "search")
		n, raw = parse(t, syntax.AppendRequest(nil, "a3", "SEARCH", syntax.Atom("UNSEEN"), syntax.Atom("SUBJECT"), syntax.String(text)), true)
		if got := string(n.FindRole(protocol.RoleSearchText).Value(raw)); got != text {
			t.Fatalf("%q: search %q", raw, got)
		}
	})
}

func TestResponseThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~]{1,40}`).Draw(t, "text")
		n, raw := parse(t, syntax.AppendTagged(nil, "a1", "NO", text), false)
		r := syntax.ReadResponse(n, raw)
		if r.Tag != "a1" || r.Status != "NO" || r.Code == nil && r.Text != text {
			t.Fatalf("%q: %+v", raw, r)
		}
		box := anyString.Draw(t, "mailbox")
		n, raw = parse(t, syntax.AppendUntagged(nil, syntax.Atom("MAILBOX"), syntax.String(box)), false)
		if r = syntax.ReadResponse(n, raw); r.Data != "MAILBOX" || string(r.Args[0].Value(raw)) != box {
			t.Fatalf("%q: %+v", raw, r)
		}
		var values []syntax.Value
		want := rapid.SliceOfN(rapid.Uint32(), 0, 5).Draw(t, "numbers")
		for _, v := range want {
			values = append(values, syntax.Number(v))
		}
		n, raw = parse(t, syntax.AppendUntagged(nil, append([]syntax.Value{syntax.Atom("SEARCH")}, values...)...), false)
		got, ok := syntax.ReadSearch(n, raw)
		if !ok || len(got) != len(want) {
			t.Fatalf("%q: %v", raw, got)
		}
		for i := range got {
			if got[i] != uint64(want[i]) {
				t.Fatalf("%q: %v, want %v", raw, got, want)
			}
		}
	})
}

// FuzzBuild writes strings, reads them back, and writes them again.
func FuzzBuild(f *testing.F) {
	f.Add("fred", `se"cret`, "two words", true)
	f.Add("", "{3}", "NIL", false)
	f.Add("a\r\nb", "\\", "100%", true)
	f.Fuzz(func(t *testing.T, a, b, c string, valid bool) {
		build := func(a, b, c string) []byte {
			e := syntax.Envelope{
				Subject: syntax.NString{Value: a, Valid: true}, InReplyTo: syntax.NString{Value: c, Valid: valid},
				From: []syntax.Address{{Mailbox: syntax.NString{Value: b, Valid: true}}, {}},
			}
			return syntax.AppendFetch(nil, 1, syntax.Prop{Name: "ENVELOPE", Value: e},
				syntax.Prop{Name: "RFC822", Value: syntax.String(c)})
		}
		first := build(a, b, c)
		n, raw := parse(t, first, false)
		e, ok := syntax.ReadEnvelope(n, raw)
		if !ok || len(e.From) != 2 || e.Subject.Value != a || e.From[0].Mailbox.Value != b || e.InReplyTo.Valid != valid {
			t.Fatalf("%q: %+v", first, e)
		}
		d, _ := syntax.ReadFetch(n, raw)
		again := build(e.Subject.Value, e.From[0].Mailbox.Value, string(d.Get("RFC822").Value(raw)))
		if string(again) != string(first) {
			t.Fatalf("%q became %q", first, again)
		}

		n, raw = parse(t, syntax.AppendRequest(nil, "t", "LOGIN", syntax.String(a), syntax.String(b)), true)
		r := syntax.ReadRequest(n, raw)
		if len(r.Args) != 2 || string(r.Args[0].Value(raw)) != a || string(r.Args[1].Value(raw)) != b {
			t.Fatalf("%q: %+v", raw, r)
		}
	})
}
