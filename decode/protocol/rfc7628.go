package protocol

var rfc7628 = []Row{
	{Name: "AUTH=OAUTHBEARER", Kind: Capability, Dialect: Extension, Ref: rfc(7628, "3. OAuth SASL Mechanism Specifications", 6),
		Plain:   "The client can authenticate with an OAuth 2.0 bearer token.",
		Promise: "The client may send AUTHENTICATE OAUTHBEARER with a token; the server answers an error as JSON, in base64."},
}
