package syntax_test

import (
	"fmt"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

func Example() {
	m, _ := wire.Split([]byte("A001 LOGIN SMITH {6}\r\nSE\"SAM\r\n"), true)
	n := syntax.ParseRequest(m)

	r := syntax.ReadRequest(n, m.Raw)
	fmt.Println(r.Tag, r.Name, len(r.Args))

	password := n.FindRole(protocol.RolePassword)
	fmt.Printf("%v %q at byte %d\n", password.Kind, password.Value(m.Raw), password.Span.Start)
	// Output:
	// A001 LOGIN 2
	// literal "SE\"SAM" at byte 17
}

func ExampleReadEnvelope() {
	m, _ := wire.Split([]byte(`* 16 Fetch (Envelope ("Sat, 4 Jun 88 13:27:11 PDT" "INFO-MAC Mail Message" `+
		`(("Larry Fagan" NIL "FAGAN" "SUMEX-AIM.Stanford.EDU")) NIL NIL NIL NIL NIL NIL NIL))`+"\r\n"), false)
	n := syntax.ParseResponse(m)
	e, _ := syntax.ReadEnvelope(n, m.Raw)
	fmt.Println(e.Subject, "-", e.From[0])
	fmt.Println(e.To == nil, e.MessageID)
	// Output:
	// INFO-MAC Mail Message - Larry Fagan <FAGAN@SUMEX-AIM.Stanford.EDU>
	// true NIL
}

func ExampleNode_Errors() {
	m, _ := wire.Split([]byte("a028 FETCH 1 (FLAGS\r\n"), true)
	for e := range syntax.ParseRequest(m).Errors() {
		fmt.Println(e)
	}
	// Output:
	// byte 19: expected ")" (RFC 1176, "Formal Syntax", p. 26)
}
