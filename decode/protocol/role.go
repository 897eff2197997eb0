package protocol

// Role is the purpose of a node, where its Kind does not determine it: which string is
// the password, which number counts messages.
type Role uint8

// The roles.
const (
	RoleNone Role = iota

	// Arguments of commands.

	RoleUserID
	RolePassword
	RoleMailbox
	RoleBBoard
	RolePattern
	RoleReference  // LIST's first argument
	RoleSearchText // a string to look for
	RoleSearchDate
	RoleFlag      // a flag to look for
	RoleMechanism // of AUTHENTICATE
	RoleSASL      // a SASL response, as secret as a password
	RoleField     // the name of a header field
	RoleMessage   // a whole message: RFC822, BODY[], what APPEND sends

	// Mailboxes and servers: names, attributes, and what extensions keep of them.

	RoleDelimiter  // between the levels of mailbox names; NIL if there are none
	RoleAttribute  // of a mailbox: \Noselect
	RoleCapability // one that no row is about, too
	RoleClientID   // ID: a field
	RoleClientData // ID: its value
	RolePrefix     // of the mailbox names of a namespace
	RoleExtension  // the name of a parameter that later extensions add
	RoleParameter  // its value
	RoleLanguage
	RoleComparator // a collation
	RoleCharset
	RoleQuotaRoot
	RoleResource   // what a quota limits
	RoleUsage      // of a resource
	RoleLimit      // of a resource, or of what a mailbox accepts
	RoleIdentifier // of an access control list: a user or a group
	RoleRights
	RoleEntry      // the name of a piece of metadata
	RoleEntryValue // its value
	RoleEntryPart  // the attribute of an annotation: value.shared
	RoleURL
	RoleURLMechanism // how a URL is authorized
	RoleURLData      // what a URL refers to
	RoleEvent        // of NOTIFY
	RoleAlgorithm    // of COMPRESS
	RoleMediaType    // of CONVERT
	RoleFilter       // the name of a filter
	RoleCommandTag   // the tag of another command
	RoleErrorText    // what went wrong, for people
	RoleVersion      // of IMAP3
	RoleLineEnd      // characters that end a line
	RoleFormat       // of a message
	RoleOrdering     // of messages
	RoleObjectID     // a permanent identifier of a mailbox, a message or a thread

	// Numbers.

	RoleUIDValidity
	RoleUIDNext
	RoleModSeq
	RoleMessageSet // messages, by number or by unique identifier, as in the command
	RoleDepth      // of a tree of metadata
	RoleMessageNumber
	RoleUID
	RoleCount  // of messages
	RoleSize   // in bytes
	RoleOrigin // the first byte of a part of a text
	RoleSeconds
	RoleScore    // of relevance, from 1 to 100
	RolePosition // in a result: 0 at its end or where order does not matter
	RoleRange    // of a result, by place: 1:100, -1:-100

	// Values in FETCH responses.

	RoleInternalDate
	RoleSaveDate // when a message was put into this mailbox
	RolePreview  // a short extract of a message
	RoleLabel    // of a message, in a vendor's sense
	RoleHeader   // RFC822.HEADER
	RoleBody     // RFC822.TEXT, a part of a message

	// The ten fields of an envelope, in order (p. 19).

	RoleDate
	RoleSubject
	RoleFrom
	RoleSender
	RoleReplyTo
	RoleTo
	RoleCc
	RoleBcc
	RoleInReplyTo
	RoleMessageID

	// The four fields of an address, in order (p. 19), and IMAP3's fifth (RFC 1203, p. 28).

	RolePersonalName
	RoleSourceRoute
	RoleMailboxName
	RoleHostName
	RoleComments

	// The fields of a body structure (RFC 3501, 7.4.2, p. 74); RoleMediaType, RoleSize and RoleLanguage are
	// others.

	RoleSubtype
	RoleParameters
	RoleParameterName
	RoleParameterValue
	RoleContentID
	RoleDescription
	RoleEncoding
	RoleLines
	RoleMD5
	RoleDisposition // the disposition with its parameters, and the disposition itself
	RoleLocation
	RoleBodyExtension // what a later revision appends

	roles
)

// String returns the role in RFC 1176's words; "" for RoleNone.
func (r Role) String() string {
	if r >= roles {
		return "?"
	}
	return roleNames[r]
}

// Secret reports whether a value with this role is a login secret.
func (r Role) Secret() bool { return r == RolePassword || r == RoleSASL }

var roleNames = [roles]string{
	RoleUserID: "userid", RolePassword: "password", RoleMailbox: "mailbox", RoleBBoard: "bboard",
	RolePattern: "pattern", RoleReference: "reference", RoleSearchText: "search text",
	RoleSearchDate: "search date", RoleFlag: "flag", RoleMechanism: "mechanism", RoleSASL: "SASL response",
	RoleField: "header field", RoleMessage: "message",
	RoleDelimiter: "hierarchy delimiter", RoleAttribute: "mailbox attribute", RoleCapability: "capability",
	RoleClientID: "ID field", RoleClientData: "ID value", RolePrefix: "namespace prefix",
	RoleExtension: "extension", RoleParameter: "extension parameter",
	RoleLanguage: "language", RoleComparator: "comparator", RoleCharset: "charset",
	RoleQuotaRoot: "quota root", RoleResource: "resource", RoleUsage: "usage", RoleLimit: "limit",
	RoleIdentifier: "identifier", RoleRights: "rights",
	RoleEntry: "entry", RoleEntryValue: "entry value", RoleEntryPart: "entry attribute",
	RoleURL: "URL", RoleURLMechanism: "URL mechanism", RoleURLData: "URL data",
	RoleEvent: "event", RoleAlgorithm: "algorithm", RoleMediaType: "media type", RoleFilter: "filter",
	RoleCommandTag: "tag of a command", RoleObjectID: "object identifier",
	RoleErrorText: "error text", RoleVersion: "version", RoleLineEnd: "line end", RoleFormat: "message format",
	RoleOrdering:    "ordering",
	RoleUIDValidity: "uidvalidity", RoleUIDNext: "uidnext", RoleModSeq: "mod-sequence",
	RoleMessageSet: "message set", RoleDepth: "depth",
	RoleMessageNumber: "message number", RoleUID: "unique identifier", RoleCount: "count", RoleSize: "size", RoleOrigin: "first byte", RoleSeconds: "seconds", RoleRange: "range", RolePosition: "position", RoleScore: "score",
	RoleInternalDate: "internal date", RoleSaveDate: "save date", RolePreview: "preview", RoleLabel: "label", RoleHeader: "header", RoleBody: "body",
	RoleDate: "date", RoleSubject: "subject", RoleFrom: "from", RoleSender: "sender", RoleReplyTo: "reply-to",
	RoleTo: "to", RoleCc: "cc", RoleBcc: "bcc", RoleInReplyTo: "in-reply-to", RoleMessageID: "message-id",
	RolePersonalName: "personal name", RoleSourceRoute: "source-route", RoleMailboxName: "mailbox name",
	RoleHostName: "host name", RoleComments: "comments",
	RoleSubtype: "media subtype", RoleParameters: "parameters",
	RoleParameterName: "parameter name", RoleParameterValue: "parameter value",
	RoleContentID: "content-id", RoleDescription: "description", RoleEncoding: "transfer encoding",
	RoleLines: "lines", RoleMD5: "MD5", RoleDisposition: "disposition",
	RoleLocation: "location", RoleBodyExtension: "extension data",
}
