package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

var (
	wrongArguments = &Rule{
		ID: "C004", Title: "a command that does not follow the grammar", Severity: Error, Verdict: Client,
		Ref:         of1176("Formal Syntax", "request", 28),
		Explanation: "Something is missing, too much, or in the wrong place. A server answers BAD, or guesses.",
		Advice:      "Send what the grammar has; the finding says what it has there.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2:4\nS: a1 BAD missing argument\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FAST\nS: a1 OK done\n",
	}
	reservedTag = &Rule{
		ID: "C005", Title: `"*" or "+" for a tag`, Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "Both are reserved for the server: no response to this command can be told from unsolicited data.",
		Advice:      "Use a short alphanumeric word that is different for each command.",
		Bad:         "# greeted\nC: * NOOP\nS: * BAD no tag\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
	}
	flagsWithoutParentheses = &Rule{
		ID: "C010", Title: "several flags without parentheses", Severity: Error, Verdict: Client,
		Ref:         of1176("Formal Syntax", "flag_list", 27),
		Explanation: "A flag list is one flag, or flags in parentheses. A server may take the first flag only.",
		Advice:      "Put parentheses around them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Deleted \\Seen\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS (\\Deleted \\Seen)\nS: a1 OK done\n",
	}
	unknownFlag = &Rule{
		ID: "C011", Title: "flag that the mailbox does not have", Severity: Warning, Verdict: Client,
		Ref:         of1176("Responses", "* FLAGS flag_list", 20),
		Explanation: "The flags that are applicable for a mailbox are in the FLAGS that SELECT brought. A backslash begins the name of a system flag, and this one is none of RFC 1176's (p. 28) either; or it is a flag of the user's own, which many servers want to know of beforehand.",
		Advice:      "Use a flag that FLAGS listed.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Read\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: a1 OK done\n",
	}
	notCharacter = &Rule{
		ID: "C012", Title: "octet that no atom or quoted string may have", Severity: Warning, Verdict: Client,
		Ref:         of1176("Conventions", "CHARACTER", 9),
		Explanation: "A CHARACTER is any ASCII character but \" { CR LF % and \\, and a quoted string has one at least. RFC 1176 has no backslash that quotes; servers differ in what they make of one.",
		Advice:      "Send such a string as a literal.",
		Bad:         "# logged in\nC: a1 SELECT a\\b\nS: a1 NO no such mailbox\n",
		Good:        "# logged in\nC: a1 SELECT {3}\nS: + ready\nC: a\\b\nS: a1 NO no such mailbox\n",
	}
	clientBareLF = &Rule{
		ID: "C013", Title: "line ended by a bare LF", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A command ends in CRLF. A server may wait for ever for the CR, or take the next command for a part of this one.",
		Advice:      "Send CR and LF.",
		Bad:         "# greeted\nC\\ a1 NOOP\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
	}
	keyLeftOut = &Rule{
		ID: "C019", Title: "search key that the formal syntax leaves out", Severity: Note, Verdict: Client, Once: true,
		Ref:         of1176("Formal Syntax", "search", 28),
		Against:     of1176("Commands", "SEARCH", 16),
		Explanation: "The prose defines FROM and SUBJECT, and its example uses FROM; the formal syntax has neither. Servers know both.",
		Advice:      "Nothing. As a server, take them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH FROM smith\nS: * SEARCH 2\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH TO smith\nS: * SEARCH 2\nS: a1 OK done\n",
	}
	searchDate = &Rule{
		ID: "C020", Title: "search for a date that is none", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of1176("Commands", "SEARCH", 16),
		Explanation: "BEFORE, ON and SINCE compare with the day of a message's internal date; the example has 1-OCT-87. Nobody can tell what day this is, and some servers find nothing and say OK.",
		Advice:      "Send day, month in three letters, and year, with \"-\" between.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH SINCE yesterday\nS: a1 NO what\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH SINCE 1-OCT-87\nS: * SEARCH 9\nS: a1 OK done\n",
	}
)

// requestWalk goes through the tree of a request once.
type requestWalk struct {
	*conn
	m     *decode.Message
	x     *command
	wrong bool // wrongArguments was told
	names int  // of flags, looked at so far
}

func (w *requestWalk) walk(n *syntax.Node) {
	if n.Err != nil {
		w.broken(n)
	}
	if n.Role == protocol.RoleSearchDate && n.Kind != syntax.KindMissing && n.Kind != syntax.KindLiteralBody {
		w.date(n)
	}
	switch n.Kind {
	case syntax.KindAtom, syntax.KindNumber, syntax.KindQuoted:
		w.string(n)
	case syntax.KindSequence:
		w.sequence(n)
	case syntax.KindFlagList:
		w.flags(n)
	case syntax.KindFlag:
		w.flag(n)
	case syntax.KindAttribute, syntax.KindKey:
		w.word(n)
	}
	for i := range n.Kids {
		w.walk(&n.Kids[i])
	}
}

// broken tells of what the grammar does not have.
func (w *requestWalk) broken(n *syntax.Node) {
	switch {
	case w.m.Broken || w.m.Lost > 0:
		return
	case n.Kind == syntax.KindTag:
		w.x.faulty = true
		w.found(reservedTag, node(w.m, n), "a server cannot answer this command by its tag")
	case n.Kind == syntax.KindCRLF, n.Kind == syntax.KindLiteralHead:
		w.x.faulty = true
		w.found(clientBareLF, node(w.m, n), lineEnd(n.Bytes(w.m.Raw)))
	case !w.wrong:
		w.x.faulty, w.wrong = true, true
		w.found(wrongArguments, node(w.m, n), expected(n.Err))
	}
}

