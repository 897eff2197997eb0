package filter

// Row is what a filter sees of one event: a transaction, the
// greeting, or data outside any command. A field that does not apply is zero.
type Row struct {
	Type    string `expr:"type"`
	Command string `expr:"command"`
	Status  string `expr:"status"`
	Tag     string `expr:"tag"`
	Request string `expr:"request"`
	Text    string `expr:"text"`
	Outcome string `expr:"outcome"`
	User    string `expr:"user"`
	Mailbox string `expr:"mailbox"`
	Client  string `expr:"client"`
	Server  string `expr:"server"`
	Origin  string `expr:"origin"`
	Kind    string `expr:"kind"`

	Mechanism string `expr:"mechanism"`
	Error     string `expr:"error"`

	// What a proxy did on purpose, and which of its legs the connection is.

	Leg    string `expr:"leg"`
	Fault  string `expr:"fault"` // the faults that acted, with "; " between them
	Held   bool   `expr:"held"`
	Edited bool   `expr:"edited"`

	TLS        string `expr:"tls"`
	Compressed string `expr:"compressed"`

	// MailboxDecoded and RequestDecoded are Mailbox and Request with what is encoded in
	// them in Unicode; empty if nothing is. What an expression requires of mailbox or
	// request holds if it does for either form.
	MailboxDecoded string `expr:"mailbox decoded"`
	RequestDecoded string `expr:"request decoded"`

	// What the messages of the transaction say. They are filled in only if the filter is
	// Deep. Each may have many values.

	UID         []Range  `expr:"uid"`
	UIDValidity []Range  `expr:"uidvalidity"`
	ModSeq      []Range  `expr:"modseq"`
	Code        []string `expr:"code"`
	Part        []string `expr:"part"`

	Kinds       []string       `expr:"kinds"`
	Unsolicited map[string]int `expr:"unsolicited"`

	Conn      int     `expr:"conn"`
	N         int     `expr:"n"`
	MS        float64 `expr:"ms"`
	Octets    int     `expr:"octets"`
	Sent      int     `expr:"sent"`
	Received  int     `expr:"received"`
	Literals  int     `expr:"literals"`
	Lost      int     `expr:"lost"`
	Ambiguous int     `expr:"ambiguous"`
}

// Field describes one field of Row for help and completion.
type Field struct {
	Name string
	Type string // "text", "number", "texts", "numbers", "numbers by kind" or "yes or no"
	Help string

	text    func(*Row) string
	decoded func(*Row) string // the same text in Unicode; nil if it is never encoded
	number  func(*Row) float64
	yes     func(*Row) bool

	// Of a field with many values, each of which is compared.

	texts   func(*Row) []string
	numbers func(*Row) []Range
}

// Fields returns the fields an expression can name, in the order of help.
func Fields() []Field { return append([]Field(nil), fields...) }

