package lint

import (
	"hash/maphash"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Pass is the input of a rule: one fact, and the connection it happened on, with its
// session and its outstanding commands. It is valid until Run returns. Which of the
// fields below are set depends on the fact.
type Pass struct {
	*conn
	fact Fact
	rule *entry

	message     *decode.Message
	tree        *syntax.Node
	node        *syntax.Node
	cmd         *command
	transaction *decode.Transaction
	closed      *decode.Closed
	again       *decode.Again
	record      *decode.Record

	span     wire.Span      // of message
	item     protocol.Shows // that node shows
	before   protocol.Shows // that the response showed before it
	name     *protocol.Row  // of node
	sequence syntax.Sequence
	uid      uint32
	prior    uint32           // the identifier that the message had before; 0 if it is not known
	lower    *session.Message // the one before it whose identifier is known, if it may contradict
	higher   *session.Message // the one after it
	back     account.Back
	code     *protocol.Row // nil if it is not known
	part     []byte        // the number of the part
	args     []byte        // what follows the code's name
	gap      gap
	run      *run
	waited   time.Duration // for the first response
	usual    time.Duration // the median wait for commands of that name
	number   int           // how many such commands there were
}

// gap is bytes of one direction that were not captured.
type gap struct {
	place
	text string // describes them
}

// place locates the bytes that a finding is about.
type place struct {
	dir      capture.Direction
	off, len int64
	span     wire.Span
	time     time.Time
	txn      int
}

// at returns the place of a part of a message.
func at(m *decode.Message, s wire.Span) place {
	p := place{dir: m.Dir, off: m.Off + int64(s.Start), len: int64(s.Len()), span: s, time: m.Time}
	if m.Elided > 0 {
		before := m.ElidedBefore(s.Start + 1)
		p.off += before
		p.len += max(m.ElidedBefore(s.End)-before, 0)
	}
	if m.Txn != nil {
		p.txn = m.Txn.N
	}
	return p
}

// all returns the place of a whole message.
func all(m *decode.Message) place { return at(m, wire.Span{End: len(m.Raw)}) }

// here returns the place of the whole message.
func (p *Pass) here() place { return all(p.message) }

// there returns the place of the node.
func (p *Pass) there() place { return at(p.message, p.node.Span) }

// raw returns the bytes of the node.
func (p *Pass) raw() []byte { return p.node.Bytes(p.message.Raw) }

// report reports a finding of the rule.
func (p *Pass) report(at place, text string) {
	p.reportAs(p.rule.Severity, p.rule.Verdict, at, text)
}

// reportAs reports a finding whose severity or verdict is not the rule's.
func (p *Pass) reportAs(s Severity, v Verdict, at place, text string) {
	p.blame()
	p.emit(p.finding(s, v, at, text))
}

// reportAlways reports a finding that applies in every dialect, whatever its rule says.
func (p *Pass) reportAlways(s Severity, at place, text string) {
	p.blame()
	f := p.finding(s, p.rule.Verdict, at, text)
	f.always = true
	p.emit(f)
}

// holdAlways is reportAlways once it is certain that no bytes of one side were lost: see held.
func (p *Pass) holdAlways(s Severity, side capture.Direction, at place, text string) {
	if p.rule.Faulty && p.cmd != nil {
		p.cmd.faulty = true
	}
	if p.rule.off {
		return
	}
	f := p.finding(s, p.rule.Verdict, at, text)
	f.always, f.event = true, p.keep(f.event)
	p.hold(side, f)
}

// reportIfSure reports a finding once it is certain that no bytes of one side were
// lost before it: see held.
func (p *Pass) reportIfSure(side capture.Direction, at place, text string) {
	p.reportIfSureAs(p.rule.Severity, side, at, text)
}

func (p *Pass) reportIfSureAs(s Severity, side capture.Direction, at place, text string) {
	p.blame()
	if p.rule.off {
		return
	}
	f := p.finding(s, p.rule.Verdict, at, text)
	f.event = p.keep(f.event)
	p.hold(side, f)
}

// blame marks the command as faulty, even if the rule is disabled: the server is right
// to refuse it.
func (p *Pass) blame() {
	if p.rule.Faulty && p.cmd != nil && (p.rule.Later || !p.isIMAP4()) {
		p.cmd.faulty = true
	}
}

// reported returns how many findings of the rule this connection has so far.
func (p *Pass) reported() int { return int(p.counts[p.rule.index]) }

func (p *Pass) finding(s Severity, v Verdict, at place, text string) found {
	f := found{entry: p.rule, severity: s, verdict: v, place: at, text: text, event: p.about()}
	t := p.transaction
	if t == nil && p.message != nil {
		t = p.message.Txn
	}
	if t != nil {
		f.tag, f.acts = maphash.String(p.seed, t.Tag), t.Acts
	}
	return f
}

// about returns the event that the fact is about, if it is not the one that was passed
// to the Linter.
func (p *Pass) about() decode.Event {
	switch {
	case p.fact == OnUnanswered:
		return p.transaction
	case p.fact == OnBrokenOff || p.fact == OnNotAsked || p.fact == OnSwallowed:
		return p.message
	}
	return nil
}

// keep returns an event that remains valid after the call: a finding that waits is
// shown with the line it is about.
func (p *Pass) keep(e decode.Event) decode.Event {
	if e == nil && p.message != nil {
		return keepMessage(p.message)
	}
	return e
}

// maxKept is the maximum length of a message that is kept with a waiting finding; with
// a longer message the finding is shown alone.
const maxKept = 4 << 10

func keepMessage(m *decode.Message) decode.Event {
	if len(m.Raw) > maxKept {
		return nil
	}
	c := m.Clone()
	if m.Txn != nil {
		c.Txn = m.Txn.Clone()
	}
	return c
}

// remember returns the rule's own state for this connection, initially a zero T.
func remember[T any](p *Pass) *T {
	if p.memory == nil {
		p.memory = make(map[*Rule]any)
	}
	m, ok := p.memory[p.rule.Rule].(*T)
	if !ok {
		m = new(T)
		p.memory[p.rule.Rule] = m
	}
	return m
}
