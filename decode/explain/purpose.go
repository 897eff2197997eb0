package explain

import "imapscope/decode/protocol"

// purpose returns the purpose of a value; it reports false if its role has none.
func purpose(r protocol.Role) (role, bool) {
	if p, ok := roles[r]; ok {
		return p, true
	}
	p, ok := serverRoles[r]
	return p, ok
}

// serverRoles holds the purposes of values that are about mailboxes and servers rather
// than messages.
var serverRoles = map[protocol.Role]role{
	protocol.RoleDelimiter:    {name: "hierarchy", mean: "The character that separates the levels of mailbox names.", cite: `RFC 1730, "7.2.2. LIST Response"`},
	protocol.RoleAttribute:    {name: "attribute", mean: "An attribute of the mailbox.", cite: `RFC 1730, "7.2.2. LIST Response"`},
	protocol.RoleCapability:   {name: "capability", mean: "A capability: something the server supports beyond the base protocol.", cite: `RFC 1730, "7.2.1. CAPABILITY Response"`},
	protocol.RoleClientID:     {name: "identification", mean: "What the next value is, such as the program's name or its version.", cite: `RFC 2971, "3.3. Defined Field Values"`},
	protocol.RoleClientData:   {name: "value", mean: "What the program reports about itself.", cite: `RFC 2971, "3.3. Defined Field Values"`},
	protocol.RolePrefix:       {name: "namespace of this kind", mean: "The names of mailboxes of this kind begin with this.", cite: `RFC 2342, "5. NAMESPACE Command"`},
	protocol.RoleExtension:    {name: "parameter", mean: "The name of a parameter or an option.", cite: `RFC 4466, "3. Formal Syntax"`},
	protocol.RoleParameter:    {name: "value", mean: "The value of the parameter or option before it.", cite: `RFC 4466, "3. Formal Syntax"`},
	protocol.RoleComparator:   {name: "comparator", mean: "A comparator: how strings are compared and sorted.", cite: `RFC 5255, "4.7. COMPARATOR Command"`},
	protocol.RoleCharset:      {name: "character set", mean: "A character set.", cite: `RFC 3501, "7.1. Server Responses - Status Responses"`},
	protocol.RoleQuotaRoot:    {name: "quota root", mean: "A quota root: a group of mailboxes that share limits.", cite: `RFC 9208, "3.2. Quota Root"`},
	protocol.RoleResource:     {name: "resource", mean: "A resource that a quota limits.", cite: `RFC 9208, "3.1. Resource"`},
	protocol.RoleUsage:        {name: "usage", mean: "How much of the resource is used.", cite: `RFC 9208, "4.2.1. QUOTA"`},
	protocol.RoleLimit:        {name: "limit", mean: "The maximum that is allowed.", cite: `RFC 9208, "4.2.1. QUOTA"`},
	protocol.RoleIdentifier:   {name: "identifier", mean: "The user or group that has the rights; a hyphen before it means that they are denied.", cite: `RFC 4314, "2. Access Control"`},
	protocol.RoleRights:       {name: "rights", mean: "Rights on the mailbox, one letter for each.", cite: `RFC 4314, "2.1. Standard Rights"`},
	protocol.RoleEntry:        {name: "entry", mean: "The name of an annotation, a path from /private or /shared.", cite: `RFC 5464, "3.2.1. Entry Names"`},
	protocol.RoleEntryValue:   {name: "value", mean: "The value of the annotation.", cite: `RFC 5464, "3.1. Overview"`},
	protocol.RoleEntryPart:    {name: "attribute", mean: "The part of the annotation: its value, its size, private or shared.", cite: `RFC 5257, "3.3. Attributes"`},
	protocol.RoleURL:          {name: "URL", mean: "The URL of a mailbox, of a message or of a part of one.", cite: `RFC 5092, "1. Introduction"`},
	protocol.RoleURLMechanism: {name: "mechanism", mean: "The mechanism by which a URL is authorized.", cite: `RFC 4467, "2.4. Authorization Mechanism"`},
	protocol.RoleURLData:      {name: "data: the URL is not valid", mean: "What the URL refers to.", cite: `RFC 4467, "8. Additional Responses"`},
	protocol.RoleEvent:        {name: "event", mean: "An event that the server can report.", cite: `RFC 5465, "5. Event Types"`},
	protocol.RoleAlgorithm:    {name: "algorithm", mean: "The algorithm by which both sides compress.", cite: `RFC 4978, "3. The COMPRESS Command"`},
	protocol.RoleFilter:       {name: "filter", mean: "The name of a stored search.", cite: `RFC 5466, "3.1. FILTER SEARCH Criterion"`},
	protocol.RoleCommandTag:   {name: "tag", mean: "The tag of the command that this is about.", cite: `RFC 5267, "4.3.5. The CANCELUPDATE Command"`},
	protocol.RoleObjectID:     {name: "identifier", mean: "A permanent identifier.", cite: `RFC 8474, "7. Formal Syntax"`},
	protocol.RoleErrorText:    {name: "text", mean: "What went wrong, in words.", cite: `RFC 5259, "9. Status Responses and Response Code Extensions"`},
	protocol.RoleVersion:      {name: "version", mean: "A version of the protocol: the first number is the major one, the second the minor one.", cite: `RFC 1203, "Commands"`},
	protocol.RoleLineEnd:      {name: "line end", mean: "A character, by name or code, that ends a line inside strings.", cite: `RFC 1203, "Appendix: Features."`},
	protocol.RoleFormat:       {name: "format", mean: "The format of the message: RFC822.", cite: `RFC 1203, "Appendix: Features."`},
	protocol.RoleOrdering:     {name: "order", mean: "How the messages are compared.", cite: `RFC 1203, "Appendix: Features."`},
	protocol.RoleUIDValidity:  {name: "validity", mean: "The unique identifiers of the mailbox are valid as long as this number stays the same.", cite: `RFC 3501, "2.3.1.1. Unique Identifier (UID) Message Attribute"`},
	protocol.RoleUIDNext:      {name: "next identifier", mean: "The next message gets this unique identifier, or a larger one.", cite: `RFC 3501, "2.3.1.1. Unique Identifier (UID) Message Attribute"`},
	protocol.RoleModSeq:       {name: "mod-sequence", mean: "A mod-sequence: it grows with every change.", cite: `RFC 7162, "1. Introduction and Overview"`},
	protocol.RoleMessageSet:   {name: "message", mean: "Messages: by number, or by unique identifier if the command began with UID.", cite: `RFC 7162, "3.1.3. STORE and UID STORE Commands"`},
	protocol.RoleDepth:        {name: "depth", mean: "How many levels of entries below the named ones to include.", cite: `RFC 5464, "4.2.2. DEPTH GETMETADATA Command Option"`},
}
