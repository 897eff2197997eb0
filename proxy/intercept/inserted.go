package intercept

import (
	"bytes"
	"errors"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// addInserted adds a command to those that are not finished.
func (c *Conn) addInserted(n *Inserted) error {
	switch {
	case c.ended || c.side[capture.ClientToServer].box.over || c.side[capture.ServerToClient].ended:
		return ErrEnded
	case c.opaque:
		return errors.New("the connection is not decoded any more")
	case c.side[capture.ServerToClient].off == 0:
		return errors.New("the server has not sent its greeting")
	case len(c.inserted) == MaxInserted:
		return fmt.Errorf("%d commands wait already, which is the limit", MaxInserted)
	}
	c.inserted = append(c.inserted, n)
	return nil
}

// queueInserted gives commands of the user's own their place behind those of the client's, unless
// the client is in the middle of something.
func (c *Conn) queueInserted() {
	s := &c.side[capture.ClientToServer]
	for len(c.waiting) > 0 && len(s.pend) == 0 && !s.passing && !c.open.lines() && !c.opaque {
		n := c.waiting[0]
		c.waiting = c.waiting[1:]
		if n.progress == Finished {
			continue
		}
		n.after = c.open.last
		n.queued()
		s.box.push(item{inserted: n})
		go c.flush(capture.ClientToServer)
	}
	if b := &s.box; len(b.items) > 0 && b.items[0].inserted != nil {
		go c.flush(capture.ClientToServer)
	}
}

// insert does what is next for the command at the head of the outbox. It returns false if that
// must wait.
func (c *Conn) insert(b *outbox) bool {
	n := b.items[0].inserted
	server := &c.side[capture.ServerToClient]
	switch {
	case n.open:
		b.pop()
		return true
	case b.cut:
		b.drop()
		b.push(item{end: Reset})
		return true
	case n.progress != AwaitsAnswers || c.running != nil && !c.running.over, c.open.upTo(n.after), len(server.pend) > 0 || server.passing:
		return false
	}
	c.change()
	n.progress = Runs
	n.framer.Init(false, 0, new(wire.Pool))
	c.running = n
	did := note{kind: capture.ByEdit, text: "inserted: " + n.name(), tag: n.Tag}
	c.leg.note(did)
	if f := c.engine.opts.Acted; f != nil {
		f(did.kind, did.text)
	}
	m := &pending{out: n.Command, tag: n.Tag, request: true, altered: true}
	items := m.items(m.pieces(m.out))
	for i := range items {
		b.size += items[i].size()
	}
	b.items = append(items, b.items...) // the command itself stays, until it is answered
	return true
}

// name returns what notes call the command.
func (n *Inserted) name() string {
	if n.row != nil {
		return n.row.Name
	}
	return "a command that is not known"
}

// keepAnswer takes the answer to the command that runs from what the server sent, and returns what
// is left for the client: p itself if nothing runs.
func (c *Conn) keepAnswer(dir capture.Direction, p []byte) []byte {
	n := c.running
	if n == nil || n.over || dir != capture.ServerToClient {
		return p
	}
	var left []byte
	for len(p) > 0 && !n.over {
		took, mark := n.framer.Write(p)
		left = append(left, n.gather(p[:took])...)
		p = p[took:]
		if mark == wire.End {
			n.framer.Reset()
			if !n.through {
				left = append(left, n.receive(n.raw)...)
			}
			n.raw, n.long, n.through = nil, false, false
		}
	}
	if n.over {
		c.running = nil
		go c.flush(capture.ClientToServer)
	}
	return append(left, p...)
}

// gather adds bytes to the message in progress, up to the limit. It returns what the client gets at
// once, because the message is longer and is not kept.
func (n *Inserted) gather(p []byte) []byte {
	room := n.limit - len(n.raw)
	switch {
	case n.through:
		return p
	case n.long:
		return nil
	case len(p) <= room:
		n.raw = append(n.raw, p...)
		return nil
	}
	n.raw, p = append(n.raw, p[:room]...), p[room:]
	h := readHead(capture.ServerToClient, n.raw[:min(len(n.raw), maxHead)])
	row := decode.RowOf(decode.Untagged, h.Word)
	if n.through = n.foreign(string(h.Tag)) || row != nil && !row.Does(protocol.Describes) && n.passes(&h, n.raw) != nil; n.through {
		return append(n.raw, p...)
	}
	n.long = true
	return nil
}

// foreign reports whether a message of the server's with this tag has nothing to do with the
// command: what waited for it has gone on, or the message answers another one.
func (n *Inserted) foreign(tag string) bool {
	return tag != n.Tag && (n.open || tag != protocol.TagUntagged && tag != protocol.TagReady)
}

// receive follows a message of the server's, and returns what the client gets of it.
func (n *Inserted) receive(raw []byte) []byte {
	c := n.conn
	h := readHead(capture.ServerToClient, raw)
	tag := string(h.Tag)
	if n.foreign(tag) {
		return raw
	}
	if n.cut = n.cut || n.long; n.progress == Runs {
		n.answer, n.cut = keep(n.answer, raw, n.limit, n.cut)
	}
	b := &c.side[capture.ClientToServer].box
	awaits := len(b.items) > 0 && b.items[0].await && b.items[0].of == n.Tag
	switch {
	case tag == protocol.TagReady && awaits:
		b.pop()
		b.stop()
		go c.flush(capture.ClientToServer)
		return nil
	case tag == protocol.TagReady:
		return nil
	case tag == n.Tag:
		if awaits {
			c.withdraw(b)
		}
		n.over, n.open = true, true
		n.finish(nil)
		return nil
	}
	return n.passes(&h, raw)
}

// passes returns what the client gets of untagged data that came while the command ran. It gets
// what it must know, because the server reports it once: how many messages there are, which ones
// are gone, flags, that the connection ends, and what is for people. It also gets what does not
// answer the command. Data that a command of this name is answered by, and data that is not
// known, is kept.
func (n *Inserted) passes(h *Head, raw []byte) []byte {
	row := decode.RowOf(decode.Untagged, h.Word)
	switch {
	case row == nil || n.long:
		return nil
	case row.Does(protocol.Describes):
		return n.flags(raw)
	case row.Status, row.Does(protocol.CountsMessages), row.Does(protocol.CountsRecent),
		row.Does(protocol.Removes), row.Does(protocol.Vanishes), row.Does(protocol.DefinesFlags):
		return raw
	case n.row == nil:
		return nil
	}
	for _, claim := range n.row.Claims {
		if claim.Data == row.Name {
			return nil
		}
	}
	return raw
}

// flags returns what the client gets of a FETCH response: its flags, unless the command asked for
// flags. What is only flags passes as it came.
func (n *Inserted) flags(raw []byte) []byte {
	m, _ := wire.Split(raw, false)
	tree := new(syntax.Parser).Response(m)
	var flags []byte
	other := false
	for node := range tree.All() {
		if node.Kind == syntax.KindProperty {
			switch {
			case node.Shows&protocol.ShowsFlags != 0:
				flags = node.Bytes(raw)
			case node.Shows&(protocol.ShowsUniqueID|protocol.ShowsModSeq) == 0:
				other = true
			}
		}
	}
	switch {
	case flags == nil || n.asksFlags():
		return nil
	case !other:
		return raw
	}
	open := bytes.IndexByte(raw, '(')
	return fmt.Appendf(nil, "%s(%s)\r\n", raw[:open], flags)
}

// asksFlags reports whether the command fetches flags.
func (n *Inserted) asksFlags() bool {
	if !n.row.Does(protocol.Fetches) {
		return false
	}
	for _, w := range bytes.FieldsFunc(n.Command, func(r rune) bool { return r == ' ' || r == '(' || r == ')' || r == '\r' || r == '\n' }) {
		items := []string{string(bytes.ToUpper(w))}
		if macro := protocol.Lookup(protocol.Macro, w); macro != nil {
			items = macro.Expands
		}
		for _, item := range items {
			if protocol.ShowsOf(item)&protocol.ShowsFlags != 0 {
				return true
			}
		}
	}
	return false
}

// endInserted finishes all commands of the user's own, because they cannot be answered any more.
func (c *Conn) endInserted() {
	for len(c.inserted) > 0 {
		n := c.inserted[0]
		n.over, n.open = true, true
		n.finish(ErrEnded)
	}
	c.waiting = nil
}
