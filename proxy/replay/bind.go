package replay

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Bindings replace what must differ from the recording. An empty field replaces
// nothing.
type Bindings struct {
	User, Password string
	// Token replaces the bearer token of XOAUTH2 and OAUTHBEARER.
	Token string
	// Mailbox replaces the mailbox that a session selects first.
	Mailbox string
	// Mailboxes replaces other mailboxes, by their recorded names.
	Mailboxes map[string]string
}

// part holds bytes to send in one write.
type part struct {
	step  *script.Step // nil: a literal that the recording did not have
	data  []byte
	needs script.Needs
}

// edit replaces a span of a message.
type edit struct {
	wire.Span
	text []byte
	// wait is the offset in text at which a literal's bytes begin, which wait for a "+";
	// 0 means that text has no literal.
	wait int
}

// parts returns what to send for a message, with the bindings applied. It is valid until the next
// call.
func (g *game) parts(steps []script.Step, m *decode.Message) []part {
	var edits []edit
	if m.Kind == decode.Request {
		edits = g.editsOf(steps[0].Exchange, m)
	} else if text, ok := g.sasl(m, steps[0].Exchange); ok {
		return []part{{&steps[0], append([]byte(text), "\r\n"...), steps[0].Needs}}
	}
	out := g.group[:0]
	more := 0 // "+" beyond the recorded ones
	for i := range steps {
		s := &steps[i]
		n := s.Needs
		n.Ready += more
		end := s.From + len(s.Data)
		if len(edits) == 0 || edits[0].Start >= end {
			out = append(out, part{s, s.Data, n})
			continue
		}
		p := part{s, nil, n}
		at := s.From
		for len(edits) > 0 && edits[0].Start < end {
			e := edits[0]
			edits = edits[1:]
			p.data = append(p.data, m.Raw[at:max(at, e.Start)]...)
			p.data = append(p.data, e.text[:e.wait]...)
			if e.wait > 0 {
				more++
				out = append(out, p)
				p = part{needs: script.Needs{Ready: n.Ready + 1}}
				n.Ready++
			}
			p.data = append(p.data, e.text[e.wait:]...)
			at = max(at, e.End)
		}
		if at < end {
			p.data = append(p.data, m.Raw[at:end]...)
		} else if i+1 < len(steps) { // the edit swallowed what follows
			steps[i+1].From = max(steps[i+1].From, at)
		}
		out = append(out, p)
	}
	return out
}

// editsOf returns what the bindings change in the request of an exchange, in order. A login
// that was refused stays as it is, to be refused again.
func (g *game) editsOf(e int, m *decode.Message) []edit {
	x, b := g.s.Exchanges[e], g.set
	if x.Refused() {
		b.User, b.Password, b.Token = "", "", ""
	}
	edits := g.bound(x, m)
	if b.User+b.Password+b.Token+b.Mailbox == "" && len(b.Mailboxes) == 0 && !g.reads && !g.bare {
		return edits
	}
	root := syntax.ParseRequest(&m.Message)
	if e, ok := withoutParameters(root, m.Raw); ok && g.bare {
		edits = []edit{e}
	}
	for n := range root.All() {
		var with string
		if g.reads && n.Kind == syntax.KindCommand && opensToWrite(x.Row) {
			edits = append(edits, edit{Span: n.Span, text: []byte(examine)})
			continue
		}
		if e, ok := peek(n, m.Raw); ok && g.reads {
			edits = append(edits, e)
			continue
		}
		switch n.Role {
		case protocol.RoleUserID:
			with = b.User
		case protocol.RolePassword:
			with = b.Password
		case protocol.RoleMailbox:
			if with = b.Mailboxes[string(n.Value(m.Raw))]; with == "" && string(n.Value(m.Raw)) == g.firstMailbox() {
				with = b.Mailbox
			}
		case protocol.RoleSASL:
			if text, ok := g.response(x, e, 0, string(n.Value(m.Raw))); ok {
				edits = append(edits, edit{Span: n.Span, text: []byte(text)})
			}
			continue
		}
		if with == "" || with == string(n.Value(m.Raw)) {
			continue
		}
		edits = append(edits, replaced(m, n, with)...)
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.Start, b.Start) })
	return slices.CompactFunc(edits, func(next, e edit) bool { return next.Start < e.End }) // a node, and one within it
}

