package rewrite

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// String implements starlark.Value. It has no arguments, some of which are secret.
func (m *message) String() string { return fmt.Sprintf("<%s %s %s>", m.Type(), m.tag, m.word) }

// Type implements starlark.Value.
func (m *message) Type() string {
	if m.client {
		return "request"
	}
	return "response"
}

// Freeze implements starlark.Value.
func (m *message) Freeze() {
	m.frozen = true
	m.args.Freeze()
	m.code.Freeze()
}

// Truth implements starlark.Value.
func (m *message) Truth() starlark.Bool { return true }

// Hash implements starlark.Value.
func (m *message) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: %s", m.Type()) }

// The attributes of messages.
const (
	attrTag     = "tag"
	attrCommand = "command"
	attrArgs    = "args"
	attrKind    = "kind"
	attrNumber  = "number"
	attrCode    = "code"
	attrText    = "text"
	attrAnswers = "answers"
	attrOK      = "is_status"
)

// AttrNames implements starlark.HasAttrs.
func (m *message) AttrNames() []string {
	if m.client {
		return []string{attrArgs, attrCommand, attrTag}
	}
	return []string{attrAnswers, attrArgs, attrCode, attrCommand, attrOK, attrKind, attrNumber, attrTag, attrText}
}

// Attr implements starlark.HasAttrs.
func (m *message) Attr(name string) (starlark.Value, error) {
	switch name {
	case attrTag:
		return starlark.String(m.tag), nil
	case attrArgs:
		return m.args, nil
	case attrCommand:
		if m.client {
			return starlark.String(m.word), nil
		}
		return starlark.String(m.command), nil
	}
	if m.client {
		return nil, nil
	}
	switch name {
	case attrKind:
		return starlark.String(m.word), nil
	case attrNumber:
		return m.number, nil
	case attrCode:
		return m.code, nil
	case attrText:
		return starlark.String(m.text), nil
	case attrAnswers:
		return starlark.String(m.answers), nil
	case attrOK:
		return starlark.Bool(m.status), nil
	}
	return nil, nil
}

// SetField implements starlark.HasSetField.
func (m *message) SetField(name string, v starlark.Value) error {
	if m.frozen {
		return errors.New("the message is kept and cannot be changed")
	}
	switch {
	case name == attrTag:
		return setString(&m.tag, name, v)
	case name == attrArgs:
		return setList(&m.args, name, v)
	case m.client && name == attrCommand, !m.client && name == attrKind:
		if err := setString(&m.word, name, v); err != nil {
			return err
		}
		m.word = strings.ToUpper(m.word)
		return nil
	case m.client:
	case name == attrNumber:
		return m.setNumber(v)
	case name == attrCode:
		return m.setCode(v)
	case name == attrText:
		return setString(&m.text, name, v)
	}
	return starlark.NoSuchAttrError(fmt.Sprintf("a %s has no field %s that can be set", m.Type(), name))
}

func setString(to *string, name string, v starlark.Value) error {
	s, ok := textOf(v)
	if !ok {
		return fmt.Errorf("%s is a string, not a %s", name, v.Type())
	}
	if strings.ContainsAny(s, "\r\n\x00") {
		return fmt.Errorf("%s must be one line", name)
	}
	*to = s
	return nil
}

func setList(to **starlark.List, name string, v starlark.Value) error {
	l, ok := v.(*starlark.List)
	if !ok {
		return fmt.Errorf("%s is a list, not a %s", name, v.Type())
	}
	*to = l
	return nil
}

func (m *message) setNumber(v starlark.Value) error {
	switch v.(type) {
	case starlark.NoneType, starlark.Int:
		m.number = v
		return nil
	}
	return fmt.Errorf("%s is an int or None, not a %s", attrNumber, v.Type())
}

// setCode sets the response code: a list that begins with its name, or None.
func (m *message) setCode(v starlark.Value) error {
	if v == starlark.None {
		m.code = v
		return nil
	}
	var l *starlark.List
	if err := setList(&l, attrCode, v); err != nil {
		return err
	}
	m.code = l
	return nil
}
