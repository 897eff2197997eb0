package replay

import (
	"strings"

	"imapscope/decode"
	"imapscope/decode/binding"
	"imapscope/decode/script"
)

// assigned binds the values that servers assign: unique identifiers, UIDVALIDITY and
// mod-sequences. The sessions of a recording share them.
type assigned struct {
	values   *binding.Map
	compared int // index in out.Pairs: those before it have been compared
}

// bound returns what to change in a request so that the values in it are those that the
// server assigned. It reports those that cannot be bound.
func (g *game) bound(x *script.Exchange, m *decode.Message) []edit {
	if x.Transaction == nil || g.Light { // see Light
		return nil
	}
	g.learn()
	list, loose := g.values.Request(&binding.Exchange{User: x.User, Mailbox: x.Mailbox, Row: x.Row, Request: &m.Message})
	out := make([]edit, len(list))
	for i, e := range list {
		out[i] = edit{Span: e.Span, text: e.Text}
	}
	if len(loose) > 0 {
		words := make([]string, len(loose))
		for i, l := range loose {
			words[i] = l.String()
		}
		g.leaveOut("%s: sent as recorded, as no answer shows what the server has in its place: %s", x.Name(), strings.Join(words, ", "))
	}
	return out
}

// learn compares recorded and new answers to the same requests, as far as they have come.
func (g *game) learn() {
	if g.Light {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for ; g.compared < len(g.out.Pairs); g.compared++ {
		p := g.out.Pairs[g.compared]
		i, ok := g.byStart[g.starts[p.Recorded]]
		if !ok {
			return
		}
		then, now := g.s.Exchanges[p.Recorded], g.out.Now.Exchanges[i]
		if then.Done && !now.Done && !g.given[p.Recorded] {
			return // the rest next time
		}
		g.out.Pairs[g.compared].Conflicts = g.values.Learn(then.Assigned(), now.Assigned())
	}
}