// replaced replaces a string, and keeps its form (quoted, literal) if possible.
func replaced(m *decode.Message, n *syntax.Node, with string) []edit {
	for _, l := range m.Literals {
		if l.Head.Start < n.Span.Start || l.Head.Start >= n.Span.End {
			continue
		}
		head := bytes.Replace(l.Head.Of(m.Raw), fmt.Append(nil, l.Size), fmt.Append(nil, len(with)), 1)
		return []edit{{Span: l.Head, text: head}, {Span: l.Body, text: []byte(with)}}
	}
	var v syntax.Value = syntax.String(with)
	if n.Kind == syntax.KindQuoted {
		v = syntax.Quoted(with)
	}
	e := edit{Span: n.Span, text: v.AppendTo(nil)}
	if bytes.HasPrefix(e.text, []byte("{")) {
		e.wait = bytes.IndexByte(e.text, '\n') + 1
	}
	return []edit{e}
}

// firstMailbox returns the first mailbox that the recorded session selects.
func (g *game) firstMailbox() string {
	if g.first != "" {
		return g.first
	}
	for _, x := range g.s.Exchanges[1:] {
		if x.Row.Does(protocol.Selects) && !x.Row.Shared && x.Mailbox != "" {
			return x.Mailbox
		}
	}
	return protocol.Inbox
}

// ownTag is the prefix of the tags of commands that are not in the recording.
const ownTag = "imapscope"

// ownLogin logs in and selects a mailbox for a session whose beginning was not recorded.
func (g *game) ownLogin(ctx context.Context) bool {
	if !g.await(ctx, script.Needs{Greeting: true}, 0) {
		return false
	}
	user, mailbox := g.set.User, cmp.Or(g.set.Mailbox, g.firstMailbox())
	for _, x := range g.s.Exchanges[1:] {
		if user == "" {
			user = x.User
		}
	}
	for i, command := range []struct {
		name string
		args []string
	}{
		{protocol.CommandThat(protocol.LogsIn).Name, []string{user, g.set.Password}},
		{protocol.CommandThat(protocol.Selects).Name, []string{mailbox}},
	} {
		tag := fmt.Sprint(ownTag, i+1)
		var args []syntax.Value
		for _, a := range command.args {
			args = append(args, syntax.String(a))
		}
		if !g.own(ctx, syntax.AppendRequest(nil, tag, command.name, args...), tag+" "+command.name) {
			return false
		}
	}
	return true
}

// own sends a command of our own and waits for its OK.
func (g *game) own(ctx context.Context, line []byte, name string) bool {
	g.mu.Lock()
	start := g.sentOff
	base := g.out.Now.Ready
	g.mu.Unlock()
	from := time.Now()
	done := func() (ok, over bool, ready int) {
		g.mu.Lock()
		defer g.mu.Unlock()
		ready = g.out.Now.Ready - base
		if i, seen := g.byStart[start]; seen && g.out.Now.Exchanges[i].Done {
			return protocol.StatusEffect(g.out.Now.Exchanges[i].Status) == protocol.Succeeds, true, ready
		}
		return false, false, ready
	}
	m, _ := wire.Split(line, true)
	cuts := []int{0}
	for _, l := range m.Literals {
		cuts = append(cuts, l.Body.Start)
	}
	sent := 0
	for {
		ok, over, ready := done()
		switch {
		case over && !ok:
			g.trouble("%s was refused", name)
			return false
		case over:
			return true
		case sent < len(cuts) && ready >= sent:
			end := len(line)
			if sent+1 < len(cuts) {
				end = cuts[sent+1]
			}
			if err := g.send(line[cuts[sent]:end]); err != nil {
				g.gone()
				return false
			}
			sent++
			continue
		case time.Since(from) > g.timeout:
			g.trouble("%s: no answer within %s", name, g.timeout)
			return false
		}
		if !g.pause(ctx, g.timeout-time.Since(from)) {
			if _, over, _ := done(); !over {
				g.gone()
				return false
			}
		}
	}
}
