package protocol

var rfc4467 = []Row{
	// resetkey = "RESETKEY" [SP mailbox *(SP mechanism)] (RFC 4467, 9)
	{Name: "RESETKEY", Kind: Command, Alters: true, Dialect: Extension, Capability: "URLAUTH", Syntax: "[mailbox [mechanism ...]]", Ref: rfc(4467, "7. Additional Commands", 8),
		Plain:  "Replaces the key that authorizes URLs of a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgSeries, Optional: true, Of: []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleURLMechanism, Optional: true, Repeat: true}}}}},
	// genurlauth = "GENURLAUTH" 1*(SP url-rump SP mechanism) (RFC 4467, 9)
	{Name: "GENURLAUTH", Kind: Command, Alters: true, Dialect: Extension, Capability: "URLAUTH", Syntax: "url mechanism ...", Ref: rfc(4467, "7. Additional Commands", 9),
		Plain:  "Asks the server to authorize URLs, so that others can retrieve what they refer to.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleURL}, {Form: ArgString, Role: RoleURLMechanism}}}}, Claims: []Claim{{"GENURLAUTH", Always, 1}}},
	// urlfetch = "URLFETCH" 1*(SP url-full) (RFC 4467, 9); servers that announce URLAUTH=BINARY
	// also take "(" url-full *(SP what to return) ")"
	{Name: "URLFETCH", Kind: Command, Dialect: Extension, Capability: "URLAUTH", Syntax: "url ...", Ref: rfc(4467, "7. Additional Commands", 10),
		Plain:  "Retrieves what authorized URLs refer to.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgChoice, Repeat: true, Of: []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleURL}, {Form: ArgString, Role: RoleExtension, Optional: true, Repeat: true}}}, {Form: ArgString, Role: RoleURL}}}}, Claims: []Claim{{"URLFETCH", Always, 1}}},
	// genurlauth-data = "*" SP "GENURLAUTH" 1*(SP url-full) (RFC 4467, 9)
	{Name: "GENURLAUTH", Kind: Response, URLs: true, Dialect: Extension, Capability: "URLAUTH", Syntax: "url ...", Ref: rfc(4467, "8. Additional Responses", 12),
		Plain: "The authorized URLs that GENURLAUTH asked for.",
		Args:  []Arg{{Form: ArgString, Role: RoleURL, Repeat: true}}},
	// urlfetch-data = "*" SP "URLFETCH" 1*(SP url-full SP nstring) (RFC 4467, 9); after a command
	// that said what to return, lists of a name and its value instead of the string
	{Name: "URLFETCH", Kind: Response, URLs: true, Dialect: Extension, Capability: "URLAUTH", Syntax: "url nstring ...", Ref: rfc(4467, "8. Additional Responses", 13),
		Plain: "The content that an authorized URL refers to.",
		Args:  []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleURL}, {Form: ArgChoice, Of: []Arg{urlValue, {Form: ArgNString, Role: RoleURLData}}}, optional(urlValue)}}}},
	// "URLMECH" SP "INTERNAL" *(SP mechanism ["=" base64]) (RFC 4467, 9)
	{Name: "URLMECH", Kind: Code, Dialect: Extension, Capability: "URLAUTH", Syntax: "mechanism ...", Ref: rfc(4467, "8. Additional Responses", 12),
		Plain: "The mechanisms by which URLs of the mailbox can be authorized.",
		Args:  []Arg{{Form: ArgString, Role: RoleURLMechanism, Repeat: true}}},
	{Name: "URLAUTH", Kind: Capability, Dialect: Extension, Ref: rfc(4467, "1. Introduction", 1),
		Plain:   "The server can create URLs that authorize access to a message.",
		Promise: "The client may send GENURLAUTH, URLFETCH and RESETKEY; the server verifies the URLs that it authorized."},
}

// urlValue is one of the things that a client asked for of a URL.
var urlValue = Arg{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleExtension}, {Form: ArgChoice, Optional: true, Of: []Arg{{Form: ArgStructure}, {Form: ArgNString, Role: RoleURLData}}}}}
