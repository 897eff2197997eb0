package lint

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// request processes a command as it is sent.
func (c *conn) request(m *decode.Message) {
	p := &c.pass
	cmd := c.begin(m, p.tree)
	p.cmd = cmd
	c.requests++
	if m.Txn.Secret {
		cmd.hidden = true
		return // most likely the rest of a command that was refused
	}
	switch {
	case cmd.row.Does(protocol.LogsOut):
		c.loggedOut = true
	case cmd.row.Does(protocol.StartsTLS):
		c.startTLS[m.Dir] = m.End
	case opens(cmd.row):
		c.structures.forget()
	}
	c.need(cmd, cmd.row)
	c.needMechanism(cmd, m)
	cmd.hidden = hidden(m, cmd.place.span)
	cmd.long = lineLen(m) > longest
	for i := range m.Literals {
		cmd.unwaited = cmd.unwaited || atOnce(&m.Literals[i])
	}
	c.walkRequest(p.tree)
	cmd.piped = len(c.out) > 1
	cmd.single = c.single(cmd, p.tree, m.Raw)
	cmd.again = bySequence(cmd.row, protocol.Fetches) && c.knows(cmd)
	c.dispatch(OnRequest)
	if len(m.Literals) > 0 {
		c.afterLiteral = cmd.n + 1
	}
	c.texts(m)
}

// walkRequest walks the tree of a request once.
func (c *conn) walkRequest(n *syntax.Node) {
	p := &c.pass
	if n.Err != nil {
		c.badNode(n)
	}
	if n.Role == protocol.RoleSearchDate && n.Kind != syntax.KindMissing && n.Kind != syntax.KindLiteralBody {
		c.judge(n, OnSearchDate)
	}
	switch n.Role {
	case protocol.RoleMailbox, protocol.RolePattern, protocol.RoleReference:
		if n.Kind != syntax.KindLiteralBody { // its literal has the same role
			c.mailbox(n)
		}
	case protocol.RoleCharset:
		p.cmd.charset = string(n.Value(p.message.Raw))
	}
	switch n.Kind {
	case syntax.KindLiteral:
		if n.Role == protocol.RoleMessage {
			p.cmd.appended++
		}
	case syntax.KindAtom, syntax.KindNumber, syntax.KindQuoted:
		c.judge(n, OnString)
	case syntax.KindSequence:
		c.numbers(n)
	case syntax.KindList, syntax.KindGroup: // RFC 1176 has names for all of its lists
		p.cmd.modified = true
	case syntax.KindWord:
		c.modifier(n)
	case syntax.KindFlagList:
		c.judge(n, OnFlagList)
	case syntax.KindFlag:
		c.judge(n, OnFlag)
	case syntax.KindAttribute, syntax.KindKey:
		c.named(n)
	case syntax.KindSection: // the name has another meaning without the section
		c.named(n)
		for i := 1; i < len(n.Kids); i++ {
			c.walkRequest(&n.Kids[i])
		}
		return
	}
	for i := range n.Kids {
		c.walkRequest(&n.Kids[i])
	}
}

// modifier processes a word beside what a command asks for.
func (c *conn) modifier(n *syntax.Node) {
	p := &c.pass
	r := protocol.Lookup(protocol.Modifier, n.Bytes(p.message.Raw))
	c.need(p.cmd, r)
	p.cmd.since = p.cmd.since || r.Does(protocol.SinceModSeq)
}

// node runs the rules for one kind of node.
func (c *conn) node(n *syntax.Node, f Fact) {
	c.pass.node = n
	c.dispatch(f)
}

// judge runs the rules for one kind of node of a request, unless some of the request was
// not captured: the node may be a part of what was sent.
func (c *conn) judge(n *syntax.Node, f Fact) {
	if m := c.pass.message; !m.Broken && m.Lost == 0 {
		c.node(n, f)
	}
}

// badNode processes a node that the grammar of requests does not have.
func (c *conn) badNode(n *syntax.Node) {
	switch cmd := c.pass.cmd; {
	case n.Kind == syntax.KindTag:
		c.judge(n, OnBadTag)
	case n.Kind == syntax.KindCRLF, n.Kind == syntax.KindLiteralHead:
		c.judge(n, OnClientLF)
	case !cmd.wrong: // the first fault causes the others
		cmd.wrong = true
		c.judge(n, OnBadRequest)
	}
}

