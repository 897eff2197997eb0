package protocol

// Arguments that several rows share.
var (
	// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
	// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
	// mbox-or-pat = list-mailbox / patterns
	// patterns = "(" list-mailbox *(SP list-mailbox) ")"
	// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")" (RFC 5258, 6)
	listArgs = []Arg{
		{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: ListSelection, Optional: true, Repeat: true}}},
		{Form: ArgString, Role: RoleReference},
		{Form: ArgChoice, Of: []Arg{
			{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RolePattern, Repeat: true}}},
			{Form: ArgString, Role: RolePattern},
		}},
		{Form: ArgKeyword, Name: "RETURN", Optional: true, Of: []Arg{
			{Form: ArgList, Of: []Arg{{Form: ArgWord, Word: ListReturn, Optional: true, Repeat: true}}},
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
		{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: ListItem, Quoted: true, Optional: true, Repeat: true}}},
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
)
