package protocol

var rfc5957 = []Row{
	{Name: "SORT=DISPLAY", Kind: Capability, Dialect: Extension, Ref: rfc(5957, "1. Introduction", 2),
		Plain: "SORT can order by displayed name."},
}
