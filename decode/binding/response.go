package binding

import (
	"strconv"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Response returns what to change in a response of the other server to a command, so that
// it means the same to a client that knows the recorded one. Mod-sequences stay.
func (m *Map) Response(x *Exchange, r *wire.Message) []Edit {
	m.mu.Lock()
	defer m.mu.Unlock()
	root := syntax.ParseResponse(r)
	b := &binder{Map: m, user: x.User, raw: r.Raw}
	if _, ok := syntax.ReadFetch(root, r.Raw); ok {
		b.box = m.box(x.User, x.Mailbox)
		for n := range root.Leaves() {
			b.back(n, n.Role)
		}
		return b.edits
	}
	var request *syntax.Node
	if x.Request != nil {
		request = syntax.ParseRequest(x.Request)
	}
	for _, p := range x.places(root, request, r.Raw) {
		b.box = m.box(x.User, p.mailbox)
		b.back(p.node, p.role)
	}
	return b.edits
}

// back binds the value of a node of a response.
func (b *binder) back(n *syntax.Node, role protocol.Role) {
	e := b.box.current
	switch role {
	case protocol.RoleUID, protocol.RoleUIDNext:
		if s := syntax.ReadSequence(n, b.raw); s != nil {
			b.edit(n, e.uids.backSet(s).String())
		}
	case protocol.RoleUIDValidity:
		v, ok := n.Number(b.raw)
		for _, e := range b.box.epochs {
			if ok && uint64(e.now) == v {
				b.edit(n, strconv.FormatUint(uint64(e.then), 10))
				return
			}
		}
	}
}

// Validity records that the UIDVALIDITY of a mailbox is then to one server what it is now
// to the other.
func (m *Map) Validity(user, mailbox string, then, now uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.box(user, mailbox).validity(then, now)
}

// Next records what the next message of a mailbox would be called.
func (m *Map) Next(user, mailbox string, then, now uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.box(user, mailbox).current.uids.expect(then, now)
}

// Apply returns a message with its edits, which are in order.
func Apply(raw []byte, edits []Edit) []byte {
	if len(edits) == 0 {
		return raw
	}
	out := make([]byte, 0, len(raw)+16*len(edits))
	at := 0
	for _, e := range edits {
		out = append(append(out, raw[at:e.Start]...), e.Text...)
		at = e.End
	}
	return append(out, raw[at:]...)
}
