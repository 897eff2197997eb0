package protocol

var rfc5957 = []Row{
	{Name: "SORT=DISPLAY", Kind: Capability, Dialect: Extension, Ref: rfc(5957, "1. Introduction", 2),
		Plain:   "SORT can order by displayed name.",
		Promise: "The client may sort by DISPLAYFROM and DISPLAYTO; the server orders by the name that is displayed."},

	{Name: "DISPLAYFROM", Kind: SortKey, Dialect: Extension, Capability: "SORT=DISPLAY", Ref: rfc(5957, "4. The DISPLAYFROM and DISPLAYTO Sort Criteria", 3),
		Plain: "By the name that is shown for the first From address, or by the address if it has none."},
	{Name: "DISPLAYTO", Kind: SortKey, Dialect: Extension, Capability: "SORT=DISPLAY", Ref: rfc(5957, "4. The DISPLAYFROM and DISPLAYTO Sort Criteria", 3),
		Plain: "By the name that is shown for the first To address, or by the address if it has none."},
}
