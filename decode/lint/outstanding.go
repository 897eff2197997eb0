package lint

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// command holds what is remembered about a command until its response has come.
type command struct {
	n         int
	tag       string
	name      string
	row       *protocol.Row // nil if it is not known
	place     place         // its words up to the name
	arguments place         // what follows the name
	end       time.Time
	took      time.Duration // from its first byte to its last

	known    bool             // an RFC defines it
	dialect  protocol.Dialect // that introduced its name
	granted  bool             // a server may refuse it with BAD because it need not have it
	later    string           // what it asks for that is not in RFC 1176
	beyond   bool             // it asks for that, or for something unknown
	modified bool             // it has a list that says when to answer: CHANGEDSINCE
	hidden   bool             // its tag or its name may be a secret

	faulty   bool // the request itself is at fault
	wrong    bool // it does not follow the grammar
	long     bool // its line exceeds longest
	flags    int  // flags examined so far
	lits     int  // literals that the client sent
	lines    int  // further lines that the client sent: SASL responses, DONE
	unwaited bool // a literal was sent at once
	lossy    bool // some of it, or what may be its response, was not captured
	mistaken bool // a response with another tag was most likely meant for it

	piped   bool   // sent while another was outstanding
	single  uint64 // see single
	again   bool   // it asks for what was sent before
	unknown bool   // it asks for something that protocol.Shows has no name for
	moved   bool   // messages were expunged since it was sent

	sequence syntax.Sequence // of FETCH, STORE and COPY; nil for the UID forms
	star     place           // "*" in its sequence, in IMAP2
	uids     uint64          // how many identifiers a UID command names, at most; 0: not known
	asked    protocol.Shows  // by FETCH
	since    bool            // FETCH with CHANGEDSINCE
	modSeqs  bool            // its data had MODSEQ
	mailbox  string          // the first one that it names
	charset  string          // of its search
	listed   bool            // capabilities were listed since it was sent
	appended int             // messages that APPEND has in literals
	unsafe   bool            // it names messages by number, and was sent while they could change
	needs    string          // a capability that it uses and that the server does not offer
	shown    int             // responses with all of the requested text
}

// maxRanges is how many ranges of a sequence are remembered. A longer sequence
// counts as unknown.
const maxRanges = 64

// begin remembers a command.
func (c *conn) begin(m *decode.Message, tree *syntax.Node) *command {
	if len(c.out) >= decode.MaxOutstanding {
		c.out = append(c.out[:0], c.out[1:]...)
	}
	t := m.Txn
	head := wire.Span{}
	for i := range tree.Kids {
		if k := tree.Kids[i].Kind; k == syntax.KindTag || k == syntax.KindCommand {
			head.End = tree.Kids[i].Span.End
		}
	}
	cmd := command{
		n: t.N, tag: t.Tag, name: t.Command, row: t.Row, place: at(m, head),
		end: m.End, took: m.End.Sub(m.Time), lits: len(m.Literals),
		lossy: c.gapped || m.Broken || c.lostSince(m.Time),
	}
	cmd.arguments = at(m, trimmed(m.Raw, wire.Span{Start: head.End, End: len(m.Raw)}))
	if r := t.Row; r != nil {
		cmd.known, cmd.dialect, cmd.granted = true, r.Dialect, r.Optional
	}
	c.out = append(c.out, cmd)
	return &c.out[len(c.out)-1]
}

// lostSince reports whether bytes of the server were lost at a time or later.
func (c *conn) lostSince(t time.Time) bool {
	lost := c.gapTime[capture.ServerToClient]
	return !lost.IsZero() && !lost.Before(t)
}

// trimmed returns a span without leading spaces and the trailing line end.
func trimmed(raw []byte, s wire.Span) wire.Span {
	for s.Start < s.End && raw[s.Start] == ' ' {
		s.Start++
	}
	for s.End > s.Start && (raw[s.End-1] == '\n' || raw[s.End-1] == '\r') {
		s.End--
	}
	return s
}

// outstanding returns the command of a transaction, or nil if it is not known.
func (c *conn) outstanding(t *decode.Transaction) *command {
	if t == nil {
		return nil
	}
	for i := range c.out {
		if c.out[i].n == t.N {
			return &c.out[i]
		}
	}
	return nil
}

// forget removes a completed command.
func (c *conn) forget(n int) {
	for i := range c.out {
		if c.out[i].n == n {
			c.out = append(c.out[:i], c.out[i+1:]...)
			return
		}
	}
}

// pending reports whether a command of one of these kinds has no response yet.
func (c *conn) pending(kinds ...func(*protocol.Row) bool) bool {
	for i := range c.out {
		for _, is := range kinds {
			if is(c.out[i].row) {
				return true
			}
		}
	}
	return false
}

// clientsTurn reports whether the client has yet to answer the "+" of a command that
// takes further lines, so nothing is due from the server.
func (cmd *command) clientsTurn(t *decode.Transaction) bool {
	return cmd.row.TakesLines() && t.Ready > cmd.lines
}

// exists returns how many messages there are when the next command is executed, or
// false if that is not certain.
func (c *conn) exists() (uint32, bool) {
	b := c.session.Mailbox
	if b == nil || !b.Known || c.noBox || c.session.State != protocol.Selected || c.pending(opens, shrinks) {
		return 0, false
	}
	return b.Exists, true
}

// box returns the mailbox that untagged data is about, or nil if its size is not known.
func (c *conn) box(m *decode.Message) *session.Mailbox {
	b := c.session.Mailbox
	if b == nil || !b.Known || c.noBox || m.Txn != nil && opens(m.Txn.Row) { // or about the one that is being selected
		return nil
	}
	return b
}
