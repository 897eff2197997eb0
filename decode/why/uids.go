package why

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"time"

	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// maxAppends is how many appended messages are remembered.
const maxAppends = 1 << 12

// appends are the messages that clients appended, to find those that came twice.
type appends struct {
	seed  maphash.Seed
	seen  map[letter]*added
	twice []twice
}

// letter is a message in a mailbox of a server.
type letter struct {
	place
	hash uint64
	size int64
}

// added is how a message was appended first.
type added struct {
	Evidence
	answered bool
}

// twice is a message that was appended twice.
type twice struct {
	letter
	first  added
	second Evidence
	id     string // its Message-ID, if it has one

	command string
}

// maxTwice is how many pairs are kept.
const maxTwice = 64

// followAppend follows a command that adds messages. One that was refused added nothing.
func (c *conn) followAppend(t *decode.Transaction) {
	if t.Lost > 0 || c.serverLeg || t.Outcome == decode.Completed && !protocol.Lookup(protocol.Completion, t.Status).Does(protocol.Succeeds) {
		return
	}
	var body []byte
	var size int64
	ok := false
	switch {
	case t.Row.Does(protocol.Appends):
		body, size, ok = lastLiteral(t)
	case t.Row.Does(protocol.Copies) && t.Row.UID:
		body, ok = []byte(t.Mailbox+" "+asked(t)), true
	}
	if !ok {
		return
	}
	k := letter{placeOf(c, t.User, session.Argument(&t.Request, t.Row, protocol.RoleMailbox)), maphash.Bytes(c.by.whole.appends.seed, body), size}
	now := added{Evidence{Conn: c.ID, Txn: t.N, Time: t.Time, Text: safe(t.Command) + ": " + answered(t)}, t.Outcome == decode.Completed}
	id, command := messageID(body), safe(t.Command)
	c.by.together(func(all *Reasoner) { all.appends.add(k, now, id, command) })
}

// add adds a message.
func (a *appends) add(k letter, now added, id, command string) {
	before := a.seen[k]
	if before != nil && before.answered && k.size == 0 {
		before = nil // someone may copy a message twice
	}
	if before != nil && len(a.twice) < maxTwice {
		a.twice = append(a.twice, twice{k, *before, now.Evidence, id, command})
	}
	if before == nil && len(a.seen) < maxAppends || before != nil {
		a.seen[k] = &now
	}
}

// lastLiteral returns the bytes that are kept of the last literal of a request, and its
// length, if the client has sent all of it.
func lastLiteral(t *decode.Transaction) ([]byte, int64, bool) {
	n := len(t.Request.Literals)
	if n == 0 {
		return nil, 0, false
	}
	l := &t.Request.Literals[n-1]
	return l.Body.Of(t.Request.Raw), l.Size, l.State == wire.Complete && l.Size > 0
}

// answered says how a command was answered.
func answered(t *decode.Transaction) string {
	if t.Outcome != decode.Completed {
		return "no answer"
	}
	return safe(t.Status + " " + t.Known.Hide(t.Text, mask))
}

// idHeader is the header field whose value names a message.
const idHeader = "message-id:"

// messageID returns the Message-ID of a message, "" if it is not in its first lines.
func messageID(body []byte) string {
	for line := range bytes.Lines(body[:min(len(body), 16<<10)]) {
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		if len(line) > len(idHeader) && bytes.EqualFold(line[:len(idHeader)], []byte(idHeader)) {
			return safe(string(bytes.TrimSpace(line[len(idHeader):])))
		}
	}
	return ""
}

// duplicates finds messages that were appended twice to the same mailbox, which still had the
// first.
func duplicates(r *Reasoner, all *account.Accounts) []Reason {
	var out []Reason
	for i := range r.appends.twice {
		d := &r.appends.twice[i]
		if r.removedBetween(all, d.place, d.first.Time, d.second.Time) {
			continue
		}
		id := ""
		if d.id != "" {
			id = " (Message-ID " + d.id + ")"
		}
		x := Reason{Severity: lint.Warning, Conn: d.second.Conn, Verdict: Client, Evidence: []Evidence{d.first.Evidence, d.second}}
		x.Sentence = fmt.Sprintf("The client appended the same message%s to %s twice, %s: both were accepted, and it is there twice (connection %d at %s, connection %d at %s).",
			id, quote(safe(d.mailbox)), size(d.size), d.first.Conn, clock(d.first.Time), d.second.Conn, clock(d.second.Time))
		x.Remedy = "Have the client search for the Message-ID before it appends, and append only where the message is missing."
		if !d.first.answered {
			x.Verdict = Network
			x.Sentence = fmt.Sprintf("The client sent the same message%s to %s again, because the answer to the first APPEND never came: connection %d at %s, and again connection %d at %s. Where the server stored the first, the message is there twice.",
				id, quote(safe(d.mailbox)), d.first.Conn, clock(d.first.Time), d.second.Conn, clock(d.second.Time))
			if d.size == 0 {
				x.Sentence = fmt.Sprintf("The client copied the same messages to %s again, because the answer to the first %s never came: connection %d at %s, and again connection %d at %s. Where the server had copied them, they are there twice.",
					quote(safe(d.mailbox)), d.command, d.first.Conn, clock(d.first.Time), d.second.Conn, clock(d.second.Time))
			}
			x.Remedy = "Before it appends again, have the client search for the Message-ID. Find out why the answer was lost."
		}
		x.Proof = "Search the mailbox for the Message-ID: two numbers are two copies."
		out = append(out, x)
	}
	return out
}

