package protocol

// Arguments that several rows share.
var (
	// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
	// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
	// mbox-or-pat = list-mailbox / patterns
	// patterns = "(" list-mailbox *(SP list-mailbox) ")"
	// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")" (RFC 5258, 6)
	listArgs = []Arg{
		{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: ListSelection, Role: RoleExtension, Optional: true, Repeat: true}}},
		{Form: ArgString, Role: RoleReference},
		{Form: ArgChoice, Of: []Arg{
			{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RolePattern, Repeat: true}}},
			{Form: ArgString, Role: RolePattern},
		}},
		{Form: ArgKeyword, Name: "RETURN", Optional: true, Of: []Arg{
			{Form: ArgList, Of: []Arg{{Form: ArgWord, Word: ListReturn, Role: RoleExtension, Optional: true, Repeat: true}}},
		}},
	}

	// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
	//                [SP mbox-list-extended]
	// mbox-list-extended = "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"
	// mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val (RFC 5258, 6)
	mailboxList = []Arg{
		{Form: ArgAttributes, Role: RoleAttribute},
		{Form: ArgNString, Role: RoleDelimiter},
		{Form: ArgString, Role: RoleMailbox},
		{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: ListItem, Role: RoleExtension, Quoted: true, Optional: true, Repeat: true}}},
	}

	// Namespace = nil / "(" 1*( "(" string SP (<"> QUOTED_CHAR <"> / nil)
	//             *(Namespace_Response_Extension) ")" ) ")"
	// Namespace_Response_Extension = SP string SP "(" string *(SP string) ")" (RFC 2342, 6)
	namespace = Arg{Form: ArgChoice, Of: []Arg{
		{Form: ArgNIL, Role: RolePrefix},
		{Form: ArgList, Of: []Arg{{Form: ArgList, Repeat: true, Adjacent: true, Of: []Arg{
			{Form: ArgString, Role: RolePrefix},
			{Form: ArgNString, Role: RoleDelimiter},
			{Form: ArgSeries, Optional: true, Repeat: true, Of: []Arg{
				{Form: ArgString, Role: RoleExtension},
				{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleParameter, Repeat: true}}},
			}},
		}}}},
	}}

	// one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")" (RFC 5465, 8)
	manyMailboxes = []Arg{{Form: ArgChoice, Of: []Arg{
		{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleMailbox, Repeat: true}}},
		{Form: ArgString, Role: RoleMailbox},
	}}}

	// fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"
	// store-modifiers = SP "(" store-modifier *(SP store-modifier) ")" (RFC 4466, 3)
	modifiers = Arg{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: Modifier, Role: RoleExtension, Repeat: true}}}

	// header-list = "(" header-fld-name *(SP header-fld-name) ")" (RFC 3501, 9)
	headerList = []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleField, Repeat: true}}}}

	// entries = entry-match / "(" entry-match *(SP entry-match) ")"
	// attribs = attrib / "(" attrib *(SP attrib) ")" (RFC 5257, 5)
	annotationEntries = Arg{Form: ArgChoice, Of: []Arg{
		{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleEntry, Repeat: true}}},
		{Form: ArgString, Role: RoleEntry},
	}}
	annotationParts = Arg{Form: ArgChoice, Of: []Arg{
		{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleEntryPart, Repeat: true}}},
		{Form: ArgString, Role: RoleEntryPart},
	}}

	// entry-att = entry SP "(" att-value *(SP att-value) ")"
	// att-value = attrib SP value (RFC 5257, 5)
	annotationValues = Arg{Form: ArgList, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{
		{Form: ArgString, Role: RoleEntryPart}, {Form: ArgNString, Role: RoleEntryValue},
	}}}}
	annotations = []Arg{{Form: ArgList, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{
		{Form: ArgString, Role: RoleEntry}, annotationValues,
	}}}}}

	// "X-GM-LABELS" SP ("(" [label *(SP label)] ")" / label)
	labels = []Arg{{Form: ArgChoice, Of: []Arg{
		{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleLabel, Optional: true, Repeat: true}}},
		{Form: ArgNString, Role: RoleLabel},
	}}}

	// append = "APPEND" SP mailbox 1*append-message
	// append-message = append-opts SP append-data
	// append-opts = [SP flag-list] [SP date-time] *(SP append-ext)
	// append-data = literal / literal8 / append-data-ext (RFC 4466, 3)
	// append-ext =/ att-annotate
	// att-annotate = "ANNOTATION" SP "(" entry-att *(SP entry-att) ")" (RFC 5257, 5)
	// append-data =/ "CATENATE" SP "(" cat-part *(SP cat-part) ")"
	// cat-part = text-literal / url
	// text-literal = "TEXT" SP literal
	// url = "URL" SP astring (RFC 4469, 5)
	// append-data =/ "UTF8" SP "(" literal8 ")" (RFC 6855, 4)
	appended = Arg{Form: ArgSeries, Repeat: true, Of: []Arg{
		{Form: ArgFlags, Optional: true},
		{Form: ArgDateTime, Role: RoleInternalDate, Optional: true},
		{Form: ArgKeyword, Name: "ANNOTATION", Optional: true, Of: annotations},
		{Form: ArgChoice, Of: []Arg{
			{Form: ArgKeyword, Name: "CATENATE", Of: []Arg{{Form: ArgList, Of: []Arg{{Form: ArgChoice, Repeat: true, Of: []Arg{
				{Form: ArgKeyword, Name: "URL", Of: []Arg{{Form: ArgString, Role: RoleURL}}},
				{Form: ArgKeyword, Name: "TEXT", Of: []Arg{{Form: ArgLiteral, Role: RoleBody}}},
			}}}}}},
			{Form: ArgKeyword, Name: "UTF8", Of: []Arg{{Form: ArgList, Of: []Arg{{Form: ArgLiteral, Role: RoleMessage}}}}},
			{Form: ArgLiteral, Role: RoleMessage},
		}},
	}}

	// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" (RFC 4466, 3)
	searchReturn = []Arg{{Form: ArgList, Of: []Arg{{Form: ArgWord, Word: SearchReturn, Role: RoleExtension, Optional: true, Repeat: true}}}}

	// partial-range-first = nz-number ":" nz-number
	// partial-range-last = MINUS nz-number ":" MINUS nz-number
	// partial-range = partial-range-first / partial-range-last (RFC 9394, 4)
	partialRange = Arg{Form: ArgRange, Role: RoleRange}

	// search = "SEARCH" [search-return-opts] SP search-program
	// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key) (RFC 4466, 3)
	searchProgram = []Arg{
		{Form: ArgKeyword, Name: "RETURN", Optional: true, Of: searchReturn},
		{Form: ArgKeyword, Name: "CHARSET", Optional: true, Of: []Arg{{Form: ArgString, Role: RoleCharset}}},
		{Form: ArgSearchKeys},
	}

	// sort = ["UID" SP] "SORT" SP sort-criteria SP search-criteria
	// sort-criteria = "(" sort-criterion *(SP sort-criterion) ")"
	// sort-criterion = ["REVERSE" SP] sort-key
	// search-criteria = charset 1*(SP search-key) (RFC 5256, 5)
	// extended-sort = ["UID" SP] "SORT" search-return-opts SP sort-criteria SP search-criteria (RFC 5267, 5)
	sortProgram = []Arg{
		{Form: ArgKeyword, Name: "RETURN", Optional: true, Of: searchReturn},
		{Form: ArgList, Of: []Arg{{Form: ArgWord, Word: SortKey, Repeat: true}}},
		{Form: ArgString, Role: RoleCharset},
		{Form: ArgSearchKeys},
	}

	// thread = ["UID" SP] "THREAD" SP thread-alg SP search-criteria (RFC 5256, 5)
	threadProgram = []Arg{
		{Form: ArgName, Word: ThreadAlgorithm},
		{Form: ArgString, Role: RoleCharset},
		{Form: ArgSearchKeys},
	}

	// esearch = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program
	// esearch-source-opts = "IN" SP "(" source-mbox [SP "(" scope-options ")"] ")"
	// source-mbox = filter-mailboxes *(SP filter-mailboxes)
	// scope-options = scope-option *(SP scope-option) (RFC 7377, 4), of which none is defined
	searchSources = Arg{Form: ArgKeyword, Name: "IN", Optional: true, Of: []Arg{{Form: ArgList, Of: []Arg{
		{Form: ArgWord, Word: MailboxFilter, Repeat: true},
		{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgString, Role: RoleExtension, Repeat: true}}},
	}}}}

	// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data) (RFC 4466, 3)
	// search-correlator = SP "(" one-correlator *(SP one-correlator) ")"
	// one-correlator = ("TAG" SP tag-string) / ("MAILBOX" SP astring) / ("UIDVALIDITY" SP nz-number) (RFC 7377, 4)
	searchResult = []Arg{
		{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: Correlator, Repeat: true}}},
		{Form: ArgKeyword, Name: "UID", Role: RoleUID, Optional: true},
		{Form: ArgWord, Word: SearchResult, Role: RoleExtension, Optional: true, Repeat: true},
	}

	// context-position SP sequence-set *(SP context-position SP sequence-set) (RFC 5267, 5)
	contextUpdate = []Arg{{Form: ArgList, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{
		{Form: ArgNumber, Role: RolePosition}, {Form: ArgSequence, Role: RoleMessageNumber},
	}}}}}

	// "(" objectid ")" (RFC 8474, 7)
	objectID = Arg{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleObjectID}}}
)

// optional returns the argument, which may be missing.
func optional(a Arg) Arg {
	a.Optional = true
	return a
}
