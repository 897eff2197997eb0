package syntax

import "strings"

// Request is the content of a client's command.
type Request struct {
	Tag  string
	Name string  // upper case: "FETCH", "UID FETCH"; "FIND" has MAILBOXES for its first argument
	Args []*Node // without spaces; misplaced ones are included, missing ones are not
}

// ReadRequest reads the tree of a request.
func ReadRequest(n *Node, raw []byte) Request {
	var r Request
	for i := range n.Kids {
		switch k := &n.Kids[i]; {
		case k.Kind == KindTag:
			r.Tag = string(k.Bytes(raw))
		case k.Kind == KindCommand && r.Name != "":
			r.Name += " " + canonical(k.Bytes(raw))
		case k.Kind == KindCommand:
			r.Name = canonical(k.Bytes(raw))
		case k.content():
			r.Args = append(r.Args, k)
		}
	}
	return r
}

// Response is the content of a server's message, at its top level.
type Response struct {
	Tag    string // "*" and "+" are tags too
	Number uint64 // "* 12 FETCH": 12
	Status string // upper case: OK, NO, BAD, BYE, PREAUTH; empty if there is none
	Data   string // upper case: EXISTS, FETCH, FLAGS; empty for a status
	Code   *Node  // the response code, nil if there is none
	Text   string // human-readable text, without a code before it
	Args   []*Node
}

// ReadResponse reads the tree of a response, unsolicited data or a ready.
func ReadResponse(n *Node, raw []byte) Response {
	var r Response
	var text strings.Builder
	for i := range n.Kids {
		switch k := &n.Kids[i]; {
		case k.Kind == KindTag:
			r.Tag = string(k.Bytes(raw))
		case k.Kind == KindStatus:
			r.Status = canonical(k.Bytes(raw))
		case k.Kind == KindData:
			r.Data = canonical(k.Bytes(raw))
		case k.Kind == KindCode:
			r.Code = k
		case k.Kind == KindText:
			text.Write(k.Bytes(raw))
		case k.Kind == KindNumber && r.Data == "":
			r.Number, _ = k.Number(raw)
		case k.content():
			r.Args = append(r.Args, k)
		}
	}
	r.Text = text.String()
	return r
}

// Code is a response code: "[READ-WRITE]", "[UNSEEN 3]".
type Code struct {
	Name string // upper case
	Args []*Node
}

// ReadCode reads a response code; its Name is empty if n is not one.
func ReadCode(n *Node, raw []byte) Code {
	var c Code
	if n == nil || n.Kind != KindCode {
		return c
	}
	for i := range n.Kids {
		switch k := &n.Kids[i]; {
		case k.Kind == KindCodeName:
			c.Name = canonical(k.Bytes(raw))
		case k.content():
			c.Args = append(c.Args, k)
		}
	}
	return c
}
