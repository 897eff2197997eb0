package protocol

var rfc5255 = []Row{
	// language-cmd = "LANGUAGE" *(SP lang-range-quoted) (RFC 5255, 3.5)
	{Name: "LANGUAGE", Kind: Command, Dialect: Extension, Capability: "LANGUAGE", Syntax: "[language ...]", Ref: rfc(5255, "3.2. LANGUAGE Command", 4),
		Plain:  "Selects the language of human-readable text, or asks which are available.",
		States: In(NotAuthenticated, Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleLanguage, Optional: true, Repeat: true}}, Claims: []Claim{{"LANGUAGE", Always, 1}, {"NAMESPACE", Always, 1}}},
	// comparator-cmd = "COMPARATOR" *(SP comp-order-quoted) (RFC 5255, 4.10)
	{Name: "COMPARATOR", Kind: Command, Dialect: Extension, Capability: "I18NLEVEL=2", Syntax: "[comparator ...]", Ref: rfc(5255, "4.7. COMPARATOR Command", 13),
		Plain:  "Selects how SEARCH, SORT and THREAD compare strings, or asks how they do.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleComparator, Optional: true, Repeat: true}}, Claims: []Claim{{"COMPARATOR", Always, 1}}},
	// language-data = "LANGUAGE" SP "(" lang-tag-quoted *(SP lang-tag-quoted) ")" (RFC 5255, 3.5)
	{Name: "LANGUAGE", Kind: Response, Dialect: Extension, Capability: "LANGUAGE", Syntax: "(language ...)", Ref: rfc(5255, "3.3. LANGUAGE Response", 6),
		Plain: "The language of human-readable text, or those available.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleLanguage, Repeat: true}}}}},
	// comparator-data = "COMPARATOR" SP comp-sel-quoted [SP "(" comp-id-quoted *(SP comp-id-quoted) ")"]
	// (RFC 5255, 4.10)
	{Name: "COMPARATOR", Kind: Response, Dialect: Extension, Capability: "I18NLEVEL=2", Syntax: "comparator [(comparator ...)]", Ref: rfc(5255, "4.8. COMPARATOR Response", 14),
		Plain: "The active comparator, and those that matched.",
		Args:  []Arg{{Form: ArgString, Role: RoleComparator}, {Form: ArgList, Optional: true, Of: []Arg{{Form: ArgString, Role: RoleComparator, Repeat: true}}}}},
	{Name: "BADCOMPARATOR", Kind: Code, Dialect: Extension, Capability: "I18NLEVEL=2", Ref: rfc(5255, "4.9. BADCOMPARATOR Response Code", 14),
		Plain: "None of the comparators asked for is available.",
		Args:  []Arg{}},
	{Name: "LANGUAGE", Kind: Capability, Dialect: Extension, Ref: rfc(5255, "3.1. LANGUAGE Extension Requirements", 4),
		Plain:   "The language of human-readable text can be chosen.",
		Promise: "The client may send LANGUAGE; the server then writes human-readable text in the language that it chose."},
	{Name: "I18NLEVEL=1", Kind: Capability, Dialect: Extension, Ref: rfc(5255, "4.1. Introduction and Overview", 9),
		Plain:   "SEARCH, SORT and THREAD compare text of any script, ignoring case.",
		Promise: "The client may search in any script; the server compares by i;unicode-casemap."},
	{Name: "I18NLEVEL=2", Kind: Capability, Dialect: Extension, Ref: rfc(5255, "4.1. Introduction and Overview", 9),
		Plain:   "Like I18NLEVEL=1, and COMPARATOR chooses how strings are compared.",
		Promise: "The client may send COMPARATOR; the server then compares as requested, and reports how."},
}
