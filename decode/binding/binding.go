package binding

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Exchange is a command and what a server answered.
type Exchange struct {
	User    string
	Mailbox string        // that is selected
	Row     *protocol.Row // of the command
	Request *wire.Message
	// Responses are the server's, in order; those that continue the command left out.
	Responses []*wire.Message
}

// Edit replaces a span of a message.
type Edit struct {
	wire.Span
	Text []byte
}

// Map holds what two servers call the same things: the recorded one ("then"), and another
// ("now"). Its methods may be called concurrently.
type Map struct {
	// Together means that both servers are asked at the same time: a mailbox is another one if the
	// identifiers differ that its next message would have, although its UIDVALIDITY, which is
	// often the time when it was made, is the same.
	Together bool

	mu    sync.Mutex
	boxes map[boxName]*box
	ids   map[id]string // by what they were then
}

type boxName struct{ user, mailbox string }

// id is an identifier that is not a number of a mailbox: an EMAILID.
type id struct{ user, property, value string }

// box is a mailbox: what is known for each UIDVALIDITY that it had.
type box struct {
	epochs  map[uint32]*epoch
	current *epoch
}

// epoch is a mailbox as long as its UIDVALIDITY stays the same.
type epoch struct {
	then, now uint32 // UIDVALIDITY; 0: not known
	uids      pairs
	marks     marks
}

// same reports whether both servers have the same mailbox, as far as is known: its
// UIDVALIDITY, and every identifier (RFC 3501, section 2.3.1.1). What is not known of it is
// the same, too.
func (b *binder) same() bool {
	e := b.epoch
	differs := func(p pair) bool { return p.then != p.now && (b.Together || !p.expected) }
	return e.then > 0 && e.then == e.now && !slices.ContainsFunc(e.uids, differs)
}

// maxBoxes bounds the mailboxes, maxIDs the identifiers, that are followed.
const (
	maxBoxes = 1 << 14
	maxIDs   = 1 << 18
)

// New returns a Map that knows nothing.
func New() *Map { return &Map{boxes: make(map[boxName]*box), ids: make(map[id]string)} }

// Known records that a message of a mailbox is then to one server what it is now to the
// other.
func (m *Map) Known(user, mailbox string, then, now uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.box(user, mailbox).current.uids.add(then, now)
}

// box returns a mailbox.
func (m *Map) box(user, mailbox string) *box {
	name := boxName{user, canonical(mailbox)}
	b := m.boxes[name]
	if b == nil {
		e := new(epoch)
		b = &box{epochs: make(map[uint32]*epoch), current: e}
		if len(m.boxes) < maxBoxes {
			m.boxes[name] = b
		}
	}
	return b
}

// canonical returns the name under which a mailbox is known: INBOX has one in any letter
// case (RFC 3501, section 5.1).
func canonical(mailbox string) string {
	if protocol.SameName([]byte(mailbox), protocol.Inbox) {
		return protocol.Inbox
	}
	return mailbox
}

// validity records the UIDVALIDITY that a mailbox had and has. If it changes, other
// identifiers are valid. It reports false if it had not changed then, and has now.
func (b *box) validity(then, now uint32) (same bool) {
	if then == 0 || now == 0 {
		return true
	}
	same = true
	e := b.epochs[then]
	switch {
	case e == nil && b.current.then == 0: // what was known before belongs to it
		e = b.current
		e.then, e.now = then, now
		b.epochs[then] = e
	case e == nil:
		e = &epoch{then: then, now: now}
		b.epochs[then] = e
	case e.now != now:
		e.now, e.uids, e.marks = now, nil, nil
		same = false
	}
	b.current = e
	return same
}

// Loose is a value that could not be bound.
type Loose struct {
	Role  protocol.Role
	Value string
}

func (l Loose) String() string { return l.Role.String() + " " + l.Value }

