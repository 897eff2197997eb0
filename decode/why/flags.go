package why

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// flagging is what a connection shows of flags and of modification sequences.
type flagging struct {
	stores   []store  // the last maxStores that were answered OK
	set      []string // the flags that this connection set, the first maxSet
	replaced *Reason  // what a STORE that is outstanding takes away without saying so
	ignored  *Reason  // what the answer to a STORE that is outstanding lacks
	clash    []store  // conditional STOREs that failed, and were not repeated
	changed  changed  // the last change that a modification sequence must show
	opened   string   // how the selected mailbox was opened, if for reading only
	noModSeq bool     // the mailbox has no modification sequences
	resyncs  bool     // QRESYNC is enabled
}

// store is a STORE, or what it left unchanged.
type store struct {
	Evidence
	set     syntax.Sequence
	uids    bool
	mailbox string
	effect  protocol.Effect
	flags   []string
	since   string // the value of UNCHANGEDSINCE
	text    string // the answer
}

const (
	maxStores   = 16
	maxSet      = 32
	maxRemovals = 256
)

// readStore reads a STORE.
func readStore(r *Reasoner, m *wire.Message) (x store, ok bool) {
	raw := m.Raw
	for n := range r.parser.Request(m).All() {
		switch n.Kind {
		case syntax.KindSequence, syntax.KindNumber:
			if x.set == nil {
				x.set = syntax.ReadSequence(n, raw)
			} else if x.since == "" {
				x.since = string(n.Bytes(raw))
			}
		case syntax.KindStoreAtt:
			if len(n.Kids) == 0 {
				continue
			}
			if row := protocol.Lookup(protocol.StoreItem, n.Kids[0].Bytes(raw)); row != nil {
				x.effect = row.Effect
			}
			x.flags = syntax.ReadFlags(n, raw)
		}
	}
	return x, x.set != nil && x.effect != protocol.NoEffect
}

