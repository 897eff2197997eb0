package syntax

import (
	"bytes"
	"strconv"

	"imapscope/decode/protocol"
)

// Bytes returns what n covers of raw, the message it was parsed from.
func (n *Node) Bytes(raw []byte) []byte { return n.Span.Of(raw) }

// Value returns the string that a node represents: an atom's bytes, what is between
// a quoted string's quotes without the backslashes, a literal's body. For any other
// node it returns the bytes, and for NIL nothing. The result is part of raw unless
// there were backslashes.
func (n *Node) Value(raw []byte) []byte {
	switch n.Kind {
	case KindQuoted:
		return unquote(n.Bytes(raw))
	case KindWord: // LIST's extended data can have quotes around it
		if b := n.Bytes(raw); b[0] == '"' {
			return unquote(b)
		}
	case KindLiteral:
		return n.Kids[1].Bytes(raw)
	case KindNIL, KindMissing:
		return nil
	}
	return n.Bytes(raw)
}

// unquote removes quotes and backslashes; the second quote may be missing.
func unquote(q []byte) []byte {
	in := q[1:]
	if i := bytes.IndexByte(in, '\\'); i < 0 {
		return bytes.TrimSuffix(in, []byte{'"'})
	}
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		switch {
		case in[i] == '"':
			return out
		case in[i] == '\\' && i+1 < len(in):
			i++
		}
		out = append(out, in[i])
	}
	return out
}

// Number returns the value of a number; it reports false if n is not one, or too large.
func (n *Node) Number(raw []byte) (uint64, bool) {
	if n == nil || n.Kind != KindNumber {
		return 0, false
	}
	return parseNumber(n.Bytes(raw))
}

func parseNumber(b []byte) (uint64, bool) {
	if !isNumber(b) {
		return 0, false
	}
	const sure = len("9223372036854775807") // so many digits fit
	if len(b) > sure {
		v, err := strconv.ParseUint(string(b), 10, 64)
		return v, err == nil
	}
	v := uint64(0)
	for _, c := range b {
		v = v*10 + uint64(c-'0')
	}
	return v, true
}

// NString is a string or NIL.
type NString struct {
	Value string
	Valid bool // false for NIL, and if it is missing
}

// String returns the value, or protocol.NIL if there is none.
func (s NString) String() string {
	if !s.Valid {
		return protocol.NIL
	}
	return s.Value
}

// ReadNString reads a string or NIL. A word is a string, whatever its kind.
func ReadNString(n *Node, raw []byte) NString {
	if n == nil {
		return NString{}
	}
	switch n.Kind {
	case KindAtom, KindQuoted, KindLiteral, KindNumber, KindSequence, KindFlag:
		return NString{string(n.Value(raw)), true}
	}
	return NString{}
}

// canonical returns b in upper case.
func canonical(b []byte) string {
	return string(bytes.ToUpper(b))
}
