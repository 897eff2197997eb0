package script

import (
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
)

// Aligned is an exchange of one session and the exchange of another that makes the same
// request. One of the two is negative where only the other session has it.
type Aligned struct{ A, B int }

// lookAhead is the largest number of exchanges of one session that are skipped to find
// one that the other has.
const lookAhead = 200

// Align pairs the exchanges of two sessions, in order, by their requests. What is
// outside any command comes first.
func Align(a, b *Session) []Aligned {
	out := []Aligned{{0, 0}}
	ka, kb := a.keys(), b.keys()
	i, k := 1, 1
	for i < len(ka) || k < len(kb) {
		n, m := nearest(ka[min(i, len(ka)):], kb[min(k, len(kb)):])
		for ; n > 0; n-- {
			out = append(out, Aligned{i, -1})
			i++
		}
		for ; m > 0; m-- {
			out = append(out, Aligned{-1, k})
			k++
		}
		if i < len(ka) && k < len(kb) {
			out = append(out, Aligned{i, k})
			i++
			k++
		}
	}
	return out
}

// nearest returns the fewest elements of either list to skip so that both continue with
// the same one.
func nearest(a, b []string) (n, m int) {
	if len(a) == 0 || len(b) == 0 {
		return len(a), len(b)
	}
	for sum := range lookAhead {
		for n := 0; n <= sum; n++ {
			if m := sum - n; n < len(a) && m < len(b) && a[n] == b[m] {
				return n, m
			}
		}
	}
	return min(lookAhead, len(a)), min(lookAhead, len(b))
}

// keys returns the keys of the requests, by which they are compared.
func (s *Session) keys() []string {
	out := make([]string, len(s.Exchanges))
	for i, x := range s.Exchanges {
		for _, m := range x.Messages {
			if i > 0 && m.Kind == decode.Request {
				out[i] = diff.Request(&m.Message)
			}
		}
	}
	return out
}

// Differences returns the differences of each pair of two sessions.
func Differences(pairs []Aligned, a, b *Session, o diff.Options) [][]diff.Difference {
	out := make([][]diff.Difference, len(pairs))
	c := &diff.Comparison{Dialect: a.Dialect()}
	var compared []int // by the number of the exchange that was compared
	for i, p := range pairs {
		switch {
		case p.A < 0:
			out[i] = []diff.Difference{{Path: "command", B: b.Exchanges[p.B].Command, InB: true}}
			c.Exchanges(nil, &b.Exchanges[p.B].Exchange, o)
		case p.B < 0:
			out[i] = []diff.Difference{{Path: "command", A: a.Exchanges[p.A].Command, InA: true}}
			c.Exchanges(&a.Exchanges[p.A].Exchange, nil, o)
		default:
			x, y := a.Exchanges[p.A], b.Exchanges[p.B]
			if x.LeftOut != "" || y.LeftOut != "" {
				continue
			}
			out[i] = c.Exchanges(&x.Exchange, &y.Exchange, o)
		}
		compared = append(compared, i)
	}
	for _, d := range c.Late() {
		i := compared[d.Nth]
		out[i] = append(out[i], d.Difference)
	}
	return out
}

// Dialect returns what the session speaks, as far as it shows.
func (s *Session) Dialect() protocol.Dialect {
	if s.Closed == nil {
		return protocol.UnknownDialect
	}
	return s.Closed.Dialect
}

// Note returns a remark about the pair, if only one session has it.
func (p Aligned) Note() string {
	switch {
	case p.A < 0:
		return "only the second has this command"
	case p.B < 0:
		return "only the first has this command"
	}
	return ""
}
