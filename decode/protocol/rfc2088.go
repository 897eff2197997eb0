package protocol

var rfc2088 = []Row{
	{Name: "LITERAL+", Kind: Capability, Effect: NeedsNoReady, Dialect: Extension, Ref: rfc(2088, "3. Specification", 1),
		Plain:   "The client need not wait before it sends a literal announced as {n+}.",
		Promise: "The client may send {n+} and the literal at once; the server accepts it without sending + first, however long it is."},
}
