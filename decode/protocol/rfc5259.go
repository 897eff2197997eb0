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
	// message-data =/ nz-number SP "CONVERTED" SP convert-correlator SP convert-msg-attrs
	// convert-correlator = "(" "TAG" SP tag-string ")" (RFC 5259, 10)
	{Name: "CONVERTED", Kind: Response, Dialect: Extension, Capability: "CONVERT", Syntax: "(TAG tag) (items)", Numbered: true, Ref: rfc(5259, "8.1. CONVERTED Untagged Response", 14),
		Plain: "Converted parts of the message with this number.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgWord, Word: Correlator}}}, {Form: ArgMessageData, Of: []Arg{conversionError}}}},
	{Name: "TEMPFAIL", Kind: Code, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 18),
		Plain: "The conversion failed for now; a later attempt may succeed.",
		Args:  []Arg{}},
	{Name: "MAXCONVERTMESSAGES", Kind: Code, Dialect: Extension, Capability: "CONVERT", Syntax: "number", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 19),
		Plain: "The largest number of messages that one CONVERT can cover.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleLimit}}},
	{Name: "MAXCONVERTPARTS", Kind: Code, Dialect: Extension, Capability: "CONVERT", Syntax: "number", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 19),
		Plain: "The largest number of parts of a message that one CONVERT can cover.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleLimit}}},
	{Name: "CONVERT", Kind: Capability, Dialect: Extension, Ref: rfc(5259, "3.1. CAPABILITY Response", 4),
		Plain:   "The server can convert parts of messages to other types.",
		Promise: "The client may send CONVERT and CONVERSIONS; the server converts parts to the types that it offers."},
	{Name: "BODYPARTSTRUCTURE[]", Kind: FetchItem, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "8.2. BODYPARTSTRUCTURE CONVERT Request and Response Item", 14),
		Plain: "The MIME structure of one part of the message as it would be after the conversion."},
	{Name: "AVAILABLECONVERSIONS[]", Kind: FetchItem, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "8.4. AVAILABLECONVERSIONS CONVERT Request and Response Item", 16),
		Plain: "The types to which the server can convert one part of the message."},
	{Name: "BODYPARTSTRUCTURE[]", Kind: Property, Dialect: Extension, Capability: "CONVERT", Syntax: "(body)", Ref: rfc(5259, "8.2. BODYPARTSTRUCTURE CONVERT Request and Response Item", 14),
		Plain: "The MIME structure of one part of the message after the conversion.",
		Args:  []Arg{{Form: ArgStructure}}},
	// mimetype-list = "(" "(" [quoted-to-mime-type *(SP quoted-to-mime-type)] ")" ")" (RFC 5259, 10)
	{Name: "AVAILABLECONVERSIONS[]", Kind: Property, Dialect: Extension, Capability: "CONVERT", Syntax: "((type ...))", Ref: rfc(5259, "8.4. AVAILABLECONVERSIONS CONVERT Request and Response Item", 16),
		Plain: "The types to which the server can convert one part of the message.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleMediaType, Optional: true, Repeat: true}}}}}}},
	{Name: "ERROR", Kind: Keyword, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 17),
		Plain: "The conversion failed; the text and the words after it say why."},
	{Name: "TEMPFAIL", Kind: Keyword, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 18),
		Plain: "A later attempt may succeed."},
	{Name: "BADPARAMETERS", Kind: Keyword, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 18),
		Plain: "The server does not accept the parameters that follow."},
	{Name: "MISSINGPARAMETERS", Kind: Keyword, Dialect: Extension, Capability: "CONVERT", Ref: rfc(5259, "9. Status Responses and Response Code Extensions", 17),
		Plain: "The conversion needs the parameters that follow."},
}

var (
	// converterror-phrase = "(" "ERROR" SP convert-err-descript SP convert-error-code ")"
	// convert-error-code = "TEMPFAIL" [SP nz-number] / bad-params / missing-params
	// bad-params = "BADPARAMETERS" 1*(SP (quoted-from-mime-type / nil) SP mimetype-and-params)
	// missing-params = "MISSINGPARAMETERS" 1*(SP quoted-from-mime-type SP
	//                  mimetype-and-missing-params) (RFC 5259, 10); the examples in 9 have the
	// parameters without the types
	conversionError = Arg{Form: ArgList, Of: []Arg{
		{Form: ArgKeyword, Name: "ERROR"},
		{Form: ArgString, Role: RoleErrorText},
		{Form: ArgChoice, Of: []Arg{
			{Form: ArgKeyword, Name: "TEMPFAIL", Of: []Arg{{Form: ArgNumber, Role: RoleSize, Optional: true}}},
			{Form: ArgKeyword, Name: "BADPARAMETERS", Of: []Arg{conversionParameters}},
			{Form: ArgKeyword, Name: "MISSINGPARAMETERS", Of: []Arg{conversionParameters}},
		}},
	}}
	conversionParameters = Arg{Form: ArgChoice, Repeat: true, Of: []Arg{
		{Form: ArgNIL, Role: RoleMediaType},
		{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleExtension, Repeat: true}}},
		{Form: ArgString, Role: RoleMediaType},
	}}
)
