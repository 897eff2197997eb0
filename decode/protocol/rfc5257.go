package protocol

var rfc5257 = []Row{
	{Name: "ANNOTATION", Kind: FetchItem, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "(entries attributes)", Ref: rfc(5257, "4.3. ANNOTATION Message Data Item in FETCH Command", 12),
		Plain: "Annotations of the message.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{annotationEntries, annotationParts}}}},
	{Name: "ANNOTATION", Kind: Property, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "(entry (attribute value ...) ...) / (entry ...)", Ref: rfc(5257, "4.4. ANNOTATION Message Data Item in FETCH Response", 14),
		Plain: "Annotations of the message, or the names of those that another client changed.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleEntry}, optional(annotationValues)}}}}}},
	{Name: "ANNOTATION", Kind: StoreItem, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "(entry (attribute value ...) ...)", Ref: rfc(5257, "4.5. ANNOTATION Message Data Item in STORE", 16),
		Plain: "Changes annotations of the message; the value NIL removes one.",
		Args:  annotations},
	{Name: "ANNOTATION", Kind: SearchKey, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "entry attribute value", Ref: rfc(5257, "4.8. ANNOTATION Criterion in SEARCH", 19),
		Plain: "Messages with an annotation that contains this text.",
		Args:  []Arg{{Form: ArgString, Role: RoleEntry}, {Form: ArgString, Role: RoleEntryPart}, {Form: ArgNString, Role: RoleSearchText}}},
	{Name: "ANNOTATION", Kind: SortKey, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "entry attribute", Ref: rfc(5257, "4.9. ANNOTATION Key in SORT", 20),
		Plain: "By the value of an annotation.",
		Args:  []Arg{{Form: ArgString, Role: RoleEntry}, {Form: ArgString, Role: RoleEntryPart}}},
	{Name: "ANNOTATE", Kind: Modifier, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Ref: rfc(5257, "4.2. ANNOTATE Parameter with the SELECT/EXAMINE Commands", 12),
		Plain: "The server also reports annotations that others change, while this mailbox is selected."},
	// "ANNOTATIONS" SP ann-size
	// ann-size = "NONE" / (("READ-ONLY" / nz-number) [SP "NOPRIVATE"]) (RFC 5257, 5)
	{Name: "ANNOTATIONS", Kind: Code, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "NONE / READ-ONLY [NOPRIVATE] / size [NOPRIVATE]", Ref: rfc(5257, "4.1. General Considerations", 11),
		Plain: "Whether messages of the mailbox can have annotations, of which kind, and how large.",
		Args:  []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgKeyword, Name: "NONE"}, {Form: ArgKeyword, Name: "READ-ONLY"}, {Form: ArgNumber, Role: RoleSize}}}, {Form: ArgKeyword, Name: "NOPRIVATE", Optional: true}}},
	// "ANNOTATE" SP "TOOBIG" / "ANNOTATE" SP "TOOMANY" (RFC 5257, 5)
	{Name: "ANNOTATE", Kind: Code, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "TOOBIG / TOOMANY", Ref: rfc(5257, "4.5. ANNOTATION Message Data Item in STORE", 16),
		Plain: "The annotation could not be stored: it is too large, or there are too many.",
		Args:  []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgKeyword, Name: "TOOBIG"}, {Form: ArgKeyword, Name: "TOOMANY"}}}}},
	{Name: "ANNOTATE-EXPERIMENT-1", Kind: Capability, Dialect: Extension, Ref: rfc(5257, "1. Introduction and Overview", 3),
		Plain:   "Messages can have annotations.",
		Promise: "The client may fetch, store, search and sort by ANNOTATION; the server keeps private and shared values."},
	{Name: "TOOBIG", Kind: Keyword, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Ref: rfc(5257, "4.5. ANNOTATION Message Data Item in STORE", 16),
		Plain: "The annotation is longer than the server accepts."},
	{Name: "READ-ONLY", Kind: Keyword, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Ref: rfc(5257, "4.1. General Considerations", 11),
		Plain: "The annotations cannot be changed."},
	{Name: "ANNOTATION", Kind: Keyword, Dialect: Extension, Capability: "ANNOTATE-EXPERIMENT-1", Syntax: "(entry (attribute value ...) ...)", Ref: rfc(5257, "4.7. ANNOTATION Message Data Item in APPEND", 18),
		Plain: "The annotations of the message that is added."},
}
