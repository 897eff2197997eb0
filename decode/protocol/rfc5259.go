package protocol

var rfc5259 = []Row{
	// conversions-cmd = "CONVERSIONS" SP from-mime-type-req SP to-mime-type-req (RFC 5259, 10)
	{Name: "CONVERSIONS", Kind: Command, Dialect: Extension, Capability: "CONVERT", Syntax: "from-type to-type", Ref: rfc(5259, "5.1. CONVERSIONS Command", 4),
		Plain:  "Asks which conversions the server can make.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMediaType}, {Form: ArgString, Role: RoleMediaType}}, Claims: []Claim{{"CONVERSION", Always, 1}}},
	// convert = "CONVERT" SP sequence-set SP convert-params SP
	//           (convert-att / "(" convert-att *(SP convert-att) ")")
	// convert-params = "(" (quoted-to-mime-type / "NIL") [SP "(" transcoding-params ")"] ")" (RFC 5259, 10)
	{Name: "CONVERT", Kind: Command, Dialect: Extension, Capability: "CONVERT", Syntax: "sequence (type [(parameters)]) items", Ref: rfc(5259, "6. CONVERT and UID CONVERT Commands", 6),
		Plain:  "Retrieves parts of messages, converted to another type or character set.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleMessageNumber}, {Form: ArgList, Of: []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgNIL, Role: RoleMediaType}, {Form: ArgString, Role: RoleMediaType}}}, {Form: ArgList, Optional: true, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleExtension}, {Form: ArgString, Role: RoleParameter}}}}}}}, {Form: ArgFetchItems}}, Claims: []Claim{{"CONVERTED", Always, 1}}},
	{Name: "UID CONVERT", Kind: Command, Dialect: Extension, Capability: "CONVERT", Syntax: "uids (type [(parameters)]) items", Ref: rfc(5259, "6. CONVERT and UID CONVERT Commands", 6),
		Plain:  "Retrieves converted parts of messages given by unique identifier.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleUID}, {Form: ArgList, Of: []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgNIL, Role: RoleMediaType}, {Form: ArgString, Role: RoleMediaType}}}, {Form: ArgList, Optional: true, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleExtension}, {Form: ArgString, Role: RoleParameter}}}}}}}, {Form: ArgFetchItems}}, UID: true, Claims: []Claim{{"CONVERTED", Always, 1}}},
	{Name: "CONVERSION", Kind: Response, Dialect: Extension, Capability: "CONVERT", Syntax: "from-type to-type [(parameter ...)]", Ref: rfc(5259, "5.2. CONVERSION Response", 6),
		Plain: "One kind of conversion that the server can make.",
		Args:  []Arg{{Form: ArgString, Role: RoleMediaType}, {Form: ArgString, Role: RoleMediaType}, {Form: ArgList, Optional: true, Of: []Arg{{Form: ArgString, Role: RoleExtension, Repeat: true}}}}},
	{Name: "CONVERTED", Kind: Response, Dialect: Extension, Capability: "CONVERT", Syntax: "(TAG tag) (items)", Numbered: true, Ref: rfc(5259, "8.1. CONVERTED Untagged Response", 14),
		Plain: "Converted parts of the message with this number."},
	{Name: "TEMPFAIL", Kind: Code, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 18),
		Plain: "The conversion failed for now; a later attempt may succeed.",
		Args:  []Arg{}},
	{Name: "MAXCONVERTMESSAGES", Kind: Code, Dialect: Extension, Capability: "CONVERT", Syntax: "number", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 19),
		Plain: "The largest number of messages that one CONVERT can be about.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleLimit}}},
	{Name: "MAXCONVERTPARTS", Kind: Code, Dialect: Extension, Capability: "CONVERT", Syntax: "number", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 19),
		Plain: "The largest number of parts of a message that one CONVERT can be about.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleLimit}}},
	{Name: "CONVERT", Kind: Capability, Dialect: Extension, Ref: rfc(5259, "3.1. CAPABILITY Response", 4),
		Plain: "The server can convert parts of messages to other types."},
}
