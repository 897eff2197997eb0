package protocol

var rfc5550 = []Row{
	{Name: "URL-PARTIAL", Kind: Capability, Dialect: Extension, Ref: rfc(5550, "5.7. Forward without Download", 12),
		Plain:   "URLs can name a range of bytes of a message.",
		Promise: "The client may use URLs with a byte range in CATENATE and URLFETCH; the server returns only those bytes."},
}
