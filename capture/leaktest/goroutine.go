package leaktest

import (
	"bytes"
	"runtime"
	"runtime/pprof"
	"strings"
)

// label is the profiler label with the name of the test that a goroutine belongs to.
const label = "leaktest"

// lasting are functions whose goroutines stay for good once they were needed. One that queues
// an update as the inspector ends stays because tview has no way to withdraw the update.
var lasting = [...]string{"os/signal.loop", "os/signal.signal_recv", "tview.(*Application).QueueUpdate"}

// labelled returns the stacks of the goroutines with a label, the calling one excepted.
func labelled(own string) (left []string) {
	for group := range groups() {
		if strings.Contains(group, own) && !strings.Contains(group, "leaktest.labelled") && !lasts(group) {
			left = append(left, "goroutines: "+group)
		}
	}
	return left
}

// checks reports whether the calling goroutine has a label.
func checks(own string) bool {
	for group := range groups() {
		if strings.Contains(group, "leaktest.checks") && strings.Contains(group, own) {
			return true
		}
	}
	return false
}

// groups returns the goroutines as a sequence of texts: how many have one stack, their
// labels, the stack.
func groups() func(yield func(string) bool) {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1) // to a buffer
	return strings.SplitSeq(all.String(), "\n\n")
}

// numbers returns the numbers of all goroutines.
func numbers() map[string]bool {
	all := map[string]bool{}
	for stack := range everyStack() {
		all[number(stack)] = true
	}
	return all
}

// stacks returns the stacks of the goroutines that were not there before, the calling one
// excepted.
func stacks(before map[string]bool) (left []string) {
	for stack := range everyStack() {
		if !before[number(stack)] && !lasts(stack) {
			left = append(left, stack)
		}
	}
	return left
}

// everyStack returns the stacks of all goroutines as a sequence of texts.
func everyStack() func(yield func(string) bool) {
	b := make([]byte, 1<<20)
	for {
		if n := runtime.Stack(b, true); n < len(b) {
			return strings.SplitSeq(string(b[:n]), "\n\n")
		}
		b = make([]byte, 2*len(b))
	}
}

// number returns the number of a goroutine, from "goroutine 12 [running]:".
func number(stack string) string {
	_, after, _ := strings.Cut(stack, " ")
	number, _, _ := strings.Cut(after, " ")
	return number
}

func lasts(stack string) bool {
	for _, l := range lasting {
		if strings.Contains(stack, l) {
			return true
		}
	}
	return false
}
