package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/proxy/intercept"
	"imapscope/ui/inspect/model"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// hands is what the inspector has to hold and to break the traffic. Its panes are nil where that
// is not possible.
type hands struct {
	waiting *panes.Waiting
	faults  *panes.Faults
	list    func() []*intercept.Held // what waits; nil: nothing can

	inserted *intercept.Inserted // the last command of the user's own; may be nil
}

// newHands adds the panes of what waits and of the faults, where there can be any, and returns
// all actions.
func (x *inspector) newHands(t *panes.Theme, all []panes.Pane) []action {
	if x.Now == nil {
		x.Now = time.Now
	}
	actions := newActions()
	if x.Faults != nil {
		x.hands.faults = panes.NewFaults(t, x.Faults)
		all[inFaults] = x.hands.faults
		actions = append(faultActions(), actions...)
	}
	if x.Holds != nil {
		if x.hands.list = x.Options.waiting; x.hands.list == nil {
			x.hands.list = x.Holds.Waiting
		}
		x.hands.waiting = panes.NewWaiting(t, x.model)
		x.hands.waiting.SetMovedFunc(func() {
			x.hands.waiting.Settle()
			x.showHeld()
		})
		all[inWaiting] = x.hands.waiting
		actions = append(slices.Concat(holdActions(), insertActions()), actions...)
		x.look()
	}
	return actions
}

// hidden reports whether a pane is not on the screen now: what waits, while nothing does, and the
// faults, and the detail in place of which they are.
func (x *inspector) hidden(p pane) bool {
	switch p {
	case inWaiting:
		return len(x.model.Waiting.Held) == 0 && x.active() != inWaiting
	case inFaults:
		return x.active() != inFaults
	case inDetail:
		return x.active() == inFaults
	}
	return false
}

// focusMoved shows in the detail what the pane that has got the focus has under its cursor.
func (x *inspector) focusMoved() {
	switch x.focus {
	case inWaiting:
		x.showHeld()
	case inDetail:
	default:
		x.detail.Held(nil)
	}
}

// showHeld shows the message under the cursor of what waits in the detail.
func (x *inspector) showHeld() {
	if h, ok := x.hands.waiting.Current(); ok {
		x.detail.Held(x.model.Held(h))
		return
	}
	x.detail.Held(nil)
}

// signature changes when what waits is to be drawn again: it is the newest and the number of the
// messages that wait, and while there are any the time in seconds.
type signature struct {
	last, n int
	second  int64
}

// signature returns what is the case now. It may be called from any goroutine.
func (x *inspector) signature() (s signature) {
	if x.Holds == nil {
		return s
	}
	held := x.hands.list()
	if s.n = len(held); s.n > 0 {
		s.last, s.second = held[s.n-1].ID, x.Now().Unix()
	}
	return s
}

// look looks at what waits.
func (x *inspector) look() {
	n := len(x.model.Waiting.Held)
	x.model.Waiting = x.waitingNow()
	if len(x.model.Waiting.Held) > n {
		x.report("") // that something waits now matters more
	}
	if x.hands.waiting.Follow() && x.focus == inWaiting {
		x.showHeld()
	}
}

func (x *inspector) waitingNow() model.Waiting {
	limit := x.Holds.Timeout
	if limit == 0 {
		limit = intercept.DefaultHoldTimeout
	}
	return model.Waiting{Held: x.hands.list(), Now: x.Now(), Limit: limit}
}

// holdActions returns what can be done with what waits.
func holdActions() []action {
	return []action{
		{"waiting", []string{"W"}, anywhere &^ waiting, "", "to the messages that wait", func(x *inspector) { x.setFocus(inWaiting) }},
		{"resume", []string{"a"}, anywhere, "", "release the message that waits, as it is: the oldest, or the one under the cursor of Waiting", (*inspector).resume},
		{"resume-all", []string{"A"}, anywhere, "", "release all that waits", (*inspector).resumeAll},
		{"hold-off", []string{"I"}, anywhere, "", "hold nothing more, and release all that waits", (*inspector).holdOff},
		{"edit", []string{"e"}, anywhere &^ faults, "", "edit the message that waits in $EDITOR, or in a pane if there is none, and send it", func(x *inspector) { x.editHeld(false) }},
		{"edit-here", []string{"E"}, anywhere &^ faults, "", "edit the message that waits in a pane, and send it", func(x *inspector) { x.editHeld(true) }},
		{"step", []string{"n"}, waiting, "step", "step mode: each command waits, and n releases what has waited longest", (*inspector).step},
		{"step-off", []string{"N"}, waiting, "", "end step mode; what waits because of it is released", (*inspector).stepOff},
		{"answer", []string{"s"}, waiting, "answer", "drop the command, and answer it in the server's place", (*inspector).answerHeld},
		{"drop", []string{"d"}, waiting, "drop", "discard the message: it never arrives", (*inspector).drop},
	}
}

// cannotHold is what is reported where nothing can be held.
const cannotHold = "to hold messages, start the proxy for it: imapscope proxy --inspect --intercept none"

// askIntercept asks what is to be held.
func (x *inspector) askIntercept() {
	if x.Holds == nil {
		x.report(cannotHold)
		return
	}
	x.ask(question{
		label:    "hold: ",
		text:     rulesText(x.Holds.Rules()),
		complete: completeRules,
		check: func(text string) (string, int) {
			if _, err := parseRules(text); err != nil {
				return filterFault(err)
			}
			return "", -1
		},
		means: rulesMeaning,
		done: func(text string) {
			rules, err := parseRules(text)
			if err != nil {
				x.reportError(err)
				return
			}
			x.Holds.SetRules(rules)
			if n := len(x.model.Waiting.Held); len(rules) == 0 && n > 0 {
				x.report(fmt.Sprintf("nothing more is held; %s still waits: A releases", model.Plural(n, "message")))
			}
		},
	})
}

