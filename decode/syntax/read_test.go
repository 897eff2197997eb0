package syntax_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

func TestReadRequest(t *testing.T) {
	for line, want := range map[string][]string{
		"a003 fetch 16 all":               {"a003", "FETCH", "16", "all"},
		"a UID FETCH 1:* (UID FLAGS)":     {"a", "UID FETCH", "1:*", "(UID FLAGS)"},
		"a FIND MAILBOXES *":              {"a", "FIND", "MAILBOXES", "*"},
		"a LOGIN {4}\r\nfred \"se\\\"c\"": {"a", "LOGIN", "fred", `se"c`},
		"a STORE 1 +Flags \\Deleted":      {"a", "STORE", "1", `+Flags \Deleted`},
		"a SEARCH FROM x":                 {"a", "SEARCH", "FROM x"},
		"lonelytag":                       {"lonelytag", ""},
		"":                                {"", ""},
	} {
		m, _ := wire.Split([]byte(line+"\r\n"), true)
		r := syntax.ReadRequest(syntax.ParseRequest(m), m.Raw)
		got := []string{r.Tag, r.Name}
		for _, a := range r.Args {
			got = append(got, string(a.Value(m.Raw)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestReadResponse(t *testing.T) {
	type response struct {
		Tag, Status, Data, Code, Text string
		Number                        uint64
		Args                          int
	}
	for line, want := range map[string]response{
		"A002 OK [READ-WRITE] Select complete": {Tag: "A002", Status: "OK", Code: "READ-WRITE", Text: "Select complete"},
		"* bye see you":                        {Tag: "*", Status: "BYE", Text: "see you"},
		"* 19 EXISTS":                          {Tag: "*", Data: "EXISTS", Number: 19},
		"* 8 Store (Flags (\\Seen))":           {Tag: "*", Data: "STORE", Number: 8, Args: 1},
		"* MAILBOX FOOBAR":                     {Tag: "*", Data: "MAILBOX", Args: 1},
		"A006 Expunge complete":                {Tag: "A006", Text: "Expunge complete"},
		"+ Ready for argument":                 {Tag: "+", Text: "Ready for argument"},
		"+":                                    {Tag: "+"},
		"* OK [UNSEEN 3] x":                    {Tag: "*", Status: "OK", Code: "UNSEEN", Text: "x"},
	} {
		m, _ := wire.Split([]byte(line+"\r\n"), false)
		r := syntax.ReadResponse(syntax.ParseResponse(m), m.Raw)
		got := response{r.Tag, r.Status, r.Data, syntax.ReadCode(r.Code, m.Raw).Name, r.Text, r.Number, len(r.Args)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestReadFetch(t *testing.T) {
	line := "* 12 Fetch (Flags (\\Seen Work) rfc822.header {3}\r\na\r\n Body[Header.Fields (To Cc)]<0> NIL " +
		"ENVELOPE 266 (NIL {7}\r\n\"a\" (b) ((\"L. F.\" NIL fagan \"sumex\")) NIL NIL NIL NIL NIL \"\" NIL) UID)\r\n"
	m, _ := wire.Split([]byte(line), false)
	d, ok := syntax.ReadFetch(syntax.ParseResponse(m), m.Raw)
	if !ok || d.Number != 12 {
		t.Fatalf("%+v", d)
	}
	got := map[string]string{}
	for _, item := range d.Items {
		if got[item.Name] = "missing"; item.Value != nil {
			got[item.Name] = item.Value.Kind.String()
		}
	}
	want := map[string]string{
		"FLAGS": "flag list", "RFC822.HEADER": "literal", "BODY[HEADER.FIELDS (TO CC)]<0>": "NIL",
		"ENVELOPE": "envelope", "UID": "missing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`\Seen`, "Work"}, syntax.ReadFlags(d.Get("FLAGS"), m.Raw)); diff != "" {
		t.Error(diff)
	}
	e, _ := syntax.ReadEnvelope(d.Get("ENVELOPE"), m.Raw)
	text := func(s string) syntax.NString { return syntax.NString{Value: s, Valid: true} }
	wantEnvelope := syntax.Envelope{
		Subject: text(`"a" (b)`), InReplyTo: text(""),
		From: []syntax.Address{{Name: text("L. F."), Mailbox: text("fagan"), Host: text("sumex")}},
	}
	if diff := cmp.Diff(wantEnvelope, e); diff != "" {
		t.Error(diff)
	}
	if got, want := e.From[0].String(), "L. F. <fagan@sumex>"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
}

func TestSequence(t *testing.T) {
	for _, c := range []struct {
		in      string
		has     []uint32
		hasNot  []uint32
		written string
	}{
		{"2,4:7,9,12:15", []uint32{2, 4, 5, 7, 9, 12, 15}, []uint32{1, 3, 8, 11, 16}, "2,4:7,9,12:15"},
		{"5:2", []uint32{2, 3, 5}, []uint32{1, 6}, "5:2"},
		{"3:*", []uint32{3, 1 << 31}, []uint32{2}, "3:*"},
		{"*", nil, []uint32{1, 1000}, "*"},
		{"1:3:5", []uint32{1, 3, 4, 5}, []uint32{6}, "1:3,3:5"},
		{"99999999999:3", []uint32{3, 4}, []uint32{2}, "*:3"},
		{"x,2", []uint32{2}, []uint32{1}, "2"},
	} {
		s := syntax.ParseSequence([]byte(c.in))
		for _, n := range c.has {
			if !s.Contains(n) {
				t.Errorf("%s does not contain %d", c.in, n)
			}
		}
		for _, n := range c.hasNot {
			if s.Contains(n) {
				t.Errorf("%s contains %d", c.in, n)
			}
		}
		if s.String() != c.written {
			t.Errorf("%s is written %s", c.in, s)
		}
	}
}

func TestValue(t *testing.T) {
	for in, want := range map[string]string{
		`""`: "", `"a b"`: "a b", `"a \"b\" \\"`: `a "b" \`, `"no end`: "no end", `"no end\`: `no end\`, `atom`: "atom",
		"{5}\r\na\r\nbc": "a\r\nbc", "NIL": "NIL", "{0}\r\n": "",
	} {
		m, _ := wire.Split([]byte("* MAILBOX "+in+"\r\n"), false)
		n := syntax.ParseResponse(m).FindRole(protocol.RoleMailbox)
		if n == nil || string(n.Value(m.Raw)) != want {
			t.Errorf("%q is %+v", in, n)
		}
	}
}

func TestAt(t *testing.T) {
	line := "A005 FETCH 4 (FLAGS RFC822.HEADER)\r\n"
	m, _ := wire.Split([]byte(line), true)
	n := syntax.ParseRequest(m)
	for off := range line {
		path := n.At(off)
		leaf := path[len(path)-1]
		if len(leaf.Kids) > 0 || off < leaf.Span.Start || off >= leaf.Span.End || path[0] != n {
			t.Errorf("byte %d is in %+v", off, leaf)
		}
	}
	if n.At(len(line)) != nil || n.At(-1) != nil {
		t.Error("bytes outside have a path")
	}
	if path := n.At(16); len(path) != 3 || path[1].Kind != syntax.KindAttributes {
		t.Errorf("path %v", path)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for k := syntax.KindUnknown; k <= syntax.KindCRLF; k++ {
		if s := k.String(); s == "" || s == "?" || seen[s] {
			t.Errorf("kind %d is called %q", k, s)
		}
		seen[k.String()] = true
	}
	seen = map[string]bool{}
	for r := protocol.RoleUserID; r <= protocol.RoleHostName; r++ {
		if s := r.String(); s == "" || s == "?" || seen[s] {
			t.Errorf("role %d is called %q", r, s)
		}
		seen[r.String()] = true
	}
}
