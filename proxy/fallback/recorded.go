package fallback

import (
	"cmp"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
)

// recorded is what a recording shows of one user's mailboxes, as they were when it began.
type recorded struct {
	user      string
	delimiter string
	boxes     map[string]*box
	names     []string // of the boxes, in the order in which they appeared
	made      map[string]bool
	messages  int
}

// box is a mailbox, by its name on the wire.
type box struct {
	opened     bool
	subscribed bool
	initial    []*mail // as it was when the recording began
	now        []*mail // as it was last reported
	begins     bool    // it is being opened for the first time

	validity, next uint32 // UIDVALIDITY, and UIDNEXT, as it was opened first; 0: not known
}

// mail is what is known of one message.
type mail struct {
	uid      uint32
	seen     bool // its flags are known
	flags    []string
	date     []byte // INTERNALDATE, without quotes
	whole    []byte
	header   []byte
	text     []byte
	envelope *syntax.Envelope
}

// The bounds of what is taken from a recording, for each user.
const (
	maxMessages  = 50_000
	maxMailboxes = 10_000
)

// read returns what a recording shows, by user, in the order of their first login.
func read(s *script.Script) []*recorded {
	var out []*recorded
	find := func(user string) *recorded {
		for _, r := range out {
			if r.user == user {
				return r
			}
		}
		r := &recorded{user: user, delimiter: "/", boxes: make(map[string]*box), made: make(map[string]bool)}
		r.box(protocol.Inbox)
		out = append(out, r)
		return r
	}
	for _, x := range s.Sessions {
		v := viewer{find: find}
		for _, h := range heard(x) {
			v.message(h.x, h.m)
		}
	}
	return out
}

// heardOf is a message and the exchange that it belongs to.
type heardOf struct {
	x *script.Exchange
	m *decode.Message
}

