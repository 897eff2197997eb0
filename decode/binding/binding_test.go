package binding_test

import (
	"strings"
	"testing"

	"imapscope/decode/binding"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// said returns an exchange with fred's mailbox selected.
func said(request string, responses ...string) *binding.Exchange {
	x := &binding.Exchange{User: "fred", Mailbox: "INBOX"}
	x.Request, _ = wire.Split([]byte(request+"\r\n"), true)
	x.Row = protocol.Lookup(protocol.Command, syntax.ReadRequest(syntax.ParseRequest(x.Request), x.Request.Raw).Name)
	for _, r := range responses {
		m, _ := wire.Split([]byte(r+"\r\n"), false)
		x.Responses = append(x.Responses, m)
	}
	return x
}

// learned is a pair of exchanges: what the recorded server answered, and the other.
type learned struct {
	request   string
	then, now []string
}

// selected is how both servers answered SELECT.
var selected = learned{"a SELECT INBOX",
	[]string{"* 3 EXISTS", "* OK [UIDVALIDITY 3857529045] ok", "* OK [UIDNEXT 31] ok", "* OK [HIGHESTMODSEQ 715194045007] ok", "a OK [READ-WRITE] ok"},
	[]string{"* 3 EXISTS", "* OK [UIDVALIDITY 77] ok", "* OK [UIDNEXT 110] ok", "* OK [HIGHESTMODSEQ 90] ok", "a OK [READ-WRITE] ok"}}

// fetched is how both answered a FETCH.
var fetched = learned{"b FETCH 1:3 (UID MODSEQ EMAILID)",
	[]string{"* 1 FETCH (UID 10 MODSEQ (624140003) EMAILID (M1))", "* 2 FETCH (UID 20 MODSEQ (624140007))", "* 3 FETCH (UID 30 MODSEQ (715194045007))", "b OK ok"},
	[]string{"* 3 FETCH (MODSEQ (90) UID 107)", "* 1 FETCH (UID 101 MODSEQ (50) EMAILID (E77))", "* 2 FETCH (UID 102 MODSEQ (60))", "b OK ok"}}

// TestRequestsNameTheSameOnTheOtherServer: what a request of the recording names, it names on the other server, in
// every command and modifier that has values of that kind.
func TestRequestsNameTheSameOnTheOtherServer(t *testing.T) {
	for _, c := range []struct {
		name          string
		learned       []learned
		request, want string
		loose         string
	}{
		{"a set", []learned{fetched}, "c UID FETCH 10,20:30 FLAGS", "c UID FETCH 101,102:107 FLAGS", ""},
		{"message numbers stay", []learned{fetched}, "c FETCH 10,20:30 FLAGS", "c FETCH 10,20:30 FLAGS", ""},
		{"what is next", []learned{selected, fetched}, "c UID FETCH 31:* FLAGS", "c UID FETCH 110:* FLAGS", ""},
		{"a store", []learned{fetched}, `c UID STORE 20 (UNCHANGEDSINCE 624140007) +FLAGS (\Seen)`, `c UID STORE 102 (UNCHANGEDSINCE 60) +FLAGS (\Seen)`, ""},
		{"a copy", []learned{fetched}, "c UID COPY 30 20", "c UID COPY 107 20", ""},
		{"an expunge", []learned{fetched}, "c UID EXPUNGE 20", "c UID EXPUNGE 102", ""},
		{"a search", []learned{fetched}, "c SEARCH UID 10:20 SUBJECT 10 OR UID 30 NOT (UID 20)", "c SEARCH UID 101:102 SUBJECT 10 OR UID 107 NOT (UID 102)", ""},
		{"a search by mod-sequence", []learned{fetched}, "c SEARCH MODSEQ 624140007", "c SEARCH MODSEQ 60", ""},
		{"changes since", []learned{selected}, "c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 715194045007 VANISHED)", "c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 90 VANISHED)", ""},
		{"QRESYNC", []learned{selected, fetched},
			"c SELECT INBOX (QRESYNC (3857529045 624140007 10:30 (1,3 10,30)))",
			"c SELECT INBOX (QRESYNC (77 60 101:107 (1,3 101,107)))", ""},
		{"QRESYNC of another UIDVALIDITY", []learned{selected, fetched},
			"c SELECT INBOX (QRESYNC (1 624140007 10))",
			"c SELECT INBOX (QRESYNC (1 624140007 10))", "uidvalidity 1; mod-sequence 624140007; unique identifier 10"},
		{"another mailbox", []learned{selected, fetched}, "c SELECT other (QRESYNC (3857529045 624140007))",
			"c SELECT other (QRESYNC (3857529045 624140007))", "uidvalidity 3857529045; mod-sequence 624140007"},
		{"also from STATUS", []learned{{"a STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ)",
			[]string{"* STATUS INBOX (UIDVALIDITY 5 HIGHESTMODSEQ 40)"}, []string{"* STATUS inbox (HIGHESTMODSEQ 7 UIDVALIDITY 6)"}}},
			"c SELECT INBOX (QRESYNC (5 40))", "c SELECT INBOX (QRESYNC (6 7))", ""},
		{"a search by UID", []learned{{"a UID SEARCH ALL", []string{"* SEARCH 10 20 30"}, []string{"* SEARCH 101 102 107"}}},
			"c UID FETCH 20 FLAGS", "c UID FETCH 102 FLAGS", ""},
		{"an extended search", []learned{{"a UID SEARCH RETURN (ALL) ALL", []string{`* ESEARCH (TAG "a") UID ALL 10,20,30`}, []string{`* ESEARCH (TAG "a") UID ALL 101:102,107`}}},
			"c UID FETCH 20 FLAGS", "c UID FETCH 102 FLAGS", ""},
		{"a copy there", []learned{{"a COPY 1:2 INBOX", []string{"a OK [COPYUID 5 3:4 10,20] ok"}, []string{"a OK [COPYUID 9 1,2 101:102] ok"}}},
			"c UID FETCH 20,3 FLAGS", "c UID FETCH 102,1 FLAGS", ""},
		{"a copy elsewhere", []learned{{"a COPY 1:2 other", []string{"a OK [COPYUID 5 3:4 10,20] ok"}, []string{"a OK [COPYUID 9 1,2 101:102] ok"}}},
			"c UID FETCH 4 FLAGS", "c UID FETCH 2 FLAGS", ""},
		{"an append", []learned{{"a APPEND INBOX {1+}\r\nx", []string{"a OK [APPENDUID 5 10] ok"}, []string{"a OK [APPENDUID 9 101] ok"}}},
			"c UID FETCH 10 FLAGS", "c UID FETCH 101 FLAGS", ""},
		{"an identifier", []learned{fetched}, "c SEARCH EMAILID M1", "c SEARCH EMAILID E77", ""},
		{"the last search", []learned{fetched}, "c UID FETCH $ FLAGS", "c UID FETCH $ FLAGS", ""},
		{"the same mailbox", []learned{{"a SELECT INBOX", []string{"* OK [UIDVALIDITY 5] ok", "* OK [UIDNEXT 9] ok"}, []string{"* OK [UIDVALIDITY 5] ok", "* OK [UIDNEXT 11] ok"}}},
			"c UID FETCH 3,9:* (FLAGS) (CHANGEDSINCE 7)", "c UID FETCH 3,9:* (FLAGS) (CHANGEDSINCE 7)", ""},
		{"nothing is known", nil, "c UID FETCH 5:7,9,1:*,* FLAGS", "c UID FETCH 5:7,9,1:*,* FLAGS", "unique identifier 5; unique identifier 7; unique identifier 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := binding.New()
			for _, l := range c.learned {
				m.Learn(said(l.request, l.then...), said(l.request, l.now...))
			}
			x := said(c.request)
			edits, loose := m.Request(x)
			got := strings.TrimSuffix(string(binding.Apply(x.Request.Raw, edits)), "\r\n")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			var words []string
			for _, l := range loose {
				words = append(words, l.String())
			}
			if s := strings.Join(words, "; "); s != c.loose {
				t.Errorf("loose: %q, want %q", s, c.loose)
			}
		})
	}
}

