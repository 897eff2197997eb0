package rewrite

import (
	"fmt"
	"time"

	"go.starlark.net/starlark"
)

// A call is one run of a program's code: of its top level, or of a rule's function.
type call struct {
	instance *instance
	print    func(text string)
	loading  bool     // rules can be added
	message  *message // that the rule is called for
	asked    int      // bytes of memory
	printed  int
}

// localCall is the name by which a thread knows its call.
const localCall = "call"

func callOf(t *starlark.Thread) *call { return t.Local(localCall).(*call) }

// run runs code within the limits.
func (c *call) run(f func(*starlark.Thread) (starlark.Value, error)) (v starlark.Value, err error) {
	t := &starlark.Thread{Name: c.instance.program.name, Print: c.say}
	t.SetLocal(localCall, c)
	t.SetMaxExecutionSteps(MaxSteps)
	t.OnMaxSteps = func(t *starlark.Thread) { t.Cancel(fmt.Sprintf("more than %d steps", MaxSteps)) }
	late := time.AfterFunc(MaxTime, func() { t.Cancel(fmt.Sprintf("more than %s", MaxTime)) })
	defer late.Stop()
	defer func() {
		if p := recover(); p != nil { // a fault of the interpreter's must not end the proxy
			v, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	return f(t)
}

// say prints a line of a program.
func (c *call) say(_ *starlark.Thread, text string) {
	if c.printed++; c.printed <= MaxPrints {
		c.print(text)
	}
}
