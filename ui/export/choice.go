package export

import (
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/print"
)

// Choice collects what matches a filter, of a source that is read into an archive. Its
// print.Stream is a handler of the archive.
type Choice struct {
	silent
	conns map[capture.ConnID][]int // the numbers of their transactions
}

// NewChoice returns a Choice and the stream that makes it.
func NewChoice(o print.StreamOptions) (*Choice, *print.Stream, error) {
	c := &Choice{conns: make(map[capture.ConnID][]int)}
	s, err := print.NewStream(c, o)
	return c, s, err
}

// Of returns what was chosen, as a selection of the archive.
func (c *Choice) Of(a *archive.Archive) Selection {
	var s Selection
	for id, list := range c.conns {
		s.Conns = append(s.Conns, id)
		for _, n := range list {
			if i, ok := a.Find(id, n); ok {
				s.Txns = append(s.Txns, i)
			}
		}
	}
	slices.Sort(s.Conns)
	slices.Sort(s.Txns)
	return s
}

// Connection implements print.Printer.
func (c *Choice) Connection(info capture.Conn) error {
	c.conns[info.ID] = nil
	return nil
}

// Transaction implements print.Printer.
func (c *Choice) Transaction(id capture.ConnID, t *decode.Transaction) error {
	c.conns[id] = append(c.conns[id], t.N)
	return nil
}
