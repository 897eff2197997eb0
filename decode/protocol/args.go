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
	modifiers = Arg{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: Modifier, Repeat: true}}}

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

	// "(" objectid ")" (RFC 8474, 7)
	objectID = Arg{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleObjectID}}}
)

// optional returns the argument, which may be missing.
func optional(a Arg) Arg {
	a.Optional = true
	return a
}
