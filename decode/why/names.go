package why

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// The bounds of what is kept of names: accounts, names of one, bytes of one name, and refused
// commands of a connection.
const (
	maxAccounts = 256
	maxListed   = 1024
	maxName     = 256
	maxBadNames = 16
)

// naming is what is known of the names of an account's mailboxes.
type naming struct {
	delimiter byte   // 0: not known
	personal  string // the prefix of the user's own mailboxes
	listed    map[string]listing
}

// listing is what is listed of a mailbox.
type listing struct {
	noSelect, noBelow bool
	use               string // `\Sent`
}

// owner is whose mailboxes a connection names. Where the user is not known it is the connection's.
type owner struct {
	server netip.AddrPort
	user   string
	conn   capture.ConnID
}

// owner returns whose mailboxes a connection names when a user is logged in.
func (c *conn) owner(user string) owner {
	who := owner{server: c.Server, user: user}
	if user == "" {
		who.conn = c.ID
	}
	return who
}

// names returns what is known of someone's names; what is learned beyond maxAccounts is lost.
func (r *Reasoner) names(who owner) *naming {
	n := r.naming[who]
	if n == nil {
		n = &naming{}
		if len(r.naming) < maxAccounts {
			r.naming[who] = n
		}
	}
	return n
}

// readListed reads a listed name. The name is empty if it is not kept; 0 is no delimiter.
func readListed(tree *syntax.Node, raw []byte) (name string, l listing, delimiter byte) {
	delimiter = readDelimiter(tree, raw)
	box := tree.FindRole(protocol.RoleMailbox)
	if box == nil || len(box.Value(raw)) > maxName {
		return "", l, delimiter
	}
	for k := range tree.Leaves() {
		if k.Span.Start >= box.Span.Start {
			break
		}
		switch row := protocol.Lookup(protocol.Flag, k.Bytes(raw)); {
		case row.Does(protocol.CannotSelect):
			l.noSelect = true
		case row.Does(protocol.CannotHold):
			l.noBelow = true
		case row.Does(protocol.HasUse):
			l.use = row.Name
		}
	}
	return string(box.Value(raw)), l, delimiter
}

// readDelimiter returns the delimiter that data names, 0 if it names none.
func readDelimiter(tree *syntax.Node, raw []byte) byte {
	if d := tree.FindRole(protocol.RoleDelimiter); d != nil && d.Kind == syntax.KindQuoted && len(d.Value(raw)) == 1 {
		return d.Value(raw)[0]
	}
	return 0
}

// list follows a listed name.
func (n *naming) list(name string, l listing, delimiter byte) {
	n.delimiter = cmp.Or(delimiter, n.delimiter)
	if name == "" || len(n.listed) >= maxListed {
		return
	}
	if n.listed == nil {
		n.listed = make(map[string]listing)
	}
	n.listed[name] = l
}

// listedWrong notes a listed name that is not in modified UTF-7.
func (c *conn) listedWrong(r *Reasoner, m *decode.Message, tree *syntax.Node) {
	box := tree.FindRole(protocol.RoleMailbox)
	if box == nil || c.utf8 || !c.later(r) || r.linter.Session(c.ID).Dialect >= protocol.IMAP4rev2 {
		return
	}
	if name := m.Known.Hide(string(box.Value(m.Raw)), mask); eightBit(name) {
		c.keep("names", Reason{
			Severity: lint.Error, Verdict: Server, Evidence: []Evidence{placed(c.ID, m, m.Word+" "+quote(safe(name)))},
			Sentence: fmt.Sprintf("The server lists a mailbox name as raw %s, which the client has not enabled: %s %s, in modified UTF-7.", charsetOf(name), quote(safe(name)), written(encoded(name))),
			Remedy:   "Encode names in modified UTF-7; repair names that were created by clients that did not.",
		})
	}
}

// readSpaces reads NAMESPACE data: the first prefix of the first list (RFC 2342, 5). Prefix is nil
// if it has none.
func readSpaces(tree *syntax.Node, raw []byte) (prefix *string, delimiter byte) {
	for i := range tree.Kids {
		k := &tree.Kids[i]
		if k.Kind == syntax.KindNIL {
			return nil, 0
		}
		if k.Kind != syntax.KindGroup {
			continue
		}
		if p := k.FindRole(protocol.RolePrefix); p != nil {
			personal := string(p.Value(raw))
			prefix = &personal
		}
		return prefix, readDelimiter(k, raw)
	}
	return nil, 0
}

