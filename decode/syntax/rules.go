package syntax

import (
	"strings"

	"imapscope/decode/protocol"
)

// rule is what the grammar expects at some place, and the source of that.
type rule struct{ want, ref string }

const (
	conventions9 = `RFC 1176, "Conventions", p. 9`
	formal26     = `RFC 1176, "Formal Syntax", p. 26`
	formal27     = `RFC 1176, "Formal Syntax", p. 27`
	formal28     = `RFC 1176, "Formal Syntax", p. 28`
)

var (
	wantSP       = rule{"one space", conventions9}
	wantCRLF     = rule{"CRLF", conventions9}
	wantQuote    = rule{`the closing quote of a quoted string`, conventions9}
	wantEscape   = rule{`a quoted string whose quotes have a backslash before them`, `RFC 3501, "9. Formal Syntax", p. 88`}
	wantClose    = rule{`")"`, formal26}
	wantBracket  = rule{`"]"`, `RFC 3501, 9. Formal Syntax, p. 89`}
	wantDepth    = rule{"no list this deep", "a limit of imapscope's own"}
	wantLiteral  = rule{"a literal", conventions9}
	wantNIL      = rule{protocol.NIL, conventions9}
	wantList     = rule{`"("`, formal26}
	wantThread   = rule{`"(" and a thread`, `RFC 5256, "5. Formal Syntax of SORT and THREAD Commands and Responses", p. 15`}
	wantTogether = rule{"the next one without a space", ""} // of the row
	wantModifier = rule{"a modifier", `RFC 4466, "3. Formal Syntax", p. 10`}
	wantMember   = rule{"a message number or a thread", `RFC 5256, "5. Formal Syntax of SORT and THREAD Commands and Responses", p. 15`}
	wantRange    = rule{"a range of places such as 1:100 or -1:-100", `RFC 9394, "4. Formal Syntax"`}
	wantFewer    = rule{"fewer words", "a limit of imapscope's own"}

	wantTag     = rule{"a tag", formal28}
	wantOwnTag  = rule{`a tag other than "*" and "+"`, `RFC 1176, "The Protocol", p. 5`}
	wantCommand = rule{"a command", formal28}
	wantStatus  = rule{"OK, NO or BAD", formal28}
	wantData    = rule{"data, or a number and message data", formal28}
	wantText    = rule{"a line of text", formal28}

	wantUserID   = rule{"a userid (a string)", formal27}
	wantPassword = rule{"a password (a string)", formal27}
	wantMailbox  = rule{"a mailbox (a string)", formal27}
	wantBBoard   = rule{"a bulletin board (a string)", formal26}
	wantOption   = rule{"MAILBOXES or BBOARDS", formal27}
	wantPattern  = rule{"a pattern (a string)", formal27}
	wantSequence = rule{"a sequence of message numbers", formal28}

	wantFetchAtt  = rule{"ALL, FAST, a fetch attribute or a list of them", formal27}
	wantOneAtt    = rule{"CRLF; several attributes are in parentheses", formal27}
	wantAttInList = rule{"a fetch attribute; ALL, FAST and FULL are not in parentheses", formal27}
	wantAtt       = rule{"a fetch attribute", formal27}
	wantStoreAtt  = rule{"FLAGS, +FLAGS or -FLAGS", formal28}
	wantFlags     = rule{"a flag, or flags in parentheses", formal27}
	wantFlag      = rule{"a flag (an atom)", formal27}
	wantSearch    = rule{"a search key", formal28}
	wantString    = rule{"a string", formal28}
	wantNumber    = rule{"a number", conventions9}
	wantProps     = rule{`"(" and message data`, formal27}
	wantProp      = rule{"the name of a property", formal27}
	wantValue     = rule{"its value", formal27}
	wantDate      = rule{`a date: "dd-mmm-yy hh:mm:ss-zzz"`, formal26}

	wantEnvelope  = rule{`an envelope: "(" and ten fields`, formal26}
	wantNString   = rule{"NIL or a string", formal26}
	wantEnvDate   = rule{"a date (a string)", formal26}
	wantAddresses = rule{`NIL, or addresses in parentheses`, formal26}
	wantAddress   = rule{`an address: "(" and four fields`, formal26}
	wantField     = rule{"the first field without a space", formal26}
	wantAdjacent  = rule{"the next address without a space", formal26}
)

// WrongInEveryDialect reports whether the error at n is an error in later dialects too:
// by the grammar of a later RFC, or by that of every one since 1176: a list or a quoted
// string that is not closed, a space that is missing.
func (n *Node) WrongInEveryDialect() bool {
	if n.Err == nil {
		return false
	}
	if strings.HasPrefix(n.Err.Ref, "RFC ") && !strings.HasPrefix(n.Err.Ref, "RFC 1176") {
		return true
	}
	switch n.Kind {
	case KindQuoted:
		return n.Err.Want == wantQuote.want
	case KindMissing:
		return n.Err.Want == wantClose.want || n.Err.Want == wantSP.want
	}
	return false
}
