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
	RoleReference  // LIST's first argument, LIST's hierarchy delimiter
	RoleSearchText // a string to look for
	RoleSearchDate
	RoleFlag      // a flag to look for
	RoleMechanism // of AUTHENTICATE
	RoleSASL      // a SASL response, as secret as a password
	RoleField     // the name of a header field
	RoleMessage   // a whole message: RFC822, BODY[], what APPEND sends

	// Numbers.

	RoleMessageNumber
	RoleUID
	RoleCount // of messages
	RoleSize  // in bytes

	// Values in FETCH responses.

	RoleInternalDate
	RoleHeader // RFC822.HEADER
	RoleBody   // RFC822.TEXT, a part of a message

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

	// The four fields of an address, in order (p. 19).

	RolePersonalName
	RoleSourceRoute
	RoleMailboxName
	RoleHostName

	// The fields of a body structure (RFC 3501, 7.4.2, p. 74); RoleSize is one too.

	RoleMediaType
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
	RoleLanguage    // languages, and one of them
	RoleLocation
	RoleExtension // what a later revision appends

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
	RoleMessageNumber: "message number", RoleUID: "unique identifier", RoleCount: "count", RoleSize: "size",
	RoleInternalDate: "internal date", RoleHeader: "header", RoleBody: "body",
	RoleDate: "date", RoleSubject: "subject", RoleFrom: "from", RoleSender: "sender", RoleReplyTo: "reply-to",
	RoleTo: "to", RoleCc: "cc", RoleBcc: "bcc", RoleInReplyTo: "in-reply-to", RoleMessageID: "message-id",
	RolePersonalName: "personal name", RoleSourceRoute: "source-route", RoleMailboxName: "mailbox name",
	RoleHostName:  "host name",
	RoleMediaType: "media type", RoleSubtype: "media subtype", RoleParameters: "parameters",
	RoleParameterName: "parameter name", RoleParameterValue: "parameter value",
	RoleContentID: "content-id", RoleDescription: "description", RoleEncoding: "transfer encoding",
	RoleLines: "lines", RoleMD5: "MD5", RoleDisposition: "disposition", RoleLanguage: "language",
	RoleLocation: "location", RoleExtension: "extension data",
}
