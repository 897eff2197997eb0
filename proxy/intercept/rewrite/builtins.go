package rewrite

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/decode/protocol"
)

// builtin is the signature of Starlark's functions.
type builtin = func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)

// functions are what programs can call besides Starlark's own functions.
var functions = map[string]builtin{
	"on_request":  onMessage(capture.ClientToServer),
	"on_response": onMessage(capture.ServerToClient),
	"atom":        makeAtom,
	"literal":     makeLiteral,
	"text":        text,
	"request":     makeRequest,
	"status":      makeStatus,
	"data":        makeData,
	"answer":      answer,
	"drop":        drop,
	"serial":      serial,
}

// plain is everything that programs can name and that is the same for all of them. Functions of
// Starlark's that can make much of little count it.
var plain = sync.OnceValue(func() starlark.StringDict {
	d := starlark.StringDict{}
	for name, f := range functions {
		d[name] = starlark.NewBuiltin(name, f)
	}
	operators(d)
	d[guardAttr] = starlark.NewBuiltin(guardAttr, attrOf)
	d[guardSlice] = starlark.NewBuiltin(guardSlice, copied)
	d["getattr"] = starlark.NewBuiltin("getattr", getAttr)
	d["range"] = starlark.NewBuiltin("range", shortRange)
	d["int"] = starlark.NewBuiltin("int", shortInt)
	for name, times := range map[string]int{
		"all": 1, "any": 1, "bytes": 1, "dict": 4, "enumerate": 4, "fail": 4, "hash": 1, "list": 1, "max": 1, "min": 1,
		"print": 4, "repr": 4, "reversed": 1, "sorted": 2, "str": 4, "tuple": 1, "zip": 4,
	} {
		d[name] = counted(starlark.Universe[name].(*starlark.Builtin), times)
	}
	return d
})

// The names of the two states.
const (
	nameState  = "state"
	nameShared = "shared"
)

func isPredeclared(name string) bool {
	return name == nameState || name == nameShared || plain().Has(name)
}

// predeclared returns what a program can name on one connection.
func (i *instance) predeclared() starlark.StringDict {
	d := maps.Clone(plain())
	d[nameState], d[nameShared] = i.state, i.program.shared
	return d
}

// onMessage returns on_request or on_response.
func onMessage(dir capture.Direction) builtin {
	return func(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		var condition string
		var body starlark.Callable
		if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 2, &condition, &body); err != nil {
			return nil, err
		}
		c := callOf(t)
		if !c.loading {
			return nil, fmt.Errorf("%s: rules are added at the top level only", b.Name())
		}
		return starlark.None, c.instance.add(dir, condition, body)
	}
}

// add adds a rule to an instance. Where a program has run before, its conditions are compiled.
func (i *instance) add(dir capture.Direction, condition string, body starlark.Callable) error {
	n := len(i.rules)
	switch known := i.program.rules; {
	case n == MaxRules:
		return fmt.Errorf("more than %d rules", MaxRules)
	case known == nil:
		r, err := newRule(dir, condition, body.Name())
		i.rules = append(i.rules, bound{r, body})
		return err
	case n >= len(known) || known[n].dir != dir || known[n].condition != condition:
		return fmt.Errorf("a program must add the same rules on every connection")
	default:
		r := known[n]
		r.filter = r.filter.Clone()
		i.rules = append(i.rules, bound{r, body})
		return nil
	}
}

func newRule(dir capture.Direction, condition, name string) (rule, error) {
	f, err := filter.Compile(condition)
	if err == nil && f.Deep() {
		err = fmt.Errorf("the condition %q names a field that is known only once the exchange is over", condition)
	}
	return rule{dir: dir, condition: condition, filter: f, name: name, failed: new(atomic.Bool)}, err
}

func makeAtom(_ *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var v starlark.Value
	if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 1, &v); err != nil {
		return nil, err
	}
	s, ok := textOf(v)
	if !ok || s == "" {
		return nil, fmt.Errorf("an atom is made of a string that is not empty")
	}
	return atom(s), nil
}

func makeLiteral(_ *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var v starlark.Value
	if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 1, &v); err != nil {
		return nil, err
	}
	s, ok := textOf(v)
	if !ok {
		return nil, fmt.Errorf("a literal is made of a string")
	}
	return literal(s), nil
}

// text returns an atom, a number, a string or a literal as a string, and None for all else.
func text(_ *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var v starlark.Value
	if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 1, &v); err != nil {
		return nil, err
	}
	if s, ok := textOf(v); ok {
		return starlark.String(s), nil
	}
	return starlark.None, nil
}

