package mock

import (
	"bytes"
	"slices"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// withhold prepares the recorded messages that list capabilities of Options.Withhold: they
// are sent without them.
func (m *Mock) withhold(list []*decode.Message) {
	var parser syntax.Parser
	for _, x := range list {
		if x.Kind != decode.Greeting && x.Kind != decode.Untagged && x.Kind != decode.Tagged {
			continue
		}
		var cuts []wire.Span
		for n := range parser.Response(&x.Message).All() {
			if n.Role == protocol.RoleCapability && slices.ContainsFunc(m.opts.Withhold, func(c string) bool { return protocol.SameName(n.Bytes(x.Raw), c) }) {
				cuts = append(cuts, wire.Span{Start: n.Span.Start - 1, End: n.Span.End}) // with the space before it
			}
		}
		if len(cuts) > 0 {
			m.edited[x] = without(x.Raw, cuts)
		}
	}
}

// without returns raw without some places, which are in order.
func without(raw []byte, cuts []wire.Span) []byte {
	var out bytes.Buffer
	at := 0
	for _, c := range cuts {
		out.Write(raw[at:c.Start])
		at = c.End
	}
	out.Write(raw[at:])
	return out.Bytes()
}

// rawOf returns a recorded message as it is sent.
func (m *Mock) rawOf(x *decode.Message) []byte {
	if b, ok := m.edited[x]; ok {
		return b
	}
	return x.Raw
}
