package fallback_test

import (
	"imapscope/decode/binding"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// bound returns a request as the server in memory gets it.
func bound(values *binding.Map, user, mailbox, request string) string {
	m, _ := wire.Split([]byte(request+"\r\n"), true)
	name := syntax.ReadRequest(syntax.ParseRequest(m), m.Raw).Name
	edits, _ := values.Request(&binding.Exchange{User: user, Mailbox: mailbox, Row: protocol.Lookup(protocol.Command, name), Request: m})
	return string(binding.Apply(m.Raw, edits))
}
