package decode

import (
	"imapscope/capture"
)

// abandon ends t without response.
func (d *Decoder) abandon(t *Transaction) {
	t.Outcome = Abandoned
	d.counts.Abandoned++
	d.conclude(t)
}

// conclude removes t from the outstanding commands, and reports it unless its
// request is still incomplete.
func (d *Decoder) conclude(t *Transaction) {
	for i, o := range d.out {
		if o == t {
			d.out = append(d.out[:i], d.out[i+1:]...)
			d.held -= len(t.reqBuf)
			break
		}
	}
	if d.unseen.idle == t {
		d.unseen.idle = nil
	}
	d.session.Forget(t.N)
	t.tagged = true
	if !t.open {
		d.finish(t)
	}
}

func (d *Decoder) finish(t *Transaction) {
	t.Known, t.Leg = d.session.Words(), d.acting.leg
	d.emit(t)
	d.batch.done = append(d.batch.done, t)
}

// loseTransaction records a loss where it most likely belongs. After a server's
// bytes were lost, any outstanding command may have been answered in them,
// unless all of them were of a literal.
func (d *Decoder) loseTransaction(dir capture.Direction, n int64, literal bool) {
	switch {
	case dir == capture.ClientToServer && d.cur != nil:
		d.cur.Lost += n
	case len(d.out) > 0:
		d.out[0].Lost += n
	}
	if dir == capture.ServerToClient && !literal {
		for _, t := range d.out {
			t.late = true
		}
	}
}

// find returns the oldest outstanding command with this tag.
func (d *Decoder) find(tag []byte) *Transaction {
	if len(tag) > maxTag {
		tag = tag[:maxTag]
	}
	for _, t := range d.out {
		if t.Tag == string(tag) && !t.untaggable() {
			return t
		}
	}
	return d.unseen.adopt(tag)
}
