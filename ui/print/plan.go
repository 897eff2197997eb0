package print

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// PlanHints are the hints in a plan about what the user can do, in terms of the caller's
// flags.
type PlanHints struct {
	MidStream string // about a session that is left out because it begins in the middle
	Masked    string // about a recorded password that is masked,
	MaskedToo string // and a user name with it
	// MaskedToken is what a session needs whose bearer token is masked.
	MaskedToken string
}

// Plan writes what p would send of a recording, when, and after what. If users is set, each
// client of a load has its own password.
func Plan(to io.Writer, s *script.Script, p *replay.Player, users bool, v view.Options, hints PlanHints) error {
	w := bufio.NewWriter(to)
	for i, x := range s.Sessions {
		if i > 0 {
			fmt.Fprintln(w)
		}
		planSession(w, x, p, users, v, hints)
	}
	return w.Flush()
}

func planSession(w *bufio.Writer, x *script.Session, p *replay.Player, users bool, v view.Options, hints PlanHints) {
	fmt.Fprintf(w, "connection %d of %s\n", x.Conn.ID, view.Inert(x.Conn.Origin))
	switch {
	case x.LeftOut != "":
		fmt.Fprintf(w, "  left out: %s\n", view.Inert(x.LeftOut))
		return
	case x.Conn.MidStream && !p.Login:
		fmt.Fprintf(w, "  left out: its beginning was not recorded; %s\n", hints.MidStream)
		return
	case x.Conn.MidStream:
		fmt.Fprintln(w, "  LOGIN and SELECT are added")
	}
	for _, l := range x.Missing {
		fmt.Fprintf(w, "  left out: %s\n", view.Inert(l))
	}
	if p.Set.Token == "" && x.MaskedToken() {
		fmt.Fprintf(w, "  the recorded token is masked: %s\n", hints.MaskedToken)
	}
	switch {
	case users:
	case (p.Set.User == "" || p.Set.Password == "") && x.MaskedUser():
		fmt.Fprintf(w, "  the recorded user name and password are masked: %s\n", hints.MaskedToo)
	case p.Set.Password == "" && x.MaskedPassword():
		fmt.Fprintf(w, "  the recorded password is masked: %s\n", hints.Masked)
	}
	for k := range x.Steps {
		planStep(w, v, x, &x.Steps[k], p)
	}
	for _, y := range x.Exchanges {
		if y.LeftOut != "" && y.Transaction != nil {
			fmt.Fprintf(w, "  left out: transaction %d: %s\n", y.N, y.LeftOut)
		}
	}
}

// planStep writes one step: its time, what it waits for, and what is sent.
func planStep(w *bufio.Writer, v view.Options, x *script.Session, s *script.Step, p *replay.Player) {
	y := x.Exchanges[s.Exchange]
	m := y.Messages[s.Message]
	if why := replay.LeavesOut(y); why != "" {
		if s.Begins && m.Kind == decode.Request {
			fmt.Fprintf(w, "  left out: %s: %s\n", view.Inert(v.Request(y.Transaction)), why)
		}
		return
	}
	what := ""
	switch {
	case m.Kind == decode.Continuation:
		what = "… " + view.Mask
		if y.Row.TakesLines() && !y.Row.TakesSASL() {
			what = "… " + protocol.CommandThat(protocol.EndsIdle).Name
		}
	case !s.Begins:
		what = fmt.Sprintf("… %d bytes more", len(s.Data))
	default:
		what = view.Inert(v.Request(y.Transaction))
	}
	after := "at once"
	switch n := s.Needs; {
	case m.Kind == decode.Continuation && n.Ready > 0:
		after = "after +"
	case s.Begins && n.Done > 0:
		last := x.Exchanges[x.Order[n.Done-1]]
		after = "after " + view.Inert(v.Tag(last.Transaction))
	case n.Ready > 0:
		after = "after +"
	case s.Begins && n.Greeting:
		after = "after the greeting"
	}
	when := ""
	if p.Pace > 0 {
		when = fmt.Sprintf("%+10.3f s  ", (time.Duration(float64(s.At) * p.Pace)).Seconds())
	}
	fmt.Fprintf(w, "  %s%-20s %s\n", when, after, what)
}