// A new UIDVALIDITY makes what was known of identifiers useless, and the old ones are
// remembered for when they come back.
func TestIdentifiersBelongToTheirUIDValidity(t *testing.T) {
	m := binding.New()
	for _, l := range []learned{selected, fetched, {"a SELECT INBOX", []string{"* OK [UIDVALIDITY 9] ok"}, []string{"* OK [UIDVALIDITY 78] ok"}}} {
		m.Learn(said(l.request, l.then...), said(l.request, l.now...))
	}
	edits, loose := m.Request(said("c UID FETCH 20 FLAGS"))
	if len(edits) != 0 || len(loose) != 1 {
		t.Errorf("%v %v", edits, loose)
	}
	m.Learn(said(selected.request, selected.then...), said(selected.request, selected.now...))
	if edits, _ = m.Request(said("c UID FETCH 20 FLAGS")); len(edits) != 1 || string(edits[0].Text) != "102" {
		t.Errorf("%v", edits)
	}
}

// Two mailboxes that were made in the same second often have the same UIDVALIDITY.
func TestSameUIDValidityIsNotTheSameMailbox(t *testing.T) {
	for _, together := range []bool{false, true} {
		m := binding.New()
		m.Together = together
		m.Learn(said("a SELECT INBOX", "* 6 EXISTS", "* OK [UIDVALIDITY 77] ok", "* OK [UIDNEXT 7] ok", "a OK ok"),
			said("a SELECT INBOX", "* 6 EXISTS", "* OK [UIDVALIDITY 77] ok", "* OK [UIDNEXT 8] ok", "a OK ok"))
		x := said("c UID FETCH 1:6,5 FLAGS")
		edits, loose := m.Request(x)
		got := string(binding.Apply(x.Request.Raw, edits))
		want, n := "c UID FETCH 1:6,5 FLAGS\r\n", 0 // mail has arrived since
		if together {
			want, n = "c UID FETCH 1:7,5 FLAGS\r\n", 1
		}
		if got != want || len(loose) != n {
			t.Errorf("%t: %q, loose %v", together, got, loose)
		}
	}
}