// blank returns a message without contents. What it gets of the message that the rule was called
// for is written as it was.
func blank(t *starlark.Thread, client bool) *message {
	m := &message{client: client, fields: fields{number: starlark.None, code: starlark.None, args: starlark.NewList(nil)}}
	if of := callOf(t).message; of != nil {
		m.from = of.from
	}
	return m
}

// set sets fields of a message that are not None.
func (m *message) set(values map[string]starlark.Value) error {
	for name, v := range values {
		if v == nil || v == starlark.None {
			continue
		}
		if err := m.SetField(name, v); err != nil {
			return err
		}
	}
	return nil
}

// makeRequest is request(tag, command, args=[]).
func makeRequest(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var tag, command, args starlark.Value
	if err := starlark.UnpackArgs(b.Name(), a, kw, attrTag, &tag, attrCommand, &command, attrArgs+"?", &args); err != nil {
		return nil, err
	}
	m := blank(t, true)
	return m, m.set(map[string]starlark.Value{attrTag: tag, attrCommand: command, attrArgs: args})
}

// makeStatus is status(kind, text, code=None, tag="*").
func makeStatus(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var kind, said, code, tag starlark.Value
	if err := starlark.UnpackArgs(b.Name(), a, kw, attrKind, &kind, attrText, &said, attrCode+"?", &code, attrTag+"?", &tag); err != nil {
		return nil, err
	}
	m := blank(t, false)
	m.tag, m.status = untagged, true
	return m, m.set(map[string]starlark.Value{attrKind: kind, attrText: said, attrCode: code, attrTag: tag})
}

// makeData is data(kind, args=[], number=None).
func makeData(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var kind, args, number starlark.Value
	if err := starlark.UnpackArgs(b.Name(), a, kw, attrKind, &kind, attrArgs+"?", &args, attrNumber+"?", &number); err != nil {
		return nil, err
	}
	m := blank(t, false)
	m.tag = untagged
	return m, m.set(map[string]starlark.Value{attrKind: kind, attrArgs: args, attrNumber: number})
}

// answer is answer(kind="OK", text="completed", code=None, data=[]): what answers the request
// that the rule was called for.
func answer(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var kind starlark.Value = starlark.String(protocol.That(protocol.Completion, protocol.Succeeds).Name)
	var said starlark.Value = starlark.String("completed")
	var code starlark.Value
	data := starlark.NewList(nil)
	if err := starlark.UnpackArgs(b.Name(), a, kw, attrKind+"?", &kind, attrText+"?", &said, attrCode+"?", &code, "data?", &data); err != nil {
		return nil, err
	}
	of := callOf(t).message
	if of == nil || !of.client {
		return nil, fmt.Errorf("answer answers requests only")
	}
	m := blank(t, false)
	m.tag, m.status = of.tag, true
	if err := m.set(map[string]starlark.Value{attrKind: kind, attrText: said, attrCode: code}); err != nil {
		return nil, err
	}
	list := starlark.NewList(nil)
	for i := range data.Len() {
		if err := list.Append(data.Index(i)); err != nil {
			return nil, err
		}
	}
	return list, list.Append(m)
}

// drop returns the value that means no message at all.
func drop(_ *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	return starlark.NewList(nil), starlark.UnpackPositionalArgs(b.Name(), a, kw, 0)
}

// serial returns a number that is higher than all before, and than the time in seconds when it
// is the first: what a UIDVALIDITY needs.
func serial(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 0); err != nil {
		return nil, err
	}
	last := &callOf(t).instance.program.last
	for {
		was := last.Load()
		next := max(was+1, time.Now().Unix())
		if last.CompareAndSwap(was, next) {
			return starlark.MakeInt64(next), nil
		}
	}
}

// maxRange is how many numbers a range has at most.
const maxRange = 1 << 20

func shortRange(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	v, err := starlark.Call(t, starlark.Universe["range"], a, kw)
	if err == nil && starlark.Len(v) > maxRange {
		return nil, fmt.Errorf("range: more than %d numbers", maxRange)
	}
	return v, err
}

func shortInt(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	if s, ok := first(a).(starlark.String); ok && len(s) > maxBits {
		return nil, fmt.Errorf("int: more than %d digits", maxBits)
	}
	return starlark.Call(t, starlark.Universe["int"], a, kw)
}

func first(a starlark.Tuple) starlark.Value {
	if len(a) == 0 {
		return starlark.None
	}
	return a[0]
}
