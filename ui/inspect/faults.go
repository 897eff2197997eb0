package inspect

import (
	"errors"
	"strings"

	"imapscope/proxy/intercept/fault"
	"imapscope/ui/inspect/panes"
)

// cannotBreak is what is reported where there can be no faults.
const cannotBreak = "to break the traffic, start the proxy for it: imapscope proxy --inspect --intercept none"

// faultActions returns what can be done with faults.
func faultActions() []action {
	return []action{
		{"fault-add", []string{"+"}, faults, "add", "add a fault, as --fault has it", (*inspector).askFault},
		{"fault-toggle", []string{"Space", "Enter"}, faults, "on/off", "turn the fault on or off", (*inspector).toggleFault},
		{"fault-edit", []string{"e"}, faults, "edit", "change the fault", (*inspector).editFault},
		{"fault-remove", []string{"d", "Delete"}, faults, "remove", "remove the fault", (*inspector).removeFault},
		{"fault-kinds", []string{"H"}, faults, "kinds", "what faults there are, as 'imapscope help faults' prints it", (*inspector).faultKinds},
	}
}

// openFaults shows the faults in place of the detail.
func (x *inspector) openFaults() {
	switch {
	case x.Faults == nil:
		x.report(cannotBreak)
	case x.focus == inFaults:
		x.setFocus(inTxns)
	default:
		x.setFocus(inFaults)
	}
}

// faultQuestion returns a question for a fault, with a text to begin with.
func faultQuestion(text string, done func(fault.Fault)) question {
	return question{
		label:    "fault: ",
		text:     text,
		complete: completeFault,
		check: func(text string) (string, int) {
			if strings.TrimSpace(text) == "" {
				return "", -1
			}
			if _, err := fault.Parse(text); err != nil {
				return faultFault(err)
			}
			return "", -1
		},
		done: func(text string) {
			if f, err := fault.Parse(text); err == nil {
				done(f)
			}
		},
	}
}

// faultFault returns what is wrong with a fault, and where.
func faultFault(err error) (string, int) {
	if e := (*fault.Error)(nil); errors.As(err, &e) {
		return e.Msg, e.At
	}
	return err.Error(), -1
}

// completeFault completes the kind of a fault.
func completeFault(text string) (out []string) {
	if strings.Contains(text, " ") {
		if at := strings.LastIndex(text, " if "); at >= 0 {
			return completeFilter(text)
		}
		return nil
	}
	for _, k := range fault.Kinds() {
		if text != "" && strings.HasPrefix(k.Name, text) && k.Name != text {
			out = append(out, k.Name+" ")
		}
	}
	return out
}

func (x *inspector) askFault() {
	x.ask(faultQuestion("", func(f fault.Fault) {
		name, err := x.Faults.Add(f)
		if err != nil {
			x.reportError(err)
			return
		}
		x.report(name + " is on")
		x.hands.faults.Move(panes.Last)
	}))
}

// fault returns the fault under the cursor; false, with a report, if there is none.
func (x *inspector) fault() (fault.Status, bool) {
	f, ok := x.hands.faults.Current()
	if !ok {
		x.report("there is no fault: + adds one")
	}
	return f, ok
}

func (x *inspector) editFault() {
	old, ok := x.fault()
	if !ok {
		return
	}
	x.ask(faultQuestion(old.String(), func(f fault.Fault) {
		if there, err := x.Faults.Replace(old.Name, f); err != nil || !there {
			x.reportError(errors.Join(err, gone(there)))
		}
	}))
}

// gone returns the error of a fault that is no longer there.
func gone(there bool) error {
	if there {
		return nil
	}
	return errors.New("the fault was removed meanwhile")
}

func (x *inspector) toggleFault() {
	if f, ok := x.fault(); ok {
		x.reportError(gone(x.Faults.Enable(f.Name, !f.Enabled)))
	}
}

func (x *inspector) removeFault() {
	if f, ok := x.fault(); ok {
		x.reportError(gone(x.Faults.Remove(f.Name)))
		x.report("removed: " + f.String())
	}
}

// faultKinds shows what faults there are.
func (x *inspector) faultKinds() {
	var lines panes.Lines
	for _, l := range strings.Split(x.FaultHelp, "\n") {
		lines = append(lines, panes.Line{text(l, x.theme.Plain)})
	}
	x.overlay("Faults", lines)
}