// TestResponsesAreUnderstoodByTheClient checks that a client of the recorded server understands what the other one
// reports.
func TestResponsesAreUnderstoodByTheClient(t *testing.T) {
	m := binding.New()
	m.Validity("fred", "INBOX", 3857529045, 77)
	for _, p := range [][2]uint32{{10, 1}, {20, 2}, {30, 3}} {
		m.Known("fred", "INBOX", p[0], p[1])
	}
	m.Next("fred", "INBOX", 41, 4)
	for _, c := range []struct{ request, response, want string }{
		{"a UID FETCH 1:* FLAGS", "* 2 FETCH (UID 2 FLAGS (2))", "* 2 FETCH (UID 20 FLAGS (2))"},
		{"a SELECT INBOX", "* OK [UIDVALIDITY 77] 77", "* OK [UIDVALIDITY 3857529045] 77"},
		{"a SELECT INBOX", "* OK [UIDNEXT 4] 4", "* OK [UIDNEXT 41] 4"},
		{"a UID SEARCH ALL", "* SEARCH 1 3", "* SEARCH 10 30"},
		{"a SEARCH ALL", "* SEARCH 1 3", "* SEARCH 1 3"},
		{"a UID SEARCH RETURN (ALL) ALL", `* ESEARCH (TAG "a") UID ALL 1:3`, `* ESEARCH (TAG "a") UID ALL 10,20,30`},
		{"a COPY 1 INBOX", "a OK [COPYUID 77 1 4] ok", "a OK [COPYUID 3857529045 10 41] ok"},
		{"a APPEND INBOX {1+}\r\nx", "a OK [APPENDUID 77 5] ok", "a OK [APPENDUID 3857529045 42] ok"},
		{"a STATUS INBOX (UIDNEXT)", "* STATUS INBOX (MESSAGES 3 UIDNEXT 4)", "* STATUS INBOX (MESSAGES 3 UIDNEXT 41)"},
		{"a STATUS other (UIDNEXT)", "* STATUS other (MESSAGES 3 UIDNEXT 4)", "* STATUS other (MESSAGES 3 UIDNEXT 4)"},
		{"a NOOP", "* 4 EXISTS", "* 4 EXISTS"},
	} {
		x := said(c.request, c.response)
		got := string(binding.Apply(x.Responses[0].Raw, m.Response(x, x.Responses[0])))
		if got != c.want+"\r\n" {
			t.Errorf("%s: got %s, want %s", c.request, got, c.want)
		}
	}
}
