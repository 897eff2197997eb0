package decode

// tally is the part of Counts that is counted as events are decoded.
type tally struct {
	Octets, Lost [2]int64

	Requests, Responses, Unsolicited, Ready, Orphans, Abandoned, Junk int
}

// total returns the totals of the connection.
func (d *Decoder) total() Counts {
	c, s := &d.counts, &d.session
	return Counts{
		Octets: c.Octets, Lost: c.Lost,
		Requests: c.Requests, Responses: c.Responses, Unsolicited: c.Unsolicited, Ready: c.Ready,
		Orphans: c.Orphans, Abandoned: c.Abandoned, Junk: c.Junk,
		Dialect: s.Dialect, User: s.User, Mailbox: s.Name,
	}
}
