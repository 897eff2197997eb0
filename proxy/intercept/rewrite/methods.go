package rewrite

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// attrOf takes the place of a dot.
func attrOf(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	return guardedAttr(t, a[0], string(a[1].(starlark.String)))
}

// getAttr is getattr.
func getAttr(t *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var v, otherwise starlark.Value
	var name string
	if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 2, &v, &name, &otherwise); err != nil {
		return nil, err
	}
	got, err := guardedAttr(t, v, name)
	if err != nil && otherwise != nil {
		return otherwise, nil
	}
	return got, err
}

// guardedAttr returns an attribute. The methods of Starlark's own values count what they make.
func guardedAttr(_ *starlark.Thread, v starlark.Value, name string) (starlark.Value, error) {
	x, ok := v.(starlark.HasAttrs)
	if !ok {
		return nil, fmt.Errorf("%s has no .%s field or method", v.Type(), name)
	}
	got, err := x.Attr(name)
	if err != nil || got == nil {
		if err == nil {
			err = fmt.Errorf("%s has no .%s field or method", v.Type(), name)
		}
		return nil, err
	}
	method, ok := got.(*starlark.Builtin)
	if !ok || method.Receiver() == nil {
		return got, nil
	}
	return starlark.NewBuiltin(name, func(t *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		if err := charge(t, methodMakes(v, name, a)); err != nil {
			return nil, err
		}
		return starlark.Call(t, method, a, kw)
	}), nil
}

// methodMakes returns how many bytes the result of a method takes at most.
func methodMakes(v starlark.Value, name string, a starlark.Tuple) int {
	s, ok := v.(starlark.String)
	if !ok {
		return flat(v) + 4*perValue + flatAll(a)
	}
	switch name {
	case "join":
		n := size(a)
		return n + len(s)*min(n/perValue, MaxBytes/(len(s)+1)+1)
	case "replace":
		return replaced(string(s), a)
	case "format":
		return written(string(s), "{", a)
	case "split", "rsplit", "splitlines", "elems", "codepoints", "elem_ords", "codepoint_ords":
		return pieces(string(s), a)
	case "upper", "lower", "title", "capitalize":
		return len(s)
	}
	return perValue // others return parts of the string, or numbers
}

func flatAll(a starlark.Tuple) (n int) {
	for _, v := range a {
		n += flat(v)
	}
	return n
}

func replaced(s string, a starlark.Tuple) int {
	if len(a) < 2 {
		return len(s)
	}
	from, _ := textOf(a[0])
	to, _ := textOf(a[1])
	return len(s) + len(to)*min(strings.Count(s, from), MaxBytes/(len(to)+1)+1)
}

// pieces returns the size of a list of the pieces of a string.
func pieces(s string, a starlark.Tuple) int {
	n := len(s) / 2
	if len(a) > 0 {
		if by, ok := textOf(a[0]); ok && by != "" {
			n = strings.Count(s, by)
		}
	}
	return 2 * perValue * (n + 1)
}