// forgetful finds a server that says that its unique identifiers do not last.
func forgetful(c *conn) []Reason {
	if c.sticky == nil {
		return nil
	}
	return []Reason{{
		Severity: lint.Warning, Verdict: Server, Evidence: []Evidence{*c.sticky},
		Sentence: fmt.Sprintf("The server says that the unique identifiers of this mailbox do not last: %s. A client that keeps messages by UID downloads everything again in each session.", quote(c.sticky.Text)),
		Remedy:   "Give the mailbox a format in which the server can keep identifiers; as a client, match messages by Message-ID.",
	}}
}

// changedValidity finds mailboxes whose UIDVALIDITY changed, within a connection or from one
// to another of the account.
func changedValidity(r *Reasoner, all *account.Accounts) []Reason {
	var out []Reason
	for _, u := range all.Users {
		for _, b := range u.Mailboxes {
			if x, ok := r.validity(b); ok {
				x.Account = named(u)
				out = append(out, x)
			}
		}
	}
	return append(out, duplicates(r, all)...)
}

// validity returns the reason that a mailbox's UIDVALIDITY changed, if it did, by the first
// change.
func (r *Reasoner) validity(b *account.Mailbox) (Reason, bool) {
	var x Reason
	for i := 1; i < len(b.Validities); i++ {
		was, is := b.Validities[i-1], b.Validities[i]
		made := recreated(b, was.Last, is.Event)
		if len(made) > 0 && made[len(made)-1].Conn.ID == is.Event.Conn.ID {
			continue // the client that sees the new value made it
		}
		if x.Sentence == "" {
			x = r.change(b, was, is, made)
		}
		x.add(figure(was.Last, was.Value))
		x.add(figure(is.Event, is.Value))
		for _, e := range made {
			x.add(Evidence{Conn: e.Conn.ID, Txn: e.Fact.Txn, Time: e.Fact.Time, Text: e.Fact.Kind.String()})
		}
	}
	return x, x.Sentence != ""
}

// change returns a reason without its evidence.
func (r *Reasoner) change(b *account.Mailbox, was, is account.Validity, made []*account.Event) Reason {
	x := Reason{
		Severity: lint.Warning, Verdict: Server, Conn: is.Event.Conn.ID,
		Remedy: "Find out what gave the mailbox new identifiers: a restored backup, a rebuilt index, another server behind the same name.",
	}
	name, between := quote(safe(b.Name)), fmt.Sprintf("between %s (connection %d) and %s (connection %d)",
		clock(was.Last.Fact.Time), was.Last.Conn.ID, clock(is.Event.Fact.Time), is.Event.Conn.ID)
	switch {
	case len(made) > 0:
		x.Verdict = Client
		x.Sentence = fmt.Sprintf("Another program changed UIDVALIDITY of %s from %d to %d %s: %s", name, was.Value, is.Value, between, acts(b, made))
		x.Remedy = "Have no program delete and create, or rename, a mailbox that others keep a copy of."
	default:
		x.Sentence = fmt.Sprintf("The server changed UIDVALIDITY of %s from %d to %d %s, and nothing in this recording recreated the mailbox", name, was.Value, is.Value, between)
		if is.Value < was.Value {
			x.Sentence += "; it went back, as after a backup was restored"
		}
	}
	if n := len(b.Validities) - 1; n > 1 {
		x.Sentence += fmt.Sprintf("; it changed %s in this recording", times(n))
	}
	x.Sentence += ": every client downloads everything again"
	if n := r.downloaded(is); n > 0 {
		x.Sentence += fmt.Sprintf(" (connection %d then fetched %s)", is.Event.Conn.ID, size(n))
	}
	x.Sentence += "."
	return x
}

// downloaded returns how many bytes a connection fetched that saw a new UIDVALIDITY.
func (r *Reasoner) downloaded(is account.Validity) int64 {
	if c := r.conns[is.Event.Conn.ID]; c != nil && c.fetched >= largeReply {
		return c.fetched
	}
	return 0
}

// acts says who made a mailbox again, and how.
func acts(b *account.Mailbox, made []*account.Event) string {
	var said []byte
	for i, e := range made[max(len(made)-3, 0):] {
		if i > 0 {
			said = append(said, ", "...)
		}
		what := e.Fact.Kind.String()
		if e.Fact.Kind == session.Renamed && b.Is(e.Fact.To) {
			what = "renamed " + quote(safe(e.Fact.Mailbox)) + " to"
		}
		said = fmt.Appendf(said, "connection %d %s it at %s", e.Conn.ID, what, clock(e.Fact.Time))
	}
	return string(said)
}

// figure is the evidence of a value of UIDVALIDITY.
func figure(e *account.Event, value uint32) Evidence {
	return Evidence{Conn: e.Conn.ID, Txn: e.Fact.Txn, Time: e.Fact.Time, Text: fmt.Sprintf("UIDVALIDITY %d", value)}
}

// recreated returns the commands between two events that gave the mailbox's name to another
// mailbox.
func recreated(b *account.Mailbox, from, to *account.Event) (list []*account.Event) {
	for _, e := range b.Events {
		if e.Fact.Time.Before(from.Fact.Time) || e.Fact.Time.After(to.Fact.Time) {
			continue
		}
		if made(e) {
			list = append(list, e)
		}
	}
	return list
}

// clock is a time of day, in UTC.
func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }
