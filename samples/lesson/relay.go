package lesson

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/practice"
	"imapscope/samples/server"
)

// Relayed reports whether typed commands pass through a proxy, which holds or breaks them.
func (l *Lesson) Relayed() bool {
	for i := range l.Steps {
		if l.Steps[i].Hold != "" {
			return true
		}
	}
	return len(l.Faults) > 0
}

// Converse begins a conversation with the sample server through a proxy, for a lesson that is
// Relayed. The port of the client distinguishes it from others. It must be closed.
func (l *Lesson) Converse(s *server.Session, holds *intercept.Holds, port uint16, to capture.Sink) (*practice.Conversation, error) {
	faults := fault.NewSet()
	for _, text := range l.Faults {
		f, err := fault.Parse(text)
		if err == nil {
			_, err = faults.Add(f)
		}
		if err != nil {
			return nil, err
		}
	}
	host := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return practice.Start(practice.Options{
		Session: s, Stages: []intercept.Stage{faults, holds}, Row: messageRow, Sink: to,
		Client: netip.AddrPortFrom(host, port), Proxy: netip.AddrPortFrom(host, 1143), Server: netip.AddrPortFrom(host, 143),
	}), nil
}

// messageRow fills in what rules and faults see of a message.
func messageRow(r *filter.Row, _ *capture.Conn, m *decode.Message) {
	if m.Txn != nil {
		*r = *rowOf(m.Txn)
		return
	}
	*r = filter.Row{Type: "message", Kind: m.Word}
}

// Rule returns what a step holds, of the commands after the first ones of a conversation.
func (s *Step) Rule(after int) (intercept.Rule, error) {
	r, _, err := intercept.ParseRule(fmt.Sprintf("%s: (%s) and n > %d", intercept.Commands, s.Hold, after))
	return r, err
}

// patience is how long an answer through the proxy may take.
const patience = 5 * time.Second

// relayed is a conversation through a proxy, for Check.
type relayed struct {
	conv  *practice.Conversation
	holds *intercept.Holds
	n     int // commands sent

	mu   sync.Mutex
	txns []*decode.Transaction
}

func (l *Lesson) newRelayed(s *server.Server) (*relayed, error) {
	x := &relayed{holds: intercept.NewHolds()}
	var err error
	x.conv, err = l.Converse(s.NewSession(), x.holds, 49152, decode.NewDemux(decode.Options{}, x))
	return x, err
}

// Open implements decode.Handler.
func (x *relayed) Open(capture.Conn) error { return nil }

// Events implements decode.Handler.
func (x *relayed) Events(id capture.ConnID, events []decode.Event) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range events {
		if t, ok := e.(*decode.Transaction); ok && id == 1 {
			x.txns = append(x.txns, t.Clone())
		}
	}
	return nil
}

// command sends a command, and returns its transaction once it has ended; nil if it does not.
// If a step is given that holds, what is held is edited as the step says; held reports whether
// anything was.
func (x *relayed) command(lines []string, s *Step) (t *decode.Transaction, held bool) {
	if s != nil && s.Hold != "" {
		r, err := s.Rule(x.n)
		if err != nil {
			return nil, false
		}
		x.holds.SetRules([]intercept.Rule{r})
		defer x.holds.SetRules(nil)
	}
	x.n++
	x.conv.Send(Command(fmt.Sprintf("L%02d", x.n), lines))
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, w := range x.holds.Waiting() {
			held = true
			_ = Release(x.holds, w, s.Edit) // no answer comes then
		}
		if t := x.nth(x.n); t != nil {
			return t, held
		}
	}
	return nil, held
}

// nth returns the transaction of the nth command.
func (x *relayed) nth(n int) *decode.Transaction {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, t := range x.txns {
		if t.N == n {
			return t
		}
	}
	return nil
}

// Release releases a held command: as a line in its place, which gets its tag, or as it is if the
// line is empty.
func Release(h *intercept.Holds, w *intercept.Held, line string) error {
	if line == "" {
		return h.Resume(w.ID)
	}
	return h.Edit(w.ID, Command(w.Tag, []string{line}))
}