// numbers processes a sequence, and remembers a command's first one.
func (c *conn) numbers(n *syntax.Node) {
	p := &c.pass
	if n.Role == protocol.RoleUID && n.Err == nil && p.cmd.uids == 0 {
		p.cmd.uids, _ = size(syntax.ReadSequence(n, p.message.Raw))
	}
	if n.Role != protocol.RoleMessageNumber || n.Err != nil {
		return
	}
	p.sequence = syntax.ReadSequence(n, p.message.Raw)
	if p.cmd.sequence == nil && len(p.sequence) <= maxRanges {
		p.cmd.sequence = p.sequence
	}
	if !p.cmd.beyond { // else the numbers may be something else
		c.judge(n, OnSequence)
	}
}

// The kinds of names that a request may have besides its command's.
var (
	attributes = [...]protocol.Kind{protocol.FetchItem, protocol.Macro, protocol.StoreItem}
	searchKeys = [...]protocol.Kind{protocol.SearchKey}
)

// named processes the name of an attribute or of a search key.
func (c *conn) named(n *syntax.Node) {
	p := &c.pass
	raw := n.Bytes(p.message.Raw)
	of := attributes[:]
	if n.Kind == syntax.KindKey {
		of = searchKeys[:]
	} else if p.cmd.row.Does(protocol.Fetches) {
		asked := itemsOf(raw)
		p.cmd.asked |= asked
		p.cmd.unknown = p.cmd.unknown || asked == 0
	}
	inverse := false
	if of[0] == protocol.SearchKey && (c.session.Dialect == protocol.IMAP3 || c.session.Dialect == protocol.UnknownDialect) {
		raw, inverse = protocol.Inverse(raw)
	}
	for _, k := range of {
		if e := protocol.Lookup(k, raw); e != nil {
			if e.Dialect != protocol.IMAP2 || inverse {
				p.cmd.later, p.cmd.beyond = e.Name, true
			}
			c.need(p.cmd, e)
			p.name = e
			c.judge(n, OnName)
			return
		}
	}
	p.cmd.beyond = true
	if n.Err == nil && !p.cmd.wrong {
		p.cmd.wrong = true
		c.judge(n, OnBadRequest)
	}
}

// response processes a message from the server. It reports whether the message showed
// a length.
func (c *conn) response(m *decode.Message) (lengths bool) {
	if m.Kind == decode.Untagged && m.Text == nil && m.Txn != nil {
		c.session.Understood(m.Txn.Row) // data: the rules see it with this message already
	}
	first := !c.greeted
	c.greeted = true
	if c.doubt && (m.Kind != decode.Tagged || m.Txn.Outcome != decode.Completed) {
		return false
	}
	c.doubt = false
	if first && !c.blind {
		c.dispatch(OnFirst)
	}
	if m.Kind == decode.Greeting {
		c.recognize(m.Raw)
	}
	plain := c.parser.Plain() // then neither the texts nor the walk below find anything
	if !plain {
		c.texts(m)
	}
	c.coded(m)
	if m.Text != nil && m.Kind != decode.Ready {
		c.dispatch(OnStatus)
	}
	w := responseWalk{conn: c, m: m, clean: c.clean(m)}
	if !plain && !c.plain(m) {
		w.walk(c.pass.tree, syntax.KindUnknown)
	}
	if m.Kind != decode.Junk {
		c.cut = endsInLiteral(m, w.wrong)
	}
	switch m.Kind {
	case decode.Tagged:
		c.tagged(m)
	case decode.Ready:
		c.dispatch(OnReady)
	case decode.Junk:
		c.dispatch(OnJunk)
	case decode.Untagged:
		lengths = c.untagged(m)
	}
	own := m.Kind == decode.Tagged && (m.Txn.Row.Does(protocol.LogsOut) || m.Txn.Outcome == decode.Orphan || c.blind) // LOGOUT may not have been captured
	if c.bye && !isBYE(m) && !own {
		c.dispatch(OnAfterBYE)
	}
	c.bye = c.bye || isBYE(m)
	return lengths
}