var fields = []Field{
	{Name: "command", Type: "text", Help: `the command, upper case: "FETCH", "FIND", "UID FETCH"`, text: func(r *Row) string { return r.Command }},
	{Name: "status", Type: "text", Help: `"OK", "NO" or "BAD"; empty if no answer came`, text: func(r *Row) string { return r.Status }},
	{Name: "tag", Type: "text", Help: "the command's tag", text: func(r *Row) string { return r.Tag }},
	{Name: "ms", Type: "number", Help: "milliseconds from the request's first byte to the end of its answer", number: func(r *Row) float64 { return r.MS }},
	{Name: "user", Type: "text", Help: "who is logged in", text: func(r *Row) string { return r.User }},
	{Name: "mailbox", Type: "text", Help: `the mailbox that is selected, as it was sent or decoded: "Entw&APw-rfe", "Entwürfe"`, text: func(r *Row) string { return r.Mailbox }, decoded: mailboxDecoded},
	{Name: "client", Type: "text", Help: `the client's address: "192.0.2.1:59550"`, text: func(r *Row) string { return r.Client }},
	{Name: "server", Type: "text", Help: `the server's address: "192.0.2.9:143"`, text: func(r *Row) string { return r.Server }},
	{Name: "origin", Type: "text", Help: `the file, interface or sensor it was seen at: "frontend-7"`, text: func(r *Row) string { return r.Origin }},
	{Name: "conn", Type: "number", Help: "the connection's number, the first is 1", number: func(r *Row) float64 { return float64(r.Conn) }},
	{Name: "n", Type: "number", Help: "the transaction's number in its connection, the first is 1", number: func(r *Row) float64 { return float64(r.N) }},
	{Name: "octets", Type: "number", Help: "bytes both ways", number: func(r *Row) float64 { return float64(r.Octets) }},
	{Name: "sent", Type: "number", Help: "bytes from the client", number: func(r *Row) float64 { return float64(r.Sent) }},
	{Name: "received", Type: "number", Help: "bytes from the server", number: func(r *Row) float64 { return float64(r.Received) }},
	{Name: "text", Type: "text", Help: "the text of the answer: after OK, NO or BAD", text: func(r *Row) string { return r.Text }},
	{Name: "request", Type: "text", Help: "the whole request, literals as {n}, secrets masked", text: func(r *Row) string { return r.Request }, decoded: requestDecoded},
	{Name: "kind", Type: "text", Help: `what came outside any command: "EXISTS"`, text: func(r *Row) string { return r.Kind }},
	{Name: "kinds", Type: "texts", Help: `the kinds of unsolicited data that belong to it: "EXPUNGE" in kinds`},
	{Name: "unsolicited", Type: "numbers by kind", Help: `how much of each kind: unsolicited["FETCH"] > 100`},
	{Name: "outcome", Type: "text", Help: `"completed", "abandoned" (no answer came) or "orphan" (no one asked)`, text: func(r *Row) string { return r.Outcome }},
	{Name: "literals", Type: "number", Help: "how many literals, both ways", number: func(r *Row) float64 { return float64(r.Literals) }},
	{Name: "lost", Type: "number", Help: "bytes that were not captured", number: func(r *Row) float64 { return float64(r.Lost) }},
	{Name: "ambiguous", Type: "number", Help: "data that could belong to another command as well", number: func(r *Row) float64 { return float64(r.Ambiguous) }},
	{Name: "mechanism", Type: "text", Help: `the SASL mechanism of an AUTHENTICATE: "SCRAM-SHA-256"`, text: func(r *Row) string { return r.Mechanism }},
	{Name: "error", Type: "text", Help: "what a SASL error says, or the text after NO or BAD", text: func(r *Row) string { return r.Error }},
	{Name: "tls", Type: "text", Help: `the version of TLS that it was decrypted from: "TLS 1.3"; empty if it was not`, text: func(r *Row) string { return r.TLS }},
	{Name: "compressed", Type: "text", Help: `"DEFLATE" if it was inflated (COMPRESS), otherwise empty`, text: func(r *Row) string { return r.Compressed }},
	{Name: "uid", Type: "numbers", Help: "the UIDs that it names, in the request or in what answers it: uid == 17", numbers: func(r *Row) []Range { return r.UID }},
	{Name: "uidvalidity", Type: "numbers", Help: "the values of UIDVALIDITY in it", numbers: func(r *Row) []Range { return r.UIDValidity }},
	{Name: "modseq", Type: "numbers", Help: "the mod-sequences in it: modseq > 7000", numbers: func(r *Row) []Range { return r.ModSeq }},
	{Name: "code", Type: "texts", Help: `the response codes in it: code == "TRYCREATE"`, texts: func(r *Row) []string { return r.Code }},
	{Name: "part", Type: "texts", Help: `the body parts in it: part == "2.1"`, texts: func(r *Row) []string { return r.Part }},
	{Name: "leg", Type: "text", Help: `the leg of a proxy that changed something: "client" or "server"`, text: func(r *Row) string { return r.Leg }},
	{Name: "fault", Type: "text", Help: `the faults that acted on it: fault contains "drop"`, text: func(r *Row) string { return r.Fault }},
	{Name: "held", Type: "yes or no", Help: "whether a message of it was held: held == true", yes: func(r *Row) bool { return r.Held }},
	{Name: "edited", Type: "yes or no", Help: "whether a message of it was edited: edited == true", yes: func(r *Row) bool { return r.Edited }},
	{Name: "type", Type: "text", Help: `"transaction", "greeting" or "unsolicited"`, text: func(r *Row) string { return r.Type }},
}

// mailboxDecoded returns the mailbox in Unicode.
func mailboxDecoded(r *Row) string {
	if r.MailboxDecoded != "" {
		return r.MailboxDecoded
	}
	return r.Mailbox
}

// requestDecoded returns the request with its names in Unicode.
func requestDecoded(r *Row) string {
	if r.RequestDecoded != "" {
		return r.RequestDecoded
	}
	return r.Request
}

func fieldNamed(name string) (Field, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