// heard returns what a session's server said, in that order.
func heard(s *script.Session) []heardOf {
	var out []heardOf
	for _, x := range s.Exchanges {
		for _, m := range x.Messages {
			if m.Dir == capture.ServerToClient && m.Lost == 0 && m.Elided == 0 {
				out = append(out, heardOf{x, m})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b heardOf) int { return cmp.Compare(a.m.Off, b.m.Off) })
	return out
}

// viewer reads one session.
type viewer struct {
	find   func(user string) *recorded
	of     *recorded
	box    *box
	opens  *script.Exchange // the command that opens box, until it is answered
	parser syntax.Parser
}

// message reads one message of the server.
func (v *viewer) message(x *script.Exchange, m *decode.Message) {
	if x.Transaction != nil && !x.Refused() {
		if v.of == nil || x.User != "" && v.of.user != x.User {
			v.of, v.box = v.find(x.User), nil
		}
		v.turn(x)
	}
	switch {
	case v.of == nil:
	case m.Kind == decode.Untagged:
		v.data(m)
	case m.Kind == decode.Tagged && x == v.opens:
		v.box.begins, v.opens = false, nil
	case m.Kind == decode.Tagged && !x.Refused() && x.CommandOf() == create:
		v.created(x)
	}
}

// turn follows which mailbox is selected.
func (v *viewer) turn(x *script.Exchange) {
	switch {
	case x.Row.Does(protocol.Selects) && v.opens != x && x.Mailbox != "":
		v.box, v.opens = v.of.box(x.Mailbox), x
		if v.box != nil && !v.box.opened {
			v.box.opened, v.box.begins = true, true
		}
	case !x.Row.Does(protocol.Selects) && x.Mailbox == "":
		v.box = nil
	case v.box == nil && x.Mailbox != "": // its SELECT was not recorded
		v.box = v.of.box(x.Mailbox)
	}
	if v.box == nil {
		v.opens = nil
	}
}

// created records that a mailbox did not exist when the recording began.
func (v *viewer) created(x *script.Exchange) {
	for _, m := range x.Messages {
		if m.Kind == decode.Request {
			if n := v.parser.Request(&m.Message).FindRole(protocol.RoleMailbox); n != nil {
				name := string(n.Value(m.Raw))
				v.of.made[name] = v.of.boxes[name] == nil
			}
		}
	}
}

// box returns a mailbox that existed when the recording began; nil if it did not, or there
// are too many.
func (r *recorded) box(name string) *box {
	if strings.EqualFold(name, protocol.Inbox) {
		name = protocol.Inbox
	}
	if b := r.boxes[name]; b != nil {
		return b
	}
	if name == "" || r.made[name] || len(r.boxes) >= maxMailboxes {
		return nil
	}
	b := new(box)
	r.boxes[name] = b
	r.names = append(r.names, name)
	return b
}

// data reads untagged data.
func (v *viewer) data(m *decode.Message) {
	n := v.parser.Response(&m.Message)
	if v.box != nil && v.box.begins {
		v.assigned(n, m.Raw)
	}
	switch {
	case m.Row.Does(protocol.Names):
		v.name(n, m)
	case v.box == nil:
	case m.Row.Does(protocol.CountsMessages):
		v.count(syntax.ReadResponse(n, m.Raw).Number)
	case m.Row.Does(protocol.Removes):
		if k := syntax.ReadResponse(n, m.Raw).Number; k > 0 && k <= uint64(len(v.box.now)) {
			v.box.now = slices.Delete(v.box.now, int(k-1), int(k))
		}
	case m.Row.Does(protocol.Vanishes):
		if gone, earlier := syntax.ReadVanished(n, m.Raw); !earlier {
			v.box.now = slices.DeleteFunc(v.box.now, func(x *mail) bool { return x.uid > 0 && gone.Contains(x.uid) })
		}
	case m.Row.Does(protocol.Describes):
		if d, ok := syntax.ReadFetch(n, m.Raw); ok {
			v.describe(d, m.Raw)
		}
	}
}

// assigned reads UIDVALIDITY and UIDNEXT.
func (v *viewer) assigned(n *syntax.Node, raw []byte) {
	number := func(r protocol.Role) uint32 {
		if k := n.FindRole(r); k != nil {
			x, _ := k.Number(raw)
			return uint32(x)
		}
		return 0
	}
	v.box.validity = cmp.Or(v.box.validity, number(protocol.RoleUIDValidity))
	v.box.next = cmp.Or(v.box.next, number(protocol.RoleUIDNext))
}

// name reads LIST, LSUB, or FIND's data, which end in a name.
func (v *viewer) name(n *syntax.Node, m *decode.Message) {
	raw := m.Raw
	if d := n.FindRole(protocol.RoleDelimiter); d != nil && d.Kind == syntax.KindQuoted {
		if s := string(d.Value(raw)); len(s) == 1 {
			v.of.delimiter = s
		}
	}
	for k := range n.All() {
		if k.Role == protocol.RoleMailbox {
			if b := v.of.box(string(k.Value(raw))); b != nil && m.Word == lsub {
				b.subscribed = true
			}
			return
		}
	}
}

// count follows the number of messages.
func (v *viewer) count(n uint64) {
	b := v.box
	for uint64(len(b.now)) < n && v.of.messages < maxMessages {
		m := new(mail)
		v.of.messages++
		b.now = append(b.now, m)
		if b.begins {
			b.initial = append(b.initial, m)
		}
	}
	if uint64(len(b.now)) > n {
		b.now = b.now[:n] // some have gone while no session was looking
	}
}

// describe reads what is reported about one message.
func (v *viewer) describe(d syntax.FetchData, raw []byte) {
	if d.Number == 0 || d.Number > uint64(len(v.box.now)) {
		return
	}
	m := v.box.now[d.Number-1]
	for _, it := range d.Items {
		if it.Value != nil {
			m.property(it, raw)
		}
	}
}

// property reads one property of a message; the first value is the one that it had when the
// recording began.
func (m *mail) property(it syntax.Item, raw []byte) {
	value, shows := it.Value.Value(raw), showsAll(it.Name)
	switch {
	case shows&protocol.ShowsFlags != 0:
		if !m.seen {
			m.seen, m.flags = true, syntax.ReadFlags(it.Value, raw)
		}
	case shows&protocol.ShowsUniqueID != 0:
		if u, ok := it.Value.Number(raw); ok && m.uid == 0 {
			m.uid = uint32(u)
		}
	case shows&protocol.ShowsInternalDate != 0:
		m.date = value
	case shows&protocol.ShowsEnvelope != 0:
		if e, ok := syntax.ReadEnvelope(it.Value, raw); ok {
			m.envelope = &e
		}
	case shows&protocol.ShowsWhole != 0:
		m.whole = value
	case shows&protocol.ShowsHeader != 0:
		m.header = value
	case shows&protocol.ShowsText != 0:
		m.text = value
	}
}

// showsAll returns what a property shows of a message, if it shows all of that: neither a
// part of a message, nor some bytes of it, nor some fields of its header.
func showsAll(name string) protocol.Shows {
	if row := protocol.Lookup(protocol.Property, name); row != nil && len(row.Name) == len(name) {
		return row.Shows
	}
	_, section, _ := strings.Cut(name, "[")
	section, rest, ok := strings.Cut(section, "]")
	if row := protocol.Lookup(protocol.Section, section); ok && rest == "" && row != nil && row.Syntax == "" {
		return row.Shows
	}
	return 0
}