// held returns the message that an action is about, and false with a report if none waits.
func (x *inspector) held() (*intercept.Held, bool) {
	if x.Holds == nil {
		x.report(cannotHold)
		return nil, false
	}
	h, ok := x.hands.waiting.Current()
	if !ok {
		x.report("nothing waits")
	}
	return h, ok
}

// released reports what was done with a message that waited, or why that was not possible.
func (x *inspector) released(h *intercept.Held, did string, err error) {
	line := x.model.HeldLine(h)
	x.look()
	if err != nil {
		x.report(line + ": " + err.Error())
		return
	}
	x.report(did + ": " + line)
}

func (x *inspector) resume() {
	if h, ok := x.held(); ok {
		x.released(h, "released", x.Holds.Resume(h.ID))
	}
}

func (x *inspector) resumeAll() {
	if _, ok := x.held(); ok {
		n := x.Holds.ResumeAll()
		x.look()
		x.report(model.Plural(n, "message") + " released")
	}
}

func (x *inspector) holdOff() {
	x.Holds.SetRules(nil)
	n := x.Holds.ResumeAll()
	x.look()
	x.report(fmt.Sprintf("nothing is held; %s released", model.Plural(n, "message")))
}

// editHeld lets the user edit a message that waits, and sends the result.
func (x *inspector) editHeld(inPane bool) {
	h, ok := x.held()
	if !ok {
		return
	}
	line := x.model.HeldLine(h)
	x.compose(draft{
		title: "Edit " + line,
		text:  h.Text(),
		send:  func(text []byte) error { return x.Holds.EditText(h.ID, text) },
		sent: func() {
			x.look()
			x.report("sent, edited: " + line)
		},
		gone: func() bool { return x.isGone(h) },
	}, inPane)
}

// isGone reports whether a message no longer waits.
func (x *inspector) isGone(h *intercept.Held) bool {
	w := model.Waiting{Held: x.hands.list()}
	found, _ := w.Find(h.ID)
	return found == nil
}

// drop discards a message, once that is confirmed.
func (x *inspector) drop() {
	h, ok := x.held()
	if !ok {
		return
	}
	x.confirm("drop "+x.model.HeldLine(h)+"?", func() { x.released(h, "dropped", x.Holds.Drop(h.ID)) })
}

// step turns step mode on, or in it releases what has waited longest.
func (x *inspector) step() {
	if !x.Holds.Stepping() {
		x.Holds.SetStep(true)
		x.report("each command waits now: n releases one, N ends this")
		return
	}
	err := x.Holds.Step()
	x.look()
	if err != nil {
		x.report("the next command waits")
	}
}

func (x *inspector) stepOff() {
	x.Holds.SetStep(false)
	x.look()
	x.report("step mode has ended")
}

// answerHeld asks for the answer to a command in the server's place.
func (x *inspector) answerHeld() {
	h, ok := x.held()
	if !ok {
		return
	}
	if h.Dir != capture.ClientToServer {
		x.report("only a command can be answered")
		return
	}
	x.ask(question{
		label: "answer to " + view.Fit(x.model.HeldLine(h), maxAsked, "…") + ": ",
		text:  protocol.OK + " done",
		check: func(text string) (string, int) {
			if err := h.CheckAnswer(lines(text)); err != nil {
				return err.Error(), -1
			}
			return "", -1
		},
		means: func(text string) string {
			return "answers with " + model.Plural(strings.Count(text, lineBreak)+1, "line") + `, and drops the command (\n begins another line: * … \n OK …)`
		},
		done: func(text string) {
			x.released(h, "answered", x.Holds.Answer(h.ID, lines(text)))
		},
	})
}

// maxAsked is how many columns of a prompt the message takes that it is about.
const maxAsked = 24

// lineBreak is how a line end is written in a prompt.
const lineBreak = `\n`

// lines returns a text of a prompt with its line ends.
func lines(text string) string {
	parts := strings.Split(text, lineBreak)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, "\n")
}

// confirm does something if the user says yes.
func (x *inspector) confirm(what string, do func()) {
	x.ask(question{
		label: what + " (y/n) ",
		check: func(text string) (string, int) {
			if text == "" || text == "y" || text == "n" {
				return "", -1
			}
			return "y or n", -1
		},
		done: func(text string) {
			if text == "y" {
				do()
			}
		},
	})
}

// holding returns how many messages wait and what is held; "" if nothing is.
func (x *inspector) holding() string {
	if x.Holds == nil {
		return ""
	}
	var parts []string
	switch n := len(x.model.Waiting.Held); {
	case n == 1:
		parts = append(parts, "1 waits")
	case n > 1:
		parts = append(parts, model.Number(n)+" wait")
	}
	if x.Holds.Stepping() {
		parts = append(parts, "stepping")
	}
	if rules := x.Holds.Rules(); len(rules) > 0 {
		what := strings.TrimPrefix(rulesMeaning(rulesText(rules)), "holds ")
		if len(rules) == 1 && rules[0].Filter != nil {
			what = view.Inert(rulesText(rules))
		}
		parts = append(parts, "holding "+view.Fit(what, maxHolding, "…"))
	}
	return strings.Join(parts, ", ")
}

// maxHolding is how many columns of the status line what is held takes at most.
const maxHolding = 36