// tagged processes the response to a command.
func (c *conn) tagged(m *decode.Message) {
	p := &c.pass
	cmd := p.cmd
	if m.Txn.Outcome == decode.Orphan {
		c.dispatch(OnOrphan)
		if len(c.out) == 1 && c.strayed(m) == "" {
			c.out[0].mistaken = true
		}
		return
	}
	if cmd == nil {
		return
	}
	c.stray = cmd.lits > 0 && (isNO(m) || isBAD(m))
	c.answered = max(c.answered, cmd.n)
	c.dispatch(OnTagged)
	c.habit(m, cmd)
	switch {
	case isBAD(m):
		c.dispatch(OnBAD)
	case isOK(m):
		c.dispatch(OnOK)
	}
	c.completed(m, cmd)
}

// completed tracks what the response to a command means for later commands.
func (c *conn) completed(m *decode.Message, cmd *command) {
	if !isOK(m) {
		return
	}
	c.relisted(cmd)
	switch {
	case logsIn(cmd.row):
		c.blind = false
	case opens(cmd.row):
		c.blind, c.noBox = false, false
	case cmd.row.Does(protocol.StartsTLS):
		c.secure = true
		c.startTLS[capture.ServerToClient] = m.End
	}
}

const longRest = "it answers the rest of a line that was too long, which the server took for a command"

// strayed explains why the server answers something that is not a command: it mistook
// other bytes for one. It returns "" if no such reason is known.
func (c *conn) strayed(m *decode.Message) string {
	if m.Txn.Secret {
		return "it answers bytes of a LOGIN that was refused, which the server took for a command"
	}
	for i := range c.out {
		if c.out[i].long {
			return longRest
		}
	}
	if c.stray {
		return "it answers bytes of a literal whose command was refused, which the server took for a command"
	}
	return ""
}

// untagged processes untagged data. It reports whether the data showed a length.
func (c *conn) untagged(m *decode.Message) bool {
	f, ok := dataFact(m.Row)
	if !ok {
		switch {
		case m.Row.Does(protocol.Vanishes):
			c.dispatch(OnVanished)
			c.renumbered()
		case m.Row.Does(protocol.Enabled):
			c.enabled(m)
		case m.Row.Does(protocol.GivesNamespaces):
			c.namespaces(c.pass.tree, m.Raw)
		case m.Row.Does(protocol.Introduces):
			c.recognize(m.Raw)
		}
		return false
	}
	c.dispatch(f)
	if f == OnNamed && !m.Row.LeftOut {
		c.listedName(c.pass.tree, m.Raw)
	}
	switch f {
	case OnFetched, OnStored:
		return c.properties(m)
	case OnExpunge:
		c.renumbered()
	}
	return false
}

// renumbered records that message numbers changed while commands were outstanding.
func (c *conn) renumbered() {
	c.structures.forget()
	for i := range c.out {
		c.out[i].moved = true
	}
}

// texts are the items that FETCH must show each time it is asked for them.
const texts = protocol.ShowsHeader | protocol.ShowsText | protocol.ShowsWhole

// properties processes the properties of a FETCH response. It reports whether a length
// is among them.
func (c *conn) properties(m *decode.Message) bool {
	p := &c.pass
	list := p.tree.Kid(syntax.KindMessageData)
	if list == nil {
		return false
	}
	p.before = 0
	for i := range list.Kids {
		n := &list.Kids[i]
		if n.Kind != syntax.KindProperty || len(n.Kids) < 2 {
			continue
		}
		p.item = n.Shows
		c.node(n, OnItem)
		p.before |= p.item
		if p.item == protocol.ShowsModSeq && p.cmd != nil {
			p.cmd.modSeqs = true
		}
		if p.item == 0 || p.item&protocol.ShowsStructure != 0 {
			c.partItem(m, n)
		}
		if p.item == protocol.ShowsUniqueID {
			c.knownUID(n)
		}
	}
	if cmd := p.cmd; cmd != nil && p.before&cmd.asked&texts == cmd.asked&texts {
		cmd.shown++
	}
	return p.before&(texts|protocol.ShowsSize) != 0
}

// texts processes the bytes of a message that are not in literals.
func (c *conn) texts(m *decode.Message) {
	from := 0
	for i := range m.Literals {
		c.text(wire.Span{Start: from, End: m.Literals[i].Head.Start})
		from = m.Literals[i].Body.End
	}
	end := len(m.Raw)
	for end > from && (m.Raw[end-1] == '\n' || m.Raw[end-1] == '\r') {
		end--
	}
	c.text(wire.Span{Start: from, End: end})
}

func (c *conn) text(s wire.Span) {
	c.pass.span = s
	c.dispatch(OnText)
}
