package syntax

import "imapscope/decode/protocol"

// store parses what STORE changes: FLAGS, +FLAGS or -FLAGS and a flag list
// (RFC 1176, "Formal Syntax", p. 28). Other forms, of later dialects, are parsed
// generically.
func (p *Parser) store() {
	if p.lex.Peek() == '(' { // a modifier of CONDSTORE's
		p.list(KindList, protocol.RoleNone)
		if !p.sep(wantStoreAtt) {
			return
		}
	}
	mark := p.mark()
	p.attribute(endOfAtt)
	if p.sep(wantFlags) {
		p.flagList(endWord)
	}
	p.close(mark, KindStoreAtt, protocol.RoleNone)
}
