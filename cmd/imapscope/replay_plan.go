package main

import (
	"bufio"
	"fmt"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// password is LOGIN's, in a request.
func password(m *decode.Message) string {
	n := syntax.ParseRequest(&m.Message).FindRole(protocol.RolePassword)
	if n == nil {
		return ""
	}
	return string(n.Value(m.Raw))
}

// plan prints what would be sent, when, and after what.
func (o *replayFlags) plan(e *env, s *script.Script, p *replay.Player) error {
	w := bufio.NewWriter(e.out)
	v := view.Options{ShowSecrets: o.showSecrets}
	for i, x := range s.Sessions {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "connection %d of %s\n", x.Conn.ID, view.Inert(x.Conn.Origin))
		switch {
		case x.LeftOut != "":
			fmt.Fprintf(w, "  left out: %s\n", view.Inert(x.LeftOut))
			continue
		case x.Conn.MidStream && !o.login:
			fmt.Fprintln(w, "  left out: it begins in the middle; --login would begin it with a LOGIN of its own")
			continue
		case x.Conn.MidStream:
			fmt.Fprintln(w, "  LOGIN and SELECT of our own")
		}
		for _, l := range x.Missing {
			fmt.Fprintf(w, "  left out: %s\n", view.Inert(l))
		}
		if o.password(x, &p.Set) {
			fmt.Fprintln(w, "  the recorded password is masked: --set password=… is needed")
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
	return w.Flush()
}

func (o *replayFlags) password(x *script.Session, b *replay.Bindings) bool {
	return b.Password == "" && !o.hasUsers() && maskedPassword(x)
}

// planStep is one step: when, what, after what.
func planStep(w *bufio.Writer, v view.Options, x *script.Session, s *script.Step, p *replay.Player) {
	y := x.Exchanges[s.Exchange]
	m := y.Messages[s.Message]
	what := view.Inert(v.Request(y.Transaction))
	switch {
	case m.Kind == decode.Continuation:
		what = "… " + view.Mask
		if y.Command == "IDLE" {
			what = "… DONE"
		}
	case !s.Begins:
		what = fmt.Sprintf("… %d octets more", len(s.Data))
	}
	after := "at once"
	switch n := s.Needs; {
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
