package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/edit"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// liveConn returns the connection that is open now and that a command of the user's own would
// go to: the one under the cursor; false, with a report, if there is none.
func (x *inspector) liveConn() (capture.ConnID, bool) {
	open := x.Holds.Conns()
	if len(open) == 0 {
		x.report("no connection is open")
		return 0, false
	}
	id := x.connHere()
	if leg := x.model.ClientLeg(id); leg != 0 {
		id = leg
	}
	if !slices.ContainsFunc(open, func(c capture.Conn) bool { return c.ID == id }) {
		if len(open) > 1 {
			x.report(fmt.Sprintf("connection %d is not open: choose another one in Connections", id))
			return 0, false
		}
		id = open[0].ID
	}
	return id, true
}

// connHere returns the connection of what is under the cursor; 0 if there is none.
func (x *inspector) connHere() capture.ConnID {
	if h, ok := x.hands.waiting.Current(); ok && x.focus == inWaiting {
		return h.Conn.ID
	}
	if i, ok := x.current(); ok && x.focus != inConns {
		return x.model.Archive.Row(i).Conn
	}
	id, _ := x.conns.Current()
	return id
}

// askCommandOfOwn asks for a command to send on the connection under the cursor.
func (x *inspector) askCommandOfOwn() {
	id, ok := x.liveConn()
	if !ok {
		return
	}
	x.ask(question{
		label: fmt.Sprintf("command on connection %d: ", id),
		means: func(string) string { return "sends it with a tag of its own; the client does not see the answer" },
		done: func(text string) {
			if strings.TrimSpace(text) != "" {
				x.inserted(x.Holds.Insert(id, []byte(text)))
			}
		},
	})
}

// repeat asks for a change of the command that waits, or of the one under the cursor, and sends
// both, or the changed one again, to compare the answers.
func (x *inspector) repeat() {
	if h, ok := x.hands.waiting.Current(); ok && x.focus == inWaiting {
		x.repeatHeld(h)
		return
	}
	i, ok := x.current()
	if !ok {
		x.report("there is no command to repeat")
		return
	}
	e := x.model.Exchange(i)
	if e.Transaction == nil || e.Outcome == decode.Orphan || len(e.Request.Raw) == 0 {
		x.report("there is no command to repeat")
		return
	}
	id, ok := x.liveConn()
	if !ok {
		return
	}
	then := panes.Answer{Title: "Then: " + x.model.Label(&e.Row), Exchange: e}
	x.askChanged(e.Request.Raw, x.model.View.Secrets(e.Messages[0]), "sends it again on "+fmt.Sprintf("connection %d", id)+"; the client does not see the answer", func(command []byte) {
		n, err := x.Holds.Insert(id, command)
		x.insertedAfter(n, err, &then)
	})
}

func (x *inspector) repeatHeld(h *intercept.Held) {
	if h.Dir != capture.ClientToServer {
		x.report("only a command can be repeated")
		return
	}
	if !bytes.Equal(h.Masked(), h.Raw) {
		x.report("a command with secrets cannot be repeated")
		return
	}
	x.askChanged(h.Raw, nil, "releases the command as it is, and sends this one after it", func(command []byte) {
		x.inserted(x.Holds.Repeat(h.ID, command))
		x.look()
	})
}

// askChanged asks for a change of a command: in a line, or if it has literals as a text. send
// gets the command without its tag.
func (x *inspector) askChanged(raw []byte, secrets []wire.Span, means string, send func([]byte)) {
	if len(secrets) > 0 {
		x.report("a command with secrets cannot be repeated")
		return
	}
	if m, _ := wire.Split(raw, true); len(m.Literals) > 0 {
		x.compose(draft{
			title: "Repeat, changed",
			text:  edit.Format(raw, capture.ClientToServer),
			send: func(text []byte) error {
				changed, err := edit.Parse(text, raw, capture.ClientToServer)
				if err == nil {
					send(withoutTag(changed))
				}
				return err
			},
		}, false)
		return
	}
	x.ask(question{
		label: "repeat as: ",
		text:  string(bytes.TrimRight(withoutTag(raw), "\r\n")),
		means: func(string) string { return means },
		done: func(text string) {
			if strings.TrimSpace(text) != "" {
				send([]byte(text))
			}
		},
	})
}

func withoutTag(raw []byte) []byte {
	_, rest := wire.Word(raw)
	return bytes.TrimLeft(rest, " ")
}

// inserted shows the answer to a command of the user's own, as it comes.
func (x *inspector) inserted(n *intercept.Inserted, err error) { x.insertedAfter(n, err, nil) }

// insertedAfter does the same next to another answer, if that is not nil.
func (x *inspector) insertedAfter(n *intercept.Inserted, err error, other *panes.Answer) {
	if err != nil {
		x.reportError(err)
		return
	}
	if n.First != nil {
		other = new(panes.Answer)
	}
	x.hands.inserted = n
	show := func() {
		if x.hands.inserted == n {
			x.detail.Answers(x.answers(n, other))
		}
	}
	show()
	x.source.follow = false // what arrives now must not take the place of the answers
	x.detail.To(panes.TabAnswers)
	x.setFocus(inDetail)
	go x.followInserted(n, show)
}

// answersEvery is how often an answer is shown as far as it has come.
const answersEvery = 200 * time.Millisecond

// followInserted shows an answer until it is complete.
func (x *inspector) followInserted(n *intercept.Inserted, show func()) {
	tick := time.NewTicker(answersEvery)
	defer tick.Stop()
	for {
		select {
		case <-x.gone:
			return
		case <-n.Done():
			x.later(show)
			return
		case <-tick.C:
			x.later(show)
		}
	}
}

// answers returns the answer to an inserted command, and the one to compare it with first.
func (x *inspector) answers(n *intercept.Inserted, other *panes.Answer) (all panes.Answers) {
	raw, cut, err := n.Answer()
	note := "kept from the client"
	switch {
	case errors.Is(err, intercept.ErrCanceled):
		note = "canceled"
	case err != nil:
		note = view.Inert(err.Error())
	case n.Progress() != intercept.Finished:
		note = "it " + n.Progress().String() + "; K cancels"
	}
	if n.First != nil {
		answer, cut := n.FirstAnswer()
		*other = panes.Answer{Title: "As the client sent it", Exchange: x.model.Talk(n.First.Command, answer), Note: cutNote(cut)}
	}
	if other != nil {
		all = append(all, *other)
	}
	title := "Your command"
	if other != nil {
		title = "As you changed it"
	}
	return append(all, panes.Answer{Title: title, Exchange: x.model.Talk(n.Command, raw), Note: strings.TrimPrefix(cutNote(cut)+"; "+note, "; ")})
}

// cutNote returns that more came than is kept, if that is so.
func cutNote(cut bool) string {
	if cut {
		return "more came than is kept"
	}
	return ""
}

// cancelInserted gives up the command of the user's own that runs.
func (x *inspector) cancelInserted() {
	n := x.hands.inserted
	if n == nil || n.Progress() == intercept.Finished {
		x.report("no command of yours runs")
		return
	}
	n.Cancel()
}

// insertActions returns what can be done with commands of the user's own.
func insertActions() []action {
	return []action{
		{"insert", []string{"c"}, anywhere, "", "send a command of your own on this connection; the client does not see its answer", (*inspector).askCommandOfOwn},
		{"repeat", []string{"C"}, txns | waiting | detail, "", "repeat this command with changes, and compare both answers", (*inspector).repeat},
		{"cancel", []string{"K"}, anywhere, "", "give up the command of your own that runs", (*inspector).cancelInserted},
	}
}
