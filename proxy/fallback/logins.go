package fallback

import (
	"slices"

	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
)

// passwords returns the passwords of the users who logged in, without those that are masked.
func passwords(s *script.Script) map[string]string {
	users := s.Users()
	for _, x := range s.Sessions {
		if !x.MaskedPassword() {
			continue
		}
		for _, e := range x.Exchanges {
			if user, _, ok := e.Login(); ok {
				delete(users, user)
			}
		}
	}
	return users
}

// Lacking returns the capabilities that a mock of a recording should not promise, because the
// server that it falls back to lacks them: of those that need mod-sequences, which only the
// recorded server could have assigned, those that no recorded client made use of.
func Lacking(s *script.Script) []string {
	if !speaksIMAP4(s) {
		return nil
	}
	var lacking []string
	for row := range protocol.Of(protocol.Modifier) {
		if usesModSeq(row.Args) && !slices.Contains(lacking, row.Capability) {
			lacking = append(lacking, row.Capability)
		}
	}
	for _, x := range s.Sessions {
		for _, e := range x.Exchanges {
			if e.Transaction != nil && len(e.Request.Raw) > 0 {
				root := syntax.ParseRequest(&e.Request)
				if usesAny(root, e.Request.Raw, lacking) {
					return nil // a client that uses one may use those that it includes
				}
			}
		}
	}
	return lacking
}

// usesModSeq reports whether one of the arguments is a mod-sequence.
func usesModSeq(args []protocol.Arg) bool {
	return slices.ContainsFunc(args, func(a protocol.Arg) bool { return a.Role == protocol.RoleModSeq || usesModSeq(a.Of) })
}

// usesAny reports whether a request enables one of the capabilities, or has a word of one.
func usesAny(root *syntax.Node, raw []byte, capabilities []string) bool {
	for n := range root.All() {
		var row *protocol.Row
		switch {
		case n.Role == protocol.RoleCapability:
			if slices.Contains(capabilities, string(n.Bytes(raw))) {
				return true
			}
		case n.Kind == syntax.KindAttribute:
			row = protocol.Lookup(protocol.FetchItem, n.Bytes(raw))
		case n.Kind == syntax.KindKey:
			row = protocol.Lookup(protocol.SearchKey, n.Bytes(raw))
		case n.Kind == syntax.KindWord:
			row = protocol.Lookup(n.Word, n.Bytes(raw))
		}
		if row != nil && slices.Contains(capabilities, row.Capability) {
			return true
		}
	}
	return false
}
