package rewrite

import (
	"fmt"
	"sync"

	"go.starlark.net/starlark"
)

// How many bytes a program keeps at most: of a connection, and of all together.
const (
	maxState  = 4 << 20
	maxShared = 16 << 20
)

// A store is what a program keeps between calls: values by name. They are copies, which cannot
// be changed, so that connections can share them. Its methods may be called concurrently.
type store struct {
	most int

	mu   sync.Mutex
	dict map[string]starlark.Value
	size int
}

func newStore(most int) *store { return &store{most: most, dict: make(map[string]starlark.Value)} }

func (s *store) String() string        { return "<state>" }
func (s *store) Type() string          { return "state" }
func (s *store) Freeze()               {} // it is what may change
func (s *store) Truth() starlark.Bool  { return true }
func (s *store) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: %s", s.Type()) }

// Get implements starlark.Mapping.
func (s *store) Get(k starlark.Value) (starlark.Value, bool, error) {
	name, ok := textOf(k)
	if !ok {
		return nil, false, fmt.Errorf("names in a state are strings, not %s", k.Type())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.dict[name]
	return v, ok, nil
}

// SetKey implements starlark.HasSetKey. None removes the value.
func (s *store) SetKey(k, v starlark.Value) error {
	name, ok := textOf(k)
	if !ok {
		return fmt.Errorf("names in a state are strings, not %s", k.Type())
	}
	kept, err := clone(v, 0)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.size - s.weight(name)
	if v == starlark.None {
		delete(s.dict, name)
		s.size = n
		return nil
	}
	if n += len(name) + 4*perValue + size(kept); n > s.most {
		return fmt.Errorf("a state holds %d MiB at most", s.most>>20)
	}
	s.dict[name], s.size = kept, n
	return nil
}

// weight returns how many bytes a value and its name take.
func (s *store) weight(name string) int {
	if v, ok := s.dict[name]; ok {
		return len(name) + 4*perValue + size(v)
	}
	return 0
}

// AttrNames implements starlark.HasAttrs.
func (s *store) AttrNames() []string { return []string{"get"} }

// Attr implements starlark.HasAttrs: get(name, default=None) returns a value.
func (s *store) Attr(name string) (starlark.Value, error) {
	if name != "get" {
		return nil, nil
	}
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, b *starlark.Builtin, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		var k starlark.Value
		var otherwise starlark.Value = starlark.None
		if err := starlark.UnpackPositionalArgs(b.Name(), a, kw, 1, &k, &otherwise); err != nil {
			return nil, err
		}
		v, ok, err := s.Get(k)
		if err == nil && !ok {
			v = otherwise
		}
		return v, err
	}), nil
}

// clone returns a frozen copy of a value.
func clone(v starlark.Value, depth int) (starlark.Value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("lists that are nested more than %d deep cannot be kept", maxDepth)
	}
	if depth == 0 && size(v) > MaxBytes {
		return nil, fmt.Errorf("it is too large to be kept")
	}
	switch v := v.(type) {
	case starlark.NoneType, starlark.Bool, starlark.Int, starlark.String, atom, literal:
		return v, nil
	case *starlark.List:
		list, err := cloneAll(v, depth)
		l := starlark.NewList(list)
		l.Freeze()
		return l, err
	case starlark.Tuple:
		list, err := cloneAll(v, depth)
		return starlark.Tuple(list), err
	case *starlark.Dict:
		return cloneDict(v, depth)
	}
	return nil, fmt.Errorf("a %s cannot be kept", v.Type())
}

func cloneAll(v starlark.Indexable, depth int) ([]starlark.Value, error) {
	list := make([]starlark.Value, v.Len())
	for i := range list {
		c, err := clone(v.Index(i), depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = c
	}
	return list, nil
}

func cloneDict(d *starlark.Dict, depth int) (starlark.Value, error) {
	out := starlark.NewDict(d.Len())
	for _, e := range d.Items() {
		k, err := clone(e[0], depth+1)
		if err != nil {
			return nil, err
		}
		v, err := clone(e[1], depth+1)
		if err != nil {
			return nil, err
		}
		if err := out.SetKey(k, v); err != nil {
			return nil, err
		}
	}
	out.Freeze()
	return out, nil
}