func expected(e *wire.Error) string { return "expected " + e.Want + " (" + e.Ref + ")" }

// word looks for attributes and search keys that nobody knows, or not RFC 1176, or
// not its formal syntax.
func (w *requestWalk) word(n *syntax.Node) {
	kinds := [...]protocol.Kind{protocol.FetchItem, protocol.Macro, protocol.StoreItem}
	of := kinds[:]
	if n.Kind == syntax.KindKey {
		of = append(of[:0], protocol.SearchKey)
	}
	name := string(n.Bytes(w.m.Raw))
	if n.Kind == syntax.KindAttribute && w.x.name == "FETCH" {
		asked := items[string(w.upper(n.Bytes(w.m.Raw)))]
		w.x.asked |= asked
		w.x.unknown = w.x.unknown || asked == 0
	}
	for _, k := range of {
		e := protocol.Lookup(k, name)
		switch {
		case e == nil:
			continue
		case e.Dialect != protocol.IMAP2:
			w.x.later = e.Name
		case k == protocol.SearchKey && (e.Name == "FROM" || e.Name == "SUBJECT"):
			w.found(keyLeftOut, node(w.m, n), e.Name+" in a search")
		}
		return
	}
	if n.Err != nil || w.wrong {
		return
	}
	w.x.faulty, w.wrong = true, true
	w.found(wrongArguments, node(w.m, n), "nothing is called so: "+shown(w.m, n.Span))
}

// string looks at the octets of an atom or a quoted string.
func (w *requestWalk) string(n *syntax.Node) {
	switch n.Role {
	case protocol.RoleUserID, protocol.RolePassword, protocol.RoleMailbox, protocol.RoleBBoard, protocol.RoleSearchText, protocol.RoleSearchDate:
	default:
		return
	}
	b := n.Bytes(w.m.Raw)
	span := n.Span
	if n.Kind == syntax.KindQuoted {
		if len(b) < 2 || n.Err != nil {
			return
		}
		b = b[1 : len(b)-1]
		span.Start++
		span.End--
		if len(b) == 0 {
			w.found(notCharacter, node(w.m, n), "an empty quoted string")
			return
		}
	}
	i := bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 || strings.ContainsRune("\"{%\\", r) })
	if i < 0 {
		return
	}
	text := "an octet that is not allowed here"
	if !n.Role.Secret() {
		text = fmt.Sprintf("%#02x is not allowed here", b[i])
		if b[i] < 0x80 {
			text = string(b[i]) + " is not allowed here"
		}
		span = wire.Span{Start: span.Start + i, End: span.Start + i + 1}
	}
	w.found(notCharacter, at(w.m, span), text)
}

// flags looks at how a list of flags is written.
func (w *requestWalk) flags(n *syntax.Node) {
	if n.Kid(syntax.KindOpen) != nil {
		return
	}
	count := 0
	for i := range n.Kids {
		if n.Kids[i].Kind == syntax.KindFlag {
			count++
		}
	}
	if count > 1 {
		w.found(flagsWithoutParentheses, node(w.m, n), fmt.Sprintf("%d flags without parentheses", count))
	}
}

// maxFlags is how many flags of a command are looked for among those of the mailbox.
const maxFlags = 64

// flag looks at the name of a flag.
func (w *requestWalk) flag(n *syntax.Node) {
	name := n.Bytes(w.m.Raw)
	b := w.session.Mailbox
	if w.names++; w.names > maxFlags || len(name) == 0 || w.noBox || b == nil || b.Flags == nil || w.pending("SELECT", "BBOARD", "EXAMINE") {
		return
	}
	if slices.ContainsFunc(b.Flags, func(f string) bool { return strings.EqualFold(f, string(name)) }) {
		return
	}
	e := protocol.Lookup(protocol.Flag, string(name))
	switch {
	case e != nil && e.Dialect == protocol.IMAP2:
	case name[0] == '\\':
		w.found(unknownFlag, node(w.m, n), shown(w.m, n.Span)+" is no system flag, and FLAGS does not have it")
	default:
		w.foundAs(unknownFlag, Note, Client, node(w.m, n), "FLAGS does not have "+shown(w.m, n.Span))
	}
}

var months = [...]string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}

// date looks at a date in a search.
func (w *requestWalk) date(n *syntax.Node) {
	if n.Err != nil || w.m.Broken || w.m.Lost > 0 {
		return
	}
	b := bytes.TrimLeft(n.Value(w.m.Raw), " ")
	parts := bytes.SplitN(b, []byte("-"), 3)
	if len(parts) == 3 && len(parts[0]) <= 2 && len(parts[1]) == 3 && len(parts[2]) >= 2 && digits(parts[0]) && digits(parts[2][:2]) &&
		slices.Contains(months[:], string(w.upper(parts[1]))) {
		return
	}
	w.x.faulty = true
	w.found(searchDate, node(w.m, n), shown(w.m, n.Span)+" is no date")
}

func digits(b []byte) bool {
	return len(b) > 0 && !bytes.ContainsFunc(b, func(r rune) bool { return r < '0' || r > '9' })
}
