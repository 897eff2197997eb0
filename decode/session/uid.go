package session

// pull sets a node's lowest and highest unique identifier by those of its kids.
func (t *messages) pull(i int32) {
	n := &t.nodes[i]
	n.low, n.high = n.UID, n.UID
	for _, k := range [2]int32{n.left, n.right} {
		if kid := &t.nodes[k]; kid.high != 0 {
			n.high = max(n.high, kid.high)
			if n.low == 0 || kid.low < n.low {
				n.low = kid.low
			}
		}
	}
}

// setUID sets the unique identifier of the message with a number, which is known.
func (t *messages) setUID(number, uid uint32) { t.setBelow(t.root, number, uid) }

func (t *messages) setBelow(i int32, number, uid uint32) {
	if i == 0 {
		return
	}
	switch n := t.settle(i); {
	case number < n.Number:
		t.setBelow(n.left, number, uid)
	case number > n.Number:
		t.setBelow(n.right, number, uid)
	default:
		n.UID = uid
	}
	t.pull(i)
}

// fromUID returns the first message, by number, whose unique identifier is uid or more; nil
// if there is none.
func (t *messages) fromUID(uid uint32) *Message {
	if t.root == 0 || uid == 0 {
		return nil
	}
	for i := t.root; t.nodes[i].high >= uid; {
		switch n := t.settle(i); {
		case t.nodes[n.left].high >= uid:
			i = n.left
		case n.UID >= uid:
			return &n.Message
		default:
			i = n.right
		}
	}
	return nil
}

// toUID returns the last message, by number, whose unique identifier is known and is uid or
// less; nil if there is none.
func (t *messages) toUID(uid uint32) *Message {
	within := func(i int32) bool { low := t.nodes[i].low; return low != 0 && low <= uid }
	if t.root == 0 {
		return nil
	}
	for i := t.root; within(i); {
		switch n := t.settle(i); {
		case within(n.right):
			i = n.right
		case n.UID != 0 && n.UID <= uid:
			return &n.Message
		default:
			i = n.left
		}
	}
	return nil
}

// around returns the last message before a number and the first one from it on whose unique
// identifiers are known; nil if there is none.
func (t *messages) around(number uint32) (before, from *Message) {
	if t.root == 0 {
		return nil, nil
	}
	var last, first int32 // subtrees, or with only a node itself, that hold them
	var lastSelf, firstSelf bool
	for i := t.root; i != 0; {
		n := t.settle(i)
		if n.Number < number {
			if n.UID != 0 {
				last, lastSelf = i, true
			} else if t.nodes[n.left].high != 0 {
				last, lastSelf = n.left, false
			}
			i = n.right
			continue
		}
		if n.UID != 0 {
			first, firstSelf = i, true
		} else if t.nodes[n.right].high != 0 {
			first, firstSelf = n.right, false
		}
		i = n.left
	}
	return t.end(last, lastSelf, true), t.end(first, firstSelf, false)
}

// end returns the last message, or the first, of a subtree whose unique identifier is known.
func (t *messages) end(i int32, self, last bool) *Message {
	for i != 0 {
		n := t.settle(i)
		near, far := n.left, n.right
		if last {
			near, far = far, near
		}
		switch {
		case self:
			return &n.Message
		case t.nodes[near].high != 0:
			i = near
		case n.UID != 0:
			return &n.Message
		default:
			i = far
		}
	}
	return nil
}

// place is a message's number and its unique identifier.
type place struct{ number, uid uint32 }

func placeOf(m *Message) place { return place{m.Number, m.UID} }

// bounds completes the places around a message: nothing precedes the first message, and the
// next one would have had UIDNEXT.
func (b *Mailbox) bounds(before, from *Message) (low, high place) {
	if before != nil {
		low = placeOf(before)
	}
	switch {
	case from != nil:
		high = placeOf(from)
	case b.next != 0 && b.next > low.number && b.UIDNext > low.uid:
		high = place{b.next, b.UIDNext}
	}
	return low, high
}

// filled reports whether there are as many identifiers between two places as messages, so
// that each identifier is that of a message.
func filled(low, high place) bool {
	return high.number > low.number && high.uid-low.uid == high.number-low.number
}

// Number returns the number of the message with a unique identifier, and whether it is
// known: because the server reported both together, or because the identifiers around it
// leave only one number for it.
func (b *Mailbox) Number(uid uint32) (number uint32, ok bool) {
	if uid == 0 {
		return 0, false
	}
	before, from := b.messages.toUID(uid), b.messages.fromUID(uid)
	if before != nil && before.UID == uid {
		return before.Number, from == before // else two messages have it
	}
	if low, high := b.bounds(before, from); filled(low, high) && uid < high.uid {
		return low.number + uid - low.uid, true
	}
	return 0, false
}

// UID returns the unique identifier of a message, and whether it is known, as by Number.
func (b *Mailbox) UID(number uint32) (uid uint32, ok bool) {
	if number == 0 || b.Known && number > b.Exists {
		return 0, false
	}
	before, from := b.messages.around(number)
	if from != nil && from.Number == number {
		return from.UID, true
	}
	if low, high := b.bounds(before, from); filled(low, high) && number < high.number {
		return low.uid + number - low.number, true
	}
	return 0, false
}

// identify records the unique identifier of a message.
func (b *Mailbox) identify(number, uid uint32) {
	if x := b.note(number); x != nil && uid != 0 && x.UID != uid {
		b.messages.setUID(number, uid)
	}
}

// keepAround records what follows for the messages next to those from first to last, before
// these are removed: it would not follow from the identifiers that are left.
func (b *Mailbox) keepAround(first, last uint32) {
	if uid, ok := b.UID(first - 1); ok {
		b.identify(first-1, uid)
	}
	if uid, ok := b.UID(last + 1); ok {
		b.identify(last+1, uid)
	}
}

// identifyAll records the unique identifiers of messages from the first one on. Of a stretch
// without a gap, only the ends are recorded: the others follow from them.
func (b *Mailbox) identifyAll(uids []uint32) {
	for i, u := range uids {
		inner := i > 0 && i+1 < len(uids) && uids[i-1] == u-1 && uids[i+1] == u+1
		if !inner {
			b.identify(uint32(i+1), u)
		}
	}
}
