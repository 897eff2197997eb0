package print

import (
	"cmp"
	"fmt"
	"slices"

	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// CompareScripts compares two recordings, session by session in order.
func CompareScripts(a, b *script.Script, o diff.Options, v view.Options) *Comparison {
	c := &Comparison{A: "first", B: "second"}
	for i, x := range a.Sessions {
		if i >= len(b.Sessions) {
			c.Sessions = append(c.Sessions, Compared{Conn: x.Conn, Trouble: []string{
				fmt.Sprintf("only the first file has this connection; the second has %d", len(b.Sessions)),
			}})
			continue
		}
		c.Sessions = append(c.Sessions, compareSessions(x, b.Sessions[i], o, v))
	}
	for _, y := range b.Sessions[min(len(a.Sessions), len(b.Sessions)):] {
		c.Sessions = append(c.Sessions, Compared{Conn: y.Conn, Trouble: []string{
			fmt.Sprintf("only the second file has this connection; the first has %d", len(a.Sessions)),
		}})
	}
	return c
}

func compareSessions(x, y *script.Session, o diff.Options, v view.Options) Compared {
	s := Compared{Conn: x.Conn, LeftOut: slices.Concat(x.Missing, y.Missing)}
	pairs := script.Align(x, y)
	differences := script.Differences(pairs, x, y, o)
	for i, p := range pairs {
		if p.A != 0 {
			s.Exchanges++
		}
		d := differences[i]
		if len(d) == 0 {
			continue
		}
		var of, other *diff.Exchange
		switch {
		case p.A < 0:
			of = &y.Exchanges[p.B].Exchange
		case p.B < 0:
			of = &x.Exchanges[p.A].Exchange
		default:
			of, other = &x.Exchanges[p.A].Exchange, &y.Exchanges[p.B].Exchange
		}
		s.Divergences = append(s.Divergences, v.Divergence(x.Conn.ID, of, other, p.Note(), d))
	}
	return s
}

// ComparePlayed compares recorded sessions with what happened when they were replayed. The
// hint advises what to do about a session that begins in the middle. ComparePlayed also
// returns how many sessions reached the server, and the first error of those that did not.
func ComparePlayed(played []*replay.Played, o diff.Options, v view.Options, midStreamHint string) (c *Comparison, reached int, err error) {
	c = &Comparison{A: "recorded", B: "now"}
	for _, x := range played {
		if x.Err != nil {
			err = cmp.Or(err, x.Err)
		} else if x.Sent > 0 {
			reached++
		}
		s := comparePlayed(x, o, v)
		for i, l := range s.LeftOut {
			if l == replay.MidStream {
				s.LeftOut[i] += "; " + midStreamHint
			}
		}
		c.Sessions = append(c.Sessions, s)
	}
	return c, reached, err
}

func comparePlayed(x *replay.Played, o diff.Options, v view.Options) Compared {
	c := Compared{Conn: x.Session.Conn, LeftOut: x.LeftOut, Trouble: x.Trouble}
	if x.Err != nil {
		c.Trouble = append(c.Trouble, x.Err.Error())
		return c
	}
	for _, p := range x.Pairs {
		y := x.Session.Exchanges[p.Recorded]
		if y.LeftOut == "" {
			c.Exchanges++
		} else {
			c.LeftOut = append(c.LeftOut, fmt.Sprintf("transaction %d: %s", y.N, y.LeftOut))
		}
	}
	for _, d := range x.Divergences(o) {
		note := d.Note
		if d.Stray != "" {
			note = fmt.Sprintf("a response with the tag %s came instead of %s", d.Stray, v.Tag(x.Session.Exchanges[d.Recorded].Transaction))
		}
		of, now := &x.Session.Exchanges[d.Recorded].Exchange, &x.Now.Outside().Exchange
		if d.Now > 0 {
			now = &x.Now.Exchanges[d.Now].Exchange
		}
		c.Divergences = append(c.Divergences, v.Divergence(x.Session.Conn.ID, of, now, note, d.Differences))
	}
	return c
}
