package syntax

import "imapscope/decode/protocol"

// store takes what STORE changes: FLAGS, +FLAGS or -FLAGS and a flag list
// (RFC 1176, "Formal Syntax", p. 28). What else there is in later dialects is
// taken as it comes.
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