// spaces follows NAMESPACE data.
func (n *naming) spaces(prefix *string, delimiter byte) {
	n.delimiter = cmp.Or(delimiter, n.delimiter)
	if prefix != nil {
		n.personal = *prefix
	}
}

// badName is a mailbox's name in a command that was refused, or that no name may look like.
type badName struct {
	Evidence
	naming                      *naming
	command, status, text, name string
	creates, opens, finds, utf8 bool
}

// spoken follows the names that the server lists.
func (c *conn) spoken(r *Reasoner, m *decode.Message) {
	switch {
	case m.Broken || m.Lost > 0:
	case m.Row.Does(protocol.Names) && !m.Row.LeftOut:
		tree := r.parser.Response(&m.Message)
		who := c.owner(c.user(r))
		name, l, delimiter := readListed(tree, m.Raw)
		r.together(func(all *Reasoner) { all.names(who).list(name, l, delimiter) })
		c.listedWrong(r, m, tree)
	case m.Row.Does(protocol.GivesNamespaces):
		who := c.owner(c.user(r))
		prefix, delimiter := readSpaces(r.parser.Response(&m.Message), m.Raw)
		r.together(func(all *Reasoner) { all.names(who).spaces(prefix, delimiter) })
	case m.Row.Does(protocol.Enabled):
		for w, rest := wire.Word(m.Raw); len(w) > 0; w, rest = wire.Word(rest) {
			row := protocol.Lookup(protocol.Capability, w)
			c.utf8 = c.utf8 || row.Does(protocol.AllowsUTF8)
			c.resyncs = c.resyncs || row.Does(protocol.ReportsVanished)
		}
	}
}

// naming follows the names of mailboxes in a command that was answered. A name that is accepted
// later was no fault.
func (c *conn) naming(r *Reasoner, t *decode.Transaction, ok bool) {
	creates := t.Row.Does(protocol.Creates) || t.Row.Does(protocol.Renames)
	if !ok && len(c.badNames) >= maxBadNames || !c.later(r) || t.Lost > 0 {
		return
	}
	finds := t.Row.Does(protocol.Finds)
	if finds && (!ok || slices.ContainsFunc(t.Data, func(d decode.Count) bool { return protocol.Lookup(protocol.Response, d.Kind).Does(protocol.Names) })) {
		return
	}
	if ok && !finds && !creates && len(c.badNames) == 0 && !eightBit(string(t.Request.Raw)) {
		return // as almost every command
	}
	role := protocol.RoleMailbox
	if finds {
		role = protocol.RolePattern
	}
	for n := range r.parser.Request(&t.Request).All() {
		if n.Role != role || n.Kind == syntax.KindLiteralBody {
			continue
		}
		name := string(n.Value(t.Request.Raw))
		if name == "" || len(name) > maxName {
			continue
		}
		if ok {
			c.badNames = slices.DeleteFunc(c.badNames, func(b *badName) bool { return b.name == name && !finds })
		}
		utf8 := c.utf8 || r.linter.Session(c.ID).Dialect >= protocol.IMAP4rev2
		if ok && !finds && !(creates && encodedTwice(name) != "") && (utf8 || !eightBit(name)) || len(c.badNames) >= maxBadNames {
			continue
		}
		b := &badName{
			Evidence: Evidence{Conn: c.ID, Txn: t.N, Dir: capture.ClientToServer, Time: t.Time, Text: t.Command + " " + quote(safe(t.Known.Hide(name, mask)))},
			command:  t.Command, status: t.Status, text: safe(t.Known.Hide(t.Text, mask)), name: t.Known.Hide(name, mask),
			creates: creates, opens: t.Row.Does(protocol.Selects), finds: finds, utf8: utf8,
		}
		who := c.owner(t.User)
		r.together(func(all *Reasoner) { b.naming = all.names(who) })
		c.badNames = append(c.badNames, b)
	}
}

