package why

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
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
		if len(r.removals) == maxRemovals {
			r.removals = r.removals[1:]
		}
		r.removals = append(r.removals, removal{c.Server, x.mailbox, c.ID, x.flags, x.effect == protocol.SetsFlags, x.Time})
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
	r.keepStore(c, x, b)
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
func (r *Reasoner) keepStore(c *conn, x store, b *session.Mailbox) {
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
	in := c.keptIn(r, b)
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
func (c *conn) keptIn(r *Reasoner, b *session.Mailbox) keptIn {
	name := b.Name
	if strings.EqualFold(name, protocol.Inbox) {
		name = protocol.Inbox
	}
	return keptIn{c.Server, c.user(r), name, b.UIDValidity}
}

// keeps compares the flags that a FETCH shows with those that other connections stored.
func (c *conn) keeps(list []store, m *decode.Message, r *Reasoner, b *session.Mailbox, flags []string, uid uint32) {
	if uid == 0 {
		uid, _ = b.UID(m.Number)
	}
	for i := range list {
		x := &list[i]
		if uid == 0 || x.Conn == c.ID || !x.set.Contains(uid) {
			continue
		}
		if lackedBy(flags, x.flags) != nil && m.Txn.Time.After(x.Time) && !r.taken(c, x, m.Time) {
			c.lostFlag(m, *x, flags)
			x.set = nil
			return
		}
	}
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
func (c *conn) lostFlag(m *decode.Message, x store, flags []string) {
	y := Reason{
		Severity: lint.Error, Verdict: Server,
		Sentence: fmt.Sprintf("The server lost a flag: it answered %s with %s%s, and%s later message %d has (%s), without %s; no command in the recording took it away.",
			x.Text, quote(x.text), c.elsewhere(x), since(m.Time.Sub(x.Time)), m.Number, listed(flags), listed(lackedBy(flags, x.flags))),
		Remedy: "Write flags before answering OK. Look for another client that is not in the recording, for replicas, and for a quota or an index that cannot be written.",
	}
	y.add(x.Evidence)
	y.add(placed(c.ID, m, fmt.Sprintf("message %d: FLAGS (%s)", m.Number, listed(flags))))
	c.keep("flags", y)
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
