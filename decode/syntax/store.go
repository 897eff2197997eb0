package syntax

import "imapscope/decode/protocol"

// store parses what STORE changes: FLAGS, +FLAGS or -FLAGS and a flag list
// (RFC 1176, "Formal Syntax", p. 28), or an item of a later RFC and its arguments, as its
// row describes them.
func (p *Parser) store() {
	mark := p.mark()
	p.attribute(endOfAtt)
	n := p.last()
	row := protocol.Lookup(protocol.StoreItem, n.Span.Of(p.raw))
	if n.Kind == KindAttribute && row != nil && len(row.Args) > 0 {
		old := p.row
		p.row = row
		p.series(row.Args, endWord, false)
		p.row = old
	} else if p.sep(wantFlags) {
		p.flagList(endWord)
	}
	p.close(mark, KindStoreAtt, protocol.RoleNone)
}
