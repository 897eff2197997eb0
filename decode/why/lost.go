package why

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// removal is a STORE that takes flags away, by any connection.
type removal struct {
	server  netip.AddrPort
	mailbox string
	conn    capture.ConnID
	flags   []string
	all     bool // it sets all flags
	time    time.Time
}

// takes reports whether it takes one of some flags away.
func (y *removal) takes(flags []string) bool {
	if y.all {
		return len(lackedBy(y.flags, flags)) > 0
	}
	return len(lackedBy(y.flags, flags)) < len(flags)
}

// remember keeps a STORE that was answered OK.
func (c *conn) remember(r *Reasoner, x store, b *session.Mailbox) {
	c.clash = slices.DeleteFunc(c.clash, func(old store) bool {
		return old.uids == x.uids && old.mailbox == x.mailbox && old.Txn != x.Txn && within(old.set, x.set)
	})
	if x.effect != protocol.AddsFlags {
		y := removal{c.Server, x.mailbox, c.ID, x.flags, x.effect == protocol.SetsFlags, x.Time}
		r.together(func(all *Reasoner) { all.remove(y) })
		c.stores = slices.DeleteFunc(c.stores, func(old store) bool { return old.mailbox == x.mailbox })
	}
	if x.effect == protocol.RemovesFlags || b == nil {
		return
	}
	if len(c.set) < maxSet {
		c.set = append(c.set, lackedBy(c.set, x.flags)...)
	}
	if len(c.stores) == maxStores {
		c.stores = c.stores[1:]
	}
	c.stores = append(c.stores, x)
	c.keepStore(x, b)
}

// remove keeps a STORE that takes flags away.
func (r *Reasoner) remove(y removal) {
	if len(r.removals) == maxRemovals {
		r.removals = r.removals[1:]
	}
	r.removals = append(r.removals, y)
}

// keptIn is a mailbox in which other connections must see what one stored.
type keptIn struct {
	server        netip.AddrPort
	user, mailbox string
	validity      uint32
}

// The STOREs that are compared with what other connections see: in how many mailboxes, and how
// many in each.
const (
	maxKeptIn = 256
	maxKept   = 32
)

// keepStore keeps a STORE whose identifiers are known, for other connections.
func (c *conn) keepStore(x store, b *session.Mailbox) {
	if !x.uids {
		uids := syntax.Sequence{}
		for _, s := range x.set {
			if s.First != s.Last || len(uids) == maxStores {
				return
			}
			uid, ok := b.UID(s.First)
			if !ok {
				return
			}
			uids = append(uids, syntax.Range{First: uid, Last: uid})
		}
		x.set, x.uids = uids, true
	}
	if lackedBy(b.Permanent, x.flags) != nil || b.UIDValidity == 0 {
		return // they need not last; or it may be another mailbox
	}
	in := c.keptIn(b)
	c.by.together(func(all *Reasoner) { all.keepIn(in, x) })
}

func (r *Reasoner) keepIn(in keptIn, x store) {
	list, known := r.kept[in]
	if !known && len(r.kept) == maxKeptIn {
		return
	}
	if len(list) == maxKept {
		list = list[1:]
	}
	r.kept[in] = append(list, x)
}

// keptIn returns the mailbox that a connection has open, as all connections know it.
func (c *conn) keptIn(b *session.Mailbox) keptIn {
	name := b.Name
	if strings.EqualFold(name, protocol.Inbox) {
		name = protocol.Inbox
	}
	return keptIn{c.Server, c.user(c.by), name, b.UIDValidity}
}

// shown is the flags that a FETCH shows.
type shown struct {
	Evidence // without a text
	number   uint32
	flags    []string
}

// sharesMailbox reports whether the flags in a mailbox are compared with what other connections
// stored there: if there is only one Reasoner, it is known whether any did.
func (c *conn) sharesMailbox(b *session.Mailbox) bool {
	r := c.by
	if r.whole != r {
		return b.UIDValidity != 0
	}
	return len(r.kept) > 0 && len(r.kept[c.keptIn(b)]) > 0
}

// compare compares the flags of a message, which the client asked for, with those that other
// connections stored.
func (c *conn) compare(b *session.Mailbox, now shown, uid uint32, asked time.Time) {
	if uid == 0 {
		uid, _ = b.UID(now.number)
	}
	if uid == 0 {
		return
	}
	in := c.keptIn(b)
	c.by.together(func(all *Reasoner) {
		for i := range all.kept[in] {
			x := &all.kept[in][i]
			if x.Conn == c.ID || !x.set.Contains(uid) {
				continue
			}
			if lackedBy(now.flags, x.flags) != nil && asked.After(x.Time) && !all.taken(c, x, now.Time) {
				c.lostFlag(*x, now)
				x.set = nil
				return
			}
		}
	})
}

// lost notes that a flag that the connection itself set is not there any more, unless another
// connection changed it, which the server reports.
func (c *conn) lost(x store, now shown) {
	c.by.together(func(all *Reasoner) {
		if !all.removed(c, x, now.Time) {
			c.lostFlag(x, now)
		}
	})
}

// taken reports whether any connection took flags away since they were set.
func (r *Reasoner) taken(c *conn, x *store, until time.Time) bool {
	return slices.ContainsFunc(r.removals, func(y removal) bool {
		return y.server == c.Server && sameBox(y.mailbox, x.mailbox) && y.takes(x.flags) && y.time.After(x.Time) && !y.time.After(until)
	})
}

// within reports whether a set holds all of another one's ends.
func within(small, large syntax.Sequence) bool {
	for _, r := range small {
		if !large.Contains(r.First) || !large.Contains(r.Last) {
			return false
		}
	}
	return true
}

// removed reports whether another connection took a flag away since it was set.
func (r *Reasoner) removed(c *conn, x store, until time.Time) bool {
	return slices.ContainsFunc(r.removals, func(y removal) bool {
		return y.server == c.Server && y.mailbox == x.mailbox && y.conn != c.ID && y.takes(x.flags) && !y.time.Before(x.Time) && !y.time.After(until)
	})
}

// lostFlag notes a flag that was set, and is not there any more.
func (c *conn) lostFlag(x store, now shown) {
	y := Reason{
		Severity: lint.Error, Verdict: Server,
		Sentence: fmt.Sprintf("The server lost a flag: it answered %s with %s%s, and%s later message %d has (%s), without %s; no command in the recording took it away.",
			x.Text, quote(x.text), c.elsewhere(x), since(now.Time.Sub(x.Time)), now.number, listed(now.flags), listed(lackedBy(now.flags, x.flags))),
		Remedy: "Write flags before answering OK. Look for another client that is not in the recording, for replicas, and for a quota or an index that cannot be written.",
	}
	y.add(x.Evidence)
	now.Text = fmt.Sprintf("message %d: FLAGS (%s)", now.number, listed(now.flags))
	y.add(now.Evidence)
	c.keeps("flags", y)
}

// elsewhere names the connection of a STORE, if it is another one.
func (c *conn) elsewhere(x store) string {
	if x.Conn == c.ID {
		return ""
	}
	return fmt.Sprintf(" on connection %d", x.Conn)
}

// since is how much later something is, if that is known.
func since(d time.Duration) string {
	if d < time.Millisecond {
		return ""
	}
	return " " + span(d)
}

// renumbered forgets the STOREs that named messages by their numbers: these are others now.
func (c *conn) renumbered() {
	c.stores = slices.DeleteFunc(c.stores, func(x store) bool { return !x.uids })
}