// lackedBy returns the flags that a list, such as that of PERMANENTFLAGS, does not have.
func lackedBy(list, flags []string) (lacks []string) {
	for _, f := range flags {
		if !slices.ContainsFunc(list, func(have string) bool {
			return strings.EqualFold(have, f) || protocol.Lookup(protocol.Flag, have).Does(protocol.AllowsAny) && !strings.HasPrefix(f, `\`)
		}) {
			lacks = append(lacks, f)
		}
	}
	return lacks
}

// listed returns flags as a part of a sentence.
func listed(flags []string) string { return safe(strings.Join(flags, " ")) }

// stored follows a STORE that was answered.
func (c *conn) stored(r *Reasoner, t *decode.Transaction, ok bool) {
	x, known := readStore(r, &t.Request)
	x.uids, x.mailbox = t.Row.UID, t.Mailbox
	s := r.linter.Session(c.ID)
	if t.Lost > 0 || s == nil || !known {
		c.replaced, c.ignored = nil, nil
		if !known && t.Lost == 0 && protocol.StatusEffect(t.Status) == protocol.Rejects {
			c.badStore(r, t)
		}
		return
	}
	x.Evidence, x.text = about(c.ID, t, false), t.Status+" "+safe(t.Known.Hide(t.Text, mask))
	b := s.Mailbox
	code, args := codeAndArgs(t.Text)
	say := func(v Verdict, remedy, format string, args ...any) {
		y := Reason{Severity: lint.Warning, Verdict: v, Sentence: fmt.Sprintf(format, args...) + answerOf(t), Remedy: remedy}
		y.add(x.Evidence)
		y.add(about(c.ID, t, true))
		c.keep("flags", y)
	}
	adds := x.effect == protocol.SetsFlags || x.effect == protocol.AddsFlags
	shown := slices.ContainsFunc(t.Data, func(d decode.Count) bool { return protocol.Lookup(protocol.Response, d.Kind).Does(protocol.Describes) })
	switch {
	case code.Does(protocol.AreGone):
	case code.Does(protocol.GivesModified):
		c.modified(x, args)
	case b != nil && b.ReadOnly && (!ok || !shown):
		say(Client, "Open the mailbox with SELECT, and look at the text of its OK.", "The client changes flags in a mailbox that is open read-only: %s was opened by %s", quote(safe(b.Name)), c.opened)
	case !ok && c.notFlag(x, say):
	case b != nil && adds && b.Permanent != nil && len(lackedBy(b.Permanent, x.flags)) > 0 && !c.beyond(b, x):
		lacks := lackedBy(b.Permanent, x.flags)
		what := "so the server keeps it for this session at most"
		if !ok {
			what = "so it cannot be set"
		}
		say(Client, "Set only what PERMANENTFLAGS has; new keywords only where it has \\*.", "The mailbox %s does not keep the flag %s: PERMANENTFLAGS has (%s), %s", quote(safe(b.Name)), listed(lacks), listed(b.Permanent), what)
	case !ok:
		c.notStored(r, x, t, b, say)
	}
	for _, y := range [...]*Reason{c.replaced, c.ignored} {
		if ok && y != nil && y.Evidence[0].Txn == t.N {
			c.keep("flags", *y)
		}
	}
	c.replaced, c.ignored = nil, nil
	if ok {
		c.remember(r, x, b)
	}
}

// badStore notes a STORE that breaks the grammar, or names flags without parentheses.
func (c *conn) badStore(r *Reasoner, t *decode.Transaction) bool {
	says := ""
	tree := r.parser.Request(&t.Request)
	for n := range tree.All() {
		v := n.Bytes(t.Request.Raw)
		switch {
		case n.Err != nil:
			says = "expected " + n.Err.Want
			if len(v) > 0 {
				says += " at " + quote(safe(t.Known.Hide(string(v), mask)))
			}
		case n.Kind == syntax.KindFlagList && len(n.Kids) > 1 && len(v) > 0 && v[0] != '(':
			says = "several flags without parentheses, " + quote(safe(t.Known.Hide(string(v), mask)))
		case n.Kind == syntax.KindFlag && len(v) > 0 && v[0] == '"':
			says = "a flag is not a string,  " + safe(t.Known.Hide(string(v), mask))
		case n.Kind == syntax.KindAttribute && protocol.Lookup(protocol.StoreItem, v) == nil:
			says = quote(safe(t.Known.Hide(string(v), mask))) + " is not something that STORE changes"
		}
		if says != "" {
			break
		}
	}
	if says == "" {
		return false
	}
	x := Reason{
		Severity: lint.Warning, Verdict: Client, Sentence: "The client changes flags in a form that the grammar does not allow: " + says + answerOf(t),
		Remedy: "Write FLAGS, +FLAGS or -FLAGS and flags in parentheses.",
	}
	x.add(about(c.ID, t, false))
	x.add(about(c.ID, t, true))
	c.keep("flags", x)
	return true
}

// replaces follows a STORE as it is sent: whether it takes flags away that it does not name.
func (c *conn) replaces(r *Reasoner, m *decode.Message) {
	s := r.linter.Session(c.ID)
	x, known := readStore(r, &m.Message)
	if !known || s == nil || s.Mailbox == nil || x.effect != protocol.SetsFlags || m.Txn == nil {
		return
	}
	looked := 0
	for b := range s.Mailbox.From(1) {
		if looked++; looked > maxLooked {
			return
		}
		if !b.HasFlag || !(m.Row.UID && b.UID != 0 && x.set.Contains(b.UID) || !m.Row.UID && x.set.Contains(b.Number)) {
			continue
		}
		old := slices.DeleteFunc(slices.Clone(b.Flags), func(f string) bool { return protocol.Lookup(protocol.Flag, f).Does(protocol.MarksRecent) })
		lost, added := lackedBy(x.flags, old), lackedBy(old, x.flags)
		if len(lost) == 0 || len(added) == 0 || len(lackedBy(c.set, lost)) < len(lost) {
			continue // to take flags away is what was meant, or it knows them
		}
		c.replaced = &Reason{
			Severity: lint.Warning, Verdict: Client, Evidence: []Evidence{{Conn: c.ID, Txn: m.Txn.N, Dir: m.Dir, Off: m.Off, Len: m.Len, Time: m.Time, Text: fmt.Sprintf("message %d had (%s)", b.Number, listed(old))}},
			Sentence: fmt.Sprintf("The client replaced the flags of message %d instead of adding to them: it set (%s), which removed %s.", b.Number, listed(x.flags), listed(lost)),
			Remedy:   "Add and remove single flags (+FLAGS, -FLAGS); FLAGS sets all of them.",
		}
		return
	}
}

// maxLooked is how many messages are looked at for the flags that a STORE takes away.
const maxLooked = 1024

// beyond reports whether a STORE names a message that does not exist.
func (c *conn) beyond(b *session.Mailbox, x store) bool {
	return !x.uids && b.Known && slices.ContainsFunc(x.set, func(r syntax.Range) bool {
		low, _ := r.Bounds()
		return low > b.Exists
	})
}

// notFlag notes a flag that no client can set.
func (c *conn) notFlag(x store, say func(Verdict, string, string, ...any)) bool {
	for _, f := range x.flags {
		switch row := protocol.Lookup(protocol.Flag, f); {
		case row.Does(protocol.MarksRecent):
			say(Client, "Leave it out.", "The client sets %s, which only the server sets", safe(f))
			return true
		case strings.HasPrefix(f, `\`) && row == nil:
			say(Client, "Use a keyword, without the backslash.", "The client sets %s, which is not a system flag", safe(f))
			return true
		}
	}
	return false
}

// notStored finds why a STORE was refused.
func (c *conn) notStored(r *Reasoner, x store, t *decode.Transaction, b *session.Mailbox, say func(Verdict, string, string, ...any)) {
	switch {
	case x.since != "" && c.noModSeq:
		say(Client, "Use UNCHANGEDSINCE only where SELECT brings HIGHESTMODSEQ.", "The client makes STORE depend on a modification sequence, but the mailbox has none (NOMODSEQ)")
	case b != nil && c.beyond(b, x), passing(t.Text):
	case protocol.StatusEffect(t.Status) == protocol.Rejects && c.badStore(r, t):
	case b != nil && b.Flags != nil && len(lackedBy(b.Flags, x.flags)) > 0:
		say(Client, "Set what FLAGS has; create keywords only where PERMANENTFLAGS has \\*.", "The mailbox %s does not have the flag %s: FLAGS has (%s)", quote(safe(b.Name)), listed(lackedBy(b.Flags, x.flags)), listed(b.Flags))
	default:
		v := Server
		if protocol.StatusEffect(t.Status) == protocol.Rejects {
			v = Client
		}
		say(v, "Do what the text says; look at the access rights of the mailbox, and at the server's log at this time.", "The server refused to change flags, %s", x.Text)
	}
}

// flagged follows the flags of a message that the server reports. The session is as it was before.
func (c *conn) flagged(r *Reasoner, m *decode.Message) {
	own := m.Txn != nil && m.Txn.Row.Does(protocol.Stores)
	asked := m.Txn != nil && m.Txn.Row.Does(protocol.Fetches)
	s := r.linter.Session(c.ID)
	if m.Broken || m.Lost > 0 || s == nil || s.Mailbox == nil {
		return
	}
	compared := asked && c.sharesMailbox(s.Mailbox)
	if !own && !compared && !slices.ContainsFunc(c.stores, func(x store) bool { return x.uids || x.set.Contains(m.Number) }) {
		return // as almost every FETCH
	}
	tree := r.parser.Response(&m.Message)
	d, ok := syntax.ReadFetch(tree, m.Raw)
	list := d.Showing(protocol.ShowsFlags)
	if !ok || list == nil {
		return
	}
	flags := syntax.ReadFlags(list, m.Raw)
	uid := uint32(0)
	if n := d.Showing(protocol.ShowsUniqueID); n != nil {
		v, _ := n.Number(m.Raw)
		uid = uint32(v)
	}
	if own {
		c.follows(m, s.Mailbox, flags, d)
		c.ignores(r, m, s.Mailbox, flags, uid)
	}
	now := shown{placed(c.ID, m, ""), m.Number, flags}
	if compared {
		c.compare(s.Mailbox, now, uid, m.Txn.Time)
	}
	kept := c.stores[:0]
	for _, x := range c.stores {
		about := x.mailbox == s.Mailbox.Name && (x.uids && uid != 0 && x.set.Contains(uid) || !x.uids && x.set.Contains(m.Number))
		if !about || asked && lackedBy(flags, x.flags) == nil {
			kept = append(kept, x)
			continue
		}
		if asked {
			c.lost(x, now)
		}
	}
	c.stores = kept
}

// ignores compares the flags that STORE's own answer shows with those that it was to set.
func (c *conn) ignores(r *Reasoner, m *decode.Message, b *session.Mailbox, flags []string, uid uint32) {
	x, known := readStore(r, &m.Txn.Request)
	lacks := lackedBy(flags, x.flags)
	of := m.Txn.Row.UID && uid != 0 && x.set.Contains(uid) || !m.Txn.Row.UID && x.set.Contains(m.Number)
	if !known || !of || x.effect == protocol.RemovesFlags || len(lacks) == 0 || x.since != "" || b.ReadOnly {
		return
	}
	if b.Permanent != nil && len(lackedBy(b.Permanent, lacks)) > 0 || slices.ContainsFunc(lacks, func(f string) bool { return protocol.Lookup(protocol.Flag, f).Does(protocol.MarksRecent) }) {
		return // another sentence says why
	}
	y := Reason{
		Severity: lint.Error, Verdict: Server,
		Sentence: fmt.Sprintf("The server did not set a flag as requested: its answer to %s shows message %d with (%s), without %s.", asked(m.Txn), m.Number, listed(flags), listed(lacks)),
		Remedy:   "Set the flags before they are reported, or answer NO.",
	}
	y.add(placed(c.ID, m, fmt.Sprintf("message %d: FLAGS (%s)", m.Number, listed(flags))))
	c.ignored = &y
}

// opens follows a mailbox that was opened.
func (c *conn) opens(t *decode.Transaction) {
	c.opened = t.Command
	if code, _ := codeAndArgs(t.Text); !t.Row.ReadOnly && code != nil && code.ReadOnly {
		c.opened = t.Command + ", whose OK says that it is read-only"
	}
}

// unflagged finds conditional STOREs that failed and were not repeated, and what was kept.
func unflagged(c *conn) []Reason {
	out := slices.Clone(c.noted["flags"])
	for _, x := range c.clash {
		r := Reason{
			Severity: lint.Warning, Verdict: Client, Evidence: []Evidence{x.Evidence},
			Sentence: fmt.Sprintf("Another client changed messages after the client had read them, so the flags %s were not stored for %s, and the client did not repeat it: the server answered %s with %s.", listed(x.flags), quote(x.set.String()), x.Text, quote(x.text)),
			Remedy:   "After MODIFIED fetch the flags of these messages with MODSEQ, and repeat STORE with the new value.",
		}
		if x.since != "" {
			r.Sentence = strings.Replace(r.Sentence, "after the client had read them", "after modification sequence "+safe(x.since), 1)
		}
		out = append(out, r)
	}
	return out
}
