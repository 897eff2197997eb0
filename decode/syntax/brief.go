package syntax

import (
	"bytes"
	"encoding/binary"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// plain are the printable CHARACTERs, which any quoted string may have.
var plain = func() (s wire.Set) {
	for c := range s {
		s[c] = isCharacter(byte(c))
	}
	return s
}()

// briefEnvelope makes one node, without Kids, of an envelope that has the most common form, in
// which nothing can be wrong in any dialect; see Parser.Brief. It parses nothing, and reports
// false, if the envelope has another form.
func (p *Parser) briefEnvelope() bool {
	const levels = 3 // the envelope, a list of addresses, an address
	raw, at := p.lex.Ahead()
	end := plainEnvelope(raw, at)
	if end < 0 || p.depth > MaxDepth-levels {
		return false
	}
	p.leaf(KindEnvelope, protocol.RoleNone, wire.Span{Start: at, End: end})
	p.lex.Skip(end)
	return true
}

// plainEnvelope returns where the envelope that begins at i ends, or -1 if it has a field that
// is neither NIL nor made of quoted CHARACTERs, or no address of a sender.
func plainEnvelope(b []byte, i int) int {
	var list []byte // the last addresses: those of the sender are most likely these again
	for f := range envelopeFields {
		if i = plainField(b, i, f); i < 0 {
			return -1
		}
		switch field := &envelopeFields[f]; {
		case !field.addresses:
			i = plainString(b, i)
		case len(list) > 0 && bytes.HasPrefix(b[i:], list):
			i += len(list)
		case b[i] == '(':
			start := i
			if i = plainAddresses(b, i); i >= 0 {
				list = b[start:i]
			}
		case field.role == protocol.RoleFrom || field.role == protocol.RoleSender || field.role == protocol.RoleReplyTo:
			return -1
		default:
			i = plainNIL(b, i)
		}
		if i < 0 {
			return -1
		}
	}
	return plainClose(b, i)
}

// plainAddresses is plainEnvelope for a list of addresses.
func plainAddresses(b []byte, i int) int {
	for i++; i >= 0 && i < len(b) && b[i] == '('; {
		for f := 0; f < len(addressFields) && i >= 0; f++ {
			if i = plainField(b, i, f); i >= 0 {
				i = plainString(b, i)
			}
		}
		i = plainClose(b, i)
	}
	if i < 0 || b[i-1] != ')' { // no address
		return -1
	}
	return plainClose(b, i)
}

// plainField returns where a field of a list begins, after the parenthesis or the space at i;
// -1 if neither is there, or nothing follows.
func plainField(b []byte, i, field int) int {
	before := byte(' ')
	if field == 0 {
		before = '('
	}
	if i+1 >= len(b) || b[i] != before {
		return -1
	}
	return i + 1
}

// plainClose returns where a list ends, after the parenthesis at i.
func plainClose(b []byte, i int) int {
	if i < 0 || i >= len(b) || b[i] != ')' {
		return -1
	}
	return i + 1
}

// plainString returns where the string or NIL at i ends; -1 if it is neither, or is empty, which
// RFC 1176 has no quoted string for.
func plainString(b []byte, i int) int {
	if b[i] != '"' {
		return plainNIL(b, i)
	}
	start := i + 1
	for i = start; i+8 <= len(b) && plainEight(binary.LittleEndian.Uint64(b[i:])); i += 8 {
	}
	for ; i < len(b) && plain[b[i]]; i++ {
	}
	if i == start || i == len(b) || b[i] != '"' {
		return -1
	}
	return i + 1
}

// plainEight reports whether all bytes of x are plain. The highest bit of a byte of the sum below
// is set if it is not, or if it follows one that is not.
func plainEight(x uint64) bool {
	const (
		ones      = 0x0101010101010101 // in every byte
		tops      = 0x80 * ones
		quote     = '"' * ones
		backslash = '\\' * ones
		percent   = '%' * ones
		brace     = '{' * ones
	)
	outside := x | (x + ones) | (x - ' '*ones) // above ~, or below a space
	special := ((x ^ quote) - ones) | ((x ^ backslash) - ones) | ((x ^ percent) - ones) | ((x ^ brace) - ones)
	return (outside|special)&tops == 0
}

// plainNIL returns where the NIL at i ends.
func plainNIL(b []byte, i int) int {
	if end := i + len(protocol.NIL); end <= len(b) && string(b[i:end]) == protocol.NIL {
		return end
	}
	return -1
}