// later reports whether the connection speaks a dialect whose names are in modified UTF-7.
func (c *conn) later(r *Reasoner) bool {
	s := r.linter.Session(c.ID)
	return s != nil && s.Dialect >= protocol.IMAP4
}

// user returns who is logged in.
func (c *conn) user(r *Reasoner) string {
	if s := r.linter.Session(c.ID); s != nil {
		return s.User
	}
	return ""
}

// wrongNames finds names that the server would have accepted if they had been written as it
// writes them.
func wrongNames(c *conn) []Reason {
	out := slices.Clone(c.noted["names"])
	for i := range c.badNames {
		b := c.badNames[i]
		says, remedy := b.fault()
		if says == "" {
			continue
		}
		ends := fmt.Sprintf("; the server answered %s with %s %s.", b.command, b.status, quote(b.text))
		switch {
		case b.finds:
			ends = fmt.Sprintf("; %s found nothing.", b.command)
		case protocol.StatusEffect(b.status) == protocol.Succeeds:
			ends = "; the server accepted it as a name of its own."
		}
		out = append(out, Reason{
			Severity: lint.Warning, Verdict: Client, Evidence: []Evidence{b.Evidence},
			Sentence: says + ends, Remedy: cmp.Or(remedy, "Write names as the server lists them, byte for byte."),
		})
	}
	return another(out)
}

// another adds to the first sentence the first one that is about another fault.
func another(list []Reason) []Reason {
	fault := func(i int) string { f, _, _ := strings.Cut(list[i].Sentence, ":"); return f }
	for i := range list {
		if fault(i) != fault(0) {
			list[0].Sentence += " " + list[i].Sentence
			break
		}
	}
	return list
}

// written is a part of a sentence: how a name must be written.
func written(name string) string { return "must be written " + quote(safe(name)) }

// fault returns what is wrong with a name, and what to do about it; "" if nothing that the
// recording shows is.
func (b *badName) fault() (says, remedy string) {
	n, name := b.naming, quote(safe(b.name))
	if b.finds {
		if right := n.otherDelimiter(b.name); right != "" {
			return fmt.Sprintf("The client lists with the wrong delimiter: %s %s, because the server's delimiter is %s", name, written(right), quote(string(n.delimiter))), ""
		}
		return "", ""
	}
	if _, listed := n.listed[b.name]; listed && protocol.StatusEffect(b.status) != protocol.Succeeds {
		if n.listed[b.name].noSelect && b.opens {
			return fmt.Sprintf("The client opens %s, which the server lists as a name that holds mailboxes and no messages", name), "Do not open a name that has this attribute in the listing; show it as a folder of folders."
		}
		return "", ""
	}
	if says = b.misencoded(); says != "" {
		return says, "Encode the name once, in modified UTF-7, or send it back byte for byte as it was listed."
	}
	if right := n.otherDelimiter(b.name); right != "" {
		return fmt.Sprintf("The client writes a mailbox name with the wrong delimiter: %s %s, because the server's delimiter is %s", name, written(right), quote(string(n.delimiter))), "Take the delimiter from LIST \"\" \"\"."
	}
	if says = b.misplaced(); says != "" {
		return says, "Ask for NAMESPACE, and put the prefix before names."
	}
	return b.mistyped(), ""
}

