package decode

import "imapscope/decode/protocol"

// unseen is what is known of an IDLE (RFC 2177) whose start was not captured, because
// the capture began later or lost it. DONE shows that there was one, and the next
// tagged response that answers no other command is its answer.
type unseen struct {
	may  bool         // the client may be in an IDLE that was not captured
	idle *Transaction // one that DONE has ended, until its response comes
}

// unseenIdle opens the transaction of an IDLE that is known only by m, its DONE. It begins
// with that.
func (d *Decoder) unseenIdle(m *Message) *Transaction {
	d.unseen.may = false
	d.counts.Requests++
	t := d.transaction()
	t.Row = protocol.CommandThat(protocol.Idles)
	t.Command, t.unseen = t.Row.Name, true
	t.Time, t.RequestEnd = m.Time, m.End
	t.User, t.Mailbox = d.session.User, d.session.Name
	d.out = append(d.out, t)
	d.keepRequest(t, &m.Message)
	d.unseen.idle = t
	return t
}

// adopt returns the unseen IDLE, to which this tag must belong; nil if there is none.
func (u *unseen) adopt(tag []byte) *Transaction {
	t := u.idle
	if t == nil {
		return nil
	}
	u.idle = nil
	t.Tag = string(tag)
	return t
}
