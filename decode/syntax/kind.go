package syntax

import "imapscope/decode/protocol"

// Kind is the kind of a node.
type Kind uint8

// The kinds, with the pages of RFC 1176 that have their grammar.
const (
	// KindUnknown is something that the grammar does not allow in its place.
	KindUnknown Kind = iota
	// KindMissing is an empty node in the place of something missing.
	KindMissing

	// Messages: the roots of the trees.

	KindRequest      // tag SP command CRLF (p. 28)
	KindResponse     // tag SP status SP text_line CRLF (p. 28)
	KindUnsolicited  // "*" SP data CRLF (p. 28)
	KindReady        // "+" SP text_line (p. 28)
	KindContinuation // a client's line within a command: a SASL response, DONE

	// Composite nodes.

	KindLiteral     // "{" NUMBER "}" CRLF and the bytes (p. 27): a KindLiteralHead, a KindLiteralBody
	KindList        // "(" ")" and the values between, where RFC 1176 has no name for it
	KindFlagList    // one flag, or flags in parentheses (p. 27)
	KindAttributes  // "(" 1#fetch_att ")" (p. 27)
	KindSection     // a fetch attribute that is more than one word: BODY[HEADER.FIELDS (TO)]<0>
	KindStoreAtt    // FLAGS, +FLAGS or -FLAGS and its flag list (p. 28)
	KindSearchKey   // a search key and its arguments (p. 28)
	KindMessageData // the property list of a FETCH response (p. 18)
	KindProperty    // one property of it: name and value
	KindEnvelope    // ten fields in parentheses (p. 26)
	KindAddresses   // "(" 1*address ")" (p. 26)
	KindAddress     // four fields in parentheses (p. 26)
	KindBody        // the structure of a message or of a part of one, in parentheses (RFC 3501, p. 82)
	KindCode        // "[READ-WRITE]" before human text (p. 11)
	KindThread      // a thread of messages, in parentheses (RFC 5256, p. 15)
	KindGroup       // "(" ")" and the arguments between, as a row of a later RFC describes them
	KindItem        // a KindWord and its arguments, or arguments that belong together

	// Leaves.

	KindTag         // a request's name; "*" and "+" in its place
	KindCommand     // the name of a command; UID is one before another
	KindFindOption  // MAILBOXES or BBOARDS (p. 27)
	KindStatus      // OK, NO, BAD, BYE, PREAUTH
	KindData        // the name of data: EXISTS, FETCH, FLAGS
	KindAttribute   // the name of a fetch or store attribute, or of a property
	KindKey         // the name of a search key
	KindCodeName    // the name of a response code
	KindWord        // any other word of the protocol: RETURN, CHILDREN, MESSAGES
	KindFlag        // a flag
	KindSequence    // 2,4:7,9,12:15 (p. 10)
	KindNumber      // decimal digits
	KindPart        // the number of a part of a message: 2.1 (RFC 3501, p. 55)
	KindAtom        // a bare word
	KindQuoted      // a string in double quotes, quotes included
	KindLiteralHead // {n} CRLF
	KindLiteralBody // the bytes of a literal
	KindNIL         // NIL
	KindText        // human-readable text (TEXT_LINE, p. 9)
	KindOpen        // "(" or "["
	KindClose       // ")" or "]"
	KindPoint       // "." in a section, "<", "." and ">" after it
	KindSP          // space
	KindCRLF        // the end of the line

	kinds
)

// String names the kind in RFC 1176's words: "flag list".
func (k Kind) String() string {
	if k >= kinds {
		return "?"
	}
	return kindNames[k]
}

var kindNames = [kinds]string{
	KindUnknown: "unknown", KindMissing: "missing",
	KindRequest: "request", KindResponse: "response", KindUnsolicited: "unsolicited", KindReady: "ready",
	KindContinuation: "continuation",
	KindLiteral:      "literal", KindList: "list", KindFlagList: "flag list", KindAttributes: "fetch attributes",
	KindSection: "section", KindStoreAtt: "store attribute", KindSearchKey: "search key",
	KindMessageData: "message data", KindProperty: "property", KindEnvelope: "envelope",
	KindAddresses: "addresses", KindAddress: "address", KindBody: "body structure", KindCode: "response code",
	KindThread: "thread", KindGroup: "group", KindItem: "item",
	KindTag: "tag", KindCommand: "command", KindFindOption: "find option", KindStatus: "status", KindData: "data",
	KindAttribute: "attribute", KindKey: "key", KindCodeName: "code name", KindWord: "word", KindFlag: "flag",
	KindSequence: "sequence", KindNumber: "number", KindPart: "part number", KindAtom: "atom", KindQuoted: "quoted string",
	KindLiteralHead: "literal head", KindLiteralBody: "literal body", KindNIL: protocol.NIL, KindText: "text line",
	KindOpen: "open", KindClose: "close", KindPoint: "punctuation", KindSP: "SP", KindCRLF: "CRLF",
}