// otherDelimiter returns a name with the server's delimiter, if it is written with another
// one; "" if it is not. A dot may be part of a name.
func (n *naming) otherDelimiter(name string) string {
	d := n.delimiter
	if d == 0 || strings.IndexByte(name, d) >= 0 {
		return ""
	}
	for _, other := range [...]string{"/", `\`, "."} {
		above, _, ok := strings.Cut(name, other)
		if !ok || other[0] == d {
			continue
		}
		right := strings.ReplaceAll(name, other, string(d))
		_, listed := n.listed[right]
		_, parent := n.listed[above]
		if listed || strings.EqualFold(above, protocol.Inbox) || other != "." || parent && len(n.listed) > 1 {
			return right
		}
	}
	return ""
}

// dovecotHint is how Dovecot begins to name the prefix.
const dovecotHint = "prefixed with: "

// misplaced finds a name that lacks its prefix, or has it twice.
func (b *badName) misplaced() string {
	n, name := b.naming, quote(safe(b.name))
	if _, hint, ok := strings.Cut(b.text, dovecotHint); ok {
		hint, _, _ = strings.Cut(hint, ")")
		if hint = strings.TrimSpace(hint); hint != "" {
			return fmt.Sprintf("The client names a mailbox without the prefix of its namespace: %s %s", name, written(hint+b.name))
		}
	}
	if p := n.personal; p != "" && !strings.EqualFold(b.name, protocol.Inbox) && len(p) > 1 {
		if !strings.HasPrefix(b.name, p) && !n.inNamespace(b.name) {
			return fmt.Sprintf("The client names a mailbox without the prefix of its namespace: %s %s, because the personal namespace is %s", name, written(p+b.name), quote(safe(p)))
		}
		if rest, twice := strings.CutPrefix(b.name, p+p); twice {
			return fmt.Sprintf("The client puts the prefix of the namespace before a name that already has it: %s %s", name, written(p+rest))
		}
	}
	if n.delimiter == 0 {
		return ""
	}
	d := string(n.delimiter)
	for _, listed := range n.sorted() {
		if strings.HasSuffix(listed, d+b.name) {
			return fmt.Sprintf("The client names a mailbox without the prefix that the server lists: %s %s", name, written(listed))
		}
		if first, _, ok := strings.Cut(listed, d); ok && b.name == first+d+listed {
			return fmt.Sprintf("The client puts a prefix before a name that already has it: %s %s", name, written(listed))
		}
	}
	return ""
}

// inNamespace reports whether a name is below one that was listed.
func (n *naming) inNamespace(name string) bool {
	if n.delimiter == 0 {
		return false
	}
	first, _, below := strings.Cut(name, string(n.delimiter))
	if below && strings.EqualFold(first, protocol.Inbox) {
		return true
	}
	_, listed := n.listed[first]
	return below && (listed || strings.HasPrefix(first, "#") || first != strings.Trim(n.personal, string(n.delimiter)) && below)
}

// sorted returns the listed names in order, so that sentences do not vary.
func (n *naming) sorted() []string {
	out := make([]string, 0, len(n.listed))
	for name := range n.listed {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// mistyped finds a name that differs from a listed one in letter case, spaces or quotes only,
// or whose use is that of a mailbox with another name.
func (b *badName) mistyped() string {
	n, name := b.naming, quote(safe(b.name))
	bare := strings.Trim(b.name, " \"'")
	for _, listed := range n.sorted() {
		switch {
		case listed == bare && bare != strings.Trim(b.name, " "):
			return fmt.Sprintf("The client sends the quotes as part of the mailbox name: %s %s", name, written(listed))
		case listed == bare:
			return fmt.Sprintf("The client adds a space to the mailbox name: %s %s", name, written(listed))
		case strings.EqualFold(listed, b.name):
			return fmt.Sprintf("The client writes a mailbox name in a different letter case: %s %s", name, written(listed))
		}
	}
	if n.delimiter == 0 {
		return ""
	}
	d := string(n.delimiter)
	if i := strings.LastIndex(b.name, d); b.creates && i > 0 && n.listed[b.name[:i]].noBelow {
		return fmt.Sprintf("The client creates %s below %s, which the server lists as a mailbox that can hold no others", name, quote(safe(b.name[:i])))
	}
	last := b.name[strings.LastIndex(b.name, d)+1:]
	for _, listed := range n.sorted() {
		if use := n.listed[listed].use; use != "" && usual(last, use) {
			return fmt.Sprintf("The client takes the name of a mailbox for granted: the one for %s is %s here, and not %s", use, quote(safe(listed)), name)
		}
	}
	return ""
}

// usual reports whether a name is a usual one for a use: "Sent Items" for `\Sent`.
func usual(name, use string) bool {
	name, use = strings.ToLower(name), strings.ToLower(strings.TrimPrefix(use, `\`))
	switch use {
	case "trash":
		return name == use || strings.HasPrefix(name, "deleted ") || name == "bin"
	case "junk":
		return name == use || strings.HasPrefix(name, "junk ") || name == "spam"
	}
	return name == use || strings.HasPrefix(name, use+" ")
}

func eightBit(name string) bool {
	return bytes.IndexFunc([]byte(name), func(r rune) bool { return r >= 0x80 }) >= 0
}
