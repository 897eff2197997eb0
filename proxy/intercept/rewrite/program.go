package rewrite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"imapscope/capture"
	"imapscope/decode/filter"
)

// Limits of programs.
const (
	// MaxSource is how long a program is at most, in bytes.
	MaxSource = 1 << 20
	// MaxRules is how many rules a program has at most.
	MaxRules = 200
	// MaxSteps is how many steps a call of a rule takes at most.
	MaxSteps = 2_000_000
	// MaxTime is how long a call of a rule takes at most.
	MaxTime = time.Second
	// MaxBytes is how much memory a call of a rule asks for at most.
	MaxBytes = 32 << 20
	// MaxPrints is how often a call of a rule prints at most.
	MaxPrints = 10
)

// A Program is rules in Starlark. Its methods may be called concurrently.
type Program struct {
	name   string
	code   *starlark.Program
	rules  []rule
	shared *store
	last   atomic.Int64 // the last serial
}

// A rule is when a function of a program is called. It is the same on every connection.
type rule struct {
	dir       capture.Direction
	condition string
	filter    *filter.Filter
	name      string       // of the function
	failed    *atomic.Bool // its failure was logged
}

// Load reads a program. The error begins with the place, "name:line:column".
func Load(name string, r io.Reader) (*Program, error) {
	src, err := io.ReadAll(io.LimitReader(r, MaxSource+1))
	if err != nil {
		return nil, err
	}
	if len(src) > MaxSource {
		return nil, fmt.Errorf("%s: longer than %d bytes", name, MaxSource)
	}
	p := &Program{name: name, shared: newStore(maxShared)}
	f, err := (&syntax.FileOptions{}).Parse(name, src, 0)
	if err != nil {
		return nil, place(err)
	}
	if err := guardFile(f); err != nil {
		return nil, err
	}
	if p.code, err = starlark.FileProgram(f, isPredeclared); err != nil {
		return nil, place(err)
	}
	first, err := p.start(io.Discard)
	if err != nil {
		return nil, place(err)
	}
	for _, r := range first.rules {
		p.rules = append(p.rules, r.rule)
	}
	if len(p.rules) == 0 {
		return nil, fmt.Errorf("%s: no rules: neither on_request nor on_response is called", name)
	}
	return p, nil
}

// Open reads a program from a file.
func Open(name string) (*Program, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	p, err := Load(name, f)
	return p, errors.Join(err, f.Close())
}

// place returns an error of Starlark with its place, in one line.
func place(err error) error {
	var failed *starlark.EvalError
	if !errors.As(err, &failed) {
		return err
	}
	for i := range failed.CallStack {
		if at := failed.CallStack.At(i).Pos; at.Line > 0 { // not a function of Go's
			return fmt.Errorf("%s: %s", at, failed.Msg)
		}
	}
	return errors.New(failed.Msg)
}

// An instance is a program that runs for one connection.
type instance struct {
	program *Program
	state   *store
	rules   []bound
}

// bound is a rule of an instance.
type bound struct {
	rule
	body starlark.Callable
}

// start runs a program for a connection.
func (p *Program) start(out io.Writer) (*instance, error) {
	i := &instance{program: p, state: newStore(maxState)}
	c := call{instance: i, print: func(s string) { fmt.Fprintln(out, s) }, loading: true}
	_, err := c.run(func(t *starlark.Thread) (starlark.Value, error) {
		globals, err := p.code.Init(t, i.predeclared())
		globals.Freeze() // what a program keeps is in its stores, which are bounded
		return starlark.None, err
	})
	return i, err
}
