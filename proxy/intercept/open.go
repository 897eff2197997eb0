package intercept

import (
	"slices"

	"imapscope/decode"
	"imapscope/decode/protocol"
)

// outstanding are the commands of a client that have no tagged response yet, oldest first.
type outstanding struct {
	all  []command
	last int // the number of the last command
}

// A command is one of the client's that the Decoder has seen.
type command struct {
	n     int // counted from 1
	tag   string
	lines bool // the client sends lines that belong to it: IDLE
}

// begin adds a request. One that no tagged response can answer is not added.
func (o *outstanding) begin(m *decode.Message) {
	o.last++
	tag := string(m.Tag)
	if tag == protocol.TagUntagged || tag == protocol.TagReady {
		return
	}
	if len(o.all) == decode.MaxOutstanding { // the Decoder has given it up too
		o.all = slices.Delete(o.all, 0, 1)
	}
	o.all = append(o.all, command{n: o.last, tag: tag, lines: m.Row != nil && m.Row.TakesLines()})
}

// end removes the command that was answered, or will not be.
func (o *outstanding) end(tag string) {
	if i := slices.IndexFunc(o.all, func(c command) bool { return c.tag == tag }); i >= 0 {
		o.all = slices.Delete(o.all, i, i+1)
	}
}

// upTo reports whether a command up to number n has no response yet.
func (o *outstanding) upTo(n int) bool { return len(o.all) > 0 && o.all[0].n <= n }

// lines reports whether the client may send lines that belong to a command.
func (o *outstanding) lines() bool {
	return slices.ContainsFunc(o.all, func(c command) bool { return c.lines })
}
