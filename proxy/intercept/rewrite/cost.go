package rewrite

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// perValue is about how many bytes a value takes, without those of a string.
const perValue = 16

// maxBits is how long the numbers are that programs compute with, in bits.
const maxBits = 256

// charge counts memory that a call is about to ask for. The error ends the call.
func charge(t *starlark.Thread, n int) error {
	c := callOf(t)
	if c.asked += n; n < 0 || c.asked > MaxBytes {
		return fmt.Errorf("more than %d MiB of memory", MaxBytes>>20)
	}
	return nil
}

// size returns about how many bytes a value takes, or would take written out: what is
// contained in it twice counts twice. It stops beyond MaxBytes.
func size(v starlark.Value) int {
	left := MaxBytes + 1
	sizeTo(v, &left, 0)
	return MaxBytes + 1 - left
}

func sizeTo(v starlark.Value, left *int, depth int) {
	if *left -= perValue; *left < 0 || depth > maxDepth {
		*left = 0
		return
	}
	switch v := v.(type) {
	case starlark.String:
		*left -= len(v)
	case starlark.Bytes:
		*left -= len(v)
	case atom:
		*left -= len(v)
	case literal:
		*left -= len(v)
	case *starlark.Dict:
		for _, e := range v.Items() {
			sizeTo(e[0], left, depth+1)
			sizeTo(e[1], left, depth+1)
		}
	case starlark.Indexable:
		for i := range v.Len() {
			if *left <= 0 {
				break
			}
			sizeTo(v.Index(i), left, depth+1)
		}
	}
	*left = max(0, *left)
}

// scalar reports whether comparing a value or adding it to another one is cheap.
func scalar(v starlark.Value) bool {
	switch v := v.(type) {
	case starlark.String:
		return len(v) <= 1<<10
	case starlark.NoneType, starlark.Bool, atom:
		return true
	case starlark.Int:
		return v.BigInt().BitLen() <= maxBits
	}
	return false
}

// operators returns the functions that take the place of operators.
func operators(d starlark.StringDict) {
	for op := range guarded {
		d[op.String()] = starlark.NewBuiltin(op.String(), func(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return operate(t, op, a[0], a[1])
		})
	}
	for assign, op := range augmented {
		d[assign.String()] = starlark.NewBuiltin(assign.String(), func(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if l, ok := a[0].(*starlark.List); ok && op == syntax.PLUS {
				return extend(t, l, a[1])
			}
			return operate(t, op, a[0], a[1])
		})
	}
}

// extend is x += y for a list, which changes it in place.
func extend(t *starlark.Thread, l *starlark.List, y starlark.Value) (starlark.Value, error) {
	method, err := guardedAttr(t, l, "extend")
	if err != nil {
		return nil, err
	}
	_, err = starlark.Call(t, method, starlark.Tuple{y}, nil)
	return l, err
}

func operate(t *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	switch op {
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE:
		if !scalar(x) || !scalar(y) {
			if err := charge(t, min(size(x), size(y))/perValue); err != nil {
				return nil, err
			}
		}
		ok, err := starlark.Compare(op, x, y)
		return starlark.Bool(ok), err
	}
	if err := charge(t, makes(op, x, y)); err != nil {
		return nil, err
	}
	return starlark.Binary(op, x, y)
}

// makes returns how many bytes the result of an operator takes at most.
func makes(op syntax.Token, x, y starlark.Value) int {
	switch op {
	case syntax.STAR:
		if n, err := starlark.AsInt32(x); err == nil {
			return repeated(y, n)
		}
		if n, err := starlark.AsInt32(y); err == nil {
			return repeated(x, n)
		}
	case syntax.PERCENT:
		if s, ok := x.(starlark.String); ok {
			return written(string(s), "%", y)
		}
	}
	return flat(x) + flat(y)
}

// repeated returns how many bytes n copies of what is in a value take.
func repeated(v starlark.Value, n int) int {
	each := flat(v)
	if n < 0 || each == 0 {
		return 0
	}
	return each * min(n, MaxBytes/each+1)
}

// written returns how many bytes a text takes in which values are written wherever a mark is.
func written(format, mark string, values starlark.Value) int {
	each := 4*size(values) + 1 // in quotes, a byte is up to four: \x00
	return len(format) + each*min(strings.Count(format, mark), MaxBytes/each+1)
}

// flat returns how many bytes a value takes, without what the values in it do.
func flat(v starlark.Value) int {
	switch v := v.(type) {
	case starlark.Int:
		if bits := v.BigInt().BitLen(); bits > maxBits {
			return MaxBytes + 1
		}
		return perValue
	case starlark.String:
		return len(v)
	case starlark.Bytes:
		return len(v)
	case starlark.Sequence:
		return perValue * v.Len()
	}
	return perValue
}

// copied counts what is copied by a slice, or by * and ** before an argument.
func copied(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	return a[0], charge(t, flat(a[0]))
}

// counted returns a builtin function that counts the size of its arguments, as many times as
// what it makes can be larger.
func counted(b *starlark.Builtin, times int) *starlark.Builtin {
	return starlark.NewBuiltin(b.Name(), func(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		n := size(a)
		for _, k := range kw {
			n += size(k)
		}
		if err := charge(t, n*times); err != nil {
			return nil, err
		}
		return starlark.Call(t, b, a, kw)
	})
}
