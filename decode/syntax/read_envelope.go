package syntax

import (
	"strings"

	"imapscope/decode/protocol"
)

// Envelope is a message's envelope (RFC 1176, "Responses", p. 19). Lists are
// nil for NIL.
type Envelope struct {
	Date, Subject                      NString
	From, Sender, ReplyTo, To, Cc, Bcc []Address
	InReplyTo, MessageID               NString
}

// Address is one address of an envelope (p. 19).
type Address struct {
	Name    NString // personal name
	ADL     NString // source-route: SMTP's at-domain-list
	Mailbox NString
	Host    NString
}

// String returns the address in the form used in mail: Larry Fagan <FAGAN@SUMEX-AIM.Stanford.EDU>.
func (a Address) String() string {
	var b strings.Builder
	b.WriteString(a.Mailbox.Value)
	if a.Host.Valid {
		b.WriteString("@" + a.Host.Value)
	}
	if !a.Name.Valid || a.Name.Value == "" {
		return b.String()
	}
	return a.Name.Value + " <" + b.String() + ">"
}

// ReadEnvelope reads the first envelope of n; it reports false if there is none. Fields
// are known by their place, so a broken one does not affect the others.
func ReadEnvelope(n *Node, raw []byte) (Envelope, bool) {
	var e Envelope
	n = n.Find(KindEnvelope)
	if n == nil {
		return e, false
	}
	for i := range n.Kids {
		k := &n.Kids[i]
		switch k.Role {
		case protocol.RoleDate:
			e.Date = ReadNString(k, raw)
		case protocol.RoleSubject:
			e.Subject = ReadNString(k, raw)
		case protocol.RoleFrom:
			e.From = ReadAddresses(k, raw)
		case protocol.RoleSender:
			e.Sender = ReadAddresses(k, raw)
		case protocol.RoleReplyTo:
			e.ReplyTo = ReadAddresses(k, raw)
		case protocol.RoleTo:
			e.To = ReadAddresses(k, raw)
		case protocol.RoleCc:
			e.Cc = ReadAddresses(k, raw)
		case protocol.RoleBcc:
			e.Bcc = ReadAddresses(k, raw)
		case protocol.RoleInReplyTo:
			e.InReplyTo = ReadNString(k, raw)
		case protocol.RoleMessageID:
			e.MessageID = ReadNString(k, raw)
		}
	}
	return e, true
}

// ReadAddresses returns a list of addresses, or nil for NIL.
func ReadAddresses(n *Node, raw []byte) []Address {
	if n == nil || n.Kind != KindAddresses {
		return nil
	}
	list := []Address{}
	for i := range n.Kids {
		if k := &n.Kids[i]; k.Kind == KindAddress {
			list = append(list, readAddress(k, raw))
		}
	}
	return list
}

func readAddress(n *Node, raw []byte) Address {
	var a Address
	for i := range n.Kids {
		k := &n.Kids[i]
		switch k.Role {
		case protocol.RolePersonalName:
			a.Name = ReadNString(k, raw)
		case protocol.RoleSourceRoute:
			a.ADL = ReadNString(k, raw)
		case protocol.RoleMailboxName:
			a.Mailbox = ReadNString(k, raw)
		case protocol.RoleHostName:
			a.Host = ReadNString(k, raw)
		}
	}
	return a
}
