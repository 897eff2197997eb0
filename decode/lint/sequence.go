package lint

import (
	"bytes"
	"fmt"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

var (
	sequenceOutside = &Rule{
		ID: "C008", Title: "sequence with a message that does not exist", Severity: Error, Verdict: Client,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "Messages are numbered from 1 to n, where n is what EXISTS said last. There is no message 0, and \"*\" is IMAP4's.",
		Advice:      "Take numbers from EXISTS and count EXPUNGE down.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 8:12 FAST\nS: a1 BAD no such message\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 8:9 FAST\nS: a1 OK done\n",
	}
	sequenceBackwards = &Rule{
		ID: "C009", Title: "range that runs backwards", Severity: Note, Verdict: Client,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "A pair of numbers is all between them, in whatever order they stand; but some servers refuse a range that runs backwards.",
		Advice:      "Write the smaller number first.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 4:2 FAST\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FAST\nS: a1 OK done\n",
	}
)

// sequence looks at the numbers of a sequence.
func (w *requestWalk) sequence(n *syntax.Node) {
	raw := n.Bytes(w.m.Raw)
	if n.Role != protocol.RoleMessageNumber || n.Err != nil {
		return
	}
	seq := syntax.ReadSequence(n, w.m.Raw)
	if len(seq) <= maxRanges && w.x.sequence == nil {
		w.x.sequence = seq
	}
	exists, known := w.exists()
	for _, r := range seq {
		low, high := r.Bounds()
		var text string
		switch {
		case low == 0:
			text = "there is no message 0"
		case high == syntax.Star && bytes.IndexByte(raw, '*') >= 0:
			text = "\"*\" for the last message is IMAP4's"
		case known && high > exists:
			text = fmt.Sprintf("message %d of %d", high, exists)
		}
		if text != "" {
			w.x.faulty = true
			w.foundIf(capture.ServerToClient, sequenceOutside, node(w.m, n), text)
			break
		}
	}
	for _, r := range seq {
		if r.First > r.Last {
			w.found(sequenceBackwards, node(w.m, n), fmt.Sprintf("%d:%d runs backwards", r.First, r.Last))
			break
		}
	}
}

// exists is how many messages there are when the next command is carried out; false
// if that cannot be told.
func (c *conn) exists() (uint32, bool) {
	b := c.session.Mailbox
	if b == nil || !b.Known || c.noBox || c.session.State != protocol.Selected ||
		c.pending("SELECT", "BBOARD", "EXAMINE", "EXPUNGE", "UID EXPUNGE", "MOVE", "UID MOVE", "CLOSE", "UNSELECT") {
		return 0, false
	}
	return b.Exists, true
}
