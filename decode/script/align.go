package script

import (
	"imapscope/decode"
	"imapscope/decode/diff"
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

// Differences returns the differences of the pair, of sessions a and b.
func (p Aligned) Differences(a, b *Session, o diff.Options) []diff.Difference {
	switch {
	case p.A < 0:
		return []diff.Difference{{Path: "command", B: b.Exchanges[p.B].Command, InB: true}}
	case p.B < 0:
		return []diff.Difference{{Path: "command", A: a.Exchanges[p.A].Command, InA: true}}
	}
	x, y := a.Exchanges[p.A], b.Exchanges[p.B]
	if x.LeftOut != "" || y.LeftOut != "" {
		return nil
	}
	return diff.Exchanges(&x.Exchange, &y.Exchange, o)
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