// Binds reports whether a request has values that Request binds.
func Binds(request *wire.Message) bool {
	m := &Map{boxes: make(map[boxName]*box)}
	edits, loose := m.Request(&Exchange{Request: request})
	return len(edits)+len(loose) > 0
}

// binder binds the values of one message.
type binder struct {
	*Map
	user  string
	box   *box
	epoch *epoch
	raw   []byte
	edits []Edit
	loose []Loose
}

// Request returns what to change in a request of the recording, so that it means the same
// to the other server, in order; and the values that could not be bound.
func (m *Map) Request(x *Exchange) ([]Edit, []Loose) {
	m.mu.Lock()
	defer m.mu.Unlock()
	root := syntax.ParseRequest(x.Request)
	b := &binder{Map: m, user: x.User, box: m.box(x.User, x.Mailbox), raw: x.Request.Raw}
	if x.Row.Does(protocol.Selects) {
		if n := root.FindRole(protocol.RoleMailbox); n != nil {
			b.box = m.box(x.User, string(n.Value(b.raw)))
		}
	}
	b.epoch = b.box.current
	for n := range root.All() {
		b.forward(n)
	}
	return b.edits, b.loose
}

// forward binds the value of a node of a request.
func (b *binder) forward(n *syntax.Node) {
	if n.Kind == syntax.KindSearchKey {
		b.key(n)
		return
	}
	if len(n.Kids) > 0 {
		return
	}
	switch n.Role {
	case protocol.RoleUID:
		b.set(n)
	case protocol.RoleUIDValidity:
		v, ok := n.Number(b.raw)
		e := b.box.epochs[uint32(v)]
		if !ok || e == nil {
			b.unbound(n, strconv.FormatUint(v, 10))
			e = &epoch{} // what follows belongs to it
		} else {
			b.edit(n, strconv.FormatUint(uint64(e.now), 10))
		}
		b.epoch = e
	case protocol.RoleModSeq:
		v, ok := n.Number(b.raw)
		if !ok {
			return
		}
		if b.same() {
			return
		}
		now, bound := b.epoch.marks.forward(v)
		if !bound {
			b.unbound(n, strconv.FormatUint(v, 10))
		}
		b.edit(n, strconv.FormatUint(now, 10))
	}
}

// set binds a set of unique identifiers. "$", what the last search found, stays (RFC 5182).
func (b *binder) set(n *syntax.Node) {
	s := syntax.ReadSequence(n, b.raw)
	if s == nil || b.same() {
		return
	}
	now, loose := b.epoch.uids.set(s)
	for _, u := range loose {
		b.unbound(n, strconv.FormatUint(uint64(u), 10))
	}
	b.edit(n, now.String())
}

// key binds the argument of a search key that is named as a property whose values servers
// assign.
func (b *binder) key(n *syntax.Node) {
	name := n.Kid(syntax.KindKey)
	if name == nil {
		return
	}
	row := protocol.Lookup(protocol.Property, name.Bytes(b.raw))
	if row == nil || row.Varies != protocol.Assigned {
		return
	}
	last := &n.Kids[len(n.Kids)-1]
	if last == name || len(last.Kids) > 0 {
		return
	}
	switch last.Role {
	case protocol.RoleUID, protocol.RoleModSeq:
		return // bound by its role
	}
	value := string(last.Value(b.raw))
	now, ok := b.ids[id{b.user, row.Name, value}]
	if !ok {
		b.loose = append(b.loose, Loose{Value: fmt.Sprint(row.Name, " ", value)})
		return
	}
	b.edit(last, now)
}

func (b *binder) edit(n *syntax.Node, text string) {
	if text != string(n.Bytes(b.raw)) {
		b.edits = append(b.edits, Edit{n.Span, []byte(text)})
	}
}

// maxLoose bounds the values that are reported for one request.
const maxLoose = 10

func (b *binder) unbound(n *syntax.Node, value string) {
	if len(b.loose) < maxLoose {
		b.loose = append(b.loose, Loose{n.Role, value})
	}
}
